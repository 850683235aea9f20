"""What every page for people who have signed in has in common: who may come in, and that nothing of it is kept anywhere."""

from __future__ import annotations

from contextlib import suppress
from functools import wraps
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts.roles import Role
from common.refusals import Refused
from record.moments import now

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse

    from accounts.models import User
    from record.moments import Moment


class DeskRequest(HttpRequest):
    user: User
    present: Moment


def desk_page(*methods: str, role: Role = Role.ANALYST) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """For views of the desk: signed in, of that role at least, by one of these methods; ``request.present`` is now."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def page(request: Any, *args: object, **kwargs: object) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not request.user.may(role):
                raise PermissionDenied
            # HEAD stands for GET and for nothing else: no check against forged forms looks at it.
            if ("GET" if request.method == "HEAD" else request.method) not in methods:
                return HttpResponseNotAllowed(methods)
            request.present = now()
            try:
                return view(request, *args, **kwargs)
            except Refused as refused:  # what a view did not expect: somebody was quicker
                tell(request, refused)
                return redirect("desk:queue")

        return never_cache(page)

    return decorate


def uuid_or_404(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Http404 from error


def chosen(request: HttpRequest) -> list[UUID]:
    """The things that were ticked; what is no name of a thing is passed over."""
    uids = []
    for text in request.POST.getlist("chosen"):
        with suppress(ValueError):
            uids.append(UUID(text))
    return uids


def tell(request: HttpRequest, refused: Refused) -> None:
    """Say why something was refused; nothing was written."""
    for problem in refused.problems:
        where = f"{problem.pointer}: " if problem.pointer and problem.pointer.isupper() else ""
        messages.error(request, f"{where}{problem.text}")


def done(request: HttpRequest, text: str) -> None:
    messages.success(request, text)


def nothing_chosen(request: HttpRequest) -> None:
    messages.error(request, _("Choose at least one."))
