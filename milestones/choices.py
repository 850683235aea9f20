"""The words of the tracking side, with their meanings: each list once, for models, pages and the API."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from milestones.rules import Freshness, Health, Status

STATUS_CHOICES = [
    (Status.NOT_ASSESSED.value, pgettext_lazy("status", "not yet assessed")),
    (Status.NO_EVIDENCE.value, pgettext_lazy("status", "no evidence found")),
    (Status.NOT_STARTED.value, pgettext_lazy("status", "not started")),
    (Status.AGREED.value, pgettext_lazy("status", "agreed")),
    (Status.IN_PROGRESS.value, pgettext_lazy("status", "in progress")),
    (Status.ACHIEVED.value, pgettext_lazy("status", "achieved")),
    (Status.SUSPENDED.value, pgettext_lazy("status", "suspended")),
    (Status.DROPPED.value, pgettext_lazy("status", "dropped")),
]
STATUS_MEANINGS = {
    Status.NOT_ASSESSED: _("Nobody has looked yet. It says nothing about the milestone."),
    Status.NO_EVIDENCE: _("Somebody looked and found nothing either way."),
    Status.NOT_STARTED: _("There is evidence that it has not begun."),
    Status.AGREED: _("The parties have committed to it in public."),
    Status.IN_PROGRESS: _("Work is visibly under way."),
    Status.ACHIEVED: _("The completion criterion is met, and public evidence shows it."),
    Status.SUSPENDED: _("Stopped; it may resume."),
    Status.DROPPED: _("Given up, or missed for good."),
}
HEALTH_CHOICES = [
    (Health.LATE.value, pgettext_lazy("health", "late")),
    (Health.AT_RISK.value, pgettext_lazy("health", "at risk")),
    (Health.UNKNOWN.value, pgettext_lazy("health", "unknown")),
    (Health.ON_TRACK.value, pgettext_lazy("health", "on track")),
    (Health.DONE.value, pgettext_lazy("health", "done")),
    (Health.CLOSED.value, pgettext_lazy("health", "closed")),
]
HEALTH_MEANINGS = {
    Health.LATE: _("The planned period is over and the milestone is not achieved."),
    Health.AT_RISK: _(
        "The forecast lies after the due date, or something it waits for is late, suspended or dropped, "
        "or it is due within 90 days and not in progress, or it is suspended."
    ),
    Health.UNKNOWN: _("Not assessed, or no evidence found. This is never counted as failure."),
    Health.ON_TRACK: _("Nothing known stands in the way of the due date."),
    Health.DONE: _("Achieved."),
    Health.CLOSED: _("Dropped."),
}
FRESHNESS_CHOICES = [
    (Freshness.FRESH.value, pgettext_lazy("freshness", "assessed within 180 days")),
    (Freshness.STALE.value, pgettext_lazy("freshness", "assessed over 180 days ago")),
    (Freshness.NEVER.value, pgettext_lazy("freshness", "never assessed")),
]
STAGES = [
    ("preparation", pgettext_lazy("stage", "preparation")),
    ("founding", pgettext_lazy("stage", "founding")),
    ("launch", pgettext_lazy("stage", "launch")),
    ("operation", pgettext_lazy("stage", "operation")),
    ("review", pgettext_lazy("stage", "review")),
    ("evaluation", pgettext_lazy("stage", "evaluation")),
]
CONFIDENCES = [
    ("low", pgettext_lazy("confidence", "low")),
    ("medium", pgettext_lazy("confidence", "medium")),
    ("high", pgettext_lazy("confidence", "high")),
]
OWNER_ROLES = [("lead", _("lead")), ("support", _("support"))]
HOSTS = [("RU", pgettext_lazy("side", "Russia")), ("KZ", pgettext_lazy("side", "Kazakhstan"))]
ASSESSMENT_STATES = [
    ("draft", pgettext_lazy("review", "draft")),
    ("submitted", pgettext_lazy("review", "submitted")),
    ("returned", pgettext_lazy("review", "returned")),
    ("published", pgettext_lazy("review", "published")),
]
EVIDENCE_KINDS = [
    ("official", pgettext_lazy("evidence", "official document")),
    ("press", pgettext_lazy("evidence", "press")),
    ("interview", pgettext_lazy("evidence", "interview")),
    ("dataset", pgettext_lazy("evidence", "data set")),
    ("other", pgettext_lazy("evidence", "other")),
]
LINK_STATES = [
    ("unchecked", pgettext_lazy("link", "not checked")),
    ("alive", pgettext_lazy("link", "reachable")),
    ("dead", pgettext_lazy("link", "not reachable")),
]
STANCES = [("supports", _("supports")), ("contradicts", _("contradicts"))]
MOVED_DATES = [("due", _("due")), ("forecast", _("forecast"))]
REASON_CATEGORIES = [
    ("political", pgettext_lazy("reason", "political decision")),
    ("dependency", pgettext_lazy("reason", "waits for another step")),
    ("resources", pgettext_lazy("reason", "resources")),
    ("external", pgettext_lazy("reason", "outside circumstances")),
    ("clarified", pgettext_lazy("reason", "date made more exact")),
    ("correction", pgettext_lazy("reason", "mistake corrected")),
    ("file", pgettext_lazy("reason", "changed in the roadmap file")),
    ("other", pgettext_lazy("reason", "other")),
]
WITHDRAWAL_REASONS = [
    ("personal", pgettext_lazy("withdrawal", "personal data")),
    ("libel", pgettext_lazy("withdrawal", "libel")),
    ("rights", pgettext_lazy("withdrawal", "rights of others")),
    ("mistake", pgettext_lazy("withdrawal", "published by mistake")),
    ("law", pgettext_lazy("withdrawal", "order of an authority or a court")),
]
STATUS_NEEDS = {
    Status.NO_EVIDENCE: _("A summary that says where you looked."),
    Status.NOT_STARTED: _("A summary; evidence where there is some."),
    Status.AGREED: _("A summary, and evidence that supports it."),
    Status.IN_PROGRESS: _("A summary, and evidence that supports it."),
    Status.ACHIEVED: _("A summary, public evidence that supports it, and the day of completion."),
    Status.SUSPENDED: _("A summary."),
    Status.DROPPED: _("A summary."),
}
"""What each status needs before it can be sent (DOMAIN, "Statuses"; ``milestones.assessment_rules``)."""
