"""``manage.py export_roadmap CODE [--output FILE]``"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from proposals.models import Report
from roadmap_file.writing import export

if TYPE_CHECKING:
    from django.core.management.base import CommandParser


class Command(BaseCommand):
    help = "Write the roadmap file of a report."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code")
        parser.add_argument("--output", type=Path, help="a file instead of the standard output")

    def handle(self, *_args: object, **options: Any) -> None:
        report = Report.objects.filter(code=options["code"]).first()
        if report is None:
            known = ", ".join(Report.objects.values_list("code", flat=True)) or "none"
            raise CommandError(f"There is no report {options['code']}; loaded: {known}")
        text = export(report)
        if options["output"] is None:
            self.stdout.write(text, ending="")
            return
        try:
            options["output"].write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{options['output']} cannot be written: {error}") from error
