"""A deep record: every milestone changed many times over, so that the past has to be looked for."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING

from benchmarks.standings import COLUMNS, SEED, save, standing
from milestones.models import Milestone
from record.services import open_change

if TYPE_CHECKING:
    from datetime import datetime

NOTHING: dict[str, object] = dict.fromkeys(COLUMNS) | {"confidence": "", "evidence_count": 0, "forecast_precision": ""}
PARTS = 10
"""Positions a round: not all milestones change at once, so spans of all lengths lie side by side."""


def deepen(*, rounds: int, now: datetime) -> None:
    """Change every milestone ``rounds`` times, in positions an hour apart and ending ``now``."""
    rng = random.Random(SEED)
    milestones = list(Milestone.objects.order_by("code"))
    positions = rounds * PARTS
    for number in range(positions):
        with open_change(by="Benchmark", now=now - timedelta(hours=positions - number)) as change:
            part = rng.sample(milestones, len(milestones) // PARTS)
            for milestone in part:
                for name, value in (NOTHING | standing(milestone, change.now.date(), rng)).items():
                    setattr(milestone, name, value)
            save(part)
            change.keep(part)
            change.announce("milestones.changed", data={"milestones": len(part)})
