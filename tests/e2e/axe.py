"""What axe finds on the page that is open, in the light and in the dark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from axe_core_python.sync_playwright import Axe

if TYPE_CHECKING:
    from playwright.sync_api import Page

EVERYTHING = {"resultTypes": ["violations"], "reporter": "no-passes"}
OF_COLOURS = ["color-contrast", "link-in-text-block"]
"""The rules that look at colours, which take most of the time: all that the theme, one media query, can change of a page."""
COLOURS = EVERYTHING | {"runOnly": {"type": "rule", "values": OF_COLOURS}}
WORDS = EVERYTHING | {"rules": {rule: {"enabled": False} for rule in OF_COLOURS}}
SHOWS_MOST = "kk"
"""What has a colour is the same in each language, and this one has the marks of missing translations besides."""


def violations(page: Page, language: str) -> list[tuple[str, str, list[str]]]:
    """By theme and rule, the first places. Colours are looked at in the light and in the dark, in one language."""
    axe, found = Axe(), []
    page.evaluate(axe.axe_script)
    for theme, options in [("light", EVERYTHING), ("dark", COLOURS)] if language == SHOWS_MOST else [("light", WORDS)]:
        page.emulate_media(color_scheme=theme)
        seen = page.evaluate("options => axe.run(options).then(all => all.violations)", options)
        found += [(theme, one["id"], [node["html"][:200] for node in one["nodes"]][:3]) for one in seen]
    return found
