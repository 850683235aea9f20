"""docs/record.md against the record as it is written."""

from __future__ import annotations

import json
import re
from collections import defaultdict

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import translation

from milestones.event_words import EVENT_WORDS
from milestones.models import Milestone
from proposals.services import KINDS
from record.guard import guarded_models
from record.models import Event
from record.versions import version_models
from tests.docs.test_guides import blocks, flat, page, rows, section, words

GUIDE = page("docs/record.md")


def guarded() -> dict[str, str]:
    """What the page says is still allowed on each guarded table."""
    return {name: row[1] for row in rows(section(GUIDE, "The guard")) for name in words(row[0])}


def test_every_type_of_event_has_its_row_and_no_other_has() -> None:
    named = {name for row in rows(section(GUIDE, "Events")) for name in words(row[0])}
    assert named == set(EVENT_WORDS)
    assert {f"{kind}.{verb}" for kind in KINDS.values() for verb in ("added", "changed", "removed")} <= named


def test_the_keys_of_the_hashed_text_are_those_of_the_page(rk2030) -> None:
    named = {name for row in rows(section(GUIDE, "The chain")) for name in words(row[0])}
    assert named == set(json.loads(Event.objects.get().text))


def test_the_query_finds_the_chain_sound_and_notices_a_change(rk2030, now) -> None:
    from common.dates import PlannedDate
    from milestones.services import move_date
    from record.guard import lift_guard
    from record.services import open_change

    with open_change(now=now) as change:
        for year in ("2027", "2028"):
            move_date(change, Milestone.objects.get(code="SM-03"), field="due", to=PlannedDate.parse(year), category="political")
    (query,) = [block.text for block in blocks(GUIDE) if block.language == "sql"]
    with connection.cursor() as cursor:
        cursor.execute(query)
        assert cursor.fetchall() == [(1, True, True), (2, True, True), (3, True, True)]
        lift_guard()
        cursor.execute("UPDATE record_event SET text = replace(text, 'plan', 'plot') WHERE position = 2")
        cursor.execute("UPDATE record_event SET hash = encode(sha256(convert_to(text, 'UTF8')), 'hex') WHERE position = 2")
        cursor.execute(query)
        assert cursor.fetchall() == [(1, True, True), (2, True, True), (3, True, False)]


def test_every_guarded_table_has_its_row_and_no_other_has() -> None:
    assert set(guarded()) == {model._meta.db_table for model in guarded_models()}


def test_what_is_still_allowed_is_what_the_guards_allow() -> None:
    said = defaultdict(set)
    for model in guarded_models():
        said[guarded()[model._meta.db_table]].add((model.guard.since, model.guard.open, may_end(model.guard)))
    assert said == {
        "–": {((), (), "")},
        "closing the span, once": {((), (), "close")},
        "leaving, when no version says these words any more": {((), (), "go")},
        "counting what is outside of the record, so that pages are made anew": {((), ("touched",), "")},
        "everything until it is published": {(("state", "published"), (), "")},
        "everything until it is cited; then the archive address and the state of its link": {
            (("cited", "true"), ("archive_address", "link_state", "link_checked_at"), "")
        },
        "everything until its assessment is published": {(("sealed", "true"), (), "")},
    }


def may_end(guard) -> str:
    return "close" if guard.may_close else "go" if guard.may_go else ""


@pytest.mark.parametrize("table", [name for name, allowed in guarded().items() if not allowed.startswith("everything")])
def test_the_database_refuses_to_empty_a_guarded_table(db, table) -> None:
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {table} CASCADE")


def test_the_things_with_versions_are_those_of_the_page() -> None:
    (sentence,) = re.findall(r"([A-Z][^.]*) have versions\.", flat(section(GUIDE, "Versions")))
    named = {word.strip().lower() for part in sentence.split(",") for word in part.split(" and ")}
    with translation.override("en"):
        assert named == {str(model.of._meta.verbose_name_plural) for model in version_models()}


def test_one_transaction_may_take_several_positions_and_the_first_load_takes_one(rk2030, now) -> None:
    from common.dates import PlannedDate
    from milestones.services import move_date
    from record.services import open_change

    assert Event.objects.position() == 1
    with open_change(now=now) as change:
        for code in ("SM-03", "SM-04"):
            move_date(change, Milestone.objects.get(code=code), field="forecast", to=PlannedDate.parse("2029"), category="clarified")
    assert Event.objects.position() == 3
