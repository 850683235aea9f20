"""``manage.py load_sample``: the sample record, into a new database."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandError

from roadmap_file.sample import NotEmpty, load_sample


class Command(BaseCommand):
    help = "Load RK2030 with its invented sample assessments into a new database, which is a demonstration from then on, for good."

    def handle(self, *_args: object, **_options: object) -> None:
        try:
            acts = load_sample()
        except NotEmpty as error:
            raise CommandError(
                "This database has a record already. A sample needs a new database of its own; nothing was changed."
            ) from error
        self.stdout.write(f"The sample record is loaded: {acts} acts. This database is a demonstration from now on.")
