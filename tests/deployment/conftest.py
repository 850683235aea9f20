"""One image and one installation for all tests of this folder: bringing them up takes most of the time."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.deployment.image import build
from tests.deployment.site import Site
from tools.postgres import Cluster

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.deployment.image import Image


@pytest.fixture(scope="session")
def open_folder() -> Iterator[Path]:
    """A folder that the account of the image may pass, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="roadmap-image-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def image(open_folder: Path) -> Image:
    return build(open_folder)


@pytest.fixture(scope="session")
def site(image: Image, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    with Cluster(folder, durable=False) as cluster:
        made = Site(image, cluster, folder)
        try:
            made.bring_up()
            yield made
        finally:
            made.stop()
