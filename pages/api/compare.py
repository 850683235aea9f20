"""What changed between two moments of the record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import get_language
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers as s
from rest_framework.reverse import reverse

from common.api.schema import documented
from common.api.shapes import AnyField, Shape, shape_fields
from milestones.api.shapes import ChangeShape
from milestones.models import MilestoneVersion
from pages.api.narrowing import REPORT
from pages.compare import HAPPENED, Comparison
from pages.compare_words import sentence
from pages.ends import PARAMETERS, read_ends
from record.api import RecordView, saying_which_moment
from record.api.changes import event_item
from record.api.described import saying
from record.described import ANSWERED

if TYPE_CHECKING:
    from collections.abc import Callable

    from rest_framework.request import Request
    from rest_framework.response import Response

    from pages.compare import Row
    from pages.ends import End

    Facts = Callable[[MilestoneVersion], dict[str, object]]

WITHOUT_EVENT = [("over", "its period is over"), ("soon", "it is due within 90 days"), ("waits", "what it waits for changed")]
BY_THE_DAY = ("overdue", "stale")
"""What of a milestone follows from its dates and the day alone: no change of it."""


def pair(of: AnyField) -> s.ListField:
    """Before and after."""
    return s.ListField(child=of, min_length=2, max_length=2)


class EndShape(Shape):
    position = s.IntegerField()
    as_of = s.DateField()
    final = s.BooleanField()
    name = s.CharField(allow_null=True, help_text="Of the round or the baseline.")
    exact = s.CharField(help_text="What to write in an address to come to just this, for ever.")


class PairsShape(Shape):
    by_status = s.DictField(child=pair(s.IntegerField()))
    by_health = s.DictField(child=pair(s.IntegerField()))
    later_than_planned = pair(s.IntegerField())
    happened = s.DictField(child=s.IntegerField(), help_text="To how many milestones; several things can happen to one.")


class ComparedShape(Shape):
    code = s.CharField()
    happened = s.ListField(child=s.ChoiceField(choices=[(kind, str(word)) for kind, word in HAPPENED.items()]))
    changes = s.DictField(
        child=pair(s.JSONField()),
        help_text="Fields as `/milestones/{code}/` answers them, before and after: of what was added all, of what was removed none.",
    )
    without_event = s.ChoiceField(choices=WITHOUT_EVENT, allow_null=True, help_text="Why its health changed though nothing was said of it.")
    events = ChangeShape(many=True, help_text="The newest of each type, the newest first.")
    url = s.URLField(allow_null=True, help_text="Of what was removed there is none.")


class CompareShape(Shape):
    to = EndShape()
    counts = PairsShape()
    sentence = s.CharField()
    milestones = ComparedShape(many=True)

    def get_fields(self) -> dict[str, AnyField]:
        return {"from": EndShape(), **super().get_fields()}


ENDS = (
    "A day, `at:POSITION` (also `at:POSITION@DAY`, judged by a day that it stood on), `round:ID` or `baseline:NAME`; without it, {without}."
)


@documented(
    responses=CompareShape,
    tags=["changes"],
    operation_id="compare",
    parameters=[
        OpenApiParameter("from", str, description=ENDS.format(without="the end of the quarter before `to`, or the record's beginning")),
        OpenApiParameter("to", str, description=ENDS.format(without="the moment that is read")),
        REPORT,
    ],
)
class Compare(RecordView):
    """Two moments of the record side by side, and each milestone that is not the same at both."""

    parameters = frozenset(PARAMETERS)

    def get(self, request: Request) -> Response:
        with saying_which_moment():
            compared = Comparison(*read_ends(request.query_params, self.moment))
        wanted = self.wanted(shape_fields(CompareShape))
        look = compared.look()
        return self.one(
            {
                "from": _end(compared.earlier),
                "to": _end(compared.later),
                "counts": {
                    "by_status": look.by_status,
                    "by_health": look.by_health,
                    "later_than_planned": [one.milestones for one in look.slipped],
                    "happened": {kind: look.number(kind).milestones for kind in HAPPENED},
                },
                "sentence": str(sentence(compared, look)),
                "milestones": _items(compared, request) if wanted is None or "milestones" in wanted else [],
            }
        )


def _end(end: End) -> dict[str, object]:
    moment = end.moment
    return {"position": moment.position, "as_of": moment.day, "final": moment.final, "name": end.name or None, "exact": end.exact}


def _items(compared: Comparison, request: Request) -> list[dict[str, object]]:
    facts, base = saying(MilestoneVersion, ANSWERED, get_language() or "ru"), reverse("api:milestones", request=request)
    return [_item(row, facts, base) for row in compared.everything()]


def _item(row: Row, facts: Facts, base: str) -> dict[str, object]:
    before, after = ({} if side is None else facts(side) for side in (row.before, row.after))
    return {
        "code": row.shown.code,
        "happened": row.happened,
        "changes": {
            name: [before.get(name), said]
            for name, said in after.items()
            if name not in BY_THE_DAY and (not before or before[name] != said)
        },
        "without_event": row.by_itself or None,
        "events": [event_item(event) for event in row.events],
        "url": f"{base}{row.shown.code}/" if row.after else None,
    }
