"""The Dockerfile is sound: what it copies is there, what it sets is read, and what it leaves out stays out."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest

from tests.deployment import compose
from tests.deployment.compose import ROOT
from tests.deployment.image import DONE_BY_HAND, context_files, ignore_patterns, is_ignored, stages
from tests.deployment.known import PIP, known_to_the_application

if TYPE_CHECKING:
    from tests.deployment.image import Image

BUILDER, FINAL = stages()
SECRET = re.compile("SECRET|PASSWORD|TOKEN|DATABASE_URL")


def test_both_stages_stand_on_the_same_python() -> None:
    """The venv of the first is used by the second, so its interpreter must be there, of the version that we promise."""
    assert BUILDER.base == FINAL.base
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]
    assert BUILDER.base.startswith(f"python:{needed.removeprefix('>=')}-slim")


def test_every_instruction_is_one_that_the_tests_understand() -> None:
    known = {"ARG", "ENV", "RUN", "WORKDIR", "COPY", "USER", "EXPOSE", "HEALTHCHECK", "CMD"}
    assert {instruction for stage in (BUILDER, FINAL) for instruction, _ in stage.steps} <= known


def test_each_file_that_is_copied_exists_and_is_let_into_the_build() -> None:
    for rest in BUILDER.all("COPY"):
        for source in rest.split()[:-1]:
            assert (ROOT / source).exists()
            assert source == "." or not is_ignored(PurePosixPath(source))


def test_the_final_stage_takes_what_the_builder_made_and_nothing_else() -> None:
    assert FINAL.all("COPY") == ["--from=builder /venv /venv", "--from=builder /app /app"]
    assert BUILDER.name == "builder"


def test_the_packages_are_installed_by_their_hashes_and_without_a_compiler() -> None:
    install = next(rest for rest in BUILDER.all("RUN") if rest.startswith("pip install"))
    assert {"--require-hashes", "--only-binary=:all:"} <= set(install.split())
    assert install.split()[-1] == "${REQUIREMENTS}"
    assert BUILDER.all("ARG") == ["REQUIREMENTS=requirements.txt"]


def test_no_command_downloads_anything_else() -> None:
    commands = [*BUILDER.all("RUN"), *FINAL.all("RUN")]
    ours = [line for line in commands if not line.startswith(DONE_BY_HAND)]
    # Debian's own packages are checked by apt; of them only libraries and letters for printing are taken, and no lists stay.
    (debian,) = [line for line in ours if line.startswith("apt-get update")]
    assert set(re.findall(r"(?<=\s)(?:lib|fonts-|postgresql-)[\w.-]+", debian)) == {
        "libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "fonts-dejavu-core", "postgresql-client-17"
    }  # fmt: skip
    assert debian.endswith("rm -rf /var/lib/apt/lists/*")
    assert all(line.startswith(("python -m ", "python manage.py ")) for line in ours if line != debian)
    assert "://" not in (ROOT / "Dockerfile").read_text(encoding="utf-8")


def test_the_programs_that_back_up_are_of_the_version_of_the_server() -> None:
    (version,) = re.findall(r"^postgres:(\d+)-", compose.raw()["services"]["postgres"]["image"])
    (debian,) = [line for line in FINAL.all("RUN") if line.startswith("apt-get update")]
    assert f"postgresql-client-{version}" in debian.split()
    assert f"/usr/lib/postgresql/{version}/bin" in FINAL.environment["PATH"].split(":")


def test_every_variable_that_is_set_is_read_by_something_and_none_is_a_secret() -> None:
    for given in (BUILDER.environment, FINAL.environment):
        assert set(given) <= known_to_the_application() | PIP
        assert not [name for name in given if SECRET.search(name)]


def test_static_files_are_built_where_they_are_served_from() -> None:
    for name in ("STATIC_ROOT", "STATIC_STORAGE"):
        assert BUILDER.environment[name] == FINAL.environment[name]


def test_it_runs_as_a_user_without_rights_known_by_number() -> None:
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", FINAL.last("USER"))
    uid, gid = FINAL.last("USER").split(":")
    assert any(f"--uid {uid} " in line for line in FINAL.all("RUN"))
    assert any(f"--owner={uid} --group={gid} {FINAL.environment['VAR_DIR']}" in line for line in FINAL.all("RUN"))


def test_it_listens_where_it_says() -> None:
    assert FINAL.environment["BIND"] == f"0.0.0.0:{FINAL.last('EXPOSE')}"
    assert json.loads(FINAL.last("CMD"))[0] == "gunicorn"


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        ".git/config",
        "var/credentials.txt",
        "tests/conftest.py",
        "docs/operator.md",
        ".venv/bin/python",
        "roadmap/.env",
        "tools/pip-1-py3-none-any.whl",
    ],
)
def test_secrets_and_what_is_not_needed_stay_out_of_the_build(path: str) -> None:
    assert is_ignored(PurePosixPath(path))


def test_the_ignore_file_has_only_patterns_that_the_tests_understand() -> None:
    assert ignore_patterns()[0] == "*"
    assert all(re.fullmatch(r"\*|!?[\w.-]+|(\*\*|\w+)/[\w.*]+", pattern) for pattern in ignore_patterns())


def test_every_folder_with_python_files_but_the_tests_is_in_the_build() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/*.py")} - {"tests", "benchmarks"}
    assert packages <= {path.parts[0] for path in context_files()}


def test_the_build_yields_static_files_and_translations(image: Image) -> None:
    manifest = json.loads((image.app / "staticfiles" / "staticfiles.json").read_text(encoding="utf-8"))
    assert all((image.app / "staticfiles" / name).is_file() for name in manifest["paths"].values())
    assert list((image.app / "staticfiles").rglob("*.css.gz"))
    sources = list(Path(image.app).glob("locale/*/LC_MESSAGES/*.po"))
    assert all(source.with_suffix(".mo").is_file() for source in sources)


def test_every_file_of_the_build_can_be_read_by_another_account(image: Image) -> None:
    """Root builds, the image's own account runs: a collected file that root alone could read once stopped the start."""
    wanted = {True: 0o555, False: 0o444}
    assert not [path for path in image.app.rglob("*") if path.stat().st_mode & wanted[path.is_dir()] != wanted[path.is_dir()]]


def test_the_commands_of_the_image_name_files_that_the_build_has(image: Image) -> None:
    assert (image.app / image.command[2]).is_file()
    assert (image.app / "roadmap" / "wsgi.py").is_file()
    assert (image.app / "deploy" / "health.py").is_file()
