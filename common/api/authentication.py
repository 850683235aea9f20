"""401 says how to authenticate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.authentication import SessionAuthentication
from typing_extensions import override

if TYPE_CHECKING:
    from rest_framework.request import Request


class Session(SessionAuthentication):
    """The browser's session, with CSRF; unlike DRF's it answers 401 where nobody is signed in."""

    @override
    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'
