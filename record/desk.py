"""What every page for people who have signed in has in common: who may come in, and that nothing of it is kept anywhere."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import wraps
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseNotAllowed, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts.roles import Role
from common.refusals import Refused
from record.moments import now

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.forms import BaseForm
    from django.http import HttpResponse

    from accounts.models import User
    from record.moments import Moment


class DeskRequest(HttpRequest):
    user: User
    present: Moment


def desk_page(
    *methods: str, role: Role = Role.ANALYST, json: bool = False
) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """For views of the desk: signed in, of that role at least, by one of these methods; ``request.present`` is now.

    A script that sends a form (``static/js/typing.js``) asks for JSON and is told where to go on, or why not; ``json`` says that
    nobody else asks. What a form carried is never dropped: who is not signed in gets it back (``unsent``).
    """

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def page(request: Any, *args: object, **kwargs: object) -> HttpResponse:
            by_script = json or asks_for_json(request)
            if not request.user.is_authenticated:
                return signed_out(request, by_script=by_script)
            if not request.user.may(role):
                raise PermissionDenied
            # HEAD stands for GET and for nothing else: no check against forged forms looks at it.
            if ("GET" if request.method == "HEAD" else request.method) not in methods:
                return HttpResponseNotAllowed(methods)
            request.present = now()
            try:
                response = view(request, *args, **kwargs)
            except Refused as refused:  # what a view did not expect: somebody was quicker
                tell(request, refused)
                response = redirect("desk:queue")
            if by_script and isinstance(response, HttpResponseRedirect):
                return JsonResponse({"to": response.url})
            return response

        page.keeps_typing = True  # type: ignore[attr-defined]
        return never_cache(page)

    return decorate


def asks_for_json(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def signed_out(request: HttpRequest, *, by_script: bool) -> HttpResponse:
    """To the door, or, where words would be lost on the way, back with them."""
    if by_script:
        return JsonResponse({"saved": False, "text": _("You are signed out.")}, status=HTTPStatus.UNAUTHORIZED)
    if typed(request):
        return unsent(request, status=HTTPStatus.UNAUTHORIZED)
    return redirect_to_login(request.get_full_path())


MACHINE_NAMES = re.compile(r"csrfmiddlewaretoken|draft|standing|seen|uid|code|action|step|name|content|initial-.*|.*-uid|.*_FORMS")
"""What a form carries and nobody has typed."""


def typed(request: HttpRequest) -> list[str]:
    """The words of a form that was sent."""
    return [text for name in request.POST for text in request.POST.getlist(name) if text.strip() and not MACHINE_NAMES.fullmatch(name)]


def unsent(request: HttpRequest, *, status: int) -> HttpResponse:
    """A form that was not taken, with all that it carried, to be sent again: after signing in elsewhere, or with a new token.

    Only for forms of our own pages: what another site makes a browser send must not come back with a button under it.
    """
    fields = [(name, text) for name in request.POST for text in request.POST.getlist(name) if name != "csrfmiddlewaretoken"]
    context = {
        "fields": fields,
        "typed": typed(request),
        "signed_out": not request.user.is_authenticated,
        "files": request.content_type == "multipart/form-data",
        "login": resolve_url(settings.LOGIN_URL),
    }
    response = render(request, "desk/unsent.html", context, status=status)
    add_never_cache_headers(response)
    return response


def is_own_form(request: HttpRequest) -> bool:
    """Whether a page of this site sent it, as the browser says; an old browser that says nothing is not believed."""
    return request.headers.get("Origin") == f"{request.scheme}://{request.get_host()}"


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


def at_fields(form: BaseForm, refused: Refused) -> Refused:
    """Say at its field what is about one of them; the rest is given back, for ``tell``."""
    for problem in refused.problems:
        if problem.pointer in form.fields:
            form.add_error(problem.pointer, problem.text)
    return Refused(*(problem for problem in refused.problems if problem.pointer not in form.fields))


def done(request: HttpRequest, text: str) -> None:
    messages.success(request, text)


def nothing_chosen(request: HttpRequest) -> None:
    messages.error(request, _("Choose at least one."))
