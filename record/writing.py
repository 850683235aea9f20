"""Writing a thing: whoever asks for it, here its columns and links are set, checked and saved, and compared with what it said.

A service puts what ``put`` wrote on the record; nothing else saves a thing that has versions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from common.refusals import Refused
from record.described import fields_of_columns
from record.versions import content_of, state_of, version_model

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from django.db.models import Model

    from common.refusals import Problem
    from record.models import Recorded
    from record.services import Change

    Links = Mapping[str, Sequence[Any]]

Thing = TypeVar("Thing", bound="Recorded")

BATCH = 1000
NOT_CHECKED = ("position", "updated_at")


def put(
    change: Change,
    thing: Thing,
    values: Mapping[str, object],
    links: Links | None = None,
    *,
    problems: Callable[[Thing, Links], Iterable[Problem]] | None = None,
    put_links: Callable[[Thing, Links], None] | None = None,
    checked: bool = False,
) -> list[str]:
    """Save these columns, and these relations to many in their order.

    Returns the fields that say something else now, of a new thing those that were given. ``links`` holds whole lists of
    things by the name of their relation. Raises ``Refused`` with the ``problems`` of the whole, and Django's
    ``ValidationError``, by column, for what the model's own fields and constraints refuse; a file was ``checked`` as a
    whole, since its things may change places with each other.
    """
    added, links, versions = thing.pk is None, links or {}, version_model(type(thing))
    if added:
        thing.position, thing.updated_at = 0, change.now
        before: dict[str, object] = {}
    else:
        thing.refresh_from_db()
        before = content_of(versions._default_manager.get(code=thing.version_code, last=None))
    for name, value in values.items():
        setattr(thing, name, value)
    thing.work_out()
    if problems and (unmet := list(problems(thing, links))):
        raise Refused(*unmet)
    if not checked:
        thing.full_clean(exclude=NOT_CHECKED)
    thing.save()
    (put_links or put_relations)(thing, links)
    fields = fields_of_columns(versions)
    if added:
        changed = [name if name in fields else name.removesuffix("_date") for name in (*values, *links)]
    else:
        after = said_now(thing)
        changed = [name for name in after if after[name] != before[name]]
    return sorted({fields[name].name if name in fields else name for name in changed})


def put_all(change: Change, model: type[Recorded], values: Iterable[Mapping[str, object]]) -> None:
    """Add many new things of one kind at once, of which the caller knows that they are sound."""
    things = [model(position=0, updated_at=change.now, **columns) for columns in values]
    for thing in things:
        thing.work_out()
    model._default_manager.bulk_create(things, batch_size=BATCH)


def put_all_links(through: type[Model], rows: Iterable[Mapping[str, object]]) -> None:
    """Add many rows of a link table at once, between things of which the caller knows that they are new."""
    through._default_manager.bulk_create([through(**columns) for columns in rows], batch_size=BATCH)


def said_now(thing: Recorded) -> dict[str, object]:
    """What a version of it would say, read back: what the database holds counts, not the caller's object."""
    return state_of([type(thing)._default_manager.get(pk=thing.pk)])[0]


def put_relations(thing: Recorded, links: Links) -> None:
    for name, others in links.items():
        relation: Any = thing._meta.get_field(name)
        through = relation.remote_field.through
        if through._meta.auto_created:
            getattr(thing, name).set(others)
        else:
            put_rows(through, {relation.m2m_field_name(): thing}, relation.m2m_reverse_field_name(), others)


def put_rows(through: Any, near: Mapping[str, object], far: str, others: Sequence[Model]) -> None:
    """Make the rows of a link table those of ``others``, in their order; a row that stays is the row that it was."""
    rows = {getattr(row, f"{far}_id"): row for row in through._default_manager.filter(**near)}
    for order, other in enumerate(others):
        row = rows.pop(other.pk, None)
        said = {"order": order} if hasattr(through, "order") else {}
        if row is None:
            through._default_manager.create(**near, **{far: other}, **said)
        elif said and row.order != order:
            row.order = order
            row.save(update_fields=["order"])
    through._default_manager.filter(pk__in=[row.pk for row in rows.values()]).delete()
