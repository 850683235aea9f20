"""Which tests run in one test process, one after the other: those that share something large.

Said here by where they stand, and not by the mark ``xdist_group``: xdist 3.8 writes it into a place that pytest 9.2 no longer reads, so
that each of the test processes brought up an installation of its own.
"""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

FOLDERS = ("tests/deployment/",)
"""An image and an installation for all of a folder."""
MODULES = ("tests/e2e/", "tests/desk/test_in_libreoffice.py")
"""A browser or an office for all of a module."""


def group_of(nodeid: str) -> str:
    module = nodeid.partition("::")[0]
    if folder := next((one for one in FOLDERS if module.startswith(one)), ""):
        return folder
    return module if module.startswith(MODULES) else nodeid


class ByGroup(LoadScopeScheduling):
    """Groups first, the one of most tests before the others; then single tests in their order."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)
