from __future__ import annotations

import json
import re
from copy import deepcopy
from typing import TYPE_CHECKING

from django.conf import settings
from django.conf.locale import LANG_INFO
from django.core.management.base import BaseCommand

from common.fields import LANGUAGE_CODES
from roadmap_file.schema import ITEMS, SCHEMA_FILE, TEXTS, schema

if TYPE_CHECKING:
    from common.json_types import JSONObject

GUIDE = settings.BASE_DIR / "docs" / "roadmap-file.md"
HEADING = re.compile(r"^### (.+)$|^`(baseline|target)`[^|]*:$", re.MULTILINE)
ROW = re.compile(r"^\| `(\w+)` \| (.+) \| (?:yes)? ?\|$", re.MULTILINE)
NAMES = {"passage": ITEMS["passages"], "baseline": "measure"}
"""What the page calls otherwise than the schema."""


class Command(BaseCommand):
    help = "Write roadmap_file/schema.json from the code, with what docs/roadmap-file.md says of each key."

    def handle(self, *_args: object, **_options: object) -> None:
        whole = described(schema(), GUIDE.read_text(encoding="utf-8"))
        SCHEMA_FILE.write_text(json.dumps(whole, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def described(whole: JSONObject, page: str) -> JSONObject:
    """The schema with a description of each key, which editors show: the one that the page's table has."""
    whole = deepcopy(whole)
    for name in TEXTS.values():
        for language in LANGUAGE_CODES:
            whole["$defs"][name]["properties"][language]["description"] = f"In {LANG_INFO[language]['name']}"
    _before, *parts = HEADING.split(page)
    for heading, part_of, text in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        name = heading or part_of
        of = whole if name == "The file" else whole["$defs"].get(NAMES.get(name, name))
        for key, holds in ROW.findall(text) if of else []:
            plain = re.sub(r"\[(.+?)\]\(.+?\)", r"\1", holds).replace("`", "")
            of["properties"][key]["description"] = plain[0].upper() + plain[1:]
    return whole
