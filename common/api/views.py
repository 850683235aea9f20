"""The base of every endpoint: parameters that are known, languages, picked fields, ETags."""

from __future__ import annotations

import hashlib
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar
from uuid import uuid4

from django.conf import settings
from django.db.models import F
from django.utils.cache import patch_vary_headers
from django.utils.functional import cached_property
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated, PermissionDenied, Throttled
from rest_framework.response import Response
from rest_framework.views import APIView

from common.api.pagination import Pagination
from common.api.problems import UnknownParameter, as_api_exception
from common.counts import KeptCount, count_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from collections.abc import Set as AbstractSet

    from django.db.models import Model, QuerySet
    from django.db.models.expressions import OrderBy
    from django_filters import FilterSet
    from rest_framework.request import Request

Row = TypeVar("Row")
Rows = TypeVar("Rows", bound="QuerySet[Model, object]")

LONGEST_QUERY = 4000
READING = frozenset({"GET", "HEAD", "OPTIONS"})


class NotModified(Exception):
    """The reader has this answer already."""


def refuse_unknown(request: Request, known: AbstractSet[str]) -> None:
    """Raise ``UnknownParameter`` naming each query parameter that is not among ``known``."""
    if unknown := sorted(set(request.query_params) - known):
        message = _("There is no such parameter here. Known: %(known)s.") % {"known": ", ".join(sorted(known))}
        raise UnknownParameter({name[:100]: [message] for name in unknown}, code="unknown_parameter")


class Answer(Response):
    """``version`` is what If-Match will compare; ``secrets`` are the names of what is shown this once."""

    version: int | None = None
    secrets: tuple[str, ...] = ()


class PublicView(APIView):
    """An address whose reading needs no account; ``scopes`` names the scope that each other method needs of a token.

    ``parameters`` are the query parameters that the endpoint takes beside those that all take;
    any other is an error. ``moment`` is read from the record once per request: a reader's before anything
    else, since the ETag is made of it; a writer's once it has written.
    """

    scopes: ClassVar[dict[str, str]] = {}
    parameters: ClassVar[frozenset[str]] = frozenset()
    common: ClassVar[frozenset[str]] = frozenset({"lang", "fields", "format"})
    pickable: ClassVar[bool] = True
    sent_as: ClassVar[Mapping[str, str]] = {}
    """What a body calls the fields that services name otherwise in their refusals."""
    beyond_record: ClassVar[bool] = False
    """Whether signed-in readers see here what changes without the record moving on. Nothing is ever unchanged for them."""
    let_in = False
    """Whether the request got past accounts, rights, limits and parameters."""

    @cached_property
    def moment(self) -> Any:
        """What the answer is about; asked of the record at the first need."""
        return self.read_moment(self.request)

    @cached_property
    def digest(self) -> str:
        return self.make_digest(self.request)

    def read_moment(self, request: Request) -> Any:
        """The moment of the record that the request asks for; the app that owns the record says it."""
        raise NotImplementedError

    def known_parameters(self) -> frozenset[str]:
        if self.request.method not in READING:
            return frozenset({"lang", "format"})
        return self.common | self.parameters if self.pickable else (self.common | self.parameters) - {"fields"}

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        super().initial(request, *args, **kwargs)
        self.check_parameters(request)
        self.let_in = True
        if request.method in READING:
            self.look_again()
            if request.method != "OPTIONS" and self.digest in request.headers.get("If-None-Match", ""):
                raise NotModified

    def look_again(self) -> None:
        """What is answered from here on is of the record as it stands now."""
        self.moment = self.request.moment = self.read_moment(self.request)  # type: ignore[attr-defined]
        self.__dict__.pop("digest", None)

    def check_parameters(self, request: Request) -> None:
        refuse_unknown(request, self.known_parameters())
        if len(request.META.get("QUERY_STRING", "")) > LONGEST_QUERY:
            raise UnknownParameter({"": [_("The address is too long.")]}, code="too_long")
        language = request.query_params.get("lang")
        if language is not None and language not in dict(settings.LANGUAGES):
            raise UnknownParameter({"lang": [_("Write one of: ru, en, kk.")]}, code="unknown_value")
        if request.query_params.get("format", "json") not in self.formats():
            raise UnknownParameter({"format": [_("Write one of: %(known)s.") % {"known": ", ".join(self.formats())}]}, code="unknown_value")

    def formats(self) -> list[str]:
        return [str(renderer.format) for renderer in self.renderer_classes]

    def make_digest(self, request: Request, *more: object) -> str:
        """Covers all that the answer depends on: record, day, language, reader, parameters, and our own version."""
        user = request.user
        reader = (user.pk, user.role, user.remit, getattr(request.auth, "scopes", "")) if user.is_authenticated else ""
        if reader and self.beyond_record:
            more = (*more, uuid4())
        parts = (
            settings.VERSION,
            self.moment,
            get_language(),
            reader,
            request.scheme,
            request.get_host(),
            request.get_full_path(),
            request.headers.get("Accept", ""),
            *more,
        )
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:24]

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, NotModified):
            tags = self.request.headers["If-None-Match"].split(",")
            same = next(tag.strip().removeprefix("W/") for tag in tags if self.digest in tag)
            return Response(status=304, headers={"ETag": same})
        return super().handle_exception(self.counted(as_api_exception(exc, self.sent_as)))

    def counted(self, exc: Exception) -> Exception:
        """Whoever is not let in has asked, too: too many of these are refused like any others."""
        let_in = self.let_in or not isinstance(exc, NotAuthenticated | AuthenticationFailed | PermissionDenied)
        try:
            if not let_in:
                self.check_throttles(self.request)
        except Throttled as throttled:
            return throttled
        return exc

    def finalize_response(self, request: Request, response: Response, *args: object, **kwargs: object) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        if response.status_code in {200, 201, 202, 304} and self.let_in:
            written = request.method not in READING
            version = getattr(response, "version", None) or (None if written else self.moment.position)
            if version is not None:
                response.headers.setdefault("ETag", f'"{version}.{self.digest}"')
            response.headers["Record-Position"] = str(self.moment.position)
            response.headers["Record-Final"] = "true" if self.moment.final else "false"
            kept = "private, no-cache" if request.user.is_authenticated else "public, no-cache"
            response.headers["Cache-Control"] = "no-store" if written else kept
        patch_vary_headers(response, ["Accept", "Accept-Language", "Authorization", "Cookie"])
        return response

    # Answers

    def wanted(self, known: Iterable[str]) -> set[str] | None:
        """The fields that ``?fields=`` picks; ``None`` is all of them."""
        text = self.request.query_params.get("fields")
        if text is None:
            return None
        names, known = {name.strip() for name in text.split(",")}, set(known)
        if unknown := sorted(names - known):
            raise UnknownParameter(
                {
                    "fields": [
                        _("There is no field %(name)s here. Known: %(known)s.")
                        % {"name": unknown[0][:100], "known": ", ".join(sorted(known))}
                    ]
                },
                code="unknown_value",
            )
        return names

    def picked(self, items: list[dict[str, object]], known: Iterable[str]) -> list[dict[str, object]]:
        wanted = self.wanted(known)
        if wanted is None:
            return items
        return [{name: value for name, value in item.items() if name in wanted} for item in items]

    def one(self, item: dict[str, object], *, version: int | None = None) -> Answer:
        """A detail answer; ``version`` is what If-Match will compare."""
        answer = Answer(self.picked([item], item)[0])
        answer.version = version
        return answer


def asked_of(filters: Any, names: Iterable[str]) -> Any:
    """The same with those filters alone that an address names: a request copies each that there is. None where it names none."""
    wanted = frozenset(filters.base_filters).intersection(names) if filters else frozenset()
    return _narrowed(filters, wanted) if filters and wanted else None


@lru_cache(maxsize=256)
def _narrowed(filters: Any, names: frozenset[str]) -> Any:
    narrow: Any = type(filters.__name__, (filters,), {})
    narrow.base_filters = {name: one for name, one in filters.base_filters.items() if name in names}
    return narrow


class PublicListView(PublicView):
    """A list: pages, ordering, filters. ``filterset_class`` is the one that the pages use too."""

    list_parameters: ClassVar[frozenset[str]] = frozenset({"page", "page_size", "ordering"})
    orderings: ClassVar[dict[str, str]] = {"code": "code"}
    """What ``?ordering=`` takes (each also with a minus), and the column it stands for."""
    default_ordering: ClassVar[tuple[str, ...]] = ("code",)
    filterset_class: ClassVar[type[FilterSet] | None] = None
    pagination_class = Pagination
    field_names: ClassVar[tuple[str, ...]] = ()
    includable: ClassVar[frozenset[str]] = frozenset()
    """What ``?include=`` adds to each item: what costs more than the rows themselves."""
    counted_as: ClassVar[str] = ""
    """A name for the rows where their number follows from record, day and filters alone: it is then counted once and kept."""

    def known_parameters(self) -> frozenset[str]:
        if self.request.method not in READING:
            return super().known_parameters()
        names = frozenset(self.filterset_class.base_filters) if self.filterset_class else frozenset()
        return super().known_parameters() | self.list_parameters | names | ({"include"} if self.includable else set())

    @cached_property
    def included(self) -> frozenset[str]:
        """The names in ``?include=``; raises ``UnknownParameter`` for one that is none of ``includable``."""
        text = self.request.query_params.get("include", "")
        names = frozenset(name.strip() for name in text.split(",") if name.strip())
        if unknown := names - self.includable:
            known = ", ".join(sorted(self.includable))
            said = _("%(value)s is not known. Known: %(known)s.") % {"value": min(unknown)[:100], "known": known}
            raise UnknownParameter({"include": [said]}, code="unknown_value")
        return names

    def filtered(self, queryset: Rows) -> Rows:
        if asked := asked_of(self.filterset_class, self.request.query_params.keys()):
            filters = asked(self.request.query_params, queryset=queryset, request=self.request)
            if not filters.is_valid():
                raise UnknownParameter({name: list(errors) for name, errors in filters.errors.items()}, code="unknown_value")
            queryset = filters.qs
        return queryset.order_by(*self.order())

    def order(self) -> tuple[str | OrderBy, ...]:
        text = self.request.query_params.get("ordering")
        if not text:
            return self.default_ordering
        order: list[OrderBy] = []
        for name in text.split(","):
            column = self.orderings.get(name.strip().removeprefix("-"))
            if column is None:
                known = ", ".join(sorted(self.orderings))
                raise UnknownParameter({"ordering": [_("Order by one of: %(known)s.") % {"known": known}]}, code="unknown_value")
            by = F(column)
            order.append(by.desc(nulls_last=True) if name.strip().startswith("-") else by.asc(nulls_last=True))
        return (*order, *self.default_ordering)

    def page_of(self, queryset: QuerySet[Model, Row], represent: Callable[[list[Row]], list[dict[str, object]]]) -> Response:
        """One page of ``queryset``; ``represent`` turns the rows of the page into items."""
        pages = self.pagination_class()
        if self.counted_as and self.filterset_class:
            names = self.filterset_class.base_filters
            key = count_key(self.counted_as, self.request.query_params, names, moment=self.moment)
            pages.django_paginator_class = partial(KeptCount, key=key, narrow=self.moment.past)  # type: ignore[assignment]
        page = pages.paginate_queryset(queryset, self.request, view=self) or []
        wanted = self.wanted((*self.field_names, *self.included))
        items = represent(page)
        if wanted is not None:
            items = [{name: value for name, value in item.items() if name in wanted} for item in items]
        return pages.get_paginated_response(items)
