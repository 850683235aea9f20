"""The tracking side's part of ``verify_record``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milestones.models import PlanChange
from record.models import Event
from record.verify import also

if TYPE_CHECKING:
    from collections.abc import Iterator


@also
def plan_changes_have_their_events() -> Iterator[str]:
    """Each plan change stands beside one event that says the same; neither is there without the other."""
    said = {
        (event.position, event.milestone, event.data["field"], event.data["from"], event.data["to"])
        for event in Event.objects.filter(type="plan.changed", withheld=None).iterator()
    }
    for moved in PlanChange.objects.filter(withheld=None).select_related("milestone").iterator():
        before, after = moved.before_date, moved.after_date
        fact = (moved.position, moved.milestone.code, moved.field, str(before) if before else None, str(after) if after else None)
        if fact not in said:
            yield f"plan change of {moved.milestone.code} at {moved.position}: no event says it"
        said.discard(fact)
    for position, code, *_rest in sorted(said, key=lambda fact: fact[0]):
        yield f"position {position}: the plan change of {code} is missing"
