"""``manage.py make_backup_key``"""

from __future__ import annotations

import pyrage
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Make a pair of keys for backups: the identity, which opens them, and the recipient, which they are encrypted for."
    requires_system_checks = []

    def handle(self, *_args: object, **_options: object) -> None:
        identity = pyrage.x25519.Identity.generate()
        self.stdout.write(f"{identity}\n{identity.to_public()}")
