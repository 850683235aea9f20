"""What is pinned is held against what pip would install today: by pip itself, from a folder of packages instead of the registry."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from tools import environment
from tools.audit import newer, pinned
from tools.basics import ROOT, Refusal
from tools.venv import PIP

if TYPE_CHECKING:
    from pathlib import Path


def wheel(folder: Path, name: str, version: str, needs: str = "") -> None:
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as made:
        required = f"Requires-Dist: {needs}\n" if needs else ""
        made.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{required}")
        made.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        made.writestr(f"{info}/RECORD", "")


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    (shelf / PIP.name).symlink_to(PIP)
    (tmp_path / "pyproject.toml").write_text('[project]\ndependencies = ["alpha>=1,<2"]\noptional-dependencies = {dev = ["gamma_ray"]}\n')
    (tmp_path / "requirements-dev.txt").write_text(
        "alpha[extra]==1.0 \\\n    --hash=sha256:00\nbeta.tool==3.1\ngamma-ray==5.0\nold-python==1.0 ; python_version < '3'\n"
    )
    for name, version, needs in (("alpha", "1.0", ""), ("alpha", "1.2", "beta-tool"), ("alpha", "2.0", ""), ("gamma_ray", "5.0", "")):
        wheel(shelf, name, version, needs)
    for version in ("3.1", "3.10"):
        wheel(shelf, "beta_tool", version)
    return environment.inherited() | {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(shelf), "PIP_CONFIG_FILE": "/dev/null"}


def test_newer_versions_within_the_bounds_are_named_those_that_others_need_too(tmp_path: Path, env: dict[str, str]) -> None:
    assert newer(tmp_path, env) == ["alpha 1.0 → 1.2", "beta-tool 3.1 → 3.10"]


def test_a_registry_that_lacks_a_package_is_a_refusal(tmp_path: Path, env: dict[str, str]) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\ndependencies = ["nowhere"]\noptional-dependencies = {}\n')
    with pytest.raises(Refusal, match="nowhere"):
        newer(tmp_path, env)


def test_every_pin_of_the_project_is_read() -> None:
    pins = pinned(ROOT)
    assert len(pins) == (ROOT / "requirements-dev.txt").read_text().count("==") + 1
    assert pins["pip"] == PIP.name.split("-")[1]
    assert "django" in pins
