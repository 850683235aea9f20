"""What the timeline is made of: marks, rows, links and outside dates, with where each stands in the drawing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from common.dates import Precision, label
from milestones.statuses import HEALTH_CHOICES, Health
from pages.charts import INKS

if TYPE_CHECKING:
    from common.dates import Days
    from pages.timeline import View
    from proposals.models import ContextEventVersion
    from record.moments import Moment

ROW, BRACKET = 2.0, 0.35
"""The height of a row, and half of that of the end of a bracket, in em."""
MARK = 0.55
"""Half of the height of a mark, in em."""
FIRST_WITH_ROOM = 8.0
LAST_WITH_ROOM = 96.0
"""Per cent of the scale; what stands behind has its words on the left."""
EM_PER_YEAR = {"year": 12, "quarter": 24, "month": 60}
DAYS_IN_MONTH, SHORT_DRIFT = 30.44, 45
HEALTH_WORDS = dict(HEALTH_CHOICES)


@dataclass
class Mark:
    """One milestone on the scale, all in per cent; ``ghost`` is where its first baseline stands."""

    row: dict[str, Any]
    title: str
    short: str
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
        return INKS[Health(self.health).said.ink]

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
        """Beside what the words of the drift stand: before the ghost, or behind all where that stands at the beginning."""
        return self.ghost if self.label_before else max(self.x or 0.0, self.forecast or 0.0)

    @property
    def label_before(self) -> bool:
        return self.ghost is not None and FIRST_WITH_ROOM < self.ghost < (self.x or 0.0)

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
    short: str
    health: str
    number: int
    open: bool
    toggle: str
    marks: list[Mark] = field(default_factory=list)
    years: list[dict[str, object]] = field(default_factory=list)
    y: float = 0.0
    """Where its own row begins, in em; those of its open milestones follow."""
    address: str = ""
    """Of the same view with this group opened or closed; the page sets it."""

    @property
    def middle(self) -> float:
        return self.y + ROW / 2

    @property
    def height(self) -> float:
        """Of its own row and those of its open milestones, in em."""
        return ROW * (1 + len(self.rows))

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

    @property
    def upward(self) -> bool:
        return self.y2 < self.y1

    @property
    def arrow(self) -> float:
        """Where its head ends, in em: at the edge of the mark."""
        return round(self.y2 + (MARK if self.upward else -MARK), 2)


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
    def grid(self) -> list[dict[str, object]]:
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
