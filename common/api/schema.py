"""What the OpenAPI document says beyond what drf-spectacular finds by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django_filters import DateFilter, Filter
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import is_patched_serializer
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view, inline_serializer
from rest_framework import serializers
from typing_extensions import override

from common.api.shapes import AnySerializer, Shape
from common.filters import LONGEST_TEXT, MomentFilter, TextFilter, WordsFilter, YesNoFilter

if TYPE_CHECKING:
    from collections.abc import Callable

    from rest_framework.views import APIView

    from common.json_types import JSONObject

View = TypeVar("View", bound="type[APIView]")
Parameter = OpenApiParameter | AnySerializer | type[AnySerializer]

LANGUAGE = OpenApiParameter("lang", str, enum=["ru", "en", "kk"], description="Language of the texts; Accept-Language serves too.")
FIELDS = OpenApiParameter("fields", str, description="Only these fields of each item, separated by commas.")
FORMAT = OpenApiParameter("format", str, enum=["json"], description="There is no other here.")
PAST = {
    "as_of": OpenApiParameter("as_of", str, description="A day, or an instant with its zone: the record as it stood at its end."),
    "at": OpenApiParameter("at", {"type": "integer", "minimum": 1}, description="A position: the record as it stood there."),
}
HEADERS = [
    OpenApiParameter("ETag", str, OpenApiParameter.HEADER, response=[200], description="For If-None-Match: 304 while nothing changed."),
    OpenApiParameter("Record-Position", int, OpenApiParameter.HEADER, response=[200], description="Position of the record that was read."),
    OpenApiParameter("Record-Final", str, OpenApiParameter.HEADER, response=[200], description="Whether this answer can still change."),
]


class ProblemSerializer(Shape):
    """What went wrong (RFC 9457). ``errors`` names each fault; a stale change has ``version`` and what ``changed`` since."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = inline_serializer(
        "ProblemError",
        {"pointer": serializers.CharField(), "code": serializers.CharField(), "detail": serializers.CharField()},
        many=True,
        required=False,
    )
    version = serializers.IntegerField(required=False)
    changed = inline_serializer(
        "ProblemChange",
        {
            "field": serializers.CharField(),
            "by": serializers.CharField(allow_null=True),
            "at": serializers.DateTimeField(allow_null=True),
            "position": serializers.IntegerField(allow_null=True),
        },
        many=True,
        required=False,
    )


PROBLEM = OpenApiResponse(ProblemSerializer, description="What went wrong (RFC 9457).")
ALWAYS = (400, 401, 404, 406, 429, 503)
PROBLEMS_OF = {
    "GET": (),
    "POST": (403, 409, 413, 415, 422),
    "PATCH": (403, 409, 412, 413, 415, 428),
    "DELETE": (403, 409, 412, 428),
}
"""Statuses that a method may answer beside ``ALWAYS``; each is a problem."""

REF = "#/components/schemas/"
IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, required=True, description="The ETag of what is changed; only its version is compared."
)
KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "pattern": "^[!-~]{1,255}$"},
    OpenApiParameter.HEADER,
    description="A name of your own for this request: sent again within a day, it gets the first answer and does nothing twice.",
)
WRITTEN_HEADERS = [
    OpenApiParameter("ETag", str, OpenApiParameter.HEADER, response=[200, 201], description="For the If-Match of the next change."),
    OpenApiParameter("Location", str, OpenApiParameter.HEADER, response=[201], description="The address of what was made."),
]


def several(name: str, said: str, values: list[str] | None = None) -> OpenApiParameter:
    """Words separated by commas."""
    items = {"type": "string"} | ({"enum": values} if values else {})
    return OpenApiParameter(name, {"type": "array", "items": items}, style="form", explode=False, description=said)


def filtering(name: str, filter_: Filter) -> OpenApiParameter:
    """A filter of a filter set, with the values that it takes as far as they are always the same."""
    if isinstance(filter_, WordsFilter):
        return several(name, str(filter_.label), getattr(filter_.known, "values", None))
    return OpenApiParameter(name, FILTERED[type(filter_)], description=str(filter_.label))


FILTERED: dict[type[Filter], dict[str, object]] = {
    YesNoFilter: {"type": "boolean"},
    DateFilter: {"type": "string", "format": "date"},
    MomentFilter: {"type": "string", "format": "date-time"},
    TextFilter: {"type": "string", "maxLength": LONGEST_TEXT},
}


class Schema(AutoSchema):
    def get_override_parameters(self) -> list[Parameter]:
        own = list(super().get_override_parameters())
        if self.method == "GET":
            return [*HEADERS, LANGUAGE, *self._reading(), *own]
        return [LANGUAGE, *({"POST": [KEY, *WRITTEN_HEADERS], "PATCH": [IF_MATCH, *WRITTEN_HEADERS]}.get(self.method, [IF_MATCH])), *own]

    def _reading(self) -> list[Parameter]:
        """What a view takes in its address, besides what it says itself."""
        extra: list[Parameter] = [FORMAT, *([FIELDS] if getattr(self.view, "pickable", True) else [])]
        extra += [PAST[name] for name in sorted(PAST) if name in getattr(self.view, "common", ())]
        if includable := getattr(self.view, "includable", None):
            extra.append(several("include", "These too, of each item; they take a query more.", sorted(includable)))
        if orderings := getattr(self.view, "orderings", None):
            names = [sign + name for name in sorted(orderings) for sign in ("", "-")]
            extra.append(several("ordering", "By these, one after the other; with a minus the other way round.", names))
        if filters := getattr(self.view, "filterset_class", None):
            extra += [filtering(name, filter_) for name, filter_ in filters.base_filters.items()]
        return extra

    def _get_response_bodies(self, direction: str = "response") -> dict[str, object]:
        """Beside what a view says of its answers, the problems that any may have."""
        bodies: dict[str, object] = super()._get_response_bodies(direction)  # type: ignore[arg-type]
        for status in sorted({*ALWAYS, *PROBLEMS_OF[self.method]}):
            bodies[str(status)] = self._get_response_for_code(PROBLEM, str(status), media_types=["application/problem+json"])
        return bodies

    @override
    def _get_response_for_code(self, serializer: Any, status_code: str, media_types: Any = None, direction: Any = "response") -> JSONObject:
        """A file is no page of items."""
        answer: JSONObject = super()._get_response_for_code(serializer, status_code, media_types, direction)  # type: ignore[no-untyped-call]
        for media, said in answer.get("content", {}).items():
            if not media.endswith("json"):
                said["schema"] = {"type": "string"} if media.startswith("text/") else {"type": "string", "format": "binary"}
        return answer

    @override
    def _map_basic_serializer(self, serializer: Any, direction: Any) -> JSONObject:
        """What a service insists on is required, although the input would let it pass."""
        said: JSONObject = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]
        if needed := () if is_patched_serializer(serializer, direction) else getattr(serializer, "needed", ()):
            said["required"] = sorted({*said.get("required", ()), *needed})
        return said

    def get_auth(self) -> list[JSONObject]:
        """What everybody may read needs no account, and one who has an account may say so."""
        known: list[JSONObject] = super().get_auth()
        return known if self.method in getattr(self.view, "scopes", {}) else [{}, *known]

    def get_filter_backends(self) -> list[object]:
        return super().get_filter_backends() if self.method == "GET" else []


def documented(*, get: object = ..., **options: Any) -> Callable[[View], View]:
    """Describe a view: its GET by ``responses``, ``operation_id`` and ``parameters``, other methods by a dictionary of these each."""
    shared = {"tags": options.pop("tags")}
    others = {method: options.pop(method) for method in ("post", "patch", "delete") if method in options}
    described: dict[str, object] = {method: extend_schema(**shared, **said) for method, said in others.items()}
    if get is ...:
        described["get"] = extend_schema(**shared, **options)
    return extend_schema_view(**described)


def documented_one(shape: type[AnySerializer], *, tag: str, name: str, takes: type[AnySerializer]) -> Callable[[View], View]:
    """Describe the view of one thing: read, changed by a part of ``takes``, removed."""
    return documented(
        responses=shape,
        tags=[tag],
        operation_id=f"{name}_detail",
        patch={"request": takes, "responses": {200: shape}, "operation_id": f"{name}_change"},
        delete={"request": None, "responses": {204: None}, "operation_id": f"{name}_remove"},
    )


def documented_many(
    shape: type[AnySerializer], *, tag: str, name: str, takes: type[AnySerializer], one: type[AnySerializer], **options: object
) -> Callable[[View], View]:
    """Describe the view of all things of a kind: read, and added to by ``takes``, which answers ``one``."""
    return documented(
        tags=[tag],
        operation_id=f"{name}_list",
        post={"request": takes, "responses": {201: one}, "operation_id": f"{name}_add"},
        **{"responses": shape(many=True), **options},
    )


def plain_names(result: JSONObject, **_options: object) -> JSONObject:
    """A hook of drf-spectacular's: ``Milestone``, not ``MilestoneShape``. Programs that are generated call their classes so."""
    schemas = result["components"]["schemas"]
    names = {name: name.replace("Shape", "").removesuffix("Request") for name in schemas}
    if len(set(names.values())) < len(names):
        raise ValueError("two components would have one name")
    refs = {f"{REF}{name}": f"{REF}{plain}" for name, plain in names.items()}

    def renamed(value: object) -> Any:
        if isinstance(value, dict):
            return {key: refs[inner] if key == "$ref" and inner in refs else renamed(inner) for key, inner in value.items()}
        return [renamed(inner) for inner in value] if isinstance(value, list) else value

    document: JSONObject = renamed(result)
    schemas = document["components"]["schemas"]
    document["components"]["schemas"] = {plain: schemas[name] for name, plain in names.items()}
    return document


class BearerScheme(OpenApiAuthenticationExtension):
    target_class = "accounts.authentication.Bearer"
    name = "token"

    @override
    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A token of one's own, rmt_…"}


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = "accounts.authentication.Session"
    name = "session"

    @override
    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
