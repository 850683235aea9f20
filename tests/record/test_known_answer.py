"""A small record written out by hand. Its hashes were worked out once, from these literal texts with ``hashlib`` and nothing of ours:
what the program makes of the same two changes, and what it finds sound, may never be anything else.
"""

import datetime as dt
import hashlib
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

import pytest
from django.db import connection

from proposals.models import Organisation, OrganisationVersion
from proposals.services import keep_thing
from record.chain import FORMAT, canonical, empty, event_digest, event_text, hash_of, plain, row_digest
from record.guard import lift_guard, put_guard
from record.models import Event
from record.services import open_change
from record.verify import verify_record

FIRST_ROW = (
    '{"code":"RU-ONE","kind":"ministry","name_en":"Ministry","name_kk":"Министрлік","name_ru":"Министерство","order":0,"side":"RU",'
    '"updated_at":"2026-11-23T09:00:00.000000+00:00","version":1}'
)
SECOND_ROW = (
    '{"code":"RU-ONE","kind":"ministry","name_en":"Ministry of Steps","name_kk":"Министрлік","name_ru":"Министерство","order":0,"side":"RU",'
    '"updated_at":"2026-11-23T09:00:01.500000+00:00","version":2}'
)
FIRST_ROW_SALT = "11111111111111111111111111111111"
SECOND_ROW_SALT = "22222222222222222222222222222222"
FIRST_ROW_DIGEST = "3b6e4ec29e4c31741994184052625abfa53d268d0758d4598ae62411a9d2cad3"
SECOND_ROW_DIGEST = "1806bd3edc7b1e1150b05d6fd9dbd056be589d5d39c3b2dd824d754161a00e89"

FIRST_FACTS = (
    '{"actor":"An editor","closed":[],"data":{"code":"RU-ONE"},'
    '"opened":["3b6e4ec29e4c31741994184052625abfa53d268d0758d4598ae62411a9d2cad3"]}'
)
SECOND_FACTS = (
    '{"actor":"An editor","closed":["3b6e4ec29e4c31741994184052625abfa53d268d0758d4598ae62411a9d2cad3"],'
    '"data":{"code":"RU-ONE","fields":["name"]},"opened":["1806bd3edc7b1e1150b05d6fd9dbd056be589d5d39c3b2dd824d754161a00e89"]}'
)
FIRST_SALT = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
SECOND_SALT = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
FIRST_DIGEST = "b9d90c3c1bce1f8450d594f2ecfb90deaf81296cc37d7581acc5899327dd737a"
SECOND_DIGEST = "b299b4ca327ebff67a77f9649125c9f02c8aa91600cb4bca2e3274931b358556"

FIRST_TEXT = (
    '{"digest":"b9d90c3c1bce1f8450d594f2ecfb90deaf81296cc37d7581acc5899327dd737a","format":1,"id":"01900000-0000-7000-8000-000000000001",'
    '"milestone":"","occurred_at":"2026-11-23T09:00:00.000000+00:00","position":1,"previous":"","proposal":"","report":"",'
    '"type":"organisation.added"}'
)
SECOND_TEXT = (
    '{"digest":"b299b4ca327ebff67a77f9649125c9f02c8aa91600cb4bca2e3274931b358556","format":1,"id":"01900000-0000-7000-8000-000000000002",'
    '"milestone":"","occurred_at":"2026-11-23T09:00:01.500000+00:00","position":2,'
    '"previous":"37644b78c43b7b0f8ab4f38f5218debcba0c14b5643b3c840b55821a8cca368c","proposal":"","report":"","type":"organisation.changed"}'
)
FIRST_HASH = "37644b78c43b7b0f8ab4f38f5218debcba0c14b5643b3c840b55821a8cca368c"
SECOND_HASH = "9800d39b8a56b056c9c1b771fc1e6b553123d44033d126d978bf1f682baafdd0"

FIRST_UID, SECOND_UID = UUID("01900000-0000-7000-8000-000000000001"), UUID("01900000-0000-7000-8000-000000000002")
FIRST_MOMENT = dt.datetime(2026, 11, 23, 9, 0, 0, 0, tzinfo=dt.UTC)
SECOND_MOMENT = dt.datetime(2026, 11, 23, 9, 0, 1, 500000, tzinfo=dt.UTC)

WRITTEN_OUT = [
    """INSERT INTO proposals_organisation (code, "order", side, kind, name_ru, name_en, name_kk, short_name_ru, short_name_en, short_name_kk,
    planned, version, position, updated_at) VALUES ('RU-ONE', 0, 'RU', 'ministry', 'Министерство', 'Ministry of Steps', 'Министрлік', '', '', '',
    false, 2, 2, '2026-11-23 09:00:01.5+00')""",
    f"""INSERT INTO proposals_organisationversion (code, first, last, version, updated_at, salt, digest, "order", side, kind, name_ru, name_en,
    name_kk, short_name_ru, short_name_en, short_name_kk, planned, passages) VALUES ('RU-ONE', 1, 2, 1, '2026-11-23 09:00:00+00',
    '{FIRST_ROW_SALT}', '{FIRST_ROW_DIGEST}', 0, 'RU', 'ministry', 'Министерство', 'Ministry', 'Министрлік', '', '', '', false, '{{}}')""",
    f"""INSERT INTO proposals_organisationversion (code, first, last, version, updated_at, salt, digest, "order", side, kind, name_ru, name_en,
    name_kk, short_name_ru, short_name_en, short_name_kk, planned, passages) VALUES ('RU-ONE', 2, NULL, 2, '2026-11-23 09:00:01.5+00',
    '{SECOND_ROW_SALT}', '{SECOND_ROW_DIGEST}', 0, 'RU', 'ministry', 'Министерство', 'Ministry of Steps', 'Министрлік', '', '', '', false, '{{}}')""",
    f"""INSERT INTO record_event (position, uid, type, occurred_at, report, proposal, milestone, actor, data, salt, digest, text, previous, hash)
    VALUES (1, '{FIRST_UID}', 'organisation.added', '2026-11-23 09:00:00+00', '', '', '', 'An editor', '{{"code": "RU-ONE"}}',
    '{FIRST_SALT}', '{FIRST_DIGEST}', '{FIRST_TEXT}', '', '{FIRST_HASH}')""",
    f"""INSERT INTO record_event (position, uid, type, occurred_at, report, proposal, milestone, actor, data, salt, digest, text, previous, hash)
    VALUES (2, '{SECOND_UID}', 'organisation.changed', '2026-11-23 09:00:01.5+00', '', '', '', 'An editor',
    '{{"code": "RU-ONE", "fields": ["name"]}}', '{SECOND_SALT}', '{SECOND_DIGEST}', '{SECOND_TEXT}', '{FIRST_HASH}', '{SECOND_HASH}')""",
]  # fmt: skip
REHASHED = "hash = encode(sha256(convert_to({text}, 'UTF8')), 'hex')"
"""What a careful forger does after a change of the text."""
BROKEN = "position 2: the chain is broken"
NOT_THE_FACTS = "position 2: the facts or the versions of this event are not what was recorded"


class Word(StrEnum):
    ONE = "one"


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def sql(*statements):
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@pytest.fixture
def written_out(db):
    sql(*WRITTEN_OUT)


def rewritten(was, becomes):
    """A forged text of the second event, its hash worked out anew."""
    text = f"replace(text, '{was}', '{becomes}')"
    return f"text = {text}, {REHASHED.format(text=text)}"


def test_the_constants_agree_with_each_other():
    """Each is the plain SHA-256 of the text beside it."""
    assert sha256(FIRST_ROW_SALT + FIRST_ROW) == FIRST_ROW_DIGEST
    assert sha256(SECOND_ROW_SALT + SECOND_ROW) == SECOND_ROW_DIGEST
    assert sha256(FIRST_SALT + FIRST_FACTS) == FIRST_DIGEST
    assert sha256(SECOND_SALT + SECOND_FACTS) == SECOND_DIGEST
    assert (sha256(FIRST_TEXT), sha256(SECOND_TEXT)) == (FIRST_HASH, SECOND_HASH)


def test_texts_digests_and_hashes_of_the_chain_are_those_written_out():
    row = {"version": 1, "code": "RU-ONE", "order": 0, "side": "RU", "kind": "ministry", "updated_at": FIRST_MOMENT}
    row |= {
        "name_ru": "Министерство",
        "name_en": "Ministry",
        "name_kk": "Министрлік",
        "short_name_ru": "",
        "planned": False,
        "passages": [],
    }
    assert row_digest(FIRST_ROW_SALT, row) == FIRST_ROW_DIGEST
    data = {"fields": ["name"], "code": "RU-ONE"}
    found = event_digest(SECOND_SALT, actor="An editor", data=data, opened=[SECOND_ROW_DIGEST], closed=[FIRST_ROW_DIGEST])
    assert found == SECOND_DIGEST
    text = event_text(
        position=2,
        uid=SECOND_UID,
        type="organisation.changed",
        occurred_at=SECOND_MOMENT.astimezone(dt.timezone(dt.timedelta(hours=5))),
        report="",
        proposal="",
        milestone="",
        digest=SECOND_DIGEST,
        previous=FIRST_HASH,
    )
    assert (text, hash_of(text)) == (SECOND_TEXT, SECOND_HASH)


def test_the_codes_of_report_proposal_and_milestone_are_in_the_text_under_their_names():
    text = event_text(
        position=3, uid=FIRST_UID, type="t", occurred_at=FIRST_MOMENT, report="R", proposal="P", milestone="M", digest="d", previous="p"
    )
    assert text == (
        '{"digest":"d","format":1,"id":"01900000-0000-7000-8000-000000000001","milestone":"M","occurred_at":"2026-11-23T09:00:00.000000+00:00",'
        '"position":3,"previous":"p","proposal":"P","report":"R","type":"t"}'
    )


def test_versions_are_in_a_digest_in_one_order_however_they_were_written():
    one = event_digest("s", actor="", data={}, opened=["b", "a"], closed=["d", "c"])
    assert one == sha256('s{"actor":"","closed":["c","d"],"data":{},"opened":["a","b"]}')


@pytest.mark.django_db
def test_the_services_write_the_same_two_changes_so(monkeypatch):
    """What is left to chance is given; the rest is the ordinary way in."""
    chance = iter([FIRST_ROW_SALT, FIRST_SALT, SECOND_ROW_SALT, SECOND_SALT])
    names = iter([FIRST_UID, SECOND_UID])
    monkeypatch.setattr("record.services.secrets.token_hex", lambda _size: next(chance))
    monkeypatch.setattr("record.services.uuid7", lambda: next(names))
    one = Organisation(
        code="RU-ONE", side="RU", kind="ministry", name_ru="Министерство", name_en="Ministry", name_kk="Министрлік", position=0
    )
    one.updated_at = FIRST_MOMENT
    with open_change(by="An editor", now=FIRST_MOMENT) as change:
        one.save(force_insert=True)
        keep_thing(change, one, added=True)
    one.name_en = "Ministry of Steps"
    with open_change(by="An editor", now=SECOND_MOMENT) as change:
        one.save(update_fields=["name_en"])
        keep_thing(change, one, added=False, fields=["name"])
    rows = OrganisationVersion.objects.order_by("first").values_list("first", "last", "version", "salt", "digest")
    assert list(rows) == [(1, 2, 1, FIRST_ROW_SALT, FIRST_ROW_DIGEST), (2, None, 2, SECOND_ROW_SALT, SECOND_ROW_DIGEST)]
    events = Event.objects.order_by("position").values_list("digest", "text", "previous", "hash")
    assert list(events) == [(FIRST_DIGEST, FIRST_TEXT, "", FIRST_HASH), (SECOND_DIGEST, SECOND_TEXT, FIRST_HASH, SECOND_HASH)]
    assert verify_record() == []


@pytest.mark.django_db
def test_two_events_of_one_change_are_chained_like_any_others():
    with open_change(by="An editor", now=FIRST_MOMENT) as change:
        first, second = change.announce("one"), change.announce("two", data={"a": 1})
    assert (first.position, second.position, first.previous, second.previous) == (1, 2, "", sha256(first.text))
    assert second.digest == sha256(second.salt + '{"actor":"An editor","closed":[],"data":{"a":1},"opened":[]}')
    assert verify_record() == []


def test_the_record_written_out_is_sound(written_out):
    assert verify_record() == []


@pytest.mark.parametrize(
    ("forged", "faults"),
    [
        # One alone
        ("text = replace(text, '\"position\":2', '\"position\":3')", [BROKEN]),
        ("hash = repeat('0', 64)", [BROKEN]),
        ("previous = repeat('0', 64)", [BROKEN]),
        ("digest = repeat('0', 64)", [BROKEN, NOT_THE_FACTS]),
        ("type = 'organisation.removed'", [BROKEN]),
        ("uid = '01900000-0000-7000-8000-000000000009'", [BROKEN]),
        ("occurred_at = occurred_at + interval '1 microsecond'", [BROKEN]),
        ("report = 'X'", [BROKEN]),
        ("proposal = 'X'", [BROKEN]),
        ("milestone = 'X'", [BROKEN]),
        ("actor = 'X'", [NOT_THE_FACTS]),
        ('data = \'{"code": "RU-TWO"}\'', [NOT_THE_FACTS]),
        ("salt = repeat('0', 32)", [NOT_THE_FACTS]),
        # By somebody who knows how the hash is made: only what the text says, or what it is chained to, gives them away
        (rewritten("organisation.changed", "organisation.removed"), [BROKEN]),
        (f"previous = repeat('0', 64), {rewritten(FIRST_HASH, '0' * 64)}", [BROKEN]),
        (f"digest = repeat('0', 64), {rewritten(SECOND_DIGEST, '0' * 64)}", [NOT_THE_FACTS]),
    ],
)
def test_what_is_forged_in_an_event_is_named(written_out, forged, faults):
    lift_guard()
    sql(f"UPDATE record_event SET {forged} WHERE position = 2")
    put_guard()
    assert verify_record() == faults


def test_a_first_event_that_was_rewritten_whole_breaks_the_second(written_out):
    """Text and hash of it agree; the next one still says what it had been."""
    lift_guard()
    sql(
        f"UPDATE record_event SET type = 'organisation.removed', {rewritten('organisation.added', 'organisation.removed')} WHERE position = 1"
    )
    put_guard()
    assert verify_record() == [BROKEN]


def test_an_event_that_was_taken_out_of_a_chain_mended_since_is_missed(written_out):
    """All that is left fits together; only the number that nobody has gives it away."""
    lift_guard()
    renumbered = rewritten('"position":2', '"position":3')
    sql(
        f"UPDATE record_event SET position = 3, {renumbered} WHERE position = 2",
        "UPDATE proposals_organisationversion SET first = 3 WHERE first = 2",
        "UPDATE proposals_organisationversion SET last = 3 WHERE last = 2",
    )
    put_guard()
    assert verify_record() == ["position 3: expected 2, so events are missing"]


@pytest.mark.parametrize(
    ("forged", "faults"),
    [
        (
            "name_en = 'Forged' WHERE first = 2",
            ["proposals_organisationversion RU-ONE at 2: the content is not what was recorded",
             "proposals_organisation RU-ONE: differs from its current version in name_en"],
        ),
        ("last = 9 WHERE first = 1", [NOT_THE_FACTS, "position 9: versions were written without an event"]),
        ("first = 9 WHERE first = 2", [NOT_THE_FACTS, "position 9: versions were written without an event"]),
        ("salt = repeat('0', 32) WHERE first = 1", ["proposals_organisationversion RU-ONE at 1: the content is not what was recorded"]),
        (
            "digest = repeat('0', 64) WHERE first = 2",
            ["proposals_organisationversion RU-ONE at 2: the content is not what was recorded", NOT_THE_FACTS],
        ),
    ],
)  # fmt: skip
def test_what_is_forged_in_a_version_is_named(written_out, forged, faults):
    lift_guard()
    sql(f"UPDATE proposals_organisationversion SET {forged}")
    put_guard()
    assert verify_record() == faults


def test_a_version_of_what_is_not_there_is_named(written_out):
    sql("DELETE FROM proposals_organisation")
    assert verify_record() == ["proposals_organisationversion RU-ONE: a current version of a thing that is not there"]


def test_a_version_that_was_forged_with_its_digest_does_not_fit_its_event(written_out):
    lift_guard()
    text = SECOND_ROW_SALT + SECOND_ROW.replace("Ministry of Steps", "Forged")
    sql(
        f"UPDATE proposals_organisationversion SET name_en = 'Forged', digest = '{sha256(text)}' WHERE first = 2",
        "UPDATE proposals_organisation SET name_en = 'Forged'",
    )
    put_guard()
    assert verify_record() == [NOT_THE_FACTS]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (0, "0"),
        (-7, "-7"),
        ('Қ"\n', '"Қ\\"\\n"'),
        (dt.date(2026, 1, 2), '"2026-01-02"'),
        (dt.datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=dt.UTC), '"2026-01-02T03:04:05.000006+00:00"'),
        (Decimal("0.50"), '"0.5"'),
        (Decimal("1E+2"), '"100"'),
        (FIRST_UID, '"01900000-0000-7000-8000-000000000001"'),
        ({"b": [1, (2, "x")], "a": {3: None}}, '{"a":{"3":null},"b":[1,[2,"x"]]}'),
        ({"b": 0, 3: 1, None: 2}, '{"3":1,"None":2,"b":0}'),
        ([], "[]"),
    ],
)
def test_each_kind_of_value_has_one_text(value, text):
    assert canonical(value) == text


def test_what_a_text_of_the_record_cannot_hold_is_refused_by_its_kind():
    with pytest.raises(TypeError, match=r"^not a value of the record: float$"):
        canonical({"a": [0.1]})


def test_a_str_of_another_class_is_kept_as_a_plain_one():
    assert type(plain(Word.ONE)) is str
    assert canonical({"a": Word.ONE}) == '{"a":"one"}'


@pytest.mark.parametrize(
    ("value", "nothing"), [(None, True), (False, True), ("", True), ([], True), (0, False), (True, False), (" ", False)]
)
def test_what_a_column_says_nothing_with(value, nothing):
    assert empty(value) is nothing


def test_format_is_one():
    assert FORMAT == 1
