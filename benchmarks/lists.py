"""The list of milestones, ours and the references', over the same rows in one run."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from benchmarks.site import Unexpected, ask
from benchmarks.timing import Times, in_turns

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from benchmarks.databases import Databases
    from benchmarks.site import Web

FILTERS = {
    "health": "health=late,at_risk&page_size=50",
    "owner": "owner=KZ-MFA,RU-MFA&status=not_assessed,in_progress,achieved&page_size=50",
}
OURS, CAUSE, FIRST, BARE, SQL = "ours", "ours, with causes", "ours, first time", "bare view", "bare SQL"
VERSIONS, TABLES = "ModelViewSet", "ModelViewSet, tables"
REFERENCE = VERSIONS
ADDRESSES = {
    OURS: "/api/v1/milestones/",
    BARE: "/api/bench/bare/",
    VERSIONS: "/api/bench/versions/",
    TABLES: "/api/bench/tables/",
}
FACTS = ("code", "health", "status", "overdue", "stale", "lead", "support", "title", "version")


@dataclass
class Measured:
    """One way to the list: how many queries it takes, and its times by what asked (``process`` or ``http``), size and filter."""

    queries: dict[str, int] = field(default_factory=dict)
    times: dict[tuple[str, int, str], Times] = field(default_factory=dict)


def statements(address: str) -> list[str]:
    """The SQL of a request, with its values in it."""
    with CaptureQueriesContext(connection) as captured:
        ask(address)
    return [query["sql"] for query in captured.captured_queries]


def run_statements(found: list[str]) -> None:
    """As bare as it gets: a cursor of psycopg2's, every row fetched."""
    with connection.connection.cursor() as cursor:
        for statement in found:
            cursor.execute(statement)
            cursor.fetchall()


def check_same(query: str) -> None:
    """Raise ``Unexpected`` unless all ways give the same facts of the same rows."""
    answers = {name: json.loads(ask(f"{address}?{query}").body) for name, address in ADDRESSES.items()}
    wanted = facts_of(answers[OURS])
    if not wanted[1]:
        raise Unexpected(f"no milestone fits {query}")
    for name, answer in answers.items():
        if facts_of(answer) != wanted:
            raise Unexpected(f"{name} gives other rows than ours for {query}")


def facts_of(answer: Mapping[str, Any]) -> tuple[int, list[dict[str, Any]]]:
    """The count, and what stands in every form of the answer under the same name; the bare view says the title by language."""
    rows = [{**row, "title": row.get("title", row.get("title_ru"))} for row in answer["results"]]
    return answer["count"], [{name: row[name] for name in FACTS} for row in rows]


def milestone_statements(address: str) -> list[str]:
    """Of the SQL of a request that over milestones: its count, which must not be known from before, and its page."""
    cache.clear()
    return [one for one in statements(address) if 'FROM "milestones_milestoneversion"' in one]


def ways(query: str) -> dict[str, Callable[[], object]]:
    calls: dict[str, Callable[[], object]] = {name: lambda to=address: ask(f"{to}?{query}") for name, address in ADDRESSES.items()}
    found = milestone_statements(f"{ADDRESSES[OURS]}?{query}")
    causes = {CAUSE: lambda: ask(f"{ADDRESSES[OURS]}?{query}&include=cause")}
    return calls | causes | {FIRST: calls[OURS], SQL: lambda: run_statements(found)}


def measure_in_process(databases: Databases, sizes: list[int], rounds: int) -> dict[str, Measured]:
    """``FIRST`` is ours with nothing kept from before, as it is once after each change of the record."""
    measured = {name: Measured() for name in (*ADDRESSES, CAUSE, FIRST, SQL)}
    calls: dict[tuple[str, int, str], Callable[[], object]] = {}
    for size in sizes:
        databases.use(str(size))
        for label, query in FILTERS.items():
            check_same(query)
            calls |= {(name, size, label): call for name, call in ways(query).items()}
            measured[SQL].queries[label] = len(milestone_statements(f"{ADDRESSES[OURS]}?{query}"))
            cache.clear()
            for name, address in {FIRST: ADDRESSES[OURS], **ADDRESSES}.items():
                measured[name].queries[label] = len(statements(f"{address}?{query}"))
            measured[CAUSE].queries[label] = len(statements(f"{ADDRESSES[OURS]}?{query}&include=cause"))

    def before(key: tuple[str, int, str]) -> None:
        databases.use(str(key[1]))
        if key[0] == FIRST:
            cache.clear()
        elif key[0] == OURS:
            calls[key]()

    keep(measured, "process", in_turns(calls, rounds, before))
    return measured


def measure_over_http(measured: dict[str, Measured], servers: Mapping[int, Web], rounds: int) -> None:
    calls: dict[tuple[str, int, str], Callable[[], object]] = {}
    for size, server in servers.items():
        for label, query in FILTERS.items():
            for name, address in ADDRESSES.items():
                calls[name, size, label] = lambda at=server, to=f"{address}?{query}": at.ask(to)
    keep(measured, "http", in_turns(calls, rounds))


def keep(measured: dict[str, Measured], how: str, found: Mapping[tuple[str, int, str], Times]) -> None:
    for (name, size, label), times in found.items():
        measured[name].times[how, size, label] = times
