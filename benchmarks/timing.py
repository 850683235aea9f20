"""Taking times so that they can be compared: in turns, many times, and told by median and 95th percentile."""

from __future__ import annotations

import gc
import time
from dataclasses import dataclass, field
from statistics import quantiles
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

WARM_UP = 3
Key = TypeVar("Key")


@dataclass
class Times:
    """Durations of one thing, in milliseconds."""

    values: list[float] = field(default_factory=list)

    @property
    def p50(self) -> float:
        return percentile(self.values, 50)

    @property
    def p95(self) -> float:
        return percentile(self.values, 95)


def percentile(values: list[float], share: int) -> float:
    if len(values) == 1:
        return values[0]
    return quantiles(values, n=100, method="inclusive")[share - 1]


def timed(call: Callable[[], object]) -> float:
    """How long a call takes, in milliseconds."""
    start = time.perf_counter_ns()
    call()
    return (time.perf_counter_ns() - start) / 1e6


def in_turns(calls: Mapping[Key, Callable[[], object]], rounds: int, before: Callable[[Key], object] | None = None) -> dict[Key, Times]:
    """Time each call ``rounds`` times, one after the other in an order that moves on by one each round.

    So what disturbs the machine for a while disturbs all of them, and none always comes after the same one.
    ``before`` is called with the key ahead of each, outside of the time taken. What was loaded until now is put
    out of the collector's sight, as ``roadmap/gunicorn.py`` does it.
    """
    keys = list(calls)
    found = {key: Times() for key in keys}
    gc.collect()
    gc.freeze()
    for number in range(-WARM_UP, rounds):
        shift = number % len(keys)
        for key in keys[shift:] + keys[:shift]:
            if before:
                before(key)
            spent = timed(calls[key])
            if number >= 0:
                found[key].values.append(spent)
    return found
