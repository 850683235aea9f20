"""Who is signed in: what a page asks before it sends again what could not be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import JsonResponse
from django.middleware.csrf import get_token

from accounts.roles import Role
from record.desk import desk_page

if TYPE_CHECKING:
    from django.http import HttpResponse

    from record.desk import DeskRequest


@desk_page("GET", role=Role.STAKEHOLDER, json=True)
def here(request: DeskRequest) -> HttpResponse:
    """The account, and the token that its forms need from now on: signing in makes those of open pages too old."""
    return JsonResponse({"person": request.user.pk, "token": get_token(request)})
