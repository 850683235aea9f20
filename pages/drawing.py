"""Charts and the timeline as whole SVG documents, for files and for the printed report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.template.loader import render_to_string
from django.utils.translation import get_language

from common.xml import legal
from milestones.statuses import Health
from pages.charts import INKS

if TYPE_CHECKING:
    from pages.charts import Chart
    from pages.timeline_shapes import Timeline

EM = 14
"""Pixels to an em in a file."""
ABOVE, BELOW, LEGEND_LINE = 84, 56, 20
"""Of a chart: its title, the names of its years, a line of its legend, in pixels."""
LABELS, HEAD, FOOT, WIDTH = 320, 96, 190, 1160
"""Of the timeline: its names on the left, its title, its legend with the outside calendar, and all of it."""

LEGEND = (Health.ON_TRACK, Health.AT_RISK, Health.LATE, Health.UNKNOWN, Health.DONE, Health.CLOSED)


def draw_chart(chart: Chart, said: str) -> str:
    """The chart as a whole SVG document, 960 pixels wide."""
    parts = chart.drawn.get("parts", [])
    inner = int(chart.height * EM * (2 if parts else 1.4))
    legend = ABOVE + inner + LEGEND_LINE
    for place, part in enumerate(parts):
        part["y"] = legend + (place + 1) * LEGEND_LINE
    context: dict[str, object] = {
        "chart": chart,
        "language": get_language() or "ru",
        "said": said,
        "inner": inner,
        "height": ABOVE + inner + BELOW + LEGEND_LINE * len(parts),
        "body": f"charts/{chart.template}.svg",
    }
    return legal(render_to_string("charts/file.svg", context))


def draw_timeline(line: Timeline, said: str) -> str:
    """The timeline as a whole SVG document with its labels and its legend, for a sheet of A4 across."""
    inner = int(line.height * EM)
    context: dict[str, object] = {
        "line": line,
        "said": said,
        "inner": inner,
        "height": HEAD + inner + FOOT,
        "plot": WIDTH - LABELS - 40,
        "labels": LABELS,
        "legend": [(health, INKS[health.said.ink], 24 + place * 150) for place, health in enumerate(LEGEND)],
        "legend_y": HEAD + inner + 40,
        "events_y": HEAD + inner + 66,
    }
    return legal(render_to_string("timeline/file.svg", context))
