"""Alerts, board and guide name only figures that there are, in expressions that Prometheus reads."""

import json
import re

import promql_parser
import pytest
import yaml

from common import metrics
from operations.figures import BACKUPS, NAMES
from operations.state import JOBS, LOOKED_AT
from operations.tasks_seen import scheduled
from tests.docs.test_guides import ROOT, page, section, table
from tests.operations.test_figures import STATEMENTS

FOLDER = ROOT / "deploy" / "observe"
ALERTS = [rule for group in yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"] for rule in group["rules"]]
BOARD = json.loads((FOLDER / "board.json").read_text())
PANELS = [panel for panel in BOARD["panels"] if panel["type"] != "row"]
EXPRESSIONS = {rule["alert"]: rule["expr"] for rule in ALERTS} | {
    panel["title"]: target["expr"].replace("$__rate_interval", "5m") for panel in PANELS for target in panel["targets"]
}
LABELS = {"le", "job", "instance"}
"""Those that Prometheus adds."""


def samples():
    """Every name that can be asked for, with its labels."""
    found = {f"roadmap_{name}": set(labels) for name, (_text, labels) in NAMES.items()}
    for figure in metrics.ours._collector_to_names:
        ends = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}[figure._type]
        found |= {f"{figure._name}{end}": set(figure._labelnames) for end in ends}
    return found


def counted():
    return {figure._name + ("_total" if figure._type == "counter" else "") for figure in metrics.ours._collector_to_names}


@pytest.mark.parametrize("what", EXPRESSIONS)
def test_an_expression_is_one_and_names_what_there_is(what):
    promql_parser.parse(EXPRESSIONS[what])
    known = samples()
    named = re.findall(r"\b(roadmap_\w+)", EXPRESSIONS[what])
    assert set(named) <= set(known)
    assert named or "up{" in EXPRESSIONS[what]
    for name, matchers in re.findall(r"\b(roadmap_\w+)\{([^}]*)\}", EXPRESSIONS[what]):
        assert set(re.findall(r"(\w+)(?:=~|!=|!~|=)", matchers)) <= known[name]
    every = set.union(LABELS, *(known[name] for name in named))
    for labels in re.findall(r"\b(?:by|on) \(([^)]*)\)", EXPRESSIONS[what]):
        assert {label.strip() for label in labels.split(",")} <= every


def test_an_alert_says_how_bad_it_is_and_what_it_is():
    assert len({rule["alert"] for rule in ALERTS}) == len(ALERTS) > 15
    assert {rule["labels"]["severity"] for rule in ALERTS} == {"page", "ticket"}
    for rule in ALERTS:
        assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
        assert rule["annotations"]["summary"].endswith(".")
        known = set.union(LABELS, *(samples()[name] for name in re.findall(r"\b(roadmap_\w+)", rule["expr"])))
        assert set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"])) <= known


def test_the_panels_of_the_board_do_not_lie_on_each_other():
    taken = {}
    for panel in BOARD["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert taken.setdefault((x, y), panel["title"]) == panel["title"]
    assert len({panel["id"] for panel in BOARD["panels"]}) == len(BOARD["panels"])


def test_the_guide_lists_every_figure_and_every_alert_and_no_other():
    guide = section(page("docs/operator.md"), "Watching")
    listed = table(guide)
    assert set(listed) == counted() | {f"roadmap_{name}" for name in NAMES} | {rule["alert"] for rule in ALERTS}
    for name, (text, labels) in NAMES.items():
        assert listed[f"roadmap_{name}"] == [", ".join(f"`{label}`" for label in labels) or "–", text]
    assert f"({STATEMENTS} statements)" in guide


def test_every_task_of_the_clock_and_everything_looked_at_has_words():
    from operations import readiness
    from roadmap.celery import app

    assert scheduled() == {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert set(JOBS) == scheduled() | set(BACKUPS), "the clock backs up where BACKUP_TO says where to"
    names = set(re.findall(r'\("(\w+)", \w+\)', page("operations/readiness.py")))
    assert set(LOOKED_AT) == names
    assert readiness.migrations()
