"""Times are told by median and 95th percentile, and the table names what the issue asks for."""

from __future__ import annotations

import pytest

from benchmarks import log, pages
from benchmarks.lists import ADDRESSES, CAUSE, FILTERS, FIRST, OURS, SQL, Measured
from benchmarks.report import Figures, report, targets
from benchmarks.site import Memory
from benchmarks.timing import Times, in_turns, percentile
from benchmarks.verifying import Verified

SIZES = (1000, 10_000)
STATES = (pages.ANEW, pages.KEPT, pages.UNCHANGED)


def figures(ours: float = 8.0, dashboard: float = 90.0, weight: int = 20_000) -> Figures:
    """Ours takes ``ours`` ms at every size and everything else ten."""
    measured = {
        name: Measured(
            queries=dict.fromkeys(FILTERS, 3),
            times={
                (how, size, label): Times([ours if name == OURS else 10.0])
                for how in ("process", "http")
                for size in SIZES
                for label in FILTERS
                if how == "process" or name in ADDRESSES
            },
        )
        for name in (*ADDRESSES, CAUSE, FIRST, SQL)
    }
    shown = {(page, state): Times([dashboard if state == pages.ANEW else 2.0]) for page in pages.PAGES for state in STATES}
    return Figures(
        size=10_000,
        small=1000,
        rounds=1,
        postgres="18.4",
        lists=measured,
        page_times={"process": shown, "http": shown},
        page_queries={page: dict.fromkeys(SIZES, 9) for page in pages.PAGES},
        page_weights=dict.fromkeys([*pages.PAGES, "stylesheet and mark"], weight),
        loads={5000: 12.0},
        starts={"worker, cold start": Times([900.0])},
        memory={1: Memory(rss=140, pss=120)},
        verified=Verified(seconds=50, megabytes=175),
    )


def test_percentiles_are_those_of_the_values_taken() -> None:
    values = [float(value) for value in range(1, 102)]
    assert (percentile(values, 50), percentile(values, 95)) == (51, 96)


def test_calls_are_timed_in_turns_after_a_warm_up() -> None:
    order: list[str] = []
    found = in_turns({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, rounds=2)
    assert [len(times.values) for times in found.values()] == [2, 2]
    assert order[-4:] in (["a", "b", "b", "a"], ["b", "a", "a", "b"])


def test_all_is_kept_when_ours_is_the_faster() -> None:
    assert all(kept for _asked, _found, kept in targets(figures()))


@pytest.mark.parametrize("slow", [{"ours": 11.0}, {"dashboard": 151.0}, {"weight": 52_000}])
def test_what_is_too_slow_is_said(slow) -> None:
    assert not all(kept for _asked, _found, kept in targets(figures(**slow)))
    assert "**no**" in report(figures(**slow))


@pytest.mark.parametrize(("proof", "checkpoint", "kept"), [(4.9, 1.9, [True, True]), (5.1, 1.9, [False, True]), (4.9, 2.1, [True, False])])
def test_proofs_and_checkpoints_are_held_to_what_is_asked(proof, checkpoint, kept) -> None:
    slow = {log.PROOF: Times([1.0]), log.PROOF_SERVED: Times([proof]), log.MADE: Times([checkpoint]), log.SERVED: Times([1.0])}
    found = figures()
    found.log = log.LogFigures(slow, 3921, 20.0)
    assert [good for said, _found, good in targets(found) if "1,000,000 events" in said] == kept
    assert "3,921 tiles written from nothing" in report(found)


def test_the_report_names_no_path_and_no_machine() -> None:
    text = report(figures())
    assert "10,000" in text
    assert "/tmp" not in text
    assert "/home" not in text
