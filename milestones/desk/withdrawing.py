"""Withdrawing what must go: one page for every kind of thing that has words on the record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts.roles import Role
from common.refusals import Refused
from milestones.desk.forms import WithdrawForm
from milestones.services import withdraw
from milestones.withdrawing import earlier_versions, words_of
from record.desk import desk_page, done, tell
from record.models import Recorded
from record.services import open_change
from record.versions import recorded_models, sealed_models

if TYPE_CHECKING:
    from django.db.models import Model
    from django.http import HttpResponse

    from record.desk import DeskRequest


def kinds() -> dict[str, type[Model]]:
    """What can be withdrawn, by the name that stands in the address."""
    return {str(model._meta.model_name): model for model in (*sealed_models(), *recorded_models())}


@desk_page("GET", "POST", role=Role.EDITOR)
def withdrawal(request: DeskRequest, kind: str, pk: int) -> HttpResponse:
    """Show the words that would go, ask why, and empty them."""
    if kind not in kinds():
        raise Http404
    thing: Any = get_object_or_404(kinds()[kind], pk=pk)
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            with open_change(by=request.user.actor) as change:
                withdraw(change, thing, by=request.user, reason=form.cleaned_data["reason"])
            done(request, _("Withdrawn: a dated stub stands in its place."))
            return redirect("desk:queue")
        except Refused as refused:
            tell(request, refused)
    rows = earlier_versions(thing) if isinstance(thing, Recorded) else [thing] if thing.digest else []
    words = list(dict.fromkeys(word for row in rows for word in words_of(row)))
    context = {
        "thing": thing,
        "kind": thing._meta.verbose_name,
        "earlier": isinstance(thing, Recorded),
        "words": words,
        "form": form,
        "kept": f"{kind}:{pk}",
    }
    return render(request, "desk/withdraw.html", context, status=400 if form.is_bound else 200)
