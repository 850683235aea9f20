"""The databases of one test process: an empty one, one with RK2030, and a copy for each test with real transactions.

What most tests write is rolled back, so they share the first two. A test that commits gets a copy of its own, which is
dropped after it: that takes a fraction of a second, where emptying the tables and loading the roadmap anew takes several.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from django.db import connection, connections
from django.test import TransactionTestCase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper

SEQUENCES = "SELECT format('setval(%L, %s)', schemaname || '.' || sequencename, last_value) FROM pg_sequences WHERE last_value > 0"


class Databases:
    """Made when the empty database is there; ``fill`` writes RK2030 into the database that it finds itself in."""

    def __init__(self, fill: Callable[[], None]) -> None:
        self.empty = connections["default"]
        self.filled = self._copy(self.empty, "rk2030")
        with self._in_use(self.filled), connection.cursor() as cursor:
            fill()
            cursor.execute("ANALYZE")  # as the server does by itself where data stay for longer
            cursor.execute(SEQUENCES)
            self.sequences = [call for (call,) in cursor.fetchall()]

    @contextmanager
    def chosen(self, *, filled: bool, own: bool) -> Iterator[None]:
        """All connections of this process lead to the database that a test asks for."""
        source = self.filled if filled else self.empty
        if own:
            with self._own(source):
                yield
        elif filled:
            with self._in_use(source), connection.cursor() as cursor:
                cursor.execute(f"SELECT {', '.join(self.sequences)}")  # no transaction takes a number back
                yield
        else:
            yield

    @contextmanager
    def _own(self, source: BaseDatabaseWrapper) -> Iterator[None]:
        own = self._copy(source, "own")
        try:
            with self._in_use(own), pytest.MonkeyPatch.context() as patch:
                patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _self: None)  # nothing to empty: it goes whole
                yield
        finally:
            self.drop(own)

    @contextmanager
    def _in_use(self, database: BaseDatabaseWrapper) -> Iterator[None]:
        """For this thread; others make connections of their own, by the settings."""
        settings = self.empty.settings_dict
        name = settings["NAME"]
        connections["default"], settings["NAME"] = database, database.settings_dict["NAME"]
        try:
            yield
            assert connections["default"] is database, "the test wrote into another database than the one it asked for"
        finally:
            connections["default"], settings["NAME"] = self.empty, name

    def _copy(self, source: BaseDatabaseWrapper, suffix: str) -> BaseDatabaseWrapper:
        """PostgreSQL copies a database that nobody is connected to."""
        source.close()
        copy = source.copy()
        copy.settings_dict["NAME"] = f"{self.empty.settings_dict['NAME']}_{suffix}"
        self._execute(
            f"DROP DATABASE IF EXISTS {copy.settings_dict['NAME']}",
            f"CREATE DATABASE {copy.settings_dict['NAME']} TEMPLATE {source.settings_dict['NAME']}",
        )
        return copy

    def drop(self, database: BaseDatabaseWrapper) -> None:
        database.close()
        self._execute(f"DROP DATABASE {database.settings_dict['NAME']} WITH (FORCE)")

    def _execute(self, *statements: str) -> None:
        with self.empty._nodb_cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
