"""The record: what reading an earlier moment costs beside reading now, and publishing beside a bare PATCH."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import count, cycle
from typing import TYPE_CHECKING

from django.core.cache import cache
from django.utils import timezone

from accounts.models import User
from accounts.tokens import make_token
from benchmarks.depth import deepen
from benchmarks.lists import statements
from benchmarks.site import ask, send
from benchmarks.timing import WARM_UP, Times, in_turns
from milestones.models import Assessment, Milestone, MilestoneVersion
from milestones.services import add_evidence, publish_assessment, record_assessment
from record.models import Event
from record.services import open_change

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.databases import Databases

DEPTH = 20
"""Versions a milestone: 200,000 rows over 10,000 milestones."""
READ = {"dashboard": "/", "list of 50, health filter": "/api/v1/milestones/?health=late,at_risk", "milestones page": "/milestones/"}
MOMENTS = {"now": None, "a tenth back": 0.9, "half way back": 0.5, "the beginning": 0.05}
PUBLISH, DESK, API = "publish_assessment, the service", "the same from the desk, by POST", "the same through the API, by token"
PATCH, PATCH_BY_TOKEN = "PATCH of a plain ModelViewSet (reference)", "the reference by token"
fresh = count()


def make_deep(databases: Databases, size: int) -> int:
    """Deepen the database of that size; returns how many versions there are then."""
    databases.use(str(size))
    there = MilestoneVersion.objects.count()
    rounds = max(1, (DEPTH * size - there) // size)
    deepen(rounds=rounds, now=timezone.now() - timedelta(minutes=1))
    return MilestoneVersion.objects.count()


def address(path: str, share: float | None) -> str:
    """The path as of that share of the positions; without one as of now."""
    if share is None:
        return path
    return f"{path}{'&' if '?' in path else '?'}at={max(1, int(Event.objects.position() * share))}"


def measure_reads(databases: Databases, size: int, rounds: int) -> tuple[dict[tuple[str, str], Times], dict[tuple[str, str], int]]:
    """Times and query counts by what is read and of when. Nothing is kept from one request to the next."""
    databases.use(str(size))
    calls: dict[tuple[str, str], Callable[[], object]] = {}
    queries = {}
    for what, path in READ.items():
        for when, share in MOMENTS.items():
            calls[what, when] = lambda path=path, share=share: ask(address(path, share))
            cache.clear()
            queries[what, when] = len(statements(address(path, share)))
    return in_turns(calls, rounds, before=lambda _key: cache.clear()), queries


def measure_publishing(databases: Databases, size: int, rounds: int) -> dict[str, Times]:
    """One assessment published, by the service and from the desk, and one row patched without any of that."""
    databases.use(str(size))
    analyst = User.objects.create_user("bench-analyst", role="analyst", remit=["*"], public_name="Analyst")
    editor = User.objects.create_user("bench-editor", role="editor", public_name="Editor")
    waiting = submitted(analyst, 3 * (rounds + WARM_UP))
    _row, token = make_token(user=editor, name="Benchmark", scopes=["read", "assess", "review"])
    codes = cycle(Milestone.objects.order_by("code").values_list("code", flat=True)[:500])
    session = session_of(editor)

    def publish() -> None:
        finding = next(waiting)
        with open_change(by=editor.actor, of=[(Milestone, finding.milestone_id)]) as change:
            publish_assessment(change, finding, by=editor)

    def from_the_desk() -> None:
        send("POST", f"/desk/assessments/{next(waiting).uid}/", "action=publish", session=session, expected=302)

    def through_the_api() -> None:
        address = f"/api/v1/updates/{next(waiting).uid}/publish/"
        send("POST", address, "{}", content_type="application/json", token=token)

    def patch(**who: str) -> None:
        said = {
            "status": "in_progress",
            "confidence": "low",
            "effective_on": "2026-01-01",
            "assessed_on": "2026-01-01",
            "evidence_count": next(fresh),
        }
        send("PATCH", f"/api/bench/patch/{next(codes)}/", json.dumps(said), content_type="application/json", **who)

    calls: dict[str, Callable[[], object]] = {
        PUBLISH: publish,
        DESK: from_the_desk,
        API: through_the_api,
        PATCH: lambda: patch(session=session),
        PATCH_BY_TOKEN: lambda: patch(token=token),
    }
    return in_turns(calls, rounds)


def submitted(analyst: User, number: int) -> Iterator[Assessment]:
    """That many findings that wait for a decision, each on a milestone of its own."""
    made = []
    values = {"status": "in_progress", "summary": "Benchmark", "confidence": "low"}
    for milestone in Milestone.objects.select_related("proposal__report", "series", "current").order_by("-code")[:number]:
        with open_change(by=analyst.actor) as change:
            cites = [
                (add_evidence(change, by=analyst, values={"address": "https://bench.example", "title": "T", "kind": "other"}), "supports")
            ]
            done = {**values, "effective_on": change.now.date(), "reason": "Benchmark"}
            made.append(record_assessment(change, milestone, by=analyst, values=done, evidence=cites, action="submit"))
    return iter(made)


def session_of(user: User) -> str:
    """Signed in as by a form: without its row a session is nobody's."""
    from django.test import Client

    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return str(client.session.session_key)
