"""Endpoints that read the record."""

from __future__ import annotations

from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from common.api.problems import NotThere, UnknownParameter
from common.api.views import READING, PublicListView, PublicView
from common.days import today
from record.installation import is_sample
from record.models import Event
from record.moments import PARAMETERS, BadMoment, BeforeRecord, Moment, read_moment
from record.moments import now as newest
from record.pages import ATTEMPTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase
    from rest_framework.request import Request
    from rest_framework.response import Response

    from record.services import Change


@contextmanager
def saying_which_moment() -> Iterator[None]:
    """What an address names that is no moment of the record is a problem like any other."""
    try:
        yield
    except BadMoment as bad:
        raise UnknownParameter({bad.parameter: [str(bad)]}, code=bad.code) from bad
    except BeforeRecord as before:
        raise NotThere("before-the-record", str(before)) from before


class RecordView(PublicView):
    """An answer made of the record as it stands now, or as of ``?at=`` and ``?as_of=``."""

    common: ClassVar[frozenset[str]] = PublicView.common | PARAMETERS

    def read_moment(self, request: Request) -> Moment:
        with saying_which_moment():
            return read_moment(request.query_params)

    def look_after(self, change: Change) -> None:
        """What is answered from here on is of the record as a change left it, for which nothing has to be asked under its locks."""
        if not change.written:
            self.look_again()
            return
        self.moment = self.request.moment = Moment(day=today(), position=change.position - 1)  # type: ignore[attr-defined]
        self.__dict__.pop("digest", None)

    def make_digest(self, request: Request, *more: object) -> str:
        withdrawn = Event.objects.withdrawals() if self.moment.past else 0
        return super().make_digest(request, withdrawn, *more)

    def finalize_response(self, request: Request, response: Response, *args: object, **kwargs: object) -> Response:
        """A list says in its envelope that it is of a demonstration, whatever ``?fields=`` picked; every answer says so in a header."""
        if isinstance(said := getattr(response, "data", None), dict) and "results" in said and is_sample():
            said["sample"] = True
        return super().finalize_response(request, response, *args, **kwargs)

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        """Ask again when the record moved on meanwhile: all of an answer then belongs to the position that it names."""
        if request.method not in READING:
            return super().dispatch(request, *args, **kwargs)
        for _attempt in range(ATTEMPTS):
            response = super().dispatch(request, *args, **kwargs)
            # An answer that is streamed was asked of a position, which does not move on.
            made_now = response.status_code == HTTPStatus.OK and not self.moment.past
            if not made_now or Event.objects.position() == self.moment.position:
                break
        return response


class RecordListView(RecordView, PublicListView):
    pass


class AccountView(RecordView):
    """Something of the reader's own account: it has no past."""

    common: ClassVar[frozenset[str]] = PublicView.common
    beyond_record = True

    @override
    def read_moment(self, request: Request) -> Moment:
        return newest()


class AccountListView(AccountView, PublicListView):
    pass
