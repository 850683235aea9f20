"""Statements on single rows, to be sent several in one message: while the record's lock is held each round trip is everybody's time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.db.models import Field, Model

    from record.models import VersionRow

Statement = tuple[str, list[Any]]


def update_of(row: Model, fields: Iterable[str]) -> Statement:
    columns: list[Any] = [row._meta.get_field(name) for name in fields]
    sets = ", ".join(f'"{field.column}" = %s' for field in columns)
    sql = f'UPDATE "{row._meta.db_table}" SET {sets} WHERE id = %s'  # noqa: S608 - names of our own
    return sql, [*_as_stored(row, columns), row.pk]


def copy_of(row: VersionRow, new: Mapping[str, object]) -> Statement:
    """Insert a version like ``row`` but for these columns; the rest never leaves the database."""
    fields = [field for field in row._meta.concrete_fields if not field.primary_key and not field.generated and field.attname != "withheld"]
    taken = ", ".join("%s" if field.attname in new else f'"{field.column}"' for field in fields)
    table, names = row._meta.db_table, ", ".join(f'"{field.column}"' for field in fields)
    sql = f'INSERT INTO "{table}" ({names}) SELECT {taken} FROM "{table}" WHERE id = %s'  # noqa: S608 - names of our own
    return sql, [*(field.get_db_prep_save(new[field.attname], connection) for field in fields if field.attname in new), row.pk]


def insert_of(row: Model) -> Statement:
    columns = row._meta.concrete_fields
    names, places = ", ".join(f'"{field.column}"' for field in columns), ", ".join("%s" for _field in columns)
    sql = f'INSERT INTO "{row._meta.db_table}" ({names}) VALUES ({places})'  # noqa: S608 - names of our own
    return sql, _as_stored(row, columns)


def _as_stored(row: Model, fields: Iterable[Field[Any, Any]]) -> list[Any]:
    return [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
