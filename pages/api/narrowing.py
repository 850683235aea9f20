"""``?report=`` of answers that are no lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter

from common.api.problems import UnknownParameter
from proposals.models import ReportVersion

if TYPE_CHECKING:
    from rest_framework.request import Request

    from record.moments import Moment

REPORT = OpenApiParameter("report", str, description="Of this report alone.")


def report_of(request: Request, moment: Moment) -> str:
    """The code that the address names; empty without, for all reports. Raises ``UnknownParameter`` for one that there is not."""
    code = request.query_params.get("report", "")
    if "report" in request.query_params and not ReportVersion.objects.as_of(moment).filter(code=code.replace("\x00", "")).exists():
        raise UnknownParameter({"report": [_("There is no “%(code)s” here.") % {"code": code[:100]}]}, code="unknown_value")
    return code
