"""``manage.py verify_record [--head HASH] [--since HASH]``"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from record.models import Event
from record.verify import UnknownHead, verify_record

if TYPE_CHECKING:
    from django.core.management.base import CommandParser


class Command(BaseCommand):
    help = "Check the chain of events, the versions and the present state against each other."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--head", help="a hash seen earlier: it must still be in the chain")
        parser.add_argument("--since", default="", help="a head that an earlier run printed: go on from there")

    def handle(self, *_args: object, **options: Any) -> None:
        try:
            faults = verify_record(since=options["since"], progress=self.tell)
        except UnknownHead as unknown:
            faults = [self.cut(str(unknown))]
        if (seen := options["head"]) and not Event.objects.filter(hash=seen).exists():
            faults.append(self.cut(seen))
        if faults:
            raise CommandError("The record is not sound:\n" + "\n".join(faults))
        head = Event.objects.head()
        self.stdout.write(f"The record is sound. Position {head.position}, head {head.hash}" if head else "The record is empty.")

    def cut(self, head: str) -> str:
        return f"the chain does not hold the hash {head}: its tail was cut or written anew"

    def tell(self, done: int, of: int) -> None:
        """For whoever waits; on the error stream, since the head is kept from the other."""
        self.stderr.write(f"{done:,} of {of:,} versions", ending="\r" if self.stderr.isatty() else "\n")
