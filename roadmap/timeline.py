"""The timeline: rows of milestones on a scale of days, for the drawing, the table beside it and the file.

A plan of some hundred milestones is drawn whole. Above ``DRAWN`` a group that is closed shows how many milestones are due in each
year, and only the groups that are open are read and drawn one by one, so that the cost follows what is looked at.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import F, Q
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _

from common.dates import PlannedDate, Precision, label
from milestones.choices import HEALTH_CHOICES
from milestones.rules import Health, proposal_health
from proposals.choices import SIDES
from proposals.models import ContextEventVersion, OrganisationVersion, ProposalVersion, ReportVersion
from roadmap.charts import INKS, Days

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from record.moments import Moment

DRAWN = 400
"""So many milestones at most are drawn in closed groups."""
DRAWN_OPEN = 1000
"""So many at most are drawn in open groups."""
CLOSE = 1.6
"""Marks in one lane nearer than this, in per cent, are drawn above each other."""
LAST_WITH_ROOM = 96.0
DAYS_IN_MONTH = 30.44
ROW, BRACKET = 2.0, 0.35
"""The height of a row, and half of that of the end of a bracket, in em."""
LANES = (0.5, 0.2, 0.8)
"""Where marks of a closed group stand in its row."""
SHORT_DRIFT = 45

ZOOMS = [("fit", _("whole")), ("year", _("years")), ("quarter", _("quarters")), ("month", _("months"))]
EM_PER_YEAR = {"year": 12, "quarter": 24, "month": 60}
GROUPS = [("proposal", _("proposal")), ("owner", _("owner")), ("side", _("side"))]
GROUP_COLUMNS = {"proposal": "proposal", "owner": "lead", "side": "sides"}
HEALTH_WORDS = dict(HEALTH_CHOICES)
COLUMNS = (
    "code", "proposal", "lead", "sides", "due", "due_precision", "baseline_due", "baseline_due_precision", "forecast",
    "forecast_precision", "completed_on", "slippage_days", "status", "health", "overdue", "series", "edition", "host", "actual_host",
    "predecessors",
)  # fmt: skip


class ViewForm(forms.Form):
    """What of the address says how to draw; the rest are the filters of milestones."""

    zoom = forms.ChoiceField(label=_("Scale"), choices=ZOOMS, required=False)
    group = forms.ChoiceField(label=_("Rows by"), choices=GROUPS, required=False)
    view = forms.ChoiceField(label=_("Show as"), choices=[("chart", _("drawing")), ("table", _("table"))], required=False)
    open = forms.CharField(required=False, max_length=2000)


@dataclass(frozen=True)
class View:
    """How the timeline is looked at; ``open`` are the codes of open groups, ``*`` is all of them."""

    zoom: str = "fit"
    group: str = "proposal"
    table: bool = False
    open: frozenset[str] = frozenset()

    @classmethod
    def of(cls, form: ViewForm) -> View:
        said = form.cleaned_data
        codes = frozenset(code for code in said["open"].split(",") if code)
        return cls(said["zoom"] or "fit", said["group"] or "proposal", said["view"] == "table", codes)

    def is_open(self, code: str) -> bool:
        return code in self.open or "*" in self.open

    def toggled(self, code: str, all_codes: Iterable[str]) -> str:
        """What ``?open=`` says after this group was opened or closed."""
        now_open = set(all_codes) if "*" in self.open else set(self.open)
        return ",".join(sorted(now_open ^ {code}))


@dataclass
class Mark:
    """One milestone on the scale, all in per cent; ``ghost`` is where its first baseline stands."""

    row: dict[str, Any]
    title: str
    language: str
    x: float | None = None
    begin: float | None = None
    ghost: float | None = None
    forecast: float | None = None
    y: float = ROW / 2
    """How far down it stands in the drawing, in em."""

    @property
    def code(self) -> str:
        return str(self.row["code"])

    @property
    def health(self) -> str:
        return str(self.row["health"])

    @property
    def ink(self) -> str:
        return INKS[self.health]

    @property
    def host(self) -> str:
        """Who is host: the actual one where the edition has had one."""
        return str(self.row["actual_host"] or self.row["host"])

    @property
    def bracket(self) -> tuple[float, float]:
        """From where to where the end of the bracket goes, in em."""
        return round(self.y - BRACKET, 2), round(self.y + BRACKET, 2)

    @property
    def label_x(self) -> float | None:
        """Behind what the words of the drift stand."""
        return max(self.x or 0.0, self.forecast or 0.0)

    @property
    def at_end(self) -> bool:
        """Its words have room on the left only."""
        return (self.x or 0.0) > LAST_WITH_ROOM

    @property
    def drift(self) -> str:
        return drift_label(self.row["slippage_days"])

    def planned(self, name: str) -> str:
        day = self.row[name]
        return label(day, self.row[f"{name}_precision"] or "day", self.language) if day else ""

    @property
    def due(self) -> str:
        return self.planned("due")

    @property
    def baseline(self) -> str:
        return self.planned("baseline_due")

    @property
    def expected(self) -> str:
        return self.planned("forecast")


def drift_label(days: int | None) -> str:
    """``+4 mo`` or ``+20 d``; empty without a drift."""
    if not days:
        return ""
    sign = "+" if days > 0 else "−"
    if abs(days) < SHORT_DRIFT:
        return str(_("%(sign)s%(number)d d")) % {"sign": sign, "number": abs(days)}
    return str(_("%(sign)s%(number)d mo")) % {"sign": sign, "number": round(abs(days) / DAYS_IN_MONTH)}


@dataclass
class Group:
    """A proposal, an owner or a side with its milestones; ``years`` are counts where there are too many to draw."""

    code: str
    title: str
    health: str
    number: int
    open: bool
    toggle: str
    marks: list[Mark] = field(default_factory=list)
    years: list[dict[str, Any]] = field(default_factory=list)
    y: float = 0.0
    """Where its own row begins, in em; those of its open milestones follow."""
    address: str = ""
    """Of the same view with this group opened or closed; the page sets it."""

    @property
    def middle(self) -> float:
        return self.y + ROW / 2

    @property
    def counts(self) -> SafeString:
        """The numbers of its years as pieces of one text; joined here, since a template takes a tenth of a second for 500 groups."""
        return mark_safe("".join(f'<tspan x="{year["x"]}%">{year["number"]}</tspan>' for year in self.years))  # noqa: S308 - numbers only

    @property
    def said(self) -> str:
        """Number and health in words."""
        number = ngettext("%(number)s milestone", "%(number)s milestones", self.number) % {"number": self.number}
        return f"{number}, {HEALTH_WORDS[self.health]}"

    @property
    def rows(self) -> list[Mark]:
        """Milestones that have a row of their own."""
        return self.marks if self.open else []


@dataclass(frozen=True)
class Link:
    """A dependency between two drawn rows: from where what is waited for stands to where what waits stands."""

    code: str
    predecessor: str
    x1: float
    y1: float
    x2: float
    y2: float

    @property
    def backward(self) -> bool:
        """What waits is due before what it waits for."""
        return self.x2 < self.x1


@dataclass(frozen=True)
class Outside:
    """A context event, in per cent; ``number`` is its badge. ``x`` is empty where it lies outside of the drawing."""

    event: ContextEventVersion
    number: int
    x: float | None
    width: float | None


@dataclass
class Timeline:
    """Everything that is drawn."""

    moment: Moment
    view: View
    span: Days
    groups: list[Group]
    links: list[Link]
    undated: list[Mark]
    events: list[Outside]
    total: int
    counted: bool
    """Whether closed groups show numbers instead of milestones."""
    cut: bool = False
    """Whether open groups hold more than is drawn."""

    @property
    def height(self) -> float:
        """Of all rows, in em."""
        return ROW * sum(1 + len(group.rows) for group in self.groups)

    @property
    def today(self) -> float:
        return self.span.at(self.moment.day)

    @property
    def width(self) -> int:
        """Of the plot in em; 0 is as wide as its place."""
        return EM_PER_YEAR.get(self.view.zoom, 0) * len(self.span.years)

    @property
    def grid(self) -> list[dict[str, Any]]:
        """Where years begin, and quarters or months where the scale shows them."""
        months = {"quarter": (4, 7, 10), "month": tuple(range(2, 13))}.get(self.view.zoom, ())
        language, lines = get_language() or "ru", []
        for year, begin, middle in self.span.years:
            lines.append({"x": begin, "middle": middle, "label": str(year), "short": f"{year % 100:02}", "year": True})
            for month in months:
                day = date(year, month, 1)
                period = Precision.QUARTER if self.view.zoom == "quarter" else Precision.MONTH
                lines.append({"x": self.span.begin(day), "label": short_period(day, period, language), "year": False})
        return lines


QUARTERS = {
    "en": ("Q1", "Q2", "Q3", "Q4"),
    "ru": ("I кв.", "II кв.", "III кв.", "IV кв."),
    "kk": ("I тоқ.", "II тоқ.", "III тоқ.", "IV тоқ."),
}


def short_period(day: date, precision: Precision, language: str) -> str:
    """A quarter or a month beside its year: ``Q2``, ``II кв.``, ``06``."""
    return QUARTERS[language][(day.month - 1) // 3] if precision is Precision.QUARTER else f"{day.month:02}"


def timeline(rows: Any, moment: Moment, view: View) -> Timeline:
    """Of these milestones (``as_of(moment).with_health(moment)``, filtered). A constant number of queries."""
    key = GROUP_COLUMNS[view.group]
    narrow = list(rows.order_by().values_list(key, "due", "health"))
    horizons = ReportVersion.objects.as_of(moment).exclude(horizon=None).order_by("-horizon").values_list("horizon", flat=True)
    counted = len(narrow) > DRAWN
    drawn = _read(rows, view, counted=counted)
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
    found = Timeline(
        moment, view, span, _groups(narrow, marks, names, view, span, counted=counted), [], undated, _events(moment, span),
        len(narrow), counted, cut=len(drawn) > DRAWN_OPEN,
    )  # fmt: skip
    found.links = _links(found)
    return found


def _codes(value: Any) -> list[str]:
    """The groups that a milestone belongs to; one that nobody leads has its place too."""
    return [value] if isinstance(value, str) else list(value) or [""]


def _read(rows: Any, view: View, *, counted: bool) -> list[dict[str, Any]]:
    language = get_language() or "ru"
    if counted and "*" not in view.open:
        chosen = list(view.open)
        wanted = {"proposal": Q(proposal__in=chosen), "owner": Q(lead__overlap=chosen), "side": Q(sides__overlap=chosen)}
        rows = rows.filter(wanted[view.group]) if chosen else rows.none()
    ordered = rows.order_by(F("due").asc(nulls_last=True), "order", "code")
    return list(ordered.values(*COLUMNS, title_shown=F(f"title_{language}"))[: DRAWN_OPEN + 1])


def _span(drawn: Sequence[dict[str, Any]], dues: Iterable[date], horizons: Iterable[date], day: date) -> Days:
    """From the first year of the plan to its horizon; what is drawn must have room."""
    more = [row[name] for row in drawn for name in ("baseline_due", "forecast", "completed_on") if row[name]]
    days = [*dues, *more, *horizons, day]
    first, last = min(days), max(days)
    return Days(date(first.year, 1, 1), date(last.year, 12, 31))


def _mark(row: dict[str, Any], span: Days, language: str) -> Mark:
    mark = Mark(row, row["title_shown"], language)
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


def _names(moment: Moment, view: View) -> dict[str, str]:
    """Titles of the groups, in the order in which they stand."""
    if view.group == "side":
        return {value: str(word) for value, word in SIDES}
    language = get_language() or "ru"
    if view.group == "owner":
        rows = OrganisationVersion.objects.as_of(moment).order_by("order", "code")
        return {code: short or name for code, short, name in rows.values_list("code", f"short_name_{language}", f"name_{language}")}
    proposals = ProposalVersion.objects.as_of(moment).order_by("report", "order", "code")
    return dict(proposals.values_list("code", f"title_{language}"))


def _groups(
    narrow: Sequence[tuple[Any, date | None, str]],
    marks: dict[str, list[Mark]],
    names: dict[str, str],
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
    names = names | {"": "–"}
    known = [code for code in names if code in healths]
    groups, y = [], 0.0
    for code in known:
        is_open = view.is_open(code)
        worst = proposal_health(Health(name) for name in healths[code])
        group = Group(code, names[code], worst, healths[code].total(), is_open, view.toggled(code, known), y=y)
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
        lane = next((one for one in LANES if x - last.get(one, -CLOSE) >= CLOSE), LANES[0])
        mark.y, last[lane] = round(group.y + ROW * lane, 2), x


def _links(found: Timeline) -> list[Link]:
    """Among the milestones that have rows of their own."""
    places = {mark.code: mark for group in found.groups for mark in group.rows}
    return [
        Link(mark.code, before, places[before].x or 0.0, places[before].y, mark.x or 0.0, mark.y)
        for mark in places.values()
        for before in mark.row["predecessors"]
        if before in places
    ]


def _events(moment: Moment, span: Days) -> list[Outside]:
    found = []
    for number, event in enumerate(ContextEventVersion.objects.as_of(moment).order_by("starts", "code"), 1):
        inside = span.first <= event.starts <= span.last
        lasts = inside and event.ends and event.ends != event.starts
        x = span.begin(event.starts_date.first_day) if lasts else span.at(event.starts) if inside else None
        found.append(Outside(event, number, x, round(span.at(min(event.ends, span.last)) - (x or 0.0), 3) if lasts else None))
    return found
