"""Every page through the Nu checker of HTML, in each language. Needs Java and npm."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.e2e.test_journeys_of_readers import PlannedDate, move_date
from tests.machine import needs
from tests.pages.test_pages import PAGES
from tests.people import person

pytestmark = pytest.mark.django_db
CHECKER = "vnu-jar@26.9.27"
MORE = [
    "/timeline/?open=*",
    "/timeline/?view=table",
    "/timeline/?zoom=month",
    "/changes/?type=plan.changed",
    "/search/?q=forum",
    "/calendar/?year=2029",
    "/?at=1",
]


@pytest.fixture(scope="session")
def checker(tmp_path_factory):
    """The checker, installed once and kept beside what else is made for tests."""
    needs("java", "npm")
    folder = Path(os.environ.get("VAR_DIR") or tmp_path_factory.mktemp("nu")) / CHECKER
    jar = folder / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
    if not jar.exists():
        subprocess.run(
            ["npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--no-save", CHECKER],
            check=True,
            capture_output=True,
            timeout=600,
        )
    return jar


@pytest.mark.long
def test_every_page_is_valid_html(rk2030, client, checker, now, tmp_path, time_machine):
    from milestones.models import Milestone
    from record.services import open_change

    time_machine.move_to(now, tick=False)
    with open_change(now=now) as change:
        move_date(change, Milestone.objects.get(code="SM-03"), field="due", to=PlannedDate.parse("2027-Q1"), category="political")
    names = {}
    for language in ("ru", "en", "kk"):
        for path in [*PAGES, *MORE]:
            file = tmp_path / f"{language}-{len(names)}.html"
            file.write_bytes(client.get(path, headers={"Accept-Language": language}).content)
            names[file.name] = f"{language} {path}"
    client.force_login(person("editor"), backend="django.contrib.auth.backends.ModelBackend")
    for path in ("/desk/integrations/", "/desk/integrations/webhooks/add/"):
        file = tmp_path / f"desk-{len(names)}.html"
        file.write_bytes(client.post(path, {}).content)  # with every error that they can show
        names[file.name] = f"errors of {path}"
    command = [
        "java",
        "-Xss4m",
        "-jar",
        str(checker),
        "--errors-only",
        "--exit-zero-always",
        "--format",
        "json",
        *map(str, tmp_path.glob("*.html")),
    ]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600).stderr
    found = [(names[one["url"].rsplit("/", 1)[1]], one["message"], one.get("extract", "")[:160]) for one in json.loads(said)["messages"]]
    assert found == []
