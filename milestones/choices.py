"""The words of the tracking side: each list once, for models, pages and the API. Those of statuses are in ``milestones.statuses``."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

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
