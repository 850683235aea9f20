"""What axe finds on the page that is open, in the light and in the dark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from axe_core_python.sync_playwright import Axe

if TYPE_CHECKING:
    from playwright.sync_api import Page

EVERYTHING = {"resultTypes": ["violations"]}
COLOURS = EVERYTHING | {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
"""The rules that look at colours: all that the theme, which is one media query, can change of a page."""


def violations(page: Page) -> list[tuple[str, str, list[str]]]:
    """By theme and rule, the first places. Everything is looked at in the light, what has to do with colours in the dark, too."""
    axe, found = Axe(), []
    page.evaluate(axe.axe_script)
    for theme, options in (("light", EVERYTHING), ("dark", COLOURS)):
        page.emulate_media(color_scheme=theme)
        seen = page.evaluate("options => axe.run(options).then(all => all.violations)", options)
        found += [(theme, one["id"], [node["html"][:200] for node in one["nodes"]][:3]) for one in seen]
    return found
