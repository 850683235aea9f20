"""A forger at the database: every column of every guarded table, as the application's role and as the owner of the tables.

As the application's role each try is refused, alone and dressed up as a withdrawal. The owner can write what they like, and
``verify_record`` finds it.
"""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction

from common.dates import PlannedDate
from milestones.models import Assessment, Evidence, Milestone
from milestones.services import (
    add_evidence,
    move_date,
    open_round,
    publish_round,
    set_baseline,
    stage,
    translate,
)
from milestones.withdrawing import withdraw
from proposals.models import Indicator, Report, Risk
from proposals.services import assess_risk, record_value
from record.guard import guarded_models, lift_guard
from record.models import Event, Spanned
from record.services import open_change
from record.verify import verify_record
from tests.docs.test_guides import page, rows, section, words
from tests.factories import as_file, milestone, roadmap
from tests.people import person, published, recorded
from tests.snapshot import Snapshot, load_once

pytestmark = pytest.mark.django_db
MODELS = sorted(guarded_models(), key=lambda model: model._meta.db_table)
OTHER = {
    "AutoField": "coalesce({0}, 0) + 1000000",
    "BigAutoField": "coalesce({0}, 0) + 1000000",
    "BigIntegerField": "coalesce({0}, 0) + 1000000",
    "PositiveBigIntegerField": "{0} + 1",
    "IntegerField": "coalesce({0}, 0) + 1",
    "PositiveIntegerField": "coalesce({0}, 0) + 1",
    "PositiveSmallIntegerField": "coalesce({0}, 0) + 1",
    "DecimalField": "coalesce({0}, 0) + 1",
    "BooleanField": "NOT {0}",
    "DateField": "coalesce({0}, date '2031-01-01') - 1",
    "DateTimeField": "coalesce({0}, timestamptz '2031-01-01') - interval '1 day'",
    "BinaryField": "decode(repeat('ab', 32), 'hex')",
    "UUIDField": "gen_random_uuid()",
    "JSONField": "'{{\"forged\": 1}}'",
    "ArrayField": "(CASE WHEN {0}::text = '{{}}' THEN '{{7}}' ELSE '{{}}' END)::{1}",
}
NEXT = "(SELECT max(position) + 1 FROM record_event)"
PAST = "(SELECT max(position) FROM record_event WHERE type = 'record.withheld')"
WITHDRAWABLE = [model for model in MODELS if hasattr(model, "emptied")]
ELSE = "CASE {0} WHEN 'a' THEN 'b' ELSE 'a' END"


OF_THE_LOG = {"record_tile", "record_checkpoint"}
"""Written only where something is signed: tests/record/log forges them."""


def of_work() -> dict[str, set[str]]:
    """Columns of the work behind the record, which docs/record.md names: no public answer rests on them, and nothing covers them."""
    named = rows(section(page("docs/record.md"), "Verifying"))
    return {table: set(words(row[1])) for row in named for table in words(row[0])}


def other(column) -> str:
    """SQL for a value that the column does not have now."""
    kind = column.target_field.get_internal_type() if column.is_relation else column.get_internal_type()
    value = OTHER.get(kind, ELSE).format(f'"{column.column}"', column.db_type(connection))
    if column.is_relation:
        table = column.related_model._meta.db_table
        return f'coalesce((SELECT max(id) FROM "{table}" AS others WHERE others.id IS DISTINCT FROM "{column.column}"), {value})'
    return value


MADE = Snapshot()


@pytest.fixture
def record(now, time_machine, django_capture_on_commit_callbacks):
    """A record in which every guarded table has rows, closed, current and withdrawn."""
    time_machine.move_to(now, tick=False)
    if MADE.tables:
        MADE.put()
    else:
        make(now, django_capture_on_commit_callbacks)
        MADE.take()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert verify_record() == []


def make(now, django_capture_on_commit_callbacks):
    load_once(as_file(roadmap(milestone("PR-01"), milestone("PR-02"))), now=now)
    analyst, editor = person("analyst", "forgers", remit=["*"]), person("editor", "forged")
    with open_change(by=analyst.actor) as change:
        sources = [
            add_evidence(
                change,
                by=analyst,
                values={"title": f"T{n}", "kind": "official", "publisher": "P"},
                file=SimpleUploadedFile(f"{n}.txt", b"a%d" % n),
            )
            for n in (1, 2)
        ]
    for source, code in zip(sources, ("PR-01", "PR-02"), strict=True):
        published(code, analyst, editor, now=now, evidence=[(source, "supports")], summary="Said")
    one = recorded("PR-02", analyst, now=now, summary="Again", evidence=[(sources[1], "supports")])
    report = Report.objects.get()
    with open_change(by=editor.actor, now=now) as change:
        round_ = open_round(change, name="Round", by=editor)
        stage(change, round_, [one], by=editor)
        publish_round(change, round_, by=editor)
        set_baseline(change, report, name="Second", by=editor)
        for year in ("2028", "2029"):
            moved = PlannedDate.parse(year)
            move_date(change, Milestone.objects.get(code="PR-02"), field="due", to=moved, category="external", note="n", by=editor)
            assess_risk(change, Risk.objects.get(), likelihood=3, impact=3, note="n", by=editor)
        for year in ("2024", "2025"):
            measured, indicator = PlannedDate.parse(year), Indicator.objects.get()
            record_value(change, indicator, measured=measured, value=Decimal(3), by=editor, source_title="S", note="n")
        for said in Assessment.objects.filter(state="published", summary="Said"):
            translate(change, said, language="ru", summary="Сказано", by=editor)
    with django_capture_on_commit_callbacks(execute=True), open_change(by=editor.actor, now=now) as change:
        withdraw(change, Assessment.objects.filter(state="published", milestone__code="PR-01").get(), by=editor, reason="libel")
        withdraw(change, Evidence.objects.get(title="T1"), by=editor, reason="libel")
        withdraw(change, Milestone.objects.get(code="PR-02"), by=editor, reason="libel")


def tried(sql: str) -> str:
    """What came of it, undone again: ``refused``, ``found`` with what verify says (but for triggers that are off), or ``unseen``."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(sql)
                assert cursor.rowcount > 0, f"nothing to forge: {sql}"
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            found = [fault for fault in verify_record() if "append-only triggers" not in fault]
            transaction.set_rollback(True)
    except DatabaseError as refused:
        return f"refused: {refused}"
    return f"found: {found}" if found else "unseen"


def some(table: str, rows: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT EXISTS (SELECT FROM "{table}" WHERE {rows})')
        return bool(cursor.fetchone()[0])


def closed(model) -> str:
    """Rows of it that are closed to changes."""
    guard = model.guard
    return f"{guard.since[0]}::text = '{guard.since[1]}'" if guard.since else "true"


def literal(value: object) -> str:
    return {"": "''", None: "NULL"}.get(value, "'{}'") if not isinstance(value, dict) else "'{}'"


def name_of(model) -> str:
    return model._meta.db_table


def setting(values: dict[str, str]) -> str:
    return ", ".join(f'"{name}" = {value}' for name, value in values.items())


@pytest.mark.parametrize("model", MODELS, ids=name_of)
def test_the_application_s_role_is_refused(record, model):
    """Each column alone; and each one dressed up as a withdrawal, of now or of an earlier one."""
    table = name_of(model)
    emptied = {name: literal(value) for name, value in model.emptied().items()} if model in WITHDRAWABLE else None
    for column in (one for one in model._meta.concrete_fields if not one.generated and one.column not in model.guard.open):
        these = closed(model) + (" AND last IS NOT NULL" if model.guard.may_close and column.column == "last" else "")
        tries = [{column.column: other(column)}]
        if emptied is not None and column.column != "withheld":
            tries += [emptied | {"withheld": position, column.column: other(column)} for position in (NEXT, PAST)]
        for values in tries if some(table, these) else ():
            said = tried(f'UPDATE "{table}" SET {setting(values)} WHERE {these}')
            assert "append-only" in said, (values, said)


@pytest.mark.parametrize("model", WITHDRAWABLE, ids=name_of)
def test_a_withdrawal_that_nobody_made_is_refused_or_found(record, model):
    """By the position that comes next the database lets it through, once and only whole, and no event says it; by an earlier one never."""
    table, emptied = name_of(model), {name: literal(value) for name, value in model.emptied().items()}
    stands = f"{closed(model)} AND withheld IS NULL"
    spared = "last IS NULL" if issubclass(model, Spanned) else "type = 'record.withheld'" if model is Event else "false"
    ready = f"{stands} AND NOT ({spared})"
    for position, these in ((PAST, stands), (NEXT, f"{stands} AND {spared}")):
        if some(table, these):
            assert "append-only" in tried(f'UPDATE "{table}" SET {setting(emptied | {"withheld": position})} WHERE {these}')
    if not some(table, ready):
        return
    assert "which is no withdrawal" in tried(f'UPDATE "{table}" SET {setting(emptied | {"withheld": NEXT})} WHERE {ready}')
    for name in emptied:
        these = f'{ready} AND "{name}" IS DISTINCT FROM {emptied[name]}'
        partly = {one: value for one, value in emptied.items() if one != name} | {"withheld": NEXT}
        if some(table, these):
            assert "append-only" in tried(f'UPDATE "{table}" SET {setting(partly)} WHERE {these}'), name


@pytest.mark.parametrize("model", MODELS, ids=name_of)
def test_what_the_owner_of_the_tables_writes_is_found(record, model):
    """Column by column, in rows that stand and in rows that were withdrawn; and rows that are taken away."""
    table, unseen, apart = name_of(model), [], of_work()
    lift_guard()
    for column in model._meta.concrete_fields:
        if column.generated or column.primary_key or column.column in apart.get(table, ()):
            continue
        for which in ("withheld IS NULL", "withheld IS NOT NULL") if model in WITHDRAWABLE else ("true",):
            these = f"{closed(model)} AND {which}"
            if some(table, these) and tried(f'UPDATE "{table}" SET "{column.column}" = {other(column)} WHERE {these}') == "unseen":
                unseen.append((column.column, which))
    assert not unseen
    assert some(table, closed(model)) == (table not in OF_THE_LOG)
    if table not in OF_THE_LOG:
        assert tried(f'DELETE FROM "{table}" WHERE {closed(model)}') != "unseen"


@pytest.mark.parametrize("model", WITHDRAWABLE, ids=name_of)
def test_a_table_that_somebody_calls_like_the_events_is_not_asked_which_position_comes_next(record, model):
    """A temporary one comes before all others, unless it is said otherwise."""
    table, ready = name_of(model), f"{closed(model)} AND withheld IS NULL" + (" AND last IS NOT NULL" if model.guard.may_close else "")
    if table == name_of(Event) or not some(table, ready):
        return
    emptied = {name: literal(value) for name, value in model.emptied().items()}
    lawful = Event.objects.filter(type="record.withheld").latest("position").position
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE record_event ON COMMIT DROP AS SELECT {lawful - 1} AS position")
    assert "append-only" in tried(f'UPDATE "{table}" SET {setting(emptied | {"withheld": str(lawful)})} WHERE {ready}')


VIEW = "milestones_milestoneversion"
FUNCTION_OFF = "CREATE OR REPLACE FUNCTION record_guard() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
ROWS_ON_EVENTS = "CREATE OR REPLACE TRIGGER record_guard_rows BEFORE UPDATE OR DELETE ON record_event FOR EACH ROW"
CALL = "EXECUTE FUNCTION record_guard('', '{\"actor\": \"\", \"data\": {}, \"salt\": \"\"}', '', '', '', 'type', 'record.withheld')"


@pytest.mark.parametrize(
    "statement",
    [
        FUNCTION_OFF,
        f"{ROWS_ON_EVENTS} WHEN (false) {CALL}",
        f"{ROWS_ON_EVENTS} {CALL.replace('actor', 'type')}",
        f"{ROWS_ON_EVENTS.replace('UPDATE OR DELETE', 'DELETE')} {CALL}",
        f"{ROWS_ON_EVENTS.replace('UPDATE OR', 'UPDATE OF salt OR')} {CALL}",
        "ALTER TABLE record_event DISABLE TRIGGER record_guard_rows",
        "ALTER TABLE record_event ENABLE REPLICA TRIGGER record_guard_truncate",
        "DROP TRIGGER record_guard_truncate ON milestones_planchange",
        "CREATE RULE forged AS ON UPDATE TO milestones_planchange DO INSTEAD NOTHING",
        "ALTER TABLE milestones_assessment ENABLE ROW LEVEL SECURITY",
        "ALTER FUNCTION record_guard() SET search_path = pg_temp",
        "ALTER FUNCTION record_guard() RESET search_path",
        f"CREATE OR REPLACE FUNCTION {VIEW}_store() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        f"ALTER FUNCTION {VIEW}_store() SET search_path = pg_temp",
        f"DROP TRIGGER record_store ON {VIEW}",
        f"CREATE RULE forged AS ON UPDATE TO {VIEW} DO INSTEAD NOTHING",
        f"ALTER VIEW {VIEW} RENAME TO forged; CREATE VIEW {VIEW} AS SELECT * FROM forged WHERE status <> 'missed'",
    ],
)
def test_a_guard_that_is_not_what_it_should_be_is_found(record, statement):
    """Definitions are compared, not names; ``migrate`` puts it right, but for a rule, which only its owner can take away."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
    assert any("append-only triggers" in fault for fault in verify_record())


def test_the_definition_in_the_test_above_is_the_one_in_use(record):
    with connection.cursor() as cursor:
        cursor.execute(f"{ROWS_ON_EVENTS} {CALL}")
    assert verify_record() == []


ANOTHER_JUDGEMENT = "INSERT INTO proposals_riskassessment (risk_id, likelihood, impact, assessed_on, note, by, position, salt, digest)"
ANOTHER_BASELINE = "INSERT INTO milestones_baseline (report_id, name, set_at, position)"


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM record_installation",
        "UPDATE milestones_baseline SET name = 'Forged' WHERE name = 'Second'",
        "UPDATE milestones_baseline SET name = 'Forged' WHERE name <> 'Second'",
        "DELETE FROM milestones_baselinedate WHERE baseline_id = (SELECT min(id) FROM milestones_baseline)",
        f"{ANOTHER_JUDGEMENT} SELECT risk_id, 1, 1, assessed_on, '', '', 1, '', '' FROM proposals_riskassessment LIMIT 1",
        f"{ANOTHER_BASELINE} SELECT report_id, 'Forged', set_at, 2 FROM milestones_baseline LIMIT 1",
        f"{ANOTHER_BASELINE} SELECT report_id, 'Forged', set_at, position FROM milestones_baseline ORDER BY id LIMIT 1",
        "UPDATE record_event SET data = jsonb_set(data, '{rows,0}', '\"milestones_planchange:1\"') WHERE type = 'record.withheld'",
    ],
)
def test_other_things_that_an_owner_might_do_are_found(record, statement):
    lift_guard()
    assert tried(statement).startswith("found")


def test_an_event_that_withdraws_itself_is_not_believed(record):
    """It would need nobody to vouch for what it says."""
    lift_guard()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE record_event SET withheld = position, actor = '', salt = '' WHERE type = 'record.withheld'")
    assert any("which is no withdrawal" in fault for fault in verify_record())
