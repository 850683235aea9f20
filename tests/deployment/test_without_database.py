"""PostgreSQL refuses connections while the site runs: everything that needs it is 503 with Retry-After, and comes back by itself."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.deployment.site import VARIABLES
from tests.deployment.test_without_redis import READ
from tools.processes import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.deployment.site import Site

CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'roadmap'"


def execute(site: Site, *statements: str) -> None:
    with closing(site.connect("postgres", VARIABLES["POSTGRES_PASSWORD"], database="postgres")) as connection:
        connection.autocommit = True
        for statement in statements:
            connection.cursor().execute(statement)


@pytest.fixture
def site_without_database(site: Site) -> Iterator[Site]:
    execute(site, "ALTER DATABASE roadmap ALLOW_CONNECTIONS false", CUT)
    yield site
    execute(site, "ALTER DATABASE roadmap ALLOW_CONNECTIONS true")
    assert wait_until(lambda: site.get("/readyz").status == 200, 30)


def test_what_needs_the_database_is_answered_503_and_the_process_stays_up(site_without_database: Site) -> None:
    site = site_without_database
    assert site.get("/healthz").status == 200
    assert site.get("/readyz").status == 503
    for path in [one for one in READ if one not in {"/healthz", "/api/v1/", "/accounts/login/"}]:
        answer = site.get(path)
        assert (path, answer.status, answer.headers["Retry-After"]) == (path, 503, "5")
        assert b"Traceback" not in answer.body


def test_figures_are_answered_with_what_is_known(site_without_database: Site) -> None:
    site = site_without_database
    assert wait_until(lambda: "roadmap_database_up 0.0" in site.figures("web"), 30)
    text = site.figures("web")
    assert "roadmap_requests_total{" in text
    assert "roadmap_head_position" not in text
    assert site.get("/metrics", Authorization=f"Bearer {VARIABLES['METRICS_TOKEN']}").status == 200


def test_it_comes_back_by_itself(site: Site) -> None:
    execute(site, CUT)
    assert [site.get(path).status for path in ("/", "/api/v1/summary/", "/feed.atom")] == [200] * 3
