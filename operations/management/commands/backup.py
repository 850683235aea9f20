"""``manage.py backup [TARGET] [--recipient AGE…] [--keep-daily N] [--keep-weekly N]``"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from operations.backup.commands import in_a_sentence
from operations.backup.making import back_up
from operations.backup.tasks import BACKUP, noted

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

    from operations.backup.making import Made


class Command(BaseCommand):
    help = "Back up the database and the files, whole or not at all, to a folder or to s3://bucket/folder."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("target", nargs="?", default=settings.BACKUP_TO, help="where to; BACKUP_TO unless given")
        parser.add_argument(
            "--recipient",
            action="append",
            default=[],
            help="encrypt it for this key (age1…), instead of BACKUP_RECIPIENTS; more than once for more",
        )
        parser.add_argument("--keep-daily", type=int, default=settings.BACKUP_KEEP_DAILY, help="of so many last days one is kept")
        parser.add_argument("--keep-weekly", type=int, default=settings.BACKUP_KEEP_WEEKLY, help="and of so many weeks")

    def handle(self, *_args: object, **options: Any) -> None:
        done: list[Made] = []

        def work() -> Any:
            to = options["recipient"] or settings.BACKUP_RECIPIENTS
            keep = {"daily": options["keep_daily"], "weekly": options["keep_weekly"]}
            done.append(back_up(options["target"], now=timezone.now(), to=to, **keep))
            return done[0].manifest

        with in_a_sentence():
            noted(BACKUP, work)
        made = done[0]
        size = sum(part.bytes for part in made.manifest.parts.values())
        self.stdout.write(f"Backed up as {made.name}: {size:,} bytes, {'encrypted' if made.manifest.recipients else 'not encrypted'}.")
        for name in made.removed:
            self.stdout.write(f"Had its time and is gone: {name}")
        self.stdout.write(f"Position {made.manifest.record.position}, head {made.manifest.record.head}")
