"""Addresses of pages by their names, each put together once: a page has some hundred of them, most of them again and again."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings
from django.urls import get_script_prefix
from django.urls import reverse as put_together

KEPT = 4096


def reverse(name: str, /, *args: object, **kwargs: object) -> str:
    """As ``django.urls.reverse`` has it, which names what stands in the address by place or by name. Raises ``NoReverseMatch``."""
    return _kept(settings.ROOT_URLCONF, get_script_prefix(), name, tuple(map(str, args)), tuple(kwargs.items()))


@lru_cache(KEPT)
def _kept(_urls: str, _prefix: str, name: str, args: tuple[str, ...], kwargs: tuple[tuple[str, object], ...]) -> str:
    return put_together(name, args=args, kwargs=dict(kwargs))
