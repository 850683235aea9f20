"""What every page's frame needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from record.services import is_sample

if TYPE_CHECKING:
    from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, object]:
    """``sample`` is asked of the database lazily: error pages must not need one."""
    match = request.resolver_match
    return {
        "languages": settings.LANGUAGES,
        "is_sample": is_sample,
        "site_url": settings.SITE_URL,
        "here": match.view_name if match else "",
        "at_desk": bool(match and {"desk", "integrations"} & set(match.namespaces)),
    }
