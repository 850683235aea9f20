"""Query parameters that an address does not take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from common.api.problems import UnknownParameter

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from rest_framework.request import Request


def refuse_unknown(request: Request, known: AbstractSet[str]) -> None:
    """Raise ``UnknownParameter`` naming each parameter that is not among ``known``."""
    if unknown := sorted(set(request.query_params) - known):
        message = _("There is no such parameter here. Known: %(known)s.") % {"known": ", ".join(sorted(known))}
        raise UnknownParameter({name[:100]: [message] for name in unknown}, code="unknown_parameter")
