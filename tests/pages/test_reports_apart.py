"""Reports do not leak into each other: what is of one report stays what it was when another is loaded beside it."""

import difflib
import re

import pytest
from django.core.cache import cache

from roadmap_file.loading import load
from tests.factories import as_file, milestone, roadmap, texts

pytestmark = pytest.mark.django_db

MARK = "Zqother"
OF_ONE = [
    "/reports/RK2030/overview/",
    *(
        f"/{path}report=RK2030"
        for path in (
            "milestones/?", "milestones/?columns=due&", "timeline/?", "timeline/?group=owner&open=*&", "timeline.csv?", "proposals/?",
            "changes/?", "compare/?from=2026-11-23&", "slippage/?", "calendar/?", "calendar/?year=2029&", "risks/?", "indicators/?",
            "series/?",
        )
    ),
    *(f"/charts/{name}.csv" for name in ("burn-up-RK2030", "status-RK2030", "risks-RK2030", "slippage-owner-RK2030", "proposal-SM")),
    "/api/v1/milestones/?report=RK2030",
    "/milestones/SM-03/",
    "/proposals/SM/",
    "/risks/R12/",
    "/indicators/IND-BORDER-LENGTH/",
]  # fmt: skip
SAYS_ITS_POSITION = ["/milestones.csv?report=RK2030"]
EVERYWHERE = [
    "/",
    "/timeline/",
    "/risks/",
    "/indicators/",
    "/series/",
    "/calendar/?year=2039",
    "/milestones/?due_after=2039-01-01",
]


def another():
    """To 2040, with a name of everything that would show where it does not belong."""
    step = milestone(
        "ZQ-01", proposal="ZQ", title=texts(f"{MARK} step"), due="2039", lead=["ZQ-BODY"], support=[], stage="founding", passages=["1.1"]
    )
    made = roadmap(step)
    made["report"] |= {"code": "OTHER", "title": texts(f"{MARK} report"), "horizon": 2040}
    made["organisations"] = [{"code": "ZQ-BODY", "side": "RU", "kind": "ministry", "name": texts(f"{MARK} body")}]
    made["proposals"][0] |= {"code": "ZQ", "title": texts(f"{MARK} proposal"), "lead": ["ZQ-BODY"]}
    made["risks"][0] |= {"code": "R-ZQ", "title": texts(f"{MARK} risk"), "proposals": ["ZQ"]}
    made["indicators"][0] |= {"code": "IND-ZQ", "title": texts(f"{MARK} length"), "proposals": ["ZQ"]}
    made["context_events"][0] |= {"code": "CE-ZQ", "title": texts(f"{MARK} election"), "starts": 2029, "ends": 2039}
    made["series"][0] |= {"code": "ZQ-S", "proposal": "ZQ", "title": texts(f"{MARK} series")}
    return as_file(made)


def told(client, address):
    """What a reader is told, without the frame, and without the position, which every load moves on."""
    cache.clear()
    response = client.get(f"{address}{'&' if '?' in address else '?'}lang=en")
    assert response.status_code == 200, address
    text = response.getvalue().decode()
    main = re.search(r"<main.*</main>", text, re.DOTALL)
    text = re.sub(r"<label>[^/]*</span> <select name=\"report\">.*?</label>", "", main[0] if main else text, flags=re.DOTALL)
    return re.sub(
        r"at[=:]\d+|[Pp]osition\D{1,20}\d+|recorded_at\D+[\d:.TZ+-]+",
        "",
        "\n".join(line.strip() for line in text.splitlines() if line.strip()),
    )


def differing(address, before, after):
    lines = difflib.unified_diff(before[address].splitlines(), after[address].splitlines(), lineterm="", n=0)
    return [(address, line.strip()) for line in lines if not line.startswith(("---", "+++", "@@"))]


def test_a_report_stays_what_it_was_when_another_is_loaded_beside_it(rk2030, client, now, time_machine):
    time_machine.move_to(now, tick=False)
    before = {address: told(client, address) for address in OF_ONE}
    load(another(), now=now)
    after = {address: told(client, address) for address in OF_ONE}
    assert [address for address in OF_ONE + SAYS_ITS_POSITION if MARK in told(client, address)] == []
    assert [line for address in OF_ONE for line in differing(address, before, after)] == []
    assert [address for address in EVERYWHERE if MARK not in told(client, address)] == []


def test_the_header_keeps_the_report_on_every_page_that_can_be_narrowed(rk2030, client, now, time_machine):
    time_machine.move_to(now, tick=False)
    load(another(), now=now)
    page = client.get("/risks/?report=OTHER&lang=en").content.decode()
    for path in ("slippage", "calendar", "indicators", "series", "timeline", "milestones"):
        assert f'href="/{path}/?report=OTHER"' in page
    assert MARK in page
    assert "R12" not in page


@pytest.mark.parametrize("path", ["slippage", "calendar", "risks", "indicators", "series"])
def test_a_report_that_there_is_not_is_refused(rk2030, client, path):
    assert client.get(f"/{path}/?report=NOTHING").status_code == 404
    assert client.get(f"/{path}/?report=RK2030%00").status_code in {400, 404}
