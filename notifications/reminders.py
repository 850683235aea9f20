"""Reminders to analysts and editors: what is due, overdue, stale, or waits for review; and what nobody has taken up for long.

One mail a person a day at most, in their language, from seven in the morning of their own time zone on. What somebody was told
once, they are not told again for the same date; what stays undone after a period of grace is told to the editors too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import Role
from common.dates import label
from milestones.causes import causes_by_code
from milestones.models import Assessment, Milestone, MilestoneVersion
from milestones.permissions import may_publish
from milestones.rules import STALE_AFTER
from milestones.statuses import FINISHED_STATUSES
from notifications.following import absolute_url
from notifications.models import Reminded
from notifications.outbox import Letter, post
from record.moments import Moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from milestones.causes import Cause
    from milestones.querysets import MilestoneVersionQuerySet

HOUR = 7
BEFORE = (30, 7, 1)
"""Days before the due date; whoever was away on one of them is told of the next."""
GRACE = timedelta(days=14)
"""After that long overdue, or waiting for review, editors are told."""
LISTED = 40
REASONS = ("review", "returned", "due", "overdue", "stale", "escalated")


@dataclass(frozen=True)
class Item:
    """One thing to remind somebody of; ``key`` is the same as long as it is the same thing."""

    reason: str
    key: str
    code: str
    title: str
    when: date | None
    precision: str = "day"
    route: tuple[str, ...] = ()


def local_day(user: User, now: datetime) -> date | None:
    """The day that it is where the user lives; ``None`` before seven in the morning."""
    there = now.astimezone(user.zone)
    return there.date() if there.hour >= HOUR else None


def people() -> list[int]:
    """Whom there may be something to remind of."""
    users = User.objects.filter(is_active=True, role__in=[Role.ANALYST, Role.EDITOR, Role.ADMINISTRATOR]).exclude(email="")
    return list(users.order_by("pk").values_list("pk", flat=True))


def remind(pk: int, *, now: datetime) -> bool:
    """Write the one mail of this person's day, if there is anything new to say. Whether one was written.

    The mail and what it reminded of are one transaction, so a second run finds both or neither.
    """
    with transaction.atomic():
        user = User.objects.select_for_update(skip_locked=True).filter(pk=pk, is_active=True).exclude(email="").first()
        day = local_day(user, now) if user else None
        if user is None or day is None:
            return False
        with translation.override(user.language):
            items = list(_unsaid(user, _items(user, day)))
            if not items or not post(f"reminder:{user.pk}:{day}", _letter(user, items, day), now=now):
                return False
        Reminded.objects.bulk_create([Reminded(user=user, key=item.key, on=day) for item in items], ignore_conflicts=True)
        return True


def _unsaid(user: User, items: Iterable[Item]) -> Iterator[Item]:
    all_of_them = list(items)
    said = set(Reminded.objects.filter(user=user, key__in=[item.key for item in all_of_them]).values_list("key", flat=True))
    return (item for item in all_of_them if item.key not in said)


def _items(user: User, day: date) -> Iterator[Item]:
    yield from _reviews(user, day)
    mine = Assessment.objects.filter(author=user, state="returned").select_related("milestone")
    for assessment in mine:
        key, about = f"returned:{assessment.pk}:{assessment.version}", assessment.milestone
        yield Item("returned", key, about.code, about.title, None)
    milestones = MilestoneVersion.objects.current().with_health(Moment(day=day)).exclude(status__in=FINISHED_STATUSES).defer("search")
    if user.may(Role.EDITOR):
        yield from _escalated(milestones, day)
    theirs = milestones.filter(code__in=Milestone.objects.filter(analyst=user).values("code"))
    yield from _dates(theirs, day)


def _dates(milestones: MilestoneVersionQuerySet, day: date) -> Iterator[Item]:
    """Of the milestones that somebody is assigned to."""
    soon = milestones.filter(due__gte=day, due__lte=day + timedelta(days=max(BEFORE))).order_by("due", "code")
    for milestone in soon:
        step = min(days for days in BEFORE if (milestone.due - day).days <= days)
        yield _about_due("due", milestone, f"due{step}")
    for milestone in milestones.filter(overdue=True).order_by("due", "code"):
        yield _about_due("overdue", milestone)
    for milestone in milestones.filter(assessed_on__lt=day - STALE_AFTER).filter(overdue=False).order_by("assessed_on", "code"):
        yield Item("stale", f"stale:{milestone.code}:{milestone.assessed_on}", milestone.code, milestone.title, milestone.assessed_on)


def _about_due(reason: str, milestone: MilestoneVersion, key: str = "") -> Item:
    key = f"{key or reason}:{milestone.code}:{milestone.due}"
    return Item(reason, key, milestone.code, milestone.title, milestone.due, milestone.due_precision)


def _reviews(user: User, day: date) -> Iterator[Item]:
    if not user.may(Role.EDITOR):
        return
    waiting = Assessment.objects.for_desk().filter(state="submitted")
    for assessment in waiting:
        if may_publish(user, assessment):
            since = assessment.submitted_at.date()
            again = "late" if since < day - GRACE else "new"
            key, about = f"review:{assessment.pk}:{assessment.version}:{again}", assessment.milestone
            yield Item("review", key, about.code, about.title, since, route=("desk:assessment", str(assessment.uid)))


def _escalated(milestones: MilestoneVersionQuerySet, day: date) -> Iterator[Item]:
    """What stayed undone after the period of grace: nobody has assessed it since its period ended."""
    for milestone in milestones.filter(Q(assessed_on=None) | Q(assessed_on__lte=day - GRACE), due__lt=day - GRACE).order_by("due", "code"):
        if milestone.assessed_on is None or milestone.assessed_on <= milestone.due:
            yield _about_due("escalated", milestone)


def _letter(user: User, items: list[Item], day: date) -> Letter:
    titles = {
        "review": _("Waiting for your review"),
        "returned": _("Returned to you"),
        "due": _("Due soon"),
        "overdue": _("The period is over"),
        "stale": _("Assessed over 180 days ago"),
        "escalated": _("Over for two weeks or longer, and nobody has looked since"),
    }
    shown, groups = items[:LISTED], []
    causes = causes_by_code({(item.code, "") for item in shown}, Moment(day=day))
    for reason in REASONS:
        group = [_shown(item, user.language, causes.get(item.code)) for item in shown if item.reason == reason]
        if group:
            groups.append((titles[reason], group))
    context = {"groups": groups, "number": len(items), "more": len(items) - len(shown), "queue": absolute_url("desk:queue")}
    subject = render_to_string("notifications/mail/reminder_subject.txt", context).strip()
    body = render_to_string("notifications/mail/reminder.txt", context)
    return Letter(user.email, subject, body, {"Auto-Submitted": "auto-generated"})


def _shown(item: Item, language: str, cause: Cause | None) -> dict[str, str]:
    route = item.route or ("desk:record", item.code)
    when = label(item.when, item.precision or "day", language) if item.when else ""
    return {"code": item.code, "title": item.title, "when": when, "address": absolute_url(*route), "cause": cause.text if cause else ""}
