"""What every export says of itself: which position of the record, and as of which day."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from common.dates import label
from record.installation import is_sample

if TYPE_CHECKING:
    from record.moments import Moment


def provenance_of(moment: Moment, address: str = "", *, report: str = "") -> str:
    """One line: site, day, position, and the address that shows the same again (without one, the overview at that moment, of the
    ``report`` or of all); a demonstration says that it is one."""
    day = label(moment.day, "day", get_language() or "ru")
    overview = reverse("report_dashboard", args=[report]) if report else reverse("dashboard")
    exact = address or f"{overview}?{urlencode({'at': moment.position, 'as_of': moment.day.isoformat()})}"
    parts = [_("Roadmap tracker"), _("as of %(day)s") % {"day": day}, _("position %(position)d") % {"position": moment.position}]
    if is_sample():
        parts.insert(0, _("Sample data"))
    return " · ".join([*parts, f"{settings.SITE_URL}{exact}"])
