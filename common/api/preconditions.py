"""``If-Match``: which version a change is made on. Only the version of an ETag is compared, so any answer's tag will do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from common.api.problems import PreconditionRequired

if TYPE_CHECKING:
    from rest_framework.request import Request

TAG = re.compile(r'(?:W/)?"(\d{1,9})(?:\.[^"]*)?"', re.ASCII)


def matched_versions(request: Request) -> set[int]:
    """The versions that the request's ``If-Match`` names. Raises ``PreconditionRequired`` where it names none.

    ``*`` names none either: it would overwrite what nobody has looked at.
    """
    versions = {int(tag) for tag in TAG.findall(request.headers.get("If-Match", ""))}
    if not versions:
        raise PreconditionRequired(_("Send the ETag of what you change as If-Match."))
    return versions
