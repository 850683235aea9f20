"""Charts as numbers: where each thing stands in per cent of the plot, and the same as rows of a table.

The templates of ``charts/`` draw them, on a page and as a file of its own. Per cent across and ``em`` or per cent down, so that
a chart is as wide as its place and its text as large as any other. Colours stand as attributes, for files that have no
stylesheet; on a page the stylesheet overrides them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from common.dates import Days
from milestones.statuses import Coded, Freshness, Health, Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.json_types import JSONObject
    from pages.dashboard import BurnUpPoint
    from proposals.models import IndicatorValue, IndicatorVersion, RiskAssessment, RiskVersion

INKS = {
    "late": "#b3341b",
    "risk": "#8f5a00",
    "progress": "#1f5fa8",
    "committed": "#8fafd3",
    "done": "#1c7352",
    "closed": "#4a4f57",
    "waiting": "#adafb3",
    "nothing": "#d6d9db",
    "unknown": "#5c6670",
}
"""The light palette of the stylesheet, for drawings that leave the site."""
LINE_INKS = {"baseline": "unknown", "plan": "progress", "achieved": "done", "forecast": "risk", "value": "progress", "target": "done"}
HATCHED = "unknown"
PARTS: dict[str, type[Coded]] = {"status": Status, "health": Health, "freshness": Freshness}
HEATS = {"low": "#e4eee9", "raised": "#f6e7c8", "high": "#f3cfc6"}
SHOWN_IN_CELL = 3
LINE, MIDDLE = 1.15, 0.32
"""In em: from one code of a field to the one below it, and from the middle of a field to the foot of a line there."""
MOST_TICKS = 5
BAR = 2.4
"""The height of a bar with its words, in em."""
SCORES = 5


@dataclass(frozen=True)
class Chart:
    """``name`` is its part of the address; ``head`` and ``rows`` are the same as a table, raw values for files;
    ``height`` is in em."""

    name: str
    title: str
    template: str
    head: list[str]
    rows: list[list[Any]]
    height: float = 18
    drawn: JSONObject = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    """A series of points, in per cent of the plot from its left and from its top."""

    name: str
    title: str
    points: list[tuple[float, float]]
    dashes: str = ""
    key: float = 0.9
    """Where the key names it, in em from the top."""

    @property
    def ink(self) -> str:
        return INKS[LINE_INKS[self.name]]

    @property
    def segments(self) -> list[tuple[float, float, float, float]]:
        return [(*begin, *end) for begin, end in pairwise(self.points)]

    @property
    def end(self) -> tuple[float, float] | None:
        return self.points[-1] if self.points else None


def ticks_to(top: float) -> list[int]:
    """Round numbers from 0 to just above ``top``, five steps at most."""
    step, digits = 1, 1
    while step * MOST_TICKS < top:
        digits += 1
        step = (1, 2, 5)[(digits - 1) % 3] * 10 ** ((digits - 1) // 3)
    return list(range(0, int(-(-max(top, 1) // step) * step) + 1, step))


def words_of(pairs: Sequence[tuple[str, object]]) -> dict[str, str]:
    return {value: str(word) for value, word in pairs}


def distribution(of: str, counts: dict[str, int], *, name: str = "", title: str = "") -> Chart:
    """How many milestones have each status, health or freshness, as the parts of one bar."""
    order = PARTS[of]
    total, words, left, parts = sum(counts.values()), words_of(order.choices()), 0.0, []
    for value in order:
        number = counts.get(value, 0)
        width = 100 * number / total if total else 0
        if number:
            shown = {"value": value.value, "word": words[value], "number": number, "x": f"{left:.3f}", "width": f"{width:.3f}"}
            ink = value.said.ink
            parts.append(shown | {"percent": round(width), "ink": ink, "fill": INKS[ink], "hatched": ink == HATCHED})
        left += width
    titles = {"status": _("Status"), "health": _("Health"), "freshness": _("Freshness")}
    rows = [[words[value], counts.get(value, 0), round(100 * counts.get(value, 0) / total, 1) if total else 0] for value in order]
    head = [titles[of], _("Milestones"), _("Per cent")]
    return Chart(name or of, title or titles[of], "distribution", head, rows, 1.5, {"of": of, "parts": parts, "total": total})


def burn_up(points: Sequence[BurnUpPoint], achieved: int, day: date, *, name: str = "burn-up") -> Chart:
    """Milestones up to the ends of quarters, as steps: as first planned, as planned now, ``achieved`` until ``day`` and no further.

    Under the plan's line the part is hatched that nobody has assessed. Nothing is drawn as achieved before the first that was.
    """
    title = _("Milestones achieved and planned, to the horizon")
    head = [_("Until"), _("First plan"), _("Present plan"), _("Achieved"), _("Not assessed")]
    past, coming = [point for point in points if point.date < day], [point for point in points if point.date >= day]
    rows: list[list[object]] = [[point.date, point.baseline, point.plan, point.achieved, point.unknown] for point in past]
    rows.append([day, None, None, achieved, None])
    rows += [[point.date, point.baseline, point.plan, None, point.unknown] for point in coming]
    if not points:
        return Chart(name, title, "burn_up", head, rows)
    span = Days(date(points[0].date.year, 1, 1), points[-1].date)
    ticks = ticks_to(max(max(point.baseline, point.plan, point.achieved) for point in points))

    def high(number: int) -> float:
        return round(100 - 100 * number / ticks[-1], 3)

    def line(key: str, word: str, places: list[tuple[float, int]], dashes: str = "", *, row: int) -> Line:
        """Steps: a number holds from the end of its quarter on."""
        steps = [(x, high(number)) for x, number in places]
        corners = [corner for (_x, before), (x, here) in pairwise(steps) for corner in ((x, before), (x, here))]
        return Line(key, word, steps[:1] + corners, dashes, 0.9 + 1.35 * row)

    def places(key: str) -> list[tuple[float, int]]:
        return [(0.0, 0), *((span.at(point.date), getattr(point, key)) for point in points)]

    begun = [(span.at(point.date), point.achieved) for point in past]
    first = next((number for number, (_x, reached) in enumerate(begun) if reached), len(begun))
    reached = [*([(0.0, 0), *begun])[first:], (span.at(day), achieved)] if achieved else []
    due = past[-1].plan if past else 0
    ends = [
        {"name": "plan", "x": 100, "y": high(points[-1].plan), "dx": 0.4, "dy": 0.3, "anchor": "start", "number": points[-1].plan},
        {"name": "plan", "x": span.at(day), "y": high(due), "dx": -0.4, "dy": -0.5, "anchor": "end", "number": due},
    ]
    if reached:
        x = span.at(day)
        ends.append({"name": "achieved", "x": x, "y": high(achieved), "dx": 0.5, "dy": 1, "anchor": "start", "number": achieved})
    drawn = {
        "lines": [
            line("baseline", _("as first planned"), places("baseline"), "2 3", row=0),
            line("plan", _("as planned now"), places("plan"), row=1),
            line("achieved", _("achieved"), reached, row=2),
        ],
        "band": [
            {"x": x, "width": round(end - x, 3), "y": high(point.plan), "height": round(100 * point.unknown / ticks[-1], 3)}
            for point, x, end in ((point, span.at(point.date), span.at(after.date)) for point, after in pairwise(points))
            if point.unknown
        ],
        "band_title": _("not assessed"),
        "band_key": 0.55 + 1.35 * 3,
        "ends": [end | {"ink": INKS[LINE_INKS[str(end["name"])]]} for end in ends],
        "ticks": [(tick, high(tick)) for tick in ticks],
        "years": span.years,
        "today": span.at(day),
    }
    return Chart(name, title, "burn_up", head, rows, 19, drawn)


def heat(score: int) -> str:
    """The band of a score of likelihood times impact, 1 to 25."""
    return next(name for name, least in (("high", 15), ("raised", 8), ("low", 1)) if score >= least)


def risk_matrix(risks: Sequence[RiskVersion], *, name: str = "risks") -> Chart:
    """Likelihood upwards, impact to the right; the codes of the risks in each field."""
    cells = [
        {
            "x": (impact - 1) * 20,
            "y": (SCORES - likelihood) * 20,
            "middle": (impact * 20 - 10, (SCORES - likelihood) * 20 + 10),
            "heat": heat(likelihood * impact),
            "ink": HEATS[heat(likelihood * impact)],
            "risks": (here := [risk for risk in risks if (risk.likelihood, risk.impact) == (likelihood, impact)])[:SHOWN_IN_CELL],
            "more": max(0, len(here) - SHOWN_IN_CELL),
            "begins": f"{MIDDLE - LINE * (min(len(here), SHOWN_IN_CELL) - 1) / 2:.2f}em",
        }
        for likelihood in range(SCORES, 0, -1)
        for impact in range(1, SCORES + 1)
    ]
    head = [_("Risk"), _("Title"), _("Likelihood"), _("Impact"), _("Score"), _("Assessed")]
    rows = [[risk.code, risk.title, risk.likelihood, risk.impact, risk.score, risk.assessed_on] for risk in risks]
    drawn = {"cells": cells, "scale": [(score, score * 20 - 10, 110 - score * 20) for score in range(1, SCORES + 1)]}
    return Chart(name, _("Risks by likelihood and impact"), "risk_matrix", head, rows, 17, drawn)


def bars(name: str, title: str, head: list[str], rows: list[list[Any]], said: Sequence[str]) -> Chart:
    """A bar for each row, as long as its second value is of the first row's; ``said`` are those values in words."""
    most = max(rows[0][1], 1) if rows else 1
    drawn = [
        {"word": row[0], "said": text, "text": place * BAR + 1, "top": place * BAR + 1.4, "width": f"{100 * max(row[1], 0) / most:.1f}"}
        for place, (row, text) in enumerate(zip(rows, said, strict=True))
    ]
    return Chart(name, title, "bars", head, rows, BAR * len(rows), {"bars": drawn})


def over_time(name: str, title: str, head: list[str], rows: list[list[object]], lines: list[Line], drawn: JSONObject) -> Chart:
    return Chart(name, title, "over_time", head, rows, 14, drawn | {"lines": lines})


def risk_history(risk: RiskVersion, assessments: Sequence[RiskAssessment], day: date) -> Chart | None:
    """The score of a risk from its first assessment on, as steps; ``None`` before there is one."""
    dated = sorted(assessments, key=lambda assessment: (assessment.assessed_on, assessment.position))
    if not dated:
        return None
    span = Days(date(dated[0].assessed_on.year, 1, 1), max(date(day.year, 12, 31), dated[-1].assessed_on))
    top = SCORES * SCORES
    points: list[tuple[float, float]] = []
    dots: list[tuple[float, float]] = []
    for assessment in dated:
        x, y = span.at(assessment.assessed_on), round(100 - 100 * assessment.likelihood * assessment.impact / top, 3)
        points += [(x, points[-1][1])] if points else []
        points.append((x, y))
        dots.append((x, y))
    points.append((span.at(day), points[-1][1]))
    head = [_("Assessed"), _("Likelihood"), _("Impact"), _("Score")]
    rows: list[list[object]] = [
        [assessment.assessed_on, assessment.likelihood, assessment.impact, assessment.likelihood * assessment.impact]
        for assessment in dated
    ]
    ticks = [(tick, 100 - 4 * tick) for tick in range(0, top + 1, 5)]
    drawn = {"ticks": ticks, "years": span.years, "today": span.at(day), "dots": dots}
    title = _("%(code)s: score over time") % {"code": risk.code}
    return over_time(f"risk-{risk.code}", title, head, rows, [Line("forecast", _("score"), points)], drawn)


def indicator_chart(indicator: IndicatorVersion, values: Sequence[IndicatorValue], day: date) -> Chart | None:
    """Baseline, measured values and target of an indicator; ``None`` where there is nothing dated to draw."""
    measured = [(value.measured, float(value.value)) for value in values if value.value is not None]
    begin = [(indicator.baseline, float(indicator.baseline_value))] if indicator.baseline and indicator.baseline_value is not None else []
    aim = [(indicator.target, float(indicator.target_value))] if indicator.target and indicator.target_value is not None else []
    dated = [*begin, *measured, *aim]
    if not dated:
        return None
    days = [when for when, _value in dated]
    span = Days(date(min(days).year, 1, 1), date(max(*days, day).year, 12, 31))
    ticks = ticks_to(max(*(value for _day, value in dated), 1))

    def place(points: list[tuple[date, float]]) -> list[tuple[float, float]]:
        return [(span.at(day), round(100 - 100 * max(value, 0) / ticks[-1], 3)) for day, value in points]

    lines = [Line("value", _("measured"), place(sorted([*begin, *measured])))]
    if aim:
        lines.append(Line("target", _("target"), place([(begin or measured or aim)[0], *aim]), "2 3"))
    head = [_("When"), _("Value"), _("Source")]
    rows: list[list[object]] = [[*point, _("baseline")] for point in begin]
    rows += [[value.measured, value.value, value.source_title] for value in values]
    rows += [[*point, _("target")] for point in aim]
    drawn = {
        "ticks": [(tick, round(100 - 100 * tick / ticks[-1], 3)) for tick in ticks],
        "years": span.years,
        "today": span.at(day),
        "dots": place([*begin, *measured]),
    }
    return over_time(f"indicator-{indicator.code}", indicator.title, head, rows, lines, drawn)
