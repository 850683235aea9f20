"""Following without an account: asking, confirming, leaving, and the digest of what changed.

A reader who asks is told the same whatever the case: whether somebody follows is nobody else's business.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core import signing
from django.db import connection, transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from accounts.idempotency import lock_number
from common.days import day_of
from common.mail import mailbox_of
from milestones.causes import causes_of
from milestones.event_words import RETOLD, event_detail, event_title
from milestones.models import MilestoneVersion
from milestones.statuses import Health
from notifications.models import Follower, Mail
from notifications.outbox import Letter, post
from proposals.addresses import address_of
from proposals.models import OrganisationVersion, ProposalVersion, ReportVersion
from record.log.notes import encoded
from record.log.proofs import checkpoint_until
from record.models import Event
from record.moments import Moment

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from record.querysets import EventQuerySet

LETTERS = ("confirm", "already", "digest")
MOST_A_DAY = 5
"""So many mails a day go at most to one mailbox because somebody asked to follow: nobody's is flooded by us."""
DAY = timedelta(days=1)
CONFIRM_WITHIN = timedelta(days=3)
CONFIRM_SALT = "notifications.following.confirm"
HOUR = 7
"""Digests are written from this hour of the installation's day on."""
MONDAY = 0
LISTED = 60
"""So many changes at most are named in a digest; the rest are a number and a link."""


class NotValid(Exception):
    """The link is not one of ours, or too old."""


def sign_up(*, email: str, scope: str, code: str, frequency: str, language: str, now: datetime) -> None:
    """Ask somebody by mail whether they want to follow; who follows already is told how. Each at most once a day."""
    wanted = {"frequency": frequency, "language": language}
    mailbox = mailbox_of(email)
    with transaction.atomic():
        _one_by_one(mailbox)
        same = {"email__iexact": email, "scope": scope, "code": code}
        today = Follower.objects.filter(mailbox=mailbox, asked_at__gt=now - DAY)
        if today.exclude(**same).count() >= MOST_A_DAY:
            return
        follower, _made = Follower.objects.get_or_create(**same, defaults={**wanted, "email": email, "created_at": now})
        if not today.filter(pk=follower.pk).exists():
            follower.asked_at = now
        if not follower.confirmed_at:
            follower.frequency, follower.language = frequency, language
        follower.save(update_fields=["asked_at", "frequency", "language"])
        name = "already" if follower.confirmed_at else "confirm"
        post(f"{name}:{follower.pk}:{follower.asked_at:%Y-%m-%dT%H:%M}", _letter(follower, name), now=now)


def _one_by_one(mailbox: str) -> None:
    """Have others that ask for the same mailbox wait until this transaction ends, so that the limit holds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock_number(f"follow:{mailbox}")])


def confirm(token: str, *, now: datetime) -> Follower:
    """Begin to tell somebody what changes from now on. Raises ``NotValid``; a second time changes nothing."""
    follower = _of_token(token)
    begin = {"confirmed_at": now, "position": Event.objects.position(), "told_on": day_of(now)}
    Follower.objects.filter(pk=follower.pk, confirmed_at=None).update(**begin)
    follower.refresh_from_db()
    return follower


def _of_token(token: str) -> Follower:
    try:
        key = signing.loads(token, salt=CONFIRM_SALT, max_age=CONFIRM_WITHIN)
    except signing.BadSignature as error:
        raise NotValid from error
    follower = Follower.objects.filter(key=key).first()
    if follower is None:
        raise NotValid
    return follower


def to_confirm(token: str) -> Follower:
    """Who would follow what by this link. Raises ``NotValid``."""
    return _of_token(token)


def leave(key: str) -> bool:
    """Forget a follower, and what was still to be sent to them; whether there was one."""
    return bool(_forget(Follower.objects.filter(key=key)))


def _forget(followers: QuerySet[Follower]) -> int:
    with transaction.atomic():
        gone = list(followers.select_for_update().values_list("pk", flat=True))
        for pk in gone:
            for name in LETTERS:
                Mail.objects.filter(key__startswith=f"{name}:{pk}:").delete()
        return Follower.objects.filter(pk__in=gone).delete()[0]


def scope_title(follower: Follower) -> str:
    """What is followed, in the active language."""
    if follower.scope == "report":
        report = ReportVersion.objects.current().filter(code=follower.code).first()
        return f"{follower.code} {report.title if report else ''}".strip()
    if follower.scope == "proposal":
        proposal = ProposalVersion.objects.current().filter(code=follower.code).first()
        return f"{follower.code} {proposal.title if proposal else ''}".strip()
    if follower.scope == "owner":
        owner = OrganisationVersion.objects.current().filter(code=follower.code).first()
        return f"{follower.code} {owner.name if owner else ''}".strip()
    return whole(ReportVersion.objects.current().count())


def whole(reports: int) -> str:
    """What is followed by whoever follows everything, in the active language."""
    return translation.gettext("all reports") if reports > 1 else translation.gettext("the whole roadmap")


def absolute_url(name: str, *args: str) -> str:
    return settings.SITE_URL + reverse(name, args=args)


def _letter(follower: Follower, name: str, **more: object) -> Letter:
    """A mail in the follower's language, with the link and the header by which one click leaves (RFC 8058)."""
    leaving = absolute_url("unfollow", follower.key)
    with translation.override(follower.language):
        context = {
            "site": settings.SITE_URL,
            "scope": scope_title(follower),
            "leave": leaving,
            "confirm": absolute_url("follow_confirm", signing.dumps(follower.key, salt=CONFIRM_SALT)),
            "days": CONFIRM_WITHIN.days,
            "frequency": follower.frequency,
            **more,
        }
        subject = render_to_string(f"notifications/mail/{name}_subject.txt", context)
        body = render_to_string(f"notifications/mail/{name}.txt", context)
    headers = {"List-Unsubscribe": f"<{leaving}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return Letter(follower.email, subject.strip(), body, headers | {"Auto-Submitted": "auto-generated"})


# Digests


def due_for_digest(now: datetime) -> list[int]:
    """Confirmed followers whose turn it is on this day: the daily ones, and on Mondays (or after a missed one) the weekly."""
    if now.astimezone(ZoneInfo(settings.TIME_ZONE)).hour < HOUR:
        return []
    day = day_of(now)
    monday = day - timedelta(days=day.weekday() - MONDAY)
    turn = Q(frequency="daily", told_on__lt=day) | Q(frequency="weekly", told_on__lt=monday)
    return list(Follower.objects.filter(turn, confirmed_at__isnull=False).order_by("pk").values_list("pk", flat=True))


def write_digest(pk: int, *, now: datetime) -> bool:
    """Write one follower's digest of what changed since the last, unless nothing did. Whether one was written.

    The mail, and how far the follower was told, are one transaction: killed anywhere, both are there or neither.
    """
    with transaction.atomic():
        follower = Follower.objects.select_for_update(skip_locked=True).filter(pk=pk, confirmed_at__isnull=False).first()
        day = day_of(now)
        if follower is None or not (follower.told_on and follower.told_on < day):
            return False
        newest = Event.objects.position()
        events = list(events_for(follower, newest))
        Follower.objects.filter(pk=pk).update(position=newest, told_on=day)
        if not events:
            return False
        return post(f"digest:{follower.pk}:{newest}", _digest(follower, events, newest, day), now=now)


def events_for(follower: Follower, newest: int) -> EventQuerySet:
    """What happened in the scope after the follower was told last, in order."""
    events = Event.objects.filter(position__gt=follower.position, position__lte=newest).exclude(type__in=RETOLD).order_by("position")
    if follower.scope == "owner":  # whose milestones they were at any time since, so that losing one is told too
        theirs = MilestoneVersion.objects.owned_by(follower.code).filter(first__lte=newest)
        return events.filter(milestone__in=theirs.filter(Q(last=None) | Q(last__gt=follower.position)).values("code"))
    return within_scope(events, follower.scope, follower.code)


def within_scope(events: EventQuerySet, scope: str, code: str, moment: Moment | None = None) -> EventQuerySet:
    """Events of a report, about a proposal, or about the milestones that an organisation leads or supports at that moment (or now)."""
    if scope == "report":
        return events.filter(report=code)
    if scope == "proposal":
        return events.filter(proposal=code)
    if scope == "owner":
        milestones = MilestoneVersion.objects.as_of(moment) if moment else MilestoneVersion.objects.current()
        return events.filter(milestone__in=milestones.owned_by(code).values("code"))
    return events


def _digest(follower: Follower, events: list[Event], newest: int, day: date) -> Letter:
    with translation.override(follower.language):
        shown = events[:LISTED]
        now = Moment(day=day)
        versions = MilestoneVersion.objects.current().with_health(now).defer("search")
        titles = versions.by_code({event.milestone for event in shown if event.milestone})
        causes = causes_of(titles.values(), now)
        reports = {report.code: report for report in ReportVersion.objects.current().defer("search")}
        groups: dict[str, dict[str, list[dict[str, object]]]] = defaultdict(lambda: defaultdict(list))
        for event in shown:
            about = titles.get(event.milestone)
            heading = f"{event.milestone} {about.title}" if about else ""
            happened: dict[str, object] = {"title": event_title(event), "detail": event_detail(event), "day": day_of(event.occurred_at)}
            groups[event.report][heading].append(happened)
        stands = {
            f"{code} {row.title}": (
                f"{Health(row.health).said.word}: {causes[code].text}" if code in causes else "",
                absolute_url("milestones:detail", code),
            )
            for code, row in titles.items()
        }
        context = {
            "reports": [
                (
                    f"{code} {reports[code].title}" if code in reports and len(reports) > 1 else "",
                    [(heading, *stands.get(heading, ("", "")), items) for heading, items in of_it.items()],
                )
                for code, of_it in sorted(groups.items())
            ],
            "number": len(events),
            "more": len(events) - len(shown),
            "position": newest,
            "day": day,
            "changes": settings.SITE_URL + address_of("changes", follower.code if follower.scope == "report" else ""),
            "checkpoint": _checkpoint(newest),
        }
    return _letter(follower, "digest", **context)


def _checkpoint(newest: int) -> dict[str, object]:
    """What a mailbox can keep of the record, so that nobody can write it anew unseen; empty where nothing is signed."""
    checkpoint = checkpoint_until(newest)
    if checkpoint is None:
        return {}
    return {"size": checkpoint.size, "root": encoded(bytes(checkpoint.root)), "address": absolute_url("record_checkpoint")}


def forget_unconfirmed(now: datetime) -> int:
    """Addresses that were never confirmed are deleted when the link has run out."""
    return _forget(Follower.objects.filter(confirmed_at=None, created_at__lt=now - CONFIRM_WITHIN))
