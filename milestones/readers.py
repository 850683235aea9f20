"""What readers leave: errors that they report, and what becomes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.roles import Role
from common.refusals import Refused
from milestones.models import ErrorReport
from milestones.permissions import insist

if TYPE_CHECKING:
    from accounts.models import User

MOST_OPEN = 1000


def report_error(*, path: str, position: int, text: str, email: str, language: str) -> ErrorReport:
    """Put what a reader says into the analysts' queue. Raises ``Refused`` when that is flooded."""
    if ErrorReport.objects.filter(state="new").count() >= MOST_OPEN:
        raise Refused.because("flooded", _("There are too many open reports at the moment. Please come back tomorrow."))
    return ErrorReport.objects.create(path=path, position=position, text=text, email=email, language=language, created_at=timezone.now())


def close_error_report(report: ErrorReport, *, state: str, answer: str, by: User) -> str:
    """Say what became of it; returns the address to write to, which is forgotten here. Raises ``Refused`` when it is closed already."""
    insist(by.may(Role.ANALYST))
    if not answer.strip():
        raise Refused.because("answer_missing", _("Say what became of it."), "answer")
    email = report.email
    closed = ErrorReport.objects.filter(pk=report.pk, state="new")
    said = {"state": state, "answer": answer.strip(), "closed_by": by, "closed_at": timezone.now(), "email": ""}
    if not closed.update(**said):
        raise Refused.because("closed", _("Somebody else has closed this report meanwhile."))
    report.refresh_from_db()
    return email
