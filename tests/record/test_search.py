"""Words are found whatever signs stand beside them and however their letters are put together, by an index."""

import unicodedata

import pytest
from django.db import connection

from milestones.models import MilestoneVersion
from pages.search import search
from record.moments import now as current_moment
from record.search import code_in, matching, words_in
from tests.factories import as_file, milestone, roadmap, texts
from tests.snapshot import load_once

pytestmark = pytest.mark.django_db
TITLES = {
    "PR-01": "«Форум» открыт", "PR-02": "Проект “Ковчег” готов", "PR-03": "Устав—принят…", "PR-04": "Отчёт №5", "PR-05": "Совет\u00a0дружбы",
    "PR-06": "Со\u00adглаше\u200bние", "PR-07": unicodedata.normalize("NFD", "Край йода"), "PR-08": "Ұлттық ‹кеңес› құрылды",
}  # fmt: skip


@pytest.fixture
def titled(now):
    load_once(as_file(roadmap(*(milestone(code, title=texts(title)) for code, title in TITLES.items()))), now=now)


def found(text):
    return [row.code for row in matching(MilestoneVersion.objects.as_of(current_moment()), text).order_by("code")]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("форум", "PR-01"), ("«форум»", "PR-01"), ("ковчег", "PR-02"), ("устав", "PR-03"), ("принят", "PR-03"), ("отчет", "PR-04"), ("отчёт", "PR-04"),
        ("5", "PR-04"), ("совет", "PR-05"), ("дружбы", "PR-05"), ("соглашение", "PR-06"), ("йода", "PR-07"), ("кеңес", "PR-08"),
        (unicodedata.normalize("NFD", "йода"), "PR-07"), (unicodedata.normalize("NFD", "Отчёт"), "PR-04"),
    ],
)  # fmt: skip
def test_a_word_is_found_whatever_stands_beside_it(titled, text, code):
    assert found(text) == [code]
    groups = {group.name: [row.code for row in group.rows] for group in search(text, current_moment()).groups}
    assert groups["milestones"] == [code]
    assert search(text, current_moment()).instead == ""


def test_quotes_do_not_stop_words_in_a_database_that_knows_only_ascii_letters(db):
    """That of `make run` is one; PostgreSQL there takes every other sign for a letter."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_tsvector('simple', record_plain(%s))", ["«слово» “word” ёж—еж"])
        (vector,) = cursor.fetchone()
    assert sorted(vector.replace("'", "").split()) == ["word:2", "еж:3,4", "слово:1"]


@pytest.mark.parametrize(
    ("text", "code"), [("sm-03", "SM-03"), ("SM", "SM"), ("форум", ""), ("a b", ""), ("%", ""), ("", ""), ("4.2", "4.2")]
)
def test_what_can_be_a_code(text, code):
    assert code_in(text) == code


def test_a_code_and_words_are_found_together_and_the_code_comes_first(rk2030):
    rows = matching(MilestoneVersion.objects.as_of(current_moment()), "af")
    assert {row.code for row in rows} >= {f"AF-0{number}" for number in range(8)}
    (group,) = [group for group in search("af-03", current_moment()).groups if group.name == "milestones"]
    assert group.rows[0].code == "AF-03"


def test_words_without_signs_of_a_query():
    assert words_in("«А» & !(b | 'c'):* \x00ёж со\u00adвет") == ["а", "b", "c", "еж", "совет"]


def test_the_index_of_words_is_used(rk2030):
    """Among some thousands of rows; PostgreSQL reads few of them faster whole."""
    columns = [
        field.column for field in MilestoneVersion._meta.concrete_fields if not field.generated and field.column not in {"id", "code"}
    ]
    names = ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO milestones_milestoneversion (code, {names}) SELECT 'ZZ-' || number, {names} "
            "FROM milestones_milestoneversion, generate_series(1, 4000) AS number WHERE code = 'HY-01'"
        )
        cursor.execute("SELECT gin_clean_pending_list('versiontexts_search')")
        cursor.execute("ANALYZE milestones_versiontexts, milestones_versionstanding")
    for text in ("forum", "sm-03", "стратегический механизм"):
        rows = matching(MilestoneVersion.objects.as_of(current_moment()), text)
        with connection.cursor() as cursor:
            sql, values = rows.query.sql_with_params()
            cursor.execute(f"EXPLAIN {sql}", values)
            plan = "\n".join(line for (line,) in cursor.fetchall())
        assert "versiontexts_search" in plan, text
        assert "Filter: ((search @@" not in plan, text


def test_the_rank_is_that_of_the_kept_words(rk2030, django_assert_max_num_queries):
    with django_assert_max_num_queries(30) as asked:
        search("forum", current_moment())
    ranked = [query["sql"] for query in asked if "ts_rank" in query["sql"]]
    assert ranked
    assert not [sql for sql in ranked if "ts_rank(to_tsvector" in sql]


@pytest.mark.parametrize("text", ["ко-председатель", "SM-77", "форум9"])
def test_what_is_short_or_has_figures_is_not_put_right_into_something_else(titled, text):
    results = search(text, current_moment())
    assert (results.instead, results.number) == ("", 0)


def test_a_slip_of_the_pen_is_still_put_right(titled):
    results = search("форумм", current_moment())
    assert [row.code for group in results.groups if group.name == "milestones" for row in group.rows] == ["PR-01"]


def test_a_code_with_one_figure_finds_the_milestone(titled):
    assert found("PR-3") == ["PR-03"]
    results = search("pr-3", current_moment())
    assert [row.code for group in results.groups if group.name == "milestones" for row in group.rows] == ["PR-03"]
