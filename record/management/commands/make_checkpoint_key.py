"""``manage.py make_checkpoint_key [NAME]``"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from record.log.notes import NotSigned, make_signer

if TYPE_CHECKING:
    from django.core.management.base import CommandParser


class Command(BaseCommand):
    help = "Print a new pair of keys for checkpoints: the private one for CHECKPOINT_KEYS, then the one to publish."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="?", help="the name of the log; by default the address of this site and /record")

    def handle(self, *_args: object, **options: Any) -> None:
        site = urlsplit(settings.SITE_URL)
        try:
            signer = make_signer(options["name"] or f"{site.netloc}{site.path}/record")
        except NotSigned as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{signer}\n{signer.verifier}")
