"""What pages of other apps say of files."""

from __future__ import annotations

from django import template

from exports.formats import FORMATS

register = template.Library()


@register.simple_tag
def view_formats() -> list[str]:
    """The endings under which the milestones of a view can be had."""
    return [ending for ending, form in FORMATS.items() if form.view]


@register.simple_tag
def compare_formats() -> list[str]:
    """The endings under which a comparison can be had."""
    return [ending for ending, form in FORMATS.items() if form.compares]
