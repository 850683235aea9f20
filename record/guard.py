"""Append-only tables, held by the database.

A model that says ``guard = Guard(…)`` gets triggers that refuse DELETE, TRUNCATE and every
UPDATE that the guard does not allow. They are put (back) after each ``migrate``, and a system
check looks for them, because a restore or a careless hand can lose them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Warning  # noqa: A004 - Django's name
from django.db import DEFAULT_DB_ALIAS, connections

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.db.models import Model


@dataclass(frozen=True)
class Guard:
    """What may still happen to a row.

    ``when``: SQL over ``OLD`` that says from when on the row is closed to changes; empty is from the start.
    ``open``: columns that may change all the same. ``fixed``: columns that stay even when the
    content is withheld. ``may_close``: an empty ``last`` may be filled once.
    """

    when: str = ""
    open: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    may_close: bool = False


FUNCTION = """
CREATE OR REPLACE FUNCTION record_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
DECLARE
    before jsonb;
    after jsonb;
    changed text[];
BEGIN
    IF TG_OP = 'UPDATE' THEN
        before := to_jsonb(OLD);
        after := to_jsonb(NEW);
        SELECT coalesce(array_agg(key), '{}') INTO changed FROM jsonb_each(after) AS field
        WHERE field.value IS DISTINCT FROM before -> field.key AND NOT field.key = ANY (string_to_array(TG_ARGV[0], ','));
        IF changed = '{}' THEN
            RETURN NEW;
        END IF;
        IF TG_ARGV[2] = 'may_close' AND changed = '{last}' AND before ->> 'last' IS NULL THEN
            RETURN NEW;
        END IF;
        IF before ? 'withheld' AND before ->> 'withheld' IS NULL AND after ->> 'withheld' IS NOT NULL
            AND NOT changed && string_to_array(TG_ARGV[1], ',') THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'the record is append-only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$guard$
"""
ROWS, WHOLE = "record_guard_rows", "record_guard_truncate"


def guarded_models() -> Iterator[type[Model]]:
    for model in apps.get_models():
        if isinstance(getattr(model, "guard", None), Guard):
            yield model


def triggers_for(model: type[Model]) -> list[str]:
    """The statements that put the guard on a model's table; they may run again."""
    guard: Guard = model.guard  # type: ignore[attr-defined]
    table = f'"{model._meta.db_table}"'
    generated = [field.attname for field in model._meta.concrete_fields if field.generated]
    arguments = ", ".join(
        f"'{value}'" for value in (",".join([*guard.open, *generated]), ",".join(guard.fixed), "may_close" if guard.may_close else "")
    )
    when = f"WHEN ({guard.when})" if guard.when else ""
    call = f"EXECUTE FUNCTION record_guard({arguments})"
    return [
        f"CREATE OR REPLACE TRIGGER {ROWS} BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW {when} {call}",
        f"CREATE OR REPLACE TRIGGER {WHOLE} BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {call}",
    ]


def put_guard(*, using: str = DEFAULT_DB_ALIAS, **_signal: object) -> None:
    """Install every trigger, and let the application's role read and write but own nothing.

    Connected to ``post_migrate`` of the last app, so that all tables exist.
    """
    connection = connections[using]
    tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        cursor.execute(FUNCTION)
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


def check_guard(*, databases: Sequence[str] | None = None, **_options: object) -> list[CheckMessage]:
    """System check ``record.W001``: a table of the record that the database does not guard.

    A warning, because ``migrate``, which puts the guard back, runs the checks first and stops at errors;
    ``verify_record`` counts it as a fault.
    """
    messages: list[CheckMessage] = []
    for alias in databases or []:
        with connections[alias].cursor() as cursor:
            cursor.execute(
                "SELECT c.relname, array_agg(t.tgname::text) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
                "LEFT JOIN pg_trigger t ON t.tgrelid = c.oid AND t.tgenabled <> 'D' "
                "WHERE n.nspname = current_schema() GROUP BY c.relname"
            )
            triggers = dict(cursor.fetchall())
        messages += [
            Warning(
                f"{model._meta.db_table} in {alias} can be changed and emptied: its append-only triggers are missing",
                hint="Run `manage.py migrate`, which puts them back, and then `manage.py verify_record`.",
                id="record.W001",
            )
            for model in guarded_models()
            if model._meta.db_table in triggers and not {ROWS, WHOLE} <= set(triggers[model._meta.db_table])
        ]
    return messages


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
