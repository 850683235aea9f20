"""Addresses of pages by their names, each put together once: a page has some hundred of them, most of them again and again."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings
from django.urls import get_script_prefix
from django.urls import reverse as put_together

KEPT = 4096


def address_of(name: str, *args: object) -> str:
    """As ``django.urls.reverse`` has it."""
    return _kept(settings.ROOT_URLCONF, get_script_prefix(), name, *map(str, args))


@lru_cache(KEPT)
def _kept(_urls: str, _prefix: str, name: str, *args: str) -> str:
    return put_together(name, args=args)
