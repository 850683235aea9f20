"""The timeline: rows of milestones on a scale of days, for the drawing, the table beside it and the file.

A plan of some hundred milestones is drawn whole. Above ``DRAWN`` a group that is closed shows how many milestones are due in each
year, and only the groups that are open are read and drawn one by one, so that the cost follows what is looked at.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import F
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from common.dates import Days, PlannedDate, Precision
from common.forms import OneLineField
from milestones.models import Baseline, BaselineDate, MilestoneVersion
from milestones.rules import proposal_health
from milestones.statuses import Health
from pages.timeline_shapes import ROW, Group, Link, Mark, Outside, Timeline
from proposals.choices import SIDES
from proposals.models import ContextEventVersion, OrganisationVersion, ProposalVersion, ReportVersion
from record.moments import BadMoment, read_moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from milestones.querysets import MilestoneVersionQuerySet
    from record.moments import Moment

DRAWN = 400
"""So many milestones at most are drawn in closed groups."""
DRAWN_OPEN = 1000
"""So many at most are drawn in open groups."""
CLOSE = 1.6
"""Marks in one lane nearer than this, in per cent, are drawn above each other."""
LANES = (0.5, 0.2, 0.8)
"""Where marks of a closed group stand in its row."""

ZOOMS = [("fit", _("whole")), ("year", _("years")), ("quarter", _("quarters")), ("month", _("months"))]
GROUPS = [("proposal", _("proposal")), ("owner", _("owner")), ("side", _("side")), ("report", _("report"))]
GROUP_COLUMNS = {"proposal": "proposal", "owner": "lead", "side": "sides", "report": "report"}
COLUMNS = (
    "code", "proposal", "report", "lead", "sides", "due", "due_precision", "baseline_due", "baseline_due_precision", "forecast",
    "forecast_precision", "completed_on", "slippage_days", "status", "health", "overdue", "series", "edition", "host", "actual_host",
    "predecessors",
)  # fmt: skip


class ViewForm(forms.Form):
    """What of the address says how to draw; the rest are the filters of milestones."""

    zoom = forms.ChoiceField(label=_("Scale"), choices=ZOOMS, required=False)
    group = forms.ChoiceField(label=_("Rows by"), choices=GROUPS, required=False)
    view = forms.ChoiceField(label=_("Show as"), choices=[("chart", _("drawing")), ("table", _("table"))], required=False)
    open = forms.CharField(required=False, max_length=2000)
    against = OneLineField(label=_("Compared with"), required=False, max_length=200)


@dataclass(frozen=True)
class View:
    """How the timeline is looked at; ``open`` are the codes of open groups, ``*`` is all of them."""

    zoom: str = "fit"
    group: str = "proposal"
    table: bool = False
    open: frozenset[str] = frozenset()
    against: str = ""
    """What the ghosts show instead of the first plan: a day (``2026-06-30``), or ``baseline:NAME``."""

    @classmethod
    def of(cls, form: ViewForm) -> View:
        said = form.cleaned_data
        codes = frozenset(code for code in said["open"].split(",") if code)
        return cls(said["zoom"] or "fit", said["group"] or "proposal", said["view"] == "table", codes, said["against"])

    def is_open(self, code: str) -> bool:
        return code in self.open or "*" in self.open

    def toggled(self, code: str, all_codes: Iterable[str]) -> str:
        """What ``?open=`` says after this group was opened or closed."""
        now_open = set(all_codes) if "*" in self.open else set(self.open)
        return ",".join(sorted(now_open ^ {code}))


def timeline(milestones: MilestoneVersionQuerySet, moment: Moment, view: View) -> Timeline:
    """Of these milestones (``as_of(moment).with_health(moment)``, filtered). A constant number of queries."""
    key = GROUP_COLUMNS[view.group]
    rows = list(milestones.order_by().values_list(key, "due", "health", "report"))
    reports = {report for *_row, report in rows}
    narrow = [(codes, due, health) for codes, due, health, _report in rows]
    shown = ReportVersion.objects.as_of(moment).filter(code__in=reports)
    horizons = shown.exclude(horizon=None).order_by("-horizon").values_list("horizon", flat=True)
    counted = len(narrow) > DRAWN
    drawn = _read(milestones, view, counted=counted)
    if view.against:
        _set_against(drawn, plan_against(view.against, moment))
    span = _span(drawn, (due for _key, due, _health in narrow if due), horizons[:1], moment.day)
    names = _names(moment, view)
    marks: dict[str, list[Mark]] = defaultdict(list)
    undated = []
    language = get_language() or "ru"
    for row in drawn[:DRAWN_OPEN]:
        mark = _mark(row, span, language)
        if mark.x is None:
            undated.append(mark)
            continue
        for code in _codes(row[key]):
            marks[code].append(replace(mark))
    line = Timeline(
        moment, view, span, _groups(narrow, marks, names, view, span, counted=counted), [], undated, _events(moment, span, reports),
        len(narrow), counted, cut=len(drawn) > DRAWN_OPEN,
    )  # fmt: skip
    line.links = _links(line)
    return line


def plan_against(text: str, moment: Moment) -> dict[str, PlannedDate | None]:
    """The due dates of a baseline or of another day, by code. Raises ``BadMoment`` for what names neither, ``BeforeRecord``."""
    kind, _sign, name = text.partition(":")
    if kind == "baseline":
        dates = BaselineDate.objects.filter(baseline__in=Baseline.objects.as_of(moment).filter(name=name))
        frozen = {row.milestone: row.due_date for row in dates}
        if not frozen:
            raise BadMoment("against", str(_("There is no baseline of that name.")))
        return frozen
    then = MilestoneVersion.objects.as_of(read_moment({"as_of": text}))
    rows = then.order_by().values_list("code", "due", "due_precision")
    return {code: PlannedDate.of(due, precision) for code, due, precision in rows}


def _set_against(drawn: Iterable[dict[str, Any]], then: Mapping[str, PlannedDate | None]) -> None:
    for row in drawn:
        before, due = then.get(row["code"]), PlannedDate.of(row["due"], row["due_precision"])
        row["baseline_due"], row["baseline_due_precision"] = (before.date, before.precision) if before else (None, "")
        row["slippage_days"] = due.slippage(before) if due and before else None


def _codes(value: str | list[str]) -> list[str]:
    """The groups that a milestone belongs to; one that nobody leads has its place too."""
    return [value] if isinstance(value, str) else list(value) or [""]


def _read(milestones: MilestoneVersionQuerySet, view: View, *, counted: bool) -> list[dict[str, Any]]:
    language = get_language() or "ru"
    if counted and "*" not in view.open:
        chosen = list(view.open)
        column = GROUP_COLUMNS[view.group]
        lookup = "overlap" if view.group in {"owner", "side"} else "in"
        milestones = milestones.filter(**{f"{column}__{lookup}": chosen}) if chosen else milestones.none()
    ordered = milestones.order_by(F("due").asc(nulls_last=True), "order", "code")
    return list(ordered.values(*COLUMNS, title_shown=F(f"title_{language}"), short_shown=F(f"short_title_{language}"))[: DRAWN_OPEN + 1])


def _span(drawn: Sequence[dict[str, Any]], dues: Iterable[date], horizons: Iterable[date], day: date) -> Days:
    """From the first year of the plan to its horizon; what is drawn must have room."""
    more = [row[name] for row in drawn for name in ("baseline_due", "forecast", "completed_on") if row[name]]
    days = [*dues, *more, *horizons, day]
    first, last = min(days), max(days)
    return Days(date(first.year, 1, 1), date(last.year, 12, 31))


def _mark(row: dict[str, Any], span: Days, language: str) -> Mark:
    mark = Mark(row, row["title_shown"], row["short_shown"] or row["title_shown"], language)
    due = PlannedDate.of(row["due"], row["due_precision"])
    if due is None:
        return mark
    mark.x = span.at(row["completed_on"] or due.date)
    mark.begin = span.begin(due.first_day) if due.precision is not Precision.DAY and not row["completed_on"] else None
    if row["baseline_due"] and row["slippage_days"]:
        mark.ghost = span.at(row["baseline_due"])
    if row["forecast"] and not row["completed_on"] and row["forecast"] != row["due"]:
        mark.forecast = span.at(row["forecast"])
    return mark


def _names(moment: Moment, view: View) -> dict[str, tuple[str, str]]:
    """Title and short title of each group, in the order in which they stand."""
    if view.group == "side":
        return {value: (str(word), str(word)) for value, word in SIDES}
    language = get_language() or "ru"
    if view.group == "owner":
        owners = OrganisationVersion.objects.as_of(moment).order_by("order", "code")
        names = owners.values_list("code", f"short_name_{language}", f"name_{language}")
        return {code: (short or name, short or name) for code, short, name in names}
    if view.group == "report":
        reports = ReportVersion.objects.as_of(moment).order_by("code").values_list("code", f"title_{language}")
        return {code: (title, title) for code, title in reports}
    proposals = ProposalVersion.objects.as_of(moment).order_by("report", "order", "code")
    titles = proposals.values_list("code", f"title_{language}", f"short_title_{language}")
    return {code: (title, short or title) for code, title, short in titles}


def _groups(
    narrow: Sequence[tuple[str | list[str], date | None, str]],
    marks: dict[str, list[Mark]],
    names: dict[str, tuple[str, str]],
    view: View,
    span: Days,
    *,
    counted: bool,
) -> list[Group]:
    healths: dict[str, Counter[str]] = defaultdict(Counter)
    years: dict[str, Counter[int]] = defaultdict(Counter)
    for key, due, health in narrow:
        for code in _codes(key):
            healths[code][health] += 1
            if due:
                years[code][due.year] += 1
    names = names | {"": ("–", "–")}
    known = [code for code in names if code in healths]
    groups, y = [], 0.0
    for code in known:
        is_open = view.is_open(code)
        worst = proposal_health(Health(name) for name in healths[code])
        group = Group(code, *names[code], worst, healths[code].total(), is_open, view.toggled(code, known), y=y)
        if counted and not is_open:
            group.years = [
                {"x": middle, "number": years[code][year], "year": year} for year, _begin, middle in span.years if years[code][year]
            ]
        else:
            group.marks = marks.get(code, [])
            _place(group)
        y += ROW * (1 + len(group.rows))
        groups.append(group)
    return groups


def _place(group: Group) -> None:
    """Give each mark its height: in an open group a row of its own; in a closed one above each other what would cover each other."""
    last: dict[float, float] = {}
    for place, mark in enumerate(group.marks, 1):
        if group.open:
            mark.y = group.middle + ROW * place
            continue
        x = mark.x or 0.0
        lane = next((free for free in LANES if x - last.get(free, -CLOSE) >= CLOSE), LANES[0])
        mark.y, last[lane] = round(group.y + ROW * lane, 2), x


def _links(line: Timeline) -> list[Link]:
    """Among the milestones that have rows of their own."""
    places = {mark.code: mark for group in line.groups for mark in group.rows}
    return [
        Link(mark.code, before, places[before].x or 0.0, places[before].y, mark.x or 0.0, mark.y)
        for mark in places.values()
        for before in mark.row["predecessors"]
        if before in places
    ]


def _events(moment: Moment, span: Days, reports: set[str]) -> list[Outside]:
    """What these reports name of the outside world."""
    named, events = ContextEventVersion.objects.as_of(moment).filter(report__in=reports), []
    for number, event in enumerate(named.order_by("starts", "code"), 1):
        inside = span.first <= event.starts <= span.last
        lasts = inside and event.ends and event.ends != event.starts
        x = span.begin(event.starts_date.first_day) if lasts else span.at(event.starts) if inside else None
        events.append(Outside(event, number, x, round(span.at(min(event.ends, span.last)) - (x or 0.0), 3) if lasts else None))
    return events
