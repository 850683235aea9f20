"""Marks of states, and what they mean; every template may use them without loading them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from django import template
from django.utils.html import format_html

from milestones.statuses import Coded, Freshness, Health, Status
from pages.glossary import GLOSSARY

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

register = template.Library()

CODED: dict[str, type[Coded]] = {"status": Status, "health": Health, "freshness": Freshness}


def _of(value: str, of: str) -> Coded | None:
    member = CODED[of]._value2member_map_.get(value)
    return member if isinstance(member, Coded) else None


@register.filter
def ink(value: str, of: str) -> str:
    """With what a status or a health is drawn: the end of a class ``ink-…``."""
    member = _of(value, of)
    return member.said.ink if member else "unknown"


@lru_cache
def _shape(of: str, value: str) -> SafeString:
    return format_html(
        '<svg class="mark ink-{}" aria-hidden="true" focusable="false"><use href="#mark-{}"></use></svg>', ink(value, of), value
    )


@register.simple_tag
def mark(of: str, value: str, *, bare: bool = False) -> SafeString:
    """Shape, colour and word of a status or a health; ``bare`` leaves the word to the text beside."""
    shape = _shape(of, value)
    if bare:
        return shape
    member = _of(value, of)
    return format_html('<span class="state">{}{}</span>', shape, member.said.word if member else value)


@register.inclusion_tag("includes/define.html", takes_context=True)
def define(context: template.Context, *kinds: str) -> dict[str, object]:
    """A button that opens what the words of these kinds mean (``pages.glossary``): once a page with the text, then the button alone."""
    request = context["request"]
    defined: set[str] = request.__dict__.setdefault("defined", set())
    name = "-".join(kinds)
    first = name not in defined
    defined.add(name)
    return {"name": name, "groups": [(kind, GLOSSARY[kind]) for kind in kinds], "first": first, "request": request}
