"""The page of components: each that the guide names is there, seen, and in its place, in light and dark, on a phone and a desktop."""

import pytest

from tests.docs.test_guides import page as read
from tests.docs.test_guides import section, table
from tests.e2e.axe import violations

pytestmark = pytest.mark.django_db(transaction=True)

NAMED = [name.strip("`") for name in table(section(read("docs/design.md"), "Components"))]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_each_component_is_shown_once_and_nothing_is_wider_than_the_window(open_page, rk2030, theme, width, tmp_path):
    page = open_page("ru", theme, width)
    page.goto("/about/components/?at=1")
    assert len(NAMED) > 10
    hidden = [name for name in NAMED if not page.locator(f"{name}:visible").count()]
    assert hidden == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    outside = "all => all.filter(one => one.getBoundingClientRect().right > innerWidth + 1).length"
    assert page.locator(", ".join(name for name in NAMED if name != ".drop")).evaluate_all(outside) == 0
    assert not violations(page, "ru")
    picture = tmp_path / "components.png"
    page.screenshot(path=picture, full_page=True)
    assert picture.stat().st_size > 20_000
    assert page.faults == []
