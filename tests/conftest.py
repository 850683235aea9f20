"""What every test stands on: a quiet site, and the one place where the record's guard is lifted."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.core.cache import cache
from hypothesis import settings as hypothesis_settings

from tests import machine
from tests.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator

RK2030 = Path(__file__).parent.parent / "roadmap_file" / "data" / "RK2030.yaml"
# How long an example takes is the machine's affair.
hypothesis_settings.register_profile("ours", deadline=None)
hypothesis_settings.load_profile("ours")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--nothing-left-out", action="store_true", help="fail where the machine lacks what a test needs")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in machine.told(terminalreporter.stats.get("skipped", [])):
        terminalreporter.write_line(line)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """The test processes of xdist have no reporter; the one that has it decides."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if session.config.getoption("--nothing-left-out") and reporter and machine.told(reporter.stats.get("skipped", [])):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session", autouse=True)
def _folder_of_static_files() -> None:
    """Whitenoise warns when it is missing, and a warning is an error here."""
    from django.conf import settings

    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


@pytest.fixture(autouse=True)
def _quiet_site(settings) -> None:
    """Plain HTTP on the test client's host, mail kept in memory, limits out of the way."""
    settings.ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
    settings.SECURE_SSL_REDIRECT = False
    cache.clear()


@pytest.fixture(autouse=True)
def _clock_of_the_test(monkeypatch) -> None:
    """Tests move their own clock, and not PostgreSQL's; those of clocks put this back."""
    monkeypatch.setattr("record.clock.AHEAD", timedelta(days=100 * 365))


@pytest.fixture(autouse=True)
def _unexpected_errors_fail(request, caplog) -> Iterator[None]:
    """An ERROR in the log fails the test, unless the test says that it expects one."""
    yield
    if request.node.get_closest_marker("expects_errors"):
        return
    errors = [record for record in caplog.get_records("call") if record.levelno >= logging.ERROR]
    assert not errors, [record.getMessage() for record in errors]


@pytest.fixture(autouse=True)
def _lift_guard_for_flush(request) -> Iterator[None]:
    """Tests with real transactions are cleaned by emptying tables, which the guard refuses.

    It is lifted for that only; the ``post_migrate`` that follows each flush puts it back.
    """
    marker = request.node.get_closest_marker("django_db")
    transactional = bool({"transactional_db", "live_server"} & set(request.fixturenames)) or bool(
        marker and (marker.kwargs.get("transaction") or marker.args[:1] == (True,))
    )
    if transactional:
        request.getfixturevalue("transactional_db")  # set up before us, so torn down after us
    yield
    if transactional:
        from record.guard import lift_guard

        lift_guard()


@pytest.fixture(scope="session")
def rk2030_text() -> str:
    return RK2030.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def _rk2030_snapshot() -> Snapshot:
    return Snapshot()


@pytest.fixture
def rk2030(db, rk2030_text, _rk2030_snapshot) -> None:
    """The real roadmap, loaded on 23 November 2026 at nine in the morning UTC."""
    from roadmap_file.loading import load

    if _rk2030_snapshot.tables:
        _rk2030_snapshot.put()
    else:
        load(rk2030_text, now=NOW)
        _rk2030_snapshot.take()


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def analyst(db):
    """Somebody with the whole roadmap in their remit."""
    from tests.people import person

    return person("analyst")


@pytest.fixture
def editor(db):
    from tests.people import person

    return person("editor")
