"""``manage.py verify_record [--head HASH]``"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from record.models import Event
from record.verify import verify_record

if TYPE_CHECKING:
    from django.core.management.base import CommandParser


class Command(BaseCommand):
    help = "Check the chain of events, the versions and the present state against each other."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--head", help="a hash seen earlier: it must still be in the chain")

    def handle(self, *_args: object, **options: Any) -> None:
        faults = list(verify_record())
        if (seen := options["head"]) and not Event.objects.filter(hash=seen).exists():
            faults.append(f"the chain does not hold the hash {seen}: its tail was cut or written anew")
        if faults:
            raise CommandError("The record is not sound:\n" + "\n".join(faults))
        head = Event.objects.head()
        self.stdout.write(f"The record is sound. Position {head.position}, head {head.hash}" if head else "The record is empty.")
