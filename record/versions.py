"""Which things have versions, and what exactly a version row holds."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from django.apps import apps
from django.db.models import prefetch_related_objects

from record.models import Recorded, Sealed, VersionRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

NOT_CONTENT = {"id", "first", "last", "salt", "digest", "withheld"}


@cache
def version_models() -> tuple[type[VersionRow], ...]:
    return tuple(model for model in apps.get_models() if issubclass(model, VersionRow))


@cache
def version_model(model: type[Recorded]) -> type[VersionRow]:
    """The version rows of that model; each recorded model has exactly one."""
    (versions,) = (versions for versions in version_models() if versions.of is model)
    return versions


@cache
def content_fields(model: type[VersionRow]) -> tuple[str, ...]:
    """The names of the columns that a version's digest covers."""
    return tuple(field.attname for field in model._meta.concrete_fields if field.attname not in NOT_CONTENT and not field.generated)


def content_of(row: VersionRow) -> dict[str, object]:
    """What a version row says, by column."""
    return {name: getattr(row, name) for name in content_fields(type(row))}


def state_of(things: Sequence[Recorded]) -> list[dict[str, object]]:
    """What the version row of each of these things (all of one model) has to say now."""
    if not things:
        return []
    model = type(things[0])
    prefetch_related_objects(list(things), *model.version_prefetch)
    fields = content_fields(version_model(model))
    states = []
    for thing in things:
        links = thing.links() | {"code": thing.version_code}
        states.append({name: links[name] if name in links else getattr(thing, name) for name in fields})
    return states


@cache
def sealed_models() -> tuple[type[Sealed], ...]:
    return tuple(model for model in apps.get_models() if issubclass(model, Sealed))


def recorded_models() -> Iterable[type[Recorded]]:
    return (versions.of for versions in version_models())
