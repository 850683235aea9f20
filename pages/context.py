"""What every page's frame needs."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from record.installation import is_known_sample, is_sample

if TYPE_CHECKING:
    from django.http import HttpRequest

SECTIONS = (
    ("dashboard", _("Overview")),
    ("timeline", _("Timeline")),
    ("milestones:list", _("Milestones")),
    ("proposal_list", _("Proposals")),
)
MORE = (
    ("report_list", _("Reports")),
    ("organisation_list", _("Organisations")),
    ("milestones:series_list", _("Recurring commitments")),
    ("risk_list", _("Risks")),
    ("indicator_list", _("Indicators")),
    ("changes", _("Changes")),
    ("slippage", _("Slippage")),
    ("compare", _("Compare")),
    ("calendar", _("Calendar")),
    ("methodology", _("Methodology")),
    ("exports", _("Files")),
)
"""The pages of the header, by the names of their addresses; what has no room in the row stands under *More*."""


def site(request: HttpRequest) -> dict[str, object]:
    """``is_sample`` is asked of the database lazily, and once a page: error pages must not need one."""
    match = request.resolver_match
    here = match.view_name if match else ""
    return {
        "languages": settings.LANGUAGES,
        "is_sample": cache(is_sample),
        "is_known_sample": is_known_sample,
        "site_url": settings.SITE_URL,
        "here": here,
        "in_section": {"report_dashboard": "dashboard"}.get(here, here),
        "sections": SECTIONS,
        "more": MORE,
        "in_more": here in dict(MORE),
        "at_desk": bool(match and {"desk", "integrations"} & set(match.namespaces)) or here == "close_error",
    }
