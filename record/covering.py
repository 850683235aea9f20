"""What earlier releases wrote without an event that covers it is put on the record once, by ``migrate``.

Each part says what of its own no event covers yet; ``verify_record`` holds it against that event from then on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor

from record.models import Event, Installation
from record.services import open_change

if TYPE_CHECKING:
    from collections.abc import Callable

COVERED = "record.covered"
Look = TypeVar("Look", bound="Callable[[], object]")
PARTS: dict[str, Callable[[], object]] = {}


def covers(name: str) -> Callable[[Look], Look]:
    """Have what the function returns, unless it is empty, stand in the data of the event under this name."""

    def add(look: Look) -> Look:
        PARTS[name] = look
        return look

    return add


@covers("installation")
def an_installation_that_nothing_covers() -> dict[str, object] | None:
    if Event.objects.filter(data__has_key="installation").exists():
        return None
    installation = Installation.objects.first()
    return installation.facts() if installation else None


def cover_the_rest(*, using: str = DEFAULT_DB_ALIAS, **_signal: object) -> None:
    """Write that event when there is something for it to say. Connected to ``post_migrate``, when every migration is done."""
    connection = connections[using]
    if "record_installation" not in connection.introspection.table_names() or not Installation.objects.exists():
        return
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return
    if any(look() for look in PARTS.values()):
        with open_change() as change:
            data = {name: said for name, look in PARTS.items() if (said := look())}
            change.announce(COVERED, data=data)
