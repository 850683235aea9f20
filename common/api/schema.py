"""What the OpenAPI document says beyond what drf-spectacular finds by itself."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import (
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_view,
    inline_serializer,
)
from rest_framework import serializers

LANGUAGE = OpenApiParameter("lang", str, enum=["ru", "en", "kk"], description="Language of the texts; Accept-Language serves too.")
FIELDS = OpenApiParameter("fields", str, description="Only these fields of each item, separated by commas.")
SEARCH = OpenApiParameter("q", str, description="Full text in all three languages.")
HEADERS = [
    OpenApiParameter("ETag", str, OpenApiParameter.HEADER, response=[200], description="For If-None-Match: 304 while nothing changed."),
    OpenApiParameter("Record-Position", int, OpenApiParameter.HEADER, response=[200], description="Position of the record that was read."),
    OpenApiParameter("Record-Final", str, OpenApiParameter.HEADER, response=[200], description="Whether this answer can still change."),
]


class ProblemSerializer(serializers.Serializer[Any]):
    """RFC 9457."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = inline_serializer(  # type: ignore[assignment]
        "ProblemError",
        {"pointer": serializers.CharField(), "code": serializers.CharField(), "detail": serializers.CharField()},
        many=True,
        required=False,
    )


PROBLEM = OpenApiResponse(ProblemSerializer, description="What went wrong (RFC 9457).")


class Schema(AutoSchema):
    def get_override_parameters(self) -> list[Any]:
        extra = [*HEADERS, LANGUAGE]
        if getattr(self.view, "pickable", True):
            extra.append(FIELDS)
        if self._is_list_view() and "q" in getattr(self.view, "list_parameters", ()):
            extra.append(SEARCH)
        return extra + list(super().get_override_parameters())

    def get_response_serializers(self) -> Any:
        found: Any = super().get_response_serializers()
        if isinstance(found, dict):
            return found
        return {
            ("200", "application/json"): found,
            ("400", "application/problem+json"): PROBLEM,
            ("404", "application/problem+json"): PROBLEM,
            ("429", "application/problem+json"): PROBLEM,
        }


def documented(**options: Any) -> Any:
    """Describe the GET of a view: its answer, its tag, its operation id."""
    return extend_schema_view(get=extend_schema(**options))


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "accounts.authentication.Bearer"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:  # noqa: ARG002 - spectacular's signature
        return {"type": "http", "scheme": "bearer", "description": "A token of one's own, rmt_…"}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "common.api.authentication.Session"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:  # noqa: ARG002 - spectacular's signature
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
