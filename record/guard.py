"""Append-only tables, held by the database.

A model that says ``guard = Guard(…)`` gets triggers that refuse DELETE, TRUNCATE and every
UPDATE that the guard does not allow. They are put (back) after each ``migrate``, and a system
check looks for them, because a restore or a careless hand can lose them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Warning  # noqa: A004 - Django's name
from django.db import DEFAULT_DB_ALIAS, connections

from record.stored import put_views, wrong_views

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from django.db.models import Model


@dataclass(frozen=True)
class Guard:
    """What may still happen to a row; all else about it is fixed.

    ``since``: the column and the value (as JSON has it) from which on the row is closed to changes; empty is from the start.
    ``open``: columns that may change all the same. ``may_close``: an empty ``last`` may be filled once, and only
    then may the row be withdrawn. ``may_go``: the row may be deleted; foreign keys hold it while something rests on it.
    ``stays``: a column and the value with which the row is never withdrawn.

    A model with a column ``withheld`` says in ``emptied()`` what a withdrawal leaves in which columns: that, exactly and whole,
    may be written once, together with the position that the record takes next.
    """

    since: tuple[str, str] | tuple[()] = ()
    open: tuple[str, ...] = ()
    may_close: bool = False
    may_go: bool = False
    stays: tuple[str, str] | tuple[()] = ()


BODY = """
DECLARE
    always_open CONSTANT text[] := string_to_array(TG_ARGV[0], ',');
    emptied CONSTANT jsonb := TG_ARGV[1];
    before jsonb := to_jsonb(OLD);
    after jsonb;
    changed text[];
BEGIN
    IF TG_LEVEL = 'ROW' AND TG_ARGV[3] <> '' AND before ->> TG_ARGV[3] IS DISTINCT FROM TG_ARGV[4] THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'DELETE' AND TG_ARGV[2] = 'may_go' THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        after := to_jsonb(NEW);
        SELECT coalesce(array_agg(key), '{}') INTO changed FROM jsonb_each(after) AS field
        WHERE field.value IS DISTINCT FROM before -> field.key AND NOT field.key = ANY (always_open);
        IF changed = '{}' THEN
            RETURN NEW;
        END IF;
        IF TG_ARGV[2] = 'may_close' AND changed = '{last}' AND before ->> 'last' IS NULL THEN
            RETURN NEW;
        END IF;
        IF 'withheld' = ANY (changed) AND before ->> 'withheld' IS NULL
            AND (TG_ARGV[2] <> 'may_close' OR before ->> 'last' IS NOT NULL)
            AND (TG_ARGV[5] = '' OR before ->> TG_ARGV[5] <> TG_ARGV[6])
            AND NOT EXISTS (SELECT FROM unnest(changed) AS name WHERE name <> 'withheld' AND NOT emptied ? name)
            AND NOT EXISTS (SELECT FROM jsonb_each(emptied) AS field WHERE field.value IS DISTINCT FROM after -> field.key)
            AND (after ->> 'withheld')::bigint = (SELECT coalesce(max(position), 0) + 1 FROM record_event) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'the record is append-only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
"""
FUNCTION = "CREATE OR REPLACE FUNCTION record_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = {schema}, pg_temp AS {body}"
"""With a path of its own: a temporary table or type of whoever writes would come before those of the record."""
ROWS, WHOLE = "record_guard_rows", "record_guard_truncate"


def guarded_models() -> Iterator[type[Model]]:
    """Those whose tables have a guard; behind a view it is on the tables that hold its rows."""
    for model in apps.get_models():
        if isinstance(getattr(model, "guard", None), Guard) and model._meta.managed:
            yield model


def arguments(model: type[Model]) -> list[str]:
    """What the triggers of a model's table tell the function."""
    guard: Guard = model.guard  # type: ignore[attr-defined]
    emptied: Callable[[], dict[str, object]] = getattr(model, "emptied", dict)
    generated = [field.attname for field in model._meta.concrete_fields if field.generated]
    return [
        ",".join([*guard.open, *generated]),
        json.dumps(emptied(), sort_keys=True),
        "may_close" if guard.may_close else "may_go" if guard.may_go else "",
        *(guard.since or ("", "")),
        *(guard.stays or ("", "")),
    ]


def triggers_for(model: type[Model]) -> list[str]:
    """The statements that put the guard on a model's table; they may run again."""
    table = f'"{model._meta.db_table}"'
    told = ", ".join(f"'{one}'" for one in arguments(model))
    call = f"EXECUTE FUNCTION record_guard({told})"
    return [
        f"CREATE OR REPLACE TRIGGER {ROWS} BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW {call}",
        f"CREATE OR REPLACE TRIGGER {WHOLE} BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {call}",
    ]


def put_guard(*, using: str = DEFAULT_DB_ALIAS, **_signal: object) -> None:
    """Install every trigger, and let the application's role read and write but own nothing.

    Connected to ``post_migrate`` of the last app, so that all tables exist.
    """
    connection = connections[using]
    tables = set(connection.introspection.table_names())
    put_views(using, tables)
    with connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(current_schema())")
        cursor.execute(FUNCTION.format(schema=cursor.fetchone()[0], body=f"$guard${BODY}$guard$"))
        for model in guarded_models():
            if model._meta.db_table in tables:
                for statement in triggers_for(model):
                    cursor.execute(statement)
        if role := settings.DATABASE_APP_ROLE:
            quoted = connection.ops.quote_name(role)
            cursor.execute(f"GRANT USAGE ON SCHEMA public TO {quoted}")
            cursor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {quoted}")
            cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {quoted}")


def lift_guard(*, using: str = DEFAULT_DB_ALIAS) -> None:
    """Take the triggers off. For tests of what is noticed when they are missing, and for nothing else."""
    with connections[using].cursor() as cursor:
        for model in guarded_models():
            for name in (ROWS, WHOLE):
                cursor.execute(f'DROP TRIGGER IF EXISTS {name} ON "{model._meta.db_table}"')


FOUND = """
    SELECT c.relname, t.tgname, t.tgtype, t.tgenabled, encode(t.tgargs, 'escape'), t.tgqual IS NULL AND t.tgattr::text = '',
        f.proname = 'record_guard' AND f.prosrc = %s AND f.proconfig = ARRAY['search_path=' || quote_ident(n.nspname) || ', pg_temp']
            AND l.lanname = 'plpgsql', c.relrowsecurity OR c.relhasrules
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_trigger t ON t.tgrelid = c.oid AND NOT t.tgisinternal
    LEFT JOIN pg_proc f ON f.oid = t.tgfoid
    LEFT JOIN pg_language l ON l.oid = f.prolang
    WHERE n.nspname = current_schema() AND c.relname = ANY(%s)
"""
"""Each trigger on the guarded tables as it is defined, and whether it calls our function with our text."""
ON_ROWS, ON_WHOLE = 2 | 1 | 8 | 16, 2 | 32
"""PostgreSQL's bits: before, each row, delete, update; before, truncate."""


def check_guard(*, databases: Sequence[str] | None = None, **_options: object) -> list[CheckMessage]:
    """System check ``record.W001``: a table of the record that the database does not guard, or a view that says something else,
    by definition and not only by name.

    A warning, because ``migrate``, which puts the guard back, runs the checks first and stops at errors;
    ``verify_record`` counts it as a fault.
    """
    return [
        Warning(
            f"{table} in {alias} can be changed and emptied: its append-only triggers are missing or not what they should be",
            hint="Run `manage.py migrate`, which puts them back, and then `manage.py verify_record`.",
            id="record.W001",
        )
        for alias in databases or []
        for table in (*_unguarded(alias), *wrong_views(alias))
    ]


def _unguarded(alias: str) -> list[str]:
    """Guarded tables that are there and lack a trigger, or have one that is not ours, a rule, or row security."""
    models = {model._meta.db_table: model for model in guarded_models()}
    found: dict[str, set[tuple[object, ...]]] = {}
    with connections[alias].cursor() as cursor:
        cursor.execute(FOUND, [BODY, list(models)])
        for table, *trigger in cursor.fetchall():
            found.setdefault(table, set()).add(tuple(trigger))
    wrong = []
    for table, triggers in found.items():
        told = "".join(f"{one}\\000" for one in arguments(models[table]))
        right = {(name, bits, "O", told, True, True, False) for name, bits in ((ROWS, ON_ROWS), (WHOLE, ON_WHOLE))}
        wrong += [table] if triggers != right else []
    return sorted(wrong)


def check_time_zone(*, databases: Sequence[str] | None = None, **_options: object) -> list[CheckMessage]:
    """System check ``record.W002``: the time zone is not the one that the installation was begun with."""
    if not databases or "record_installation" not in connections[DEFAULT_DB_ALIAS].introspection.table_names():
        return []
    begun = apps.get_model("record", "Installation")._default_manager.values_list("time_zone", flat=True).first()
    if begun in (None, settings.TIME_ZONE):
        return []
    return [
        Warning(
            f"TIME_ZONE is {settings.TIME_ZONE}, and the record was begun in {begun}: days of the past would end at another hour",
            hint=f"Set TIME_ZONE={begun} again.",
            id="record.W002",
        )
    ]
