"""``manage.py prepare``: what ``make run`` needs in the database, in one process, since each start of Django costs a second."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from django.db import connection

from accounts.services import create_first_users
from proposals.models import Report
from record.models import Installation

OWN_REPORT = settings.BASE_DIR / "roadmap_file" / "data" / "RK2030.yaml"
NONE = "none"


class Command(BaseCommand):
    help = "Migrate, load the report of REPORT unless this very file is loaded, and create the first users. Does nothing when repeated."

    def handle(self, *_args: object, **_options: object) -> None:
        call_command("migrate", interactive=False, verbosity=1)
        sample = os.environ.get("SAMPLE") == "1"
        self._refuse_mixing(sample=sample)
        report = os.environ.get("REPORT") or str(OWN_REPORT)
        if not sample and report != NONE:
            self._load(Path(report))
        # Passwords are those of one database, so another one has another file; `make run` names it.
        credentials = os.environ.get("CREDENTIALS_FILE") or settings.VAR_DIR / "credentials.txt"
        written = create_first_users(credentials=Path(credentials))
        if written:
            self.stdout.write(f"First users: {written}")
        # After the users, who are people of the sample too: what waits for them can be seen.
        if sample and not Installation.objects.exists():
            call_command("load_sample", stdout=self.stdout)

    def _refuse_mixing(self, *, sample: bool) -> None:
        begun = Installation.objects.first()
        if begun is not None and begun.sample != sample:
            kind = "a demonstration" if begun.sample else "a real record"
            raise CommandError(f"This database is {kind}, for good. Start it with SAMPLE={int(begun.sample)}, or name another database.")

    def _load(self, file: Path) -> None:
        """Load the file unless it is the one that was loaded last, into this database, which still has a report."""
        stamp = settings.VAR_DIR / f"loaded-{file.stem}"
        database = connection.get_connection_params()
        into = f"{database.get('host')}:{database.get('port')}/{database['dbname']}\n".encode()
        content = hashlib.sha256(into + file.read_bytes()).hexdigest()
        same = stamp.exists() and stamp.read_text(encoding="utf-8") == content
        if same and Report.objects.exists():
            return
        call_command("load_roadmap", str(file), stdout=self.stdout)
        stamp.write_text(content, encoding="utf-8")
