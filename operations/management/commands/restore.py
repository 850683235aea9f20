"""``manage.py restore SOURCE [--identity FILE…] [--replace] [--head HASH]``"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand

from operations.backup.commands import in_a_sentence
from operations.backup.keys import in_files
from operations.backup.restoring import look, restore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.core.management.base import CommandParser


class Command(BaseCommand):
    help = "Restore a backup, once all of it was found whole, bring it up to this release, and verify its record."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", help="a backup, or a folder or s3://bucket/folder of them: the newest")
        parser.add_argument("--identity", action="append", default=[], help="a file with the private key that opens it")
        parser.add_argument("--replace", action="store_true", help="give up the database and the files that are here")
        parser.add_argument("--head", default="", help="a hash seen earlier: the restored record must hold it")

    def handle(self, *_args: object, **options: Any) -> None:
        with in_a_sentence():
            backup = look(options["source"], by=[*in_files(options["identity"]), *settings.BACKUP_IDENTITIES])
            self.stdout.write(f"Restoring {backup.name}, made by release {backup.manifest.version} …")
            restore(backup, replace=options["replace"], head=options["head"])
        for line in differences(backup.manifest.settings):
            self.stdout.write(line)
        record = backup.manifest.record
        self.stdout.write(f"Restored, and the record is sound. Position {record.position}, head {record.head}")


def differences(then: dict[str, str]) -> Iterator[str]:
    """What the environment said when the backup was made, and says otherwise here."""
    here = settings.SETTINGS_GIVEN
    for name in sorted(then.keys() | here.keys()):
        if then.get(name) != here.get(name):
            yield f"{name} was {then.get(name) or 'not set'}, and is {here.get(name) or 'not set'} here."
