"""The log of events, for readers that follow it: whole, or of one report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drf_spectacular.utils import OpenApiParameter

from common.api.pagination import positive
from common.api.schema import documented
from milestones.api.shapes import ChangeShape
from pages.api.narrowing import REPORT, report_of
from record.api import changes
from record.models import Event

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.response import Response


class ChangesShape(changes.ChangesShape):
    results = ChangeShape(many=True)


@documented(
    responses=ChangesShape,
    tags=["changes"],
    operation_id="changes",
    parameters=[
        OpenApiParameter("after", changes.AFTER, description="The `next_cursor` of the answer before; 0 begins at the beginning."),
        OpenApiParameter("limit", changes.LIMIT, description="How many events at most."),
        REPORT,
    ],
)
class Changes(changes.Changes):
    """Every event of the record, in order. Follow ``next_cursor`` and you see each exactly once.

    A position is given under the record's lock, which is held until the commit: whoever sees one has all before it to be seen.
    An answer reaches at most to the position that it names, so it needs no second look when the record moves on meanwhile.
    Of one report, what is of another and what is of none is passed over, and the cursor with it.
    """

    parameters = changes.Changes.parameters | {"report"}

    def get(self, request: Request) -> Response:
        report = report_of(request, self.moment)
        if not report:
            return super().get(request)
        after, limit = self.after(request), positive(request, "limit", changes.USUAL, changes.MOST)
        of_it = Event.objects.filter(report=report, position__gt=after, position__lte=self.moment.position)
        events = list(of_it.order_by("position")[:limit])
        reached = events[-1].position if len(events) == limit else self.moment.position
        return self.one({"results": list(map(changes.event_item, events)), "next_cursor": str(reached)})
