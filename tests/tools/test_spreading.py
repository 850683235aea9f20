"""Tests that share something large stay in one test process: the processes that are to run them are given them as one piece of work."""

import pytest

from tests.spreading import group_of


def test_whoever_runs_in_several_processes_spreads_by_group(pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.conftest import pytest_xdist_make_scheduler
    from tests.spreading import ByGroup

    monkeypatch.setattr(pytestconfig.option, "tx", ["popen"])  # a test process has none of its own
    scheduler = pytest_xdist_make_scheduler(pytestconfig, None)
    assert isinstance(scheduler, ByGroup)
    assert scheduler._split_scope("tests/deployment/test_proxy.py::test_a[x@y]") == "tests/deployment/"


@pytest.mark.parametrize(
    ("nodeid", "group"),
    [
        ("tests/deployment/test_watching.py::test_a", "tests/deployment/"),
        ("tests/e2e/test_print.py::test_a[ru]", "tests/e2e/test_print.py"),
        ("tests/desk/test_in_libreoffice.py::test_a", "tests/desk/test_in_libreoffice.py"),
        ("tests/desk/test_typing.py::test_a[/e2e/]", "tests/desk/test_typing.py::test_a[/e2e/]"),
    ],
)
def test_what_shares_an_installation_a_browser_or_an_office_is_a_group(nodeid: str, group: str) -> None:
    assert group_of(nodeid) == group
