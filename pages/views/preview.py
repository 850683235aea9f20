"""A round as the public will see it: published, shown, and taken back before anybody else could look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.shortcuts import get_object_or_404, redirect

from accounts.roles import Role
from common.refusals import Refused
from milestones.models import Round
from milestones.services import publish_round
from milestones.views import milestone_detail
from pages.views.dashboard import dashboard
from record.desk import desk_page, tell
from record.services import open_change

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from record.desk import DeskRequest


@desk_page("GET", role=Role.EDITOR)
def preview_round(request: DeskRequest, uid: UUID, code: str = "") -> HttpResponse:
    """The real page, the dashboard or one milestone, read inside a change that is then rolled back.

    A signed-in reader's page is kept nowhere, so nothing of it reaches anybody else.
    """
    round_ = get_object_or_404(Round, uid=uid)
    try:
        with open_change(by=request.user.actor) as change:
            publish_round(change, round_, by=request.user)
            request.preview = round_  # type: ignore[attr-defined]
            response: HttpResponse = milestone_detail(request, code) if code else dashboard(request)
            transaction.set_rollback(True)
    except Refused as refused:
        tell(request, refused)
        return redirect("desk:round", uid)
    return response
