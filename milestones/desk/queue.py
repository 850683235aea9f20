"""The analyst's one queue: what waits for somebody, the most urgent first, each milestone once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from accounts.roles import Role
from milestones.models import Assessment, ErrorReport, Evidence, Milestone, MilestoneVersion, Translation
from milestones.permissions import may_publish
from milestones.querysets import OPEN_STATES
from milestones.rules import SOON
from milestones.statuses import Freshness, Health, Status
from proposals.choices import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from accounts.models import User
    from milestones.querysets import MilestoneVersionQuerySet
    from record.moments import Moment

SHOWN = 15


@dataclass
class Group:
    """Rows of one kind; ``more`` is how many are not shown."""

    name: str
    title: str
    rows: list[Any] = field(default_factory=list)
    more: int = 0
    kind: str = "milestone"


def queue_of(user: User, moment: Moment, report: str = "") -> list[Group]:
    """The groups that have anything in them, of all reports or of one. Errors that readers found are of none."""
    groups = [*_work(user, report), *_milestones(user, moment, report), _untranslated(user, moment, report), _links(user, report)]
    groups += [] if report else [_errors()]
    return [group for group in groups if group.rows]


def _group(name: str, title: str, rows: Iterable[object], kind: str) -> Group:
    all_rows = list(rows)
    return Group(name, title, all_rows[:SHOWN], max(0, len(all_rows) - SHOWN), kind)


def _work(user: User, report: str) -> list[Group]:
    """Assessments on their way."""
    on_their_way = Assessment.objects.for_desk().of_report(report)
    own = list(on_their_way.filter(author=user, state__in=OPEN_STATES))
    groups = [
        _group("returned", _("Returned to me"), [one for one in own if one.state == "returned"], "assessment"),
        _group("drafts", _("My drafts"), [one for one in own if one.state == "draft"], "assessment"),
    ]
    waiting = on_their_way.filter(state="submitted")
    if user.may(Role.EDITOR):
        decidable = [assessment for assessment in waiting if may_publish(user, assessment)]
        others = [assessment for assessment in waiting if assessment not in decidable]
        groups.insert(0, _group("review", _("Waiting for my review"), decidable, "assessment"))
        groups.append(_group("others", _("Waiting for another editor"), others, "assessment"))
    else:
        groups.append(_group("submitted", _("Submitted, waiting for review"), waiting.filter(author=user), "assessment"))
    return groups


def _untranslated(user: User, moment: Moment, report: str) -> Group:
    """What stands of milestones in the remit and is not said in every language of the pages; the newest first."""
    current = (
        Assessment.objects.for_desk()
        .filter(uid__in=in_remit(user, moment).of_report(report).exclude(assessment=None).values("assessment"), withheld=None)
        .exclude(summary="")
    )
    said = Translation.objects.filter(
        withheld=None,
        assessment__milestone=OuterRef("milestone"),
        assessment__language=OuterRef("language"),
        assessment__summary=OuterRef("summary"),
    )
    languages = said.order_by().values("assessment__milestone").annotate(n=Count("language", distinct=True)).values("n")
    missing = current.annotate(said=Coalesce(Subquery(languages), 0)).filter(said__lt=len(LANGUAGES) - 1).order_by("-position")
    more = max(0, missing.count() - SHOWN)
    return Group("untranslated", _("Not said in every language"), list(missing[:SHOWN]), more, "assessment")


def in_remit(user: User, moment: Moment) -> MilestoneVersionQuerySet:
    """Version rows of the milestones that somebody may assess, with health and freshness."""
    milestones = MilestoneVersion.objects.as_of(moment).with_health(moment).with_freshness(moment.day)
    if user.may(Role.EDITOR):
        return milestones
    return milestones.filter(code__in=Milestone.objects.assessable_by(user).values("code"))


def _milestones(user: User, moment: Moment, report: str) -> list[Group]:
    milestones = in_remit(user, moment).of_report(report).order_by(F("due").asc(nulls_last=True), "code")
    busy = set(
        Assessment.objects.filter(state__in=["draft", "returned", "submitted"], author=user).values_list("milestone__code", flat=True)
    )
    soon = moment.day + SOON
    unfinished = ~Q(status__in=[Status.ACHIEVED, Status.DROPPED])
    kinds = [
        ("late", _("Late"), Q(health=Health.LATE)),
        ("over", _("Period over, nothing known"), Q(health=Health.UNKNOWN, overdue=True)),
        ("soon", _("Due within 90 days"), unfinished & Q(due__gte=moment.day, due__lte=soon)),
        ("stale", _("Assessed over 180 days ago"), unfinished & Q(freshness=Freshness.STALE)),
    ]
    seen: set[str] = set(busy)
    groups = []
    for name, title, wanted in kinds:
        matches = [milestone for milestone in milestones.filter(wanted) if milestone.code not in seen]
        seen |= {milestone.code for milestone in matches}
        groups.append(_group(name, title, matches, "milestone"))
    return groups


def _links(user: User, report: str) -> Group:
    milestones = Milestone.objects.assessable_by(user).exclude(current=None)
    current = (milestones.filter(proposal__report__code=report) if report else milestones).values("current")
    dead = Evidence.objects.filter(link_state="dead", withheld=None, archive_address="", citations__assessment__in=current)
    evidence = dead.order_by("title", "id").distinct().prefetch_related("citations__assessment__milestone")
    return _group("links", _("Evidence that is no longer reachable"), evidence, "evidence")


def _errors() -> Group:
    reports = ErrorReport.objects.filter(state="new").order_by("created_at", "id")
    return _group("errors", _("Errors reported by readers"), reports, "error")


def next_code(user: User, moment: Moment, after: str) -> str | None:
    """The milestone that comes after this one in the queue; ``None`` when nothing else waits."""
    codes: list[str] = []
    for group in queue_of(user, moment):
        if group.kind == "milestone":
            codes += [row.code for row in group.rows]
        elif group.name in {"returned", "drafts"}:
            codes += [row.milestone.code for row in group.rows]
    rest = [code for code in codes if code != after]
    return rest[0] if rest else None
