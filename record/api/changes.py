"""The log of events, for readers that follow it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers as s

from common.api.pagination import positive
from common.api.problems import UnknownParameter
from common.api.schema import documented
from common.api.shapes import Shape
from record.api.views import RecordView
from record.models import Event

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase
    from rest_framework.request import Request
    from rest_framework.response import Response

    from common.json_types import JSONObject

USUAL, MOST, MOST_DIGITS = 100, 500, 18
AFTER = {"type": "string", "pattern": "^[0-9]{1,18}$"}
LIMIT = {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}
COLUMNS = ("uid", "position", "type", "occurred_at", "report", "milestone", "proposal", "actor", "data")


class ChangeShape(Shape):
    """An event of the record."""

    id = s.UUIDField()
    cursor = s.CharField()
    type = s.CharField()
    occurred_at = s.DateTimeField()
    report = s.CharField(allow_null=True)
    milestone = s.CharField(allow_null=True)
    proposal = s.CharField(allow_null=True)
    actor = s.CharField(allow_null=True)
    data = s.JSONField()


class ChangesShape(Shape):
    results = ChangeShape(many=True)
    next_cursor = s.CharField(help_text="For the next `after`; the same again while there is nothing new.")
    sample = s.BooleanField(required=False, help_text="There, and true, where the installation is a demonstration.")


def event_item(event: Event) -> dict[str, object]:
    return item_of({name: getattr(event, name) for name in COLUMNS})


def item_of(event: JSONObject) -> dict[str, object]:
    """An event as programs get it, whether by the feed or by a webhook."""
    return {
        "id": event["uid"],
        "cursor": str(event["position"]),
        "type": event["type"],
        "occurred_at": event["occurred_at"],
        "report": event["report"] or None,
        "milestone": event["milestone"] or None,
        "proposal": event["proposal"] or None,
        "actor": event["actor"] or None,
        "data": event["data"],
    }


@documented(
    responses=ChangesShape,
    tags=["changes"],
    operation_id="changes",
    parameters=[
        OpenApiParameter("after", AFTER, description="The `next_cursor` of the answer before; 0 begins at the beginning."),
        OpenApiParameter("limit", LIMIT, description="How many events at most."),
    ],
)  # fmt: skip
class Changes(RecordView):
    """Every event of the record, in order. Follow ``next_cursor`` and you see each exactly once.

    A position is given under the record's lock, which is held until the commit: whoever sees one has all before it to be seen.
    An answer reaches at most to the position that it names, so it needs no second look when the record moves on meanwhile.
    """

    parameters = frozenset({"after", "limit"})
    pickable = False

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        return super(RecordView, self).dispatch(request, *args, **kwargs)

    def get(self, request: Request) -> Response:
        after, limit = self.after(request), positive(request, "limit", USUAL, MOST)
        events = Event.objects.filter(position__gt=after, position__lte=self.moment.position).order_by("position").values(*COLUMNS)
        results = [item_of(event) for event in events[:limit]]
        return self.one({"results": results, "next_cursor": results[-1]["cursor"] if results else str(after)})

    def after(self, request: Request) -> int:
        text = request.query_params.get("after", "0")
        if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS):
            raise UnknownParameter({"after": [_("Write the next_cursor of an earlier answer, or 0.")]}, code="unknown_value")
        if int(text) > self.moment.position:
            raise UnknownParameter({"after": [_("This cursor lies beyond the end of the record.")]}, code="out_of_range")
        return int(text)
