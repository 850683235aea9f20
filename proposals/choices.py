"""The words of the source side: each list once, for models, forms, the file format and the API."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

LANGUAGES = [("ru", _("Russian")), ("en", _("English")), ("kk", _("Kazakh"))]
STRENGTHS = [("asked", _("asked for")), ("expected", _("expected")), ("noted", _("noted")), ("inferred", _("inferred"))]
STRENGTH_MEANINGS = {
    "asked": _("The report says that this should be done."),
    "expected": _("The report says that this will come."),
    "noted": _("The report sees groundwork here; it does not say that this should be done or will come."),
    "inferred": _("It follows from what the report diagnoses."),
}
PROPOSAL_KINDS = [
    ("institution", _("institution")),
    ("event", _("recurring event")),
    ("appointment", _("appointment")),
    ("exchange", _("exchange")),
    ("research", _("research")),
    ("capacity", _("capacity")),
    ("cooperation", _("cooperation")),
    ("coordination", _("coordination")),
    ("communication", _("communication")),
    ("education", _("education")),
    ("people", _("people")),
    ("programme", _("programme")),
    ("vision", _("vision")),
]
SIDES = [
    ("RU", pgettext_lazy("side", "Russia")),
    ("KZ", pgettext_lazy("side", "Kazakhstan")),
    ("joint", pgettext_lazy("side", "joint")),
    ("international", pgettext_lazy("side", "international")),
]
ORGANISATION_KINDS = [
    ("presidency", _("presidency")),
    ("government", _("government")),
    ("ministry", _("ministry")),
    ("security", _("security")),
    ("embassy", _("embassy")),
    ("regions", _("regions")),
    ("think_tank", _("analytical centre")),
    ("university", _("university")),
    ("media", _("media")),
    ("ngo", _("non-governmental organisation")),
    ("commission", _("commission")),
    ("bank", _("bank")),
    ("network", _("network")),
]
BASES = [("report", _("the report")), ("planning", _("planning assumption"))]
QUALIFIERS = [("", "="), ("≈", "≈"), (">", ">"), ("≥", "≥"), ("<", "<")]
DIRECTIONS = [("higher", _("higher is better")), ("lower", _("lower is better")), ("none", _("neither"))]
