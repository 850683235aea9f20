"""Words for the fields of things, for pages that show the record."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

FIELD_WORDS = {
    "title": _("title"),
    "description": _("description"),
    "criterion": _("completion criterion"),
    "stage": _("stage"),
    "basis": _("basis"),
    "series": _("series"),
    "edition": _("edition"),
    "host": _("planned host"),
    "actual_host": _("actual host"),
    "baseline_due": _("baseline due"),
    "baseline_due_precision": _("precision of the baseline"),
    "due": _("due"),
    "due_precision": _("precision of the due date"),
    "forecast": _("forecast"),
    "forecast_precision": _("precision of the forecast"),
    "slippage_days": _("slippage in days"),
    "completed_on": _("completed on"),
    "status": _("status"),
    "confidence": _("confidence"),
    "summary": _("public summary"),
    "effective_on": _("effective on"),
    "assessed_on": _("assessed on"),
    "evidence_count": _("evidence"),
    "lead_assumed": _("owners assumed"),
    "proposal": _("proposal"),
    "report": _("report"),
    "analyst": _("analyst"),
    "lead": _("lead"),
    "support": _("support"),
    "sides": _("side of the lead"),
    "passages": _("passages"),
    "predecessors": _("predecessors"),
}

PRECISION_WORDS = {"day": _("day"), "month": _("month"), "quarter": _("quarter"), "year": _("year")}
