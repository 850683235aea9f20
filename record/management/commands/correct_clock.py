"""``manage.py correct_clock``: go on after events were written by a clock that ran ahead."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandError

from record.services import correct_clock


class Command(BaseCommand):
    help = (
        "Say in the record that its newest events are dated ahead of time, and let it go on at today's. Nothing that was written changes."
    )

    def handle(self, *_args: object, **_options: object) -> None:
        event = correct_clock()
        if event is None:
            raise CommandError("The newest event is of a time that has come. There is nothing to correct.")
        ahead = event.data
        self.stdout.write(
            f"Position {event.position} says that positions {ahead['first']} to {ahead['last']} were dated up to {ahead['until']}."
        )
