"""The dashboard's numbers, for the page and for ``/summary/``: a constant number of queries, whatever the size."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise
from statistics import median_low
from typing import TYPE_CHECKING, Any

from django.db.models import Count, F, Max, Q

from milestones.causes import causes_of
from milestones.event_words import RETOLD
from milestones.models import Assessment, Citation, MilestoneVersion, Round
from milestones.rules import SOON
from milestones.standing import proposal_cause, proposal_standings, worst_among
from milestones.statuses import FINISHED_STATUSES, UNKNOWN_STATUSES, Coded, Freshness, Health, Status
from proposals.models import ProposalVersion, ReportVersion, RiskVersion
from record.models import Event

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from milestones.causes import Cause
    from milestones.querysets import MilestoneVersionQuerySet
    from milestones.standing import ProposalCause, ProposalStanding
    from record.moments import Moment
    from record.querysets import VersionQuerySet

LISTED = 10
CHANGES = 8
STATIONS = 24


@dataclass
class Flagship:
    """A flagship proposal on one line: why it stands so, its milestones in the order of their dates, what comes next, the last proof."""

    proposal: ProposalVersion
    standing: ProposalStanding
    cause: ProposalCause | None
    stations: list[MilestoneVersion]
    """Empty where they are too many to be drawn one by one."""
    next: MilestoneVersion | None
    evidence: date | None
    """When the newest public evidence that it rests on was published."""


@dataclass(frozen=True)
class Moved:
    """How many milestones are due on another day than first planned, and by how many days at the median (0: as many earlier as later)."""

    number: int
    median: int


@dataclass
class BurnUpPoint:
    """Milestones up to and including the last day of a quarter: planned first, planned now, achieved, forecast."""

    date: date
    baseline: int = 0
    plan: int = 0
    achieved: int = 0
    forecast: int = 0
    unknown: int = 0
    """Of the present plan, how many nobody has assessed."""


@dataclass
class Dashboard:
    """Everything that the dashboard says about one moment; each part is read when it is asked for."""

    moment: Moment
    report: str = ""
    counts: Counter[tuple[str, str, str, bool]] = field(default_factory=Counter)
    """How many milestones have each status, health, freshness, and are or are not overdue."""
    reports: Sequence[ReportVersion] | None = None
    """Those that there are, or the one, where somebody has read them already."""

    def __post_init__(self) -> None:
        milestones = self.milestones.with_freshness(self.moment.day)
        self.counts = Counter(milestones.count_by("status", "health", "freshness", "overdue"))

    @cached_property
    def milestones(self) -> MilestoneVersionQuerySet:
        """Put together once: every part filters it further, which costs a tenth of putting it together."""
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
    def moved(self) -> Moved:
        """Due dates that are no longer those of the first plan."""
        moved = Counter[int]()
        for *_rest, days, number in self._dates:
            moved[days or 0] += number
        del moved[0]
        return Moved(moved.total(), median_low(moved.elements()) if moved else 0)

    @cached_property
    def chosen(self) -> list[ProposalVersion]:
        return list(self.proposals.filter(flagship=True))

    @cached_property
    def flagships(self) -> list[Flagship]:
        proved = newest_evidence(self.moment, [proposal.code for proposal in self.chosen])
        return [
            Flagship(
                proposal,
                self.standings[proposal.code],
                proposal_cause(self.standings[proposal.code], self.worst.get(proposal.code), self.causes, self.moment),
                self.stations.get(proposal.code, []),
                self.coming.get(proposal.code),
                proved.get(proposal.code),
            )
            for proposal in self.chosen
        ]

    @cached_property
    def stations(self) -> dict[str, list[MilestoneVersion]]:
        """By flagship its milestones in the order of their dates, where they are few."""
        return {code: found for code, found in self._found.items() if code not in self._crowded}

    @cached_property
    def _crowded(self) -> set[str]:
        return {proposal.code for proposal in self.chosen if self.standings[proposal.code].milestones > STATIONS}

    @cached_property
    def _found(self) -> dict[str, list[Any]]:
        """By flagship its milestones in the order of their dates; of many only what comes next and what decides. One query."""
        found: dict[str, list[Any]] = {proposal.code: [] for proposal in self.chosen}
        wanted = Q(proposal__in=found.keys() - self._crowded)
        if self._crowded:
            many = self.milestones.filter(proposal__in=self._crowded)
            ahead = many.exclude(status__in=FINISHED_STATUSES).filter(Q(due__gte=self.moment.day) | Q(due=None))
            coming = ahead.order_by("proposal", F("due").asc(nulls_last=True), "code").distinct("proposal")
            wanted |= Q(pk__in=coming.values("pk")) | Q(pk__in=worst_among(many).values("pk"))
        for milestone in self.milestones.filter(wanted).order_by(F("due").asc(nulls_last=True), "code").defer("search"):
            found[milestone.proposal].append(milestone)
        return found

    @cached_property
    def coming(self) -> dict[str, MilestoneVersion]:
        """By flagship, the first open milestone whose period is not over yet."""
        day, found = self.moment.day, {}
        for code, milestones in self._found.items():
            ahead = (one for one in milestones if one.status not in FINISHED_STATUSES and (one.due is None or one.due >= day))
            if first := next(ahead, None):
                found[code] = first
        return found

    @cached_property
    def standings(self) -> dict[str, ProposalStanding]:
        return proposal_standings(self.moment, [proposal.code for proposal in self.chosen])

    @cached_property
    def worst(self) -> dict[str, MilestoneVersion]:
        """By flagship, the milestone that decides how it stands."""
        found = {}
        for code, milestones in self._found.items():
            for health in (Health.LATE, Health.AT_RISK):
                if first := next((one for one in milestones if one.health == health), None):
                    found[code] = first
                    break
        return found

    @cached_property
    def causes(self) -> dict[str, Cause]:
        """Why the milestones stand so that the page names. One query for all of them."""
        return causes_of([*self.late, *self.next_90_days, *self.worst.values()], self.moment)

    @cached_property
    def late(self) -> list[MilestoneVersion]:
        # That the period is over is part of being late; said first, it spares looking at what others wait for.
        late = self.milestones.filter(due__lt=self.moment.day, health=Health.LATE).order_by("due", "code")
        return self._whole(late[:LISTED])

    def _whole(self, milestones: MilestoneVersionQuerySet) -> list[MilestoneVersion]:
        """A few rows of many. Of the past they are found in the narrow index over the spans, and only then read whole."""
        if not self.moment.past:
            return list(milestones.defer("search"))
        return list(self.milestones.narrow_first(milestones).order_by("due", "code").defer("search"))

    @cached_property
    def next_90_days(self) -> list[MilestoneVersion]:
        soon = self.milestones.filter(due__gte=self.moment.day, due__lte=self.moment.day + SOON)
        return self._whole(soon.exclude(status__in=FINISHED_STATUSES).order_by("due", "code")[:LISTED])

    @cached_property
    def due_soon(self) -> int:
        """How many are due in the next 90 days."""
        day = self.moment.day
        return sum(
            number
            for _baseline, due, _completed, _forecast, status, _days, number in self._dates
            if due and day <= due <= day + SOON and status not in FINISHED_STATUSES
        )

    @cached_property
    def risks(self) -> list[RiskVersion]:
        """The assessed ones by score, then the others in the report's order."""
        risks = RiskVersion.objects.as_of(self.moment).order_by((F("likelihood") * F("impact")).desc(nulls_last=True), "order", "code")
        return list((risks.filter(report=self.report) if self.report else risks)[:LISTED])

    @cached_property
    def changes(self) -> list[Event]:
        events = Event.objects.as_of(self.moment).exclude(type__in=RETOLD).order_by("-position")
        return list((events.filter(report=self.report) if self.report else events)[:CHANGES])

    @cached_property
    def news(self) -> list[tuple[Event, str]]:
        """The newest changes, each with the title of the milestone or proposal that it is about."""
        titles = titles_of(self.changes, self.moment)
        return [(event, titles.get(event.milestone or event.proposal, "")) for event in self.changes]

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
        return sum(
            number for *_plan, completed, _forecast, _status, _days, number in self._dates if completed and completed <= self.moment.day
        )

    @cached_property
    def reached(self) -> Counter[str]:
        """How many milestones whose planned period is over have which status; what is neither finished nor unknown is ``late``."""
        found: Counter[str] = Counter()
        for _baseline, due, _completed, _forecast, status, _days, number in self._dates:
            if due and due < self.moment.day:
                found[status if status in FINISHED_STATUSES | UNKNOWN_STATUSES else "late"] += number
        return found

    @cached_property
    def _dates(self) -> list[tuple[date | None, date | None, date | None, date | None, str, int | None, int]]:
        """First plan, due, completed, forecast, status and slippage, and how many milestones have all of these."""
        counted = self.milestones.count_by("baseline_due", "due", "completed_on", "forecast", "status", "slippage_days")
        return [(*dates, number) for dates, number in counted.items()]

    @cached_property
    def _reports(self) -> Sequence[ReportVersion]:
        if self.reports is not None:
            return self.reports
        reports = ReportVersion.objects.as_of(self.moment)
        return list(reports.filter(code=self.report) if self.report else reports)

    @cached_property
    def burn_up(self) -> list[BurnUpPoint]:
        """Quarter by quarter, from the year of the first date to the horizon. At most two queries."""
        dates = self._dates
        days = [day for row in dates for day in row[:4] if day]
        if not days:
            return []
        last = max([*days, *(report.horizon for report in self._reports if report.horizon)])
        points = [BurnUpPoint(end) for end in quarter_ends(min(days), last)]
        for baseline, due, completed, forecast, status, _days, number in dates:
            expected = completed or (None if status == Status.DROPPED else forecast or due)
            unknown = due if status in UNKNOWN_STATUSES else None
            pairs = (("baseline", baseline), ("plan", due), ("achieved", completed), ("forecast", expected), ("unknown", unknown))
            for name, day in pairs:
                if day:
                    point = points[(day.year - points[0].date.year) * 4 + (day.month - 1) // 3]
                    setattr(point, name, getattr(point, name) + number)
        for before, point in pairwise(points):
            for name in ("baseline", "plan", "achieved", "forecast", "unknown"):
                setattr(point, name, getattr(before, name) + getattr(point, name))
        return points


def quarter_ends(first: date, last: date) -> list[date]:
    """The last days of the quarters from the first year's first to the last year's last."""
    starts = [date(year, month, 1) for year in range(first.year, last.year + 1) for month in (4, 7, 10)]
    starts += [date(year + 1, 1, 1) for year in range(first.year, last.year + 1)]
    return sorted(start - timedelta(days=1) for start in starts)


def newest_evidence(moment: Moment, proposals: Iterable[str]) -> dict[str, date]:
    """By proposal, the day on which the newest public evidence was published that a published assessment rests on. One query."""
    cited = Citation.objects.filter(
        assessment__in=Assessment.objects.published(moment),
        assessment__milestone__proposal__code__in=list(proposals),
        evidence__confidential=False,
        evidence__withheld=None,
    )
    newest = cited.order_by().values_list("assessment__milestone__proposal__code").annotate(Max("evidence__published_on"))
    return {code: day for code, day in newest if day}


def titles_of(events: Iterable[Event], moment: Moment) -> dict[str, str]:
    """The titles of the milestones and proposals that these events are about, by code. Two queries at most."""
    milestones = {event.milestone for event in events if event.milestone}
    proposals = {event.proposal for event in events if event.proposal and not event.milestone}
    found = [
        *(MilestoneVersion.objects.as_of(moment).filter(code__in=milestones).defer("search") if milestones else ()),
        *(ProposalVersion.objects.as_of(moment).filter(code__in=proposals).defer("search") if proposals else ()),
    ]
    return {row.code: row.title for row in found}
