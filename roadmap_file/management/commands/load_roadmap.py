"""``manage.py load_roadmap FILE [--dry-run]``; ``-`` is standard input, by which a file gets into a container."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError
from django.utils import timezone

from milestones.services import PlanRefused
from roadmap_file.comparing import Verb
from roadmap_file.loading import load
from roadmap_file.reading import BadFile

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

    from roadmap_file.loading import Outcome


def read_file(path: Path) -> str:
    """The text of a file, or of standard input where it is called ``-``."""
    try:
        content = sys.stdin.buffer.read() if path == Path("-") else path.read_bytes()
        return content.decode("utf-8-sig")
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise CommandError(f"{path} is not in UTF-8, see its line {line}: save it in UTF-8 and try again") from error


class Command(BaseCommand):
    help = "Check a roadmap file and load it, or what changed in it since; all of it or nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="its path, or - for standard input")
        parser.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")

    def handle(self, *_args: object, **options: Any) -> None:
        text = read_file(options["file"])
        name = "The file" if options["file"] == Path("-") else options["file"]
        try:
            outcome = load(text, now=timezone.now(), dry_run=options["dry_run"])
        except BadFile as bad:
            count = f"{len(bad.faults)} fault{'s' if len(bad.faults) > 1 else ''}"
            raise CommandError(f"{name} was not loaded; {count}:\n{bad}") from bad
        except (PlanRefused, IntegrityError) as error:
            raise CommandError(f"{name} was not loaded: together with what is there it cannot be: {error}") from error
        self.say(outcome, dry=options["dry_run"])

    def say(self, outcome: Outcome, *, dry: bool) -> None:
        counts = Counter((diff.verb, diff.kind) for diff in outcome.differences)
        if not outcome.first:
            for difference in outcome.differences:
                self.stdout.write(str(difference))
        for verb, word in ((Verb.ADD, "added"), (Verb.CHANGE, "changed"), (Verb.REMOVE, "removed"), (Verb.KEEP, "left alone")):
            kinds = [f"{number} {kind}" for (of, kind), number in counts.items() if of is verb]
            if kinds:
                self.stdout.write(f"{word}: {', '.join(kinds)}")
        if not outcome.differences:
            self.stdout.write(f"{outcome.report}: nothing to do, the record says what the file says")
        elif dry:
            self.stdout.write("dry run: nothing was written")
