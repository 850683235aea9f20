"""``manage.py rehearse [SOURCE] [--identity FILE…]``"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand

from operations.backup.commands import in_a_sentence
from operations.backup.keys import in_files
from operations.backup.rehearsing import rehearse
from operations.backup.tasks import REHEARSAL, noted

if TYPE_CHECKING:
    from django.core.management.base import CommandParser


class Command(BaseCommand):
    help = "Restore the newest backup into a database and a folder that are made for it and go afterwards, and verify its record there."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", nargs="?", default=settings.BACKUP_TO, help="as for restore; BACKUP_TO unless given")
        parser.add_argument("--identity", action="append", default=[], help="a file with the private key that opens it")

    def handle(self, *_args: object, **options: Any) -> None:
        with in_a_sentence():
            keys = [*in_files(options["identity"]), *settings.BACKUP_IDENTITIES]
            manifest = noted(REHEARSAL, lambda: rehearse(options["source"], by=keys).manifest)
        self.stdout.write(f"The backup of {manifest.made_at} can be restored, and its record is sound.")
        self.stdout.write(f"Position {manifest.record.position}, head {manifest.record.head}")
