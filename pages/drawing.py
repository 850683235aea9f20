"""Charts, the timeline and cards as whole SVG documents, for files, pictures and the printed report. Each says which moment it shows,
and those of a demonstration say SAMPLE across."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from common.pictures import lines
from common.xml import legal
from milestones.statuses import Health
from pages.charts import INKS, distribution
from record.installation import is_sample

if TYPE_CHECKING:
    from pages.charts import Chart
    from pages.sharing.cards import Card
    from pages.timeline_shapes import Timeline
    from record.moments import Moment

EM = 14
"""Pixels to an em in a file."""
ABOVE, BELOW, LEGEND_LINE = 84, 56, 20
"""Of a chart: its title, the names of its years, a line of its legend, in pixels."""
LABELS, HEAD, FOOT, WIDTH = 320, 96, 190, 1160
"""Of the timeline: its names on the left, its title, its legend with the outside calendar, and all of it."""

CARD = (1200, 630)
"""The size of pictures for links, as the places that show them cut it."""
CARD_MARGIN = 72
SAMPLE_EVERY = 700
"""Pixels down a drawing of a demonstration."""
TITLE_SIZE, SENTENCE_SIZE, MOST_LINES = 54, 34, 3

LEGEND = (Health.ON_TRACK, Health.AT_RISK, Health.LATE, Health.UNKNOWN, Health.DONE, Health.CLOSED)


def _sample(width: int, height: int) -> list[tuple[int, int, str]]:
    """Where SAMPLE stands across a drawing, near enough that no part of it says nothing; empty where the record is a real one."""
    times = -(-height // SAMPLE_EVERY)
    return [(width // 2, height * (2 * place + 1) // (2 * times), _("SAMPLE")) for place in range(times)] if is_sample() else []


def draw_chart(chart: Chart, said: str) -> str:
    """The chart as a whole SVG document, 960 pixels wide."""
    parts = chart.drawn.get("parts", [])
    inner = int(chart.height * EM * (2 if parts else 1 if "bars" in chart.drawn else 1.4))
    legend = ABOVE + inner + LEGEND_LINE
    for place, part in enumerate(parts):
        part["y"] = legend + (place + 1) * LEGEND_LINE
    context: dict[str, object] = {
        "chart": chart,
        "language": get_language() or "ru",
        "said": said,
        "inner": inner,
        "height": (height := ABOVE + inner + BELOW + LEGEND_LINE * len(parts)),
        "sample": _sample(960, height),
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
        "height": (height := HEAD + inner + FOOT),
        "sample": _sample(WIDTH, height),
        "plot": WIDTH - LABELS - 40,
        "labels": LABELS,
        "healths": LEGEND,
        "legend": [(health, INKS[health.said.ink], 24 + place * 150) for place, health in enumerate(LEGEND)],
        "legend_y": HEAD + inner + 40,
        "events_y": HEAD + inner + 66,
    }
    return legal(render_to_string("timeline/file.svg", context))


def draw_card(card: Card, moment: Moment) -> str:
    """The picture of a link to a page: what it is about, its sentence, its state, the day. Raises ``NoFont``."""
    width = CARD[0] - 2 * CARD_MARGIN
    title = lines(card.title, size=TITLE_SIZE, width=width, most=MOST_LINES, bold=True)
    sentence = lines(card.sentence, size=SENTENCE_SIZE, width=width, most=MOST_LINES)
    context: dict[str, object] = {
        "card": card,
        "language": get_language() or "ru",
        "moment": moment,
        "sample": _sample(*CARD),
        "margin": CARD_MARGIN,
        "width": width,
        "title": [(170 + place * 66, line) for place, line in enumerate(title)],
        "sentence": [(182 + len(title) * 66 + place * 46, line) for place, line in enumerate(sentence)],
        "ink": INKS[Health(card.health).said.ink] if card.health else "",
        "bar": distribution("health", dict(card.counts)) if card.counts else None,
    }
    return legal(render_to_string("cards/card.svg", context))
