"""Writing a roadmap file that loads back to the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml
from typing_extensions import override

from common.dates import PlannedDate
from roadmap_file.kinds import LISTS, fields_of
from roadmap_file.reading import plain_value
from roadmap_file.shape import default_of, is_needed, shape_of_report

if TYPE_CHECKING:
    from common.json_types import JSONObject
    from proposals.models import Report

HEAD = "# The roadmap of {code}, written by export_roadmap. The format: docs/roadmap-file.md\n\n"
WIDTH = 160


class Dumper(yaml.SafeDumper):
    """Block style with indented lists, and no anchors, which the format refuses."""

    @override
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, indentless=False)

    @override
    def ignore_aliases(self, data: object) -> bool:
        return True


def _text(dumper: Dumper, text: str) -> yaml.ScalarNode:
    """Quoted wherever the format would read something else than a text out of it: ``00018``, ``nULL``."""
    bare = plain_value(text) == text
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if bare else '"')


Dumper.add_representer(str, _text)


def export(report: Report) -> str:
    """The file of a report: its present texts, owners and links, and the plan as the file has it.

    A date that was moved afterwards is part of the record, not of the file: its plan change says so.
    """
    shape = shape_of_report(report)
    loaded = getattr(report, "loaded_file", None)
    before = loaded.content.get("milestones", {}) if loaded else {}
    for code, item in shape["milestones"].items():
        if code in before:
            item["due"] = before[code]["due"]
        elif item["due"] and report.horizon and PlannedDate.parse(item["due"]).date > report.horizon:
            item["due"] = None  # the horizon bounds the file
    data: dict[str, object] = {"format": 1, "report": _brief("report", shape["report"][""])}
    for kind in LISTS:
        data[kind] = [_brief(kind, item) for item in shape[kind].values()]
    text = yaml.dump(data, Dumper=Dumper, allow_unicode=True, sort_keys=False, width=WIDTH, default_flow_style=False)
    return HEAD.format(code=report.code) + text


def _brief(kind: str, item: JSONObject) -> JSONObject:
    """Without what a reader would fill in anyway."""
    return {field.key: item[field.key] for field in fields_of(kind) if is_needed(field) or item[field.key] != default_of(kind, field)}
