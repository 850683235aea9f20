from __future__ import annotations

import json

from django.core.management.base import BaseCommand

from roadmap_file.schema import SCHEMA_FILE, schema


class Command(BaseCommand):
    help = "Write roadmap_file/schema.json from the code."

    def handle(self, *_args: object, **_options: object) -> None:
        SCHEMA_FILE.write_text(json.dumps(schema(), ensure_ascii=False, indent=1) + "\n")
