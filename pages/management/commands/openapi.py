"""Write docs/openapi.yaml anew, in English: what other people's programs are built on, so a change of it is meant and seen."""

from __future__ import annotations

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import translation


class Command(BaseCommand):
    help = "Write docs/openapi.yaml from the code."

    def handle(self, *_args: object, **_options: object) -> None:
        with translation.override("en"):
            call_command("spectacular", file=str(settings.BASE_DIR / "docs" / "openapi.yaml"))
