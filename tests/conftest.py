"""What every test stands on: a quiet site, and the database that it asks for."""

from __future__ import annotations

import gc
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.core.cache import cache
from hypothesis import settings as hypothesis_settings

from tests import machine
from tests.databases import Databases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.snapshot import Snapshot

RK2030 = Path(__file__).parent.parent / "roadmap_file" / "data" / "RK2030.yaml"
# How long an example takes is the machine's affair.
hypothesis_settings.register_profile("ours", deadline=None)
hypothesis_settings.load_profile("ours")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
AHEAD = timedelta(days=100 * 365)
# By itself Python looks for garbage after 700 things more, and time and again at all that was loaded: a tenth of what a request takes.
gc.set_threshold(50_000, 20, 100)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--nothing-left-out", action="store_true", help="fail where the machine lacks what a test needs")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    """What was left out stands below all that pytest itself says. The test processes of xdist have no reporter; the one that has it decides."""
    yield
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    left_out = machine.told(reporter.stats.get("skipped", [])) if reporter else []
    for line in left_out:
        reporter.write_line(line)
    if left_out and session.config.getoption("--nothing-left-out"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    from tests.spreading import ByGroup

    return ByGroup(config, log)


def commits(item: pytest.Item) -> bool:
    """Whether a test has real transactions, which other connections see."""
    marker = item.get_closest_marker("django_db")
    asked = marker and (marker.kwargs.get("transaction") or marker.args[:1] == (True,))
    return bool(asked or {"transactional_db", "live_server"} & set(item.fixturenames))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long tests are begun first, so that at the end none runs alone while other processes have nothing to do."""
    gc.freeze()  # what was loaded stays
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
    for item in items:
        if "rk2030" in item.fixturenames or commits(item):
            others = [name for name in item.fixturenames if name != "_database"]
            place = others.index("browser") + 1 if "browser" in others else 0
            item.fixturenames[:] = [*others[:place], "_database", *others[place:]]


@pytest.fixture(scope="session", autouse=True)
def _folder_of_static_files() -> None:
    """Whitenoise warns when it is missing, and a warning is an error here."""
    from django.conf import settings

    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


@pytest.fixture(autouse=True)
def _quiet_site(settings) -> None:
    """Plain HTTP on the test client's host, mail kept in memory, limits out of the way, another installation than before."""
    from record.installation import forget

    settings.ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
    settings.SECURE_SSL_REDIRECT = False
    settings.WHITENOISE_AUTOREFRESH = True  # looks for a file when it is asked for; else every client lists all of them first
    cache.clear()
    forget()


@pytest.fixture(autouse=True)
def _clock_of_the_test(monkeypatch) -> None:
    """Tests move their own clock, and not PostgreSQL's; those of clocks put this back."""
    monkeypatch.setattr("record.clock.AHEAD", AHEAD)


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch) -> None:
    """Real ones of passwords, but of a few kilobytes; the cost of a hash has a test of its own."""
    monkeypatch.setattr("accounts.passwords.Argon2.memory_cost", 64)


@pytest.fixture(autouse=True)
def _unexpected_errors_fail(request, caplog) -> Iterator[None]:
    """An ERROR in the log fails the test, unless the test says that it expects one."""
    yield
    if request.node.get_closest_marker("expects_errors"):
        return
    errors = [record for record in caplog.get_records("call") if record.levelno >= logging.ERROR]
    assert not errors, [record.getMessage() for record in errors]


@pytest.fixture(scope="session")
def rk2030_text() -> str:
    return RK2030.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def _databases(django_db_setup, django_db_blocker, rk2030_text) -> Iterator[Databases]:
    from roadmap_file.loading import load

    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("record.clock.AHEAD", AHEAD)
        made = Databases(lambda: load(rk2030_text, now=NOW))
    yield made
    with django_db_blocker.unblock():
        made.drop(made.filled)


@pytest.fixture
def _database(request, _databases, django_db_blocker) -> Iterator[None]:
    """Comes before all that writes, see ``pytest_collection_modifyitems``, so that it is written into the right database.

    But after the browser: while its loop runs in this thread, Django keeps other connections for it.
    """
    filled, own = "rk2030" in request.fixturenames, commits(request.node)
    with django_db_blocker.unblock(), _databases.chosen(filled=filled, own=own):
        yield


@pytest.fixture
def rk2030(_database, db) -> None:
    """The real roadmap, loaded on 23 November 2026 at nine in the morning UTC."""


@pytest.fixture(scope="session")
def _sample_snapshot() -> Snapshot:
    from tests.snapshot import Snapshot

    return Snapshot()


@pytest.fixture
def sample(db, _sample_snapshot, now, time_machine) -> None:
    """The demonstration, on 23 November 2026."""
    from roadmap_file.sample import load_sample

    time_machine.move_to(now, tick=False)
    if _sample_snapshot.tables:
        _sample_snapshot.put()
    else:
        load_sample()
        _sample_snapshot.take()


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
