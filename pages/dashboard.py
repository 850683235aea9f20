"""The dashboard's numbers, for the page and for ``/summary/``: a constant number of queries, whatever the size."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from django.db.models import Count, F, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.days import start_of
from milestones.models import MilestoneVersion, PlanChange, Round
from milestones.rules import SOON
from milestones.standing import proposal_standings
from milestones.statuses import Coded, Freshness, Health, Status
from proposals.models import ProposalVersion, ReportVersion, RiskVersion
from record.models import Event

if TYPE_CHECKING:
    from milestones.querysets import MilestoneVersionQuerySet
    from record.moments import Moment
    from record.querysets import VersionQuerySet

LISTED = 10
CHANGES = 8
RECENT = timedelta(days=30)


@dataclass
class Flagship:
    """A flagship proposal with what comes next in it."""

    proposal: ProposalVersion
    health: Health
    milestones: int
    next: MilestoneVersion | None


@dataclass
class BurnUpPoint:
    """Milestones up to and including the last day of a quarter: planned first, planned now, achieved, forecast."""

    date: date
    baseline: int = 0
    plan: int = 0
    achieved: int = 0
    forecast: int = 0


@dataclass
class Dashboard:
    """Everything that the dashboard says about one moment; each part is read when it is asked for."""

    moment: Moment
    report: str = ""
    since: date | None = None
    """Changes are counted from this day on; without it, of the last 30 days."""
    counts: Counter[tuple[str, str, str, bool]] = field(default_factory=Counter)
    """How many milestones have each status, health, freshness, and are or are not overdue."""

    def __post_init__(self) -> None:
        milestones = self.milestones.with_freshness(self.moment.day)
        self.counts = Counter(milestones.count_by("status", "health", "freshness", "overdue"))

    @property
    def milestones(self) -> MilestoneVersionQuerySet:
        milestones = MilestoneVersion.objects.as_of(self.moment).with_health(self.moment)
        return milestones.filter(report=self.report) if self.report else milestones

    def _by(self, index: int, words: type[Coded]) -> dict[str, int]:
        numbers: Counter[str] = Counter()
        for key, number in self.counts.items():
            numbers[str(key[index])] += number
        return {word.value: numbers[word.value] for word in words}

    @cached_property
    def by_status(self) -> dict[str, int]:
        return self._by(0, Status)

    @cached_property
    def by_health(self) -> dict[str, int]:
        return self._by(1, Health)

    @cached_property
    def by_freshness(self) -> dict[str, int]:
        return self._by(2, Freshness)

    @property
    def total(self) -> int:
        return self.counts.total()

    @property
    def assessed(self) -> int:
        return self.total - self.by_status[Status.NOT_ASSESSED]

    @property
    def proposals(self) -> VersionQuerySet[ProposalVersion]:
        proposals = ProposalVersion.objects.as_of(self.moment).order_by("report", "order", "code").defer("search")
        return proposals.filter(report=self.report) if self.report else proposals

    @cached_property
    def proposal_count(self) -> int:
        return self.proposals.count()

    @cached_property
    def overdue_unknown(self) -> int:
        """Milestones whose period is over and that nobody has assessed: work for analysts, not anybody's failure."""
        return sum(number for (status, _health, _freshness, over), number in self.counts.items() if over and status == Status.NOT_ASSESSED)

    @cached_property
    def moved_this_quarter(self) -> int:
        """Due dates moved since the quarter began."""
        start = start_of(quarter_of(self.moment.day))
        moves = PlanChange.objects.as_of(self.moment).filter(field="due", changed_at__gte=start)
        if self.report:
            moves = moves.filter(milestone__proposal__report__code=self.report)
        return moves.count()

    @cached_property
    def flagships(self) -> list[Flagship]:
        chosen = list(self.proposals.filter(flagship=True))
        codes = [proposal.code for proposal in chosen]
        coming: dict[str, MilestoneVersion] = {}
        open_ones = self.milestones.filter(proposal__in=codes).exclude(status__in=[Status.ACHIEVED, Status.DROPPED])
        # The next is the first that is not over yet; when all are over, the last of them.
        first_first = open_ones.filter(Q(due__gte=self.moment.day) | Q(due=None)).order_by(
            "proposal", F("due").asc(nulls_last=True), "code"
        )
        for milestone in self._whole(first_first.distinct("proposal")):
            coming[milestone.proposal] = milestone
        standings = proposal_standings(self.moment, codes)
        return [
            Flagship(proposal, standings[proposal.code].health, standings[proposal.code].milestones, coming.get(proposal.code))
            for proposal in chosen
        ]

    @cached_property
    def late(self) -> list[MilestoneVersion]:
        # That the period is over is part of being late; said first, it spares looking at what others wait for.
        late = self.milestones.filter(due__lt=self.moment.day, health=Health.LATE).order_by("due", "code")
        return self._whole(late[:LISTED])

    def _whole(self, milestones: MilestoneVersionQuerySet) -> list[MilestoneVersion]:
        """A few rows of many. Of the past they are found in the narrow index over the spans, and only then read whole."""
        if not self.moment.past:
            return list(milestones)
        return list(self.milestones.narrow_first(milestones).order_by("due", "code"))

    @cached_property
    def next_90_days(self) -> list[MilestoneVersion]:
        soon = self.milestones.filter(due__gte=self.moment.day, due__lte=self.moment.day + SOON)
        return self._whole(soon.exclude(status__in=[Status.ACHIEVED, Status.DROPPED]).order_by("due", "code")[:LISTED])

    @cached_property
    def risks(self) -> list[RiskVersion]:
        """The assessed ones by score, then the others in the report's order."""
        risks = RiskVersion.objects.as_of(self.moment).order_by((F("likelihood") * F("impact")).desc(nulls_last=True), "order", "code")
        return list((risks.filter(report=self.report) if self.report else risks)[:LISTED])

    @cached_property
    def changes(self) -> list[Event]:
        events = Event.objects.as_of(self.moment).order_by("-position")
        return list((events.filter(report=self.report) if self.report else events)[:CHANGES])

    @property
    def changed_since(self) -> date:
        return self.since or self.moment.day - RECENT

    @cached_property
    def changed(self) -> list[tuple[str, int]]:
        """How many events of each type there were from ``changed_since`` on, the most frequent first."""
        events = Event.objects.as_of(self.moment).filter(occurred_at__gte=start_of(self.changed_since))
        if self.report:
            events = events.filter(report=self.report)
        return sorted(Counter(events.order_by().values_list("type", flat=True)).items(), key=lambda pair: (-pair[1], pair[0]))

    @cached_property
    def last_round(self) -> Round | None:
        """The newest round of assessments that was published by then; ``updates`` says how many they were."""
        rounds = Round.objects.published(self.moment).order_by("-position")
        if self.report:
            rounds = rounds.filter(assessments__milestone__proposal__report__code=self.report)
        newest: Round | None = rounds.annotate(
            updates=Count("assessments", filter=Q(assessments__state="published"), distinct=True)
        ).first()
        return newest

    @cached_property
    def achieved(self) -> int:
        """Completed until the day that is looked at."""
        return sum(1 for _baseline, _due, completed, *_more in self._dates if completed and completed <= self.moment.day)

    @cached_property
    def _dates(self) -> list[tuple[date | None, date | None, date | None, date | None, str]]:
        return list(self.milestones.order_by().values_list("baseline_due", "due", "completed_on", "forecast", "status"))

    @cached_property
    def burn_up(self) -> list[BurnUpPoint]:
        """Quarter by quarter, from the year of the first date to the horizon. One query."""
        dates = self._dates
        days = [day for row in dates for day in row[:4] if day]
        if not days:
            return []
        last = max([*days, *ReportVersion.objects.as_of(self.moment).exclude(horizon=None).values_list("horizon", flat=True)])
        points = [BurnUpPoint(end) for end in quarter_ends(min(days), last)]
        for baseline, due, completed, forecast, status in dates:
            expected = completed or (None if status == Status.DROPPED else forecast or due)
            for name, day in (("baseline", baseline), ("plan", due), ("achieved", completed), ("forecast", expected)):
                if day:
                    point = points[(day.year - points[0].date.year) * 4 + (day.month - 1) // 3]
                    setattr(point, name, getattr(point, name) + 1)
        for before, point in pairwise(points):
            for name in ("baseline", "plan", "achieved", "forecast"):
                setattr(point, name, getattr(before, name) + getattr(point, name))
        return points


def quarter_of(day: date) -> date:
    """The first day of the quarter that holds a day."""
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def quarter_ends(first: date, last: date) -> list[date]:
    """The last days of the quarters from the first year's first to the last year's last."""
    starts = [date(year, month, 1) for year in range(first.year, last.year + 1) for month in (4, 7, 10)]
    starts += [date(year + 1, 1, 1) for year in range(first.year, last.year + 1)]
    return sorted(start - timedelta(days=1) for start in starts)


def headline(numbers: Dashboard) -> str:
    """The roadmap in one sentence; what is zero is left out, but never what nobody has looked at."""
    proposals, milestones = numbers.proposal_count, numbers.total
    achieved, late = numbers.by_status["achieved"], numbers.by_health["late"]
    unassessed, moved = numbers.by_status["not_assessed"], numbers.moved_this_quarter
    parts = []
    if achieved:
        parts.append(ngettext("%(n)d achieved", "%(n)d achieved", achieved) % {"n": achieved})
    if late:
        parts.append(ngettext("%(n)d late", "%(n)d late", late) % {"n": late})
    parts.append(ngettext("%(n)d not yet assessed", "%(n)d not yet assessed", unassessed) % {"n": unassessed})
    if moved:
        dates = ngettext("%(n)d date moved this quarter", "%(n)d dates moved this quarter", moved) % {"n": moved}
    else:
        dates = _("no dates moved this quarter")
    return _("%(proposals)s, %(milestones)s: %(parts)s; %(dates)s.") % {
        "proposals": ngettext("%(n)d proposal", "%(n)d proposals", proposals) % {"n": proposals},
        "milestones": ngettext("%(n)d milestone", "%(n)d milestones", milestones) % {"n": milestones},
        "parts": ", ".join(parts),
        "dates": dates,
    }
