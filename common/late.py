"""Modules that weigh much and that few processes need, loaded by whoever first asks something of them."""

from __future__ import annotations

from importlib import import_module
from typing import Any


class Late:
    """Stands for a module of that name. Type checkers are told of the module itself, under ``if TYPE_CHECKING``."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        return getattr(import_module(self._name), name)
