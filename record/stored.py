"""A kind of version that lies in two tables, behind a view: words that many versions share, and narrow rows that point to them.

Readers and writers know the view only, as if it were one table. What it is asked to write it hands on to the tables
by one function, and their guards decide about it (``record.guard``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from django.apps import apps
from django.conf import settings
from django.db import connections, transaction
from django.db.models import BinaryField

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.db.models import Model

FOUND = """
    SELECT pg_get_viewdef(c.oid), array_agg(concat(f.prosrc, f.proname, t.tgtype, t.tgenabled)) FILTER (WHERE t.oid IS NOT NULL),
        bool_or(f.proconfig IS NOT NULL OR t.tgqual IS NOT NULL), (SELECT count(*) FROM pg_rewrite r WHERE r.ev_class = c.oid)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_trigger t ON t.tgrelid = c.oid LEFT JOIN pg_proc f ON f.oid = t.tgfoid
    WHERE n.nspname = current_schema() AND c.relkind = 'v' AND c.relname = %s GROUP BY c.oid
"""
INSTEAD = 1 | 4 | 8 | 16 | 64
"""PostgreSQL's bits: each row, insert, delete, update, instead of."""


def names(columns: Iterable[str], row: str = "") -> str:
    """As SQL lists them."""
    return ", ".join(f'{row}."{name}"' if row else f'"{name}"' for name in columns)


@dataclass(frozen=True)
class Stored:
    """``standing`` has a row for each version, and a column ``texts_id``; ``texts`` holds the words."""

    standing: type[Model]
    texts: type[Model]

    @cached_property
    def words(self) -> list[str]:
        """The columns that ``texts`` holds, less those that follow from others."""
        return [field.attname for field in self.texts._meta.concrete_fields if field.attname not in {"id", "code"} and not field.generated]

    @cached_property
    def columns(self) -> list[str]:
        return [field.attname for field in self.standing._meta.concrete_fields if field.attname not in {"id", "texts_id"}]

    def is_binary(self, column: str) -> bool:
        return isinstance(self.standing._meta.get_field(column), BinaryField)

    def handed(self, row: str) -> str:
        """What the columns of ``standing`` take from a row of the view."""
        return ", ".join(
            f"decode(nullif({row}.{name}, ''), 'hex')" if self.is_binary(name) else names([name], row) for name in self.columns
        )

    def query(self, versions: type[Model]) -> str:
        """What the view reads, written as PostgreSQL itself writes it down."""
        shown = ",\n".join(f"    {self._shown(field.attname)}" for field in versions._meta.concrete_fields)
        standing, texts = self.standing._meta.db_table, self.texts._meta.db_table
        return f"SELECT {shown}\nFROM {standing} s LEFT JOIN {texts} t ON t.id = s.texts_id"

    def _shown(self, column: str) -> str:
        if column in self.words:
            kind = "text" if self.texts._meta.get_field(column).get_internal_type() == "TextField" else "character varying"
            return f"COALESCE(t.{column}, ''::{kind}) AS {column}"
        if column in self.columns and self.is_binary(column):
            return f"COALESCE(encode(s.{column}, 'hex'::text), ''::text) AS {column}"
        return f'{"s" if column in self.columns or column == "id" else "t"}."{column}"'

    def body(self) -> str:
        """The function that hands on what is written to the view."""
        standing, texts = self.standing._meta.db_table, self.texts._meta.db_table
        words, columns, new = names(self.words), names(self.columns), self.handed("NEW")
        new_words, old_words = (names(self.words, row) for row in ("NEW", "OLD"))
        nothing = ", ".join("''" for _name in self.words)
        return f"""
DECLARE
    said bigint;
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM {standing} WHERE id = OLD.id;
        RETURN OLD;
    ELSIF TG_OP = 'INSERT' THEN
        SELECT id INTO said FROM {texts} WHERE code = NEW.code AND ROW({words}) = ROW({new_words}) LIMIT 1;
        IF said IS NULL THEN
            INSERT INTO {texts} (code, {words}) VALUES (NEW.code, {new_words}) RETURNING id INTO said;
        END IF;
        INSERT INTO {standing} (texts_id, {columns}) VALUES (said, {new}) RETURNING id INTO NEW.id;
        RETURN NEW;
    END IF;
    SELECT texts_id INTO said FROM {standing} WHERE id = OLD.id;
    IF NEW.withheld IS NULL THEN
        IF ROW({new_words}) <> ROW({old_words}) THEN
            UPDATE {texts} SET ({words}) = ROW({new_words}) WHERE id = said;
        END IF;
        UPDATE {standing} SET ({columns}) = ROW({new}) WHERE id = OLD.id;
        RETURN NEW;
    ELSIF ROW({new_words}) <> ROW({nothing}) THEN
        RAISE EXCEPTION 'the record is append-only: what is withdrawn says nothing any more' USING ERRCODE = 'restrict_violation';
    END IF;
    UPDATE {standing} SET (texts_id, {columns}) = ROW(NULL::bigint, {new}) WHERE id = OLD.id;
    DELETE FROM {texts} WHERE id = said AND NOT EXISTS (SELECT FROM {standing} WHERE texts_id = said);
    RETURN NEW;
END
"""  # noqa: S608 - names of our own

    def put(self, versions: type[Model]) -> Iterator[str]:
        """The statements that make the view, or make it again, and let the application's role in at once: the site runs meanwhile."""
        view = versions._meta.db_table
        yield f"DROP VIEW IF EXISTS {view}"
        yield f"CREATE VIEW {view} AS {self.query(versions)}"
        yield f"CREATE OR REPLACE FUNCTION {view}_store() RETURNS trigger LANGUAGE plpgsql AS $store${self.body()}$store$"
        yield f"CREATE TRIGGER record_store INSTEAD OF INSERT OR UPDATE OR DELETE ON {view} FOR EACH ROW EXECUTE FUNCTION {view}_store()"
        if role := settings.DATABASE_APP_ROLE:
            standing, texts = self.standing._meta.db_table, self.texts._meta.db_table
            yield f'GRANT SELECT, INSERT, UPDATE, DELETE ON {view}, {standing}, {texts} TO "{role}"'
            yield f'GRANT USAGE, SELECT ON SEQUENCE {standing}_id_seq, {texts}_id_seq TO "{role}"'


def stored_models() -> Iterator[tuple[type[Model], Stored]]:
    for model in apps.get_models():
        if isinstance(stored := getattr(model, "stored", None), Stored):
            yield model, stored


def wrong_views(alias: str) -> list[str]:
    """Views that are not there or do not do exactly what they should."""
    return [versions._meta.db_table for versions, stored in stored_models() if not _is_right(alias, versions, stored)]


def put_views(alias: str, tables: Iterable[str]) -> None:
    """Make those that are not as they should be, each in one go, so that readers have the old one or the new one. A column of their
    tables that has to go takes its view away first."""
    for versions, stored in stored_models():
        if stored.standing._meta.db_table in tables and not _is_right(alias, versions, stored):
            with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
                for statement in stored.put(versions):
                    cursor.execute(statement)


def _is_right(alias: str, versions: type[Model], stored: Stored) -> bool:
    view = versions._meta.db_table
    with connections[alias].cursor() as cursor:
        cursor.execute(FOUND, [view])
        found = cursor.fetchone()
    trigger = f"{stored.body()}{view}_store{INSTEAD}O"
    return found is not None and _bare(found[0]) == _bare(stored.query(versions)) and found[1:] == ([trigger], False, 1)


def _bare(query: str) -> str:
    """Without what PostgreSQL writes for the eye."""
    return re.sub(r'[\s();"]', "", query)
