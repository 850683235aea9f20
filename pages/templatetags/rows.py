"""Long runs of small things, each joined here: of some hundred of them a template makes a tenth of a second."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from pages.templatetags.marks import mark
from pages.templatetags.roadmap import to

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from pages.timeline_shapes import Group, Timeline

register = template.Library()

SELECTED = SafeString(" selected")
NAME = (
    '<div class="tl-name tl-name-group" data-group="{code}"><a href="{address}" aria-expanded="{open}" title="{title}">'
    '<span class="tl-fold" aria-hidden="true"></span>{mark}<span class="code">{code}</span> <span class="tl-title">{short}</span>'
    '<span class="visually-hidden">: {said}</span> <span class="tl-number" aria-hidden="true">{number}</span></a></div>\n{rows}'
)
ROW_NAME = (
    '<div class="tl-name" data-row="{0}"><a href="{1}" data-code="{0}" title="{2}">{3}<span class="code">{0}</span> '
    '<span class="tl-title">{4}</span></a></div>\n'
)
SLICE = (
    '<div class="tl-slice"><div><div class="tl-name tl-name-group">{} <b>{}</b></div>{}</div><div><svg width="100%" height="{}em">'
    '<svg x="1%" y="-{}em" width="97%" overflow="visible" height="{}em"><use href="#tl-all"/></svg></svg></div></div>\n'
)


@register.simple_tag
def options(rows: Iterable[tuple[str, str]], chosen: Collection[str]) -> SafeString:
    """What can be chosen in a field, by value and word."""
    said = ((value, SELECTED if value in chosen else "", text) for value, text in rows)
    return format_html_join("\n", '<option value="{}"{}>{}</option>', said)


@register.simple_tag(takes_context=True)
def timeline_names(context: template.Context, groups: Iterable[Group]) -> SafeString:
    """What stands on the left of the timeline: a name for each row of the drawing."""
    return format_html_join("", NAME, (_named(context, group) for group in groups))


def _named(context: template.Context, group: Group) -> dict[str, object]:
    rows = (
        (one.code, to(context, "milestones:detail", one.code), one.title, mark("health", one.health, bare=True), one.short)
        for one in group.rows
    )
    return {
        "code": group.code,
        "address": group.address,
        "open": "true" if group.open else "false",
        "title": group.title,
        "mark": mark("health", group.health, bare=True),
        "short": group.short,
        "said": group.said,
        "number": group.number,
        "rows": format_html_join("", ROW_NAME, rows),
    }


@register.simple_tag
def timeline_slices(line: Timeline) -> SafeString:
    """The same drawing on paper: for each group its names, and beside them its part of the whole."""
    return format_html_join("", SLICE, (_slice(line, group) for group in line.groups))


def _slice(line: Timeline, group: Group) -> tuple[object, ...]:
    names = ((mark("health", one.health, bare=True), one.code, one.short) for one in group.rows)
    rows = format_html_join("", '<div class="tl-name">{} {} {}</div>', names)
    return mark("health", group.health, bare=True), group.short, rows, group.height, group.y, line.height
