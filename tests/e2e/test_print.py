"""Pages on paper, as Chromium prints them: nothing is cut, names stand beside their drawing, head and legend on each sheet."""

import pytest

pytestmark = pytest.mark.django_db(transaction=True)

MM = 96 / 25.4
A4, A4_ACROSS = (210 - 2 * 14) * MM, (297 - 2 * 10) * MM
"""The room between the margins, in px."""


def on_paper(open_page, path, width):
    page = open_page("ru", width=round(width))
    page.goto(path)
    page.emulate_media(media="print")
    return page


@pytest.mark.parametrize("path", ["/milestones/", "/proposals/SM/", "/compare/?from=at:1", "/risks/", "/slippage/", "/milestones/SM-03/"])
def test_no_table_loses_a_column(open_page, rk2030, path):
    page = on_paper(open_page, path, A4)
    wide = "all => all.filter(one => one.checkVisibility() && one.getBoundingClientRect().right > innerWidth + 1).map(one => one.outerHTML.slice(0, 80))"
    assert page.locator("main th, main td, main h1, main h2, main p, main dl").evaluate_all(wide) == []


def test_an_open_timeline_keeps_names_beside_their_diamonds_and_repeats_years_and_legend(open_page, rk2030):
    page = on_paper(open_page, "/timeline/?open=*", A4_ACROSS)
    assert page.locator(".tl-frame").is_hidden()
    assert page.locator(".tl-slice").count() == 18
    for slice_ in page.locator(".tl-slice").all():
        names, drawing = slice_.locator("> div").all()
        rows = names.locator(".tl-name").count()
        height = drawing.locator("> svg").bounding_box()["height"]
        assert abs(names.bounding_box()["height"] - height) < 1
        assert abs(height / rows - names.locator(".tl-name").first.bounding_box()["height"]) < 0.5
        inner = drawing.locator("> svg > svg")
        top = drawing.bounding_box()["y"] - page.locator(".tl-slice > div").nth(1).bounding_box()["y"]
        assert abs(float(inner.get_attribute("y").removesuffix("em")) * height / rows / 2 + top) < 2
    style = "one => getComputedStyle(one).display"
    assert page.locator(".tl-print-head").evaluate(style) == "table-header-group"
    assert page.locator(".tl-print-foot").evaluate(style) == "table-footer-group"
    assert page.locator(".tl-print-foot li:visible").count() == page.locator(".tl-frame + .tl-legend li").count()


def test_what_only_a_screen_can_use_is_not_printed(open_page, rk2030):
    page = on_paper(open_page, "/milestones/SM-03/", A4)
    assert page.locator("button:visible, input:visible, textarea:visible, .title-acts:visible").count() == 0
