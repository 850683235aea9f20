"""Citations as text, BibTeX, RIS and CSL-JSON, and the tags that a reference manager reads: the position is in each of them."""

import datetime as dt
import json
import re
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages.sharing.cards import Card
from pages.sharing.citing import as_bibtex, as_csl, as_ris, as_text, cited
from record.moments import Moment
from record.services import begin_installation
from roadmap_file.loading import load
from tests.factories import as_file, milestone, roadmap
from tests.pages.test_sharing import SHARED, head, move

ANY_TITLE = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40)
MOMENT = Moment(day=dt.date(2026, 11, 23), position=57)


@pytest.fixture(autouse=True)
def _day(time_machine, now):
    time_machine.move_to(now, tick=False)


def citation(title, **more):
    return cited(Card("milestone-SM-03", "/milestones/SM-03/", title, ""), MOMENT, sample=False, site="https://site.example", **more)


def fields_of_ris(text):
    lines = text.split("\r\n")
    assert lines[-1] == ""
    assert all(re.fullmatch(r"[A-Z][A-Z0-9]  - .*", line) for line in lines[:-1])
    assert (lines[0], lines[-2]) == ("TY  - ELEC", "ER  - ")
    return {line[:2]: line[6:] for line in lines[:-1]}


def fields_of_bibtex(text):
    """A strict reader of one entry: braces are balanced in each field, and no sign that means something to TeX is bare."""
    entry = re.fullmatch(r"@misc\{([A-Za-z0-9-]+),\n(.*)\}\n", text, re.DOTALL)
    fields = {}
    for line in entry[2].splitlines():
        name, value = re.fullmatch(r"  (\w+) = \{(.*)\},", line).groups()
        assert balanced(value), value
        if name != "url":
            assert not re.search(r"(?<!\\)[$&#%_^~]", value.replace(r"\textasciicircum{}", "").replace(r"\textasciitilde{}", "")), value
        fields[name] = value
    return entry[1], fields


def balanced(value):
    """As BibTeX counts them: with those behind a backslash, too."""
    depth = 0
    for sign in value:
        depth += {"{": 1, "}": -1}.get(sign, 0)
        if depth < 0:
            return False
    return depth == 0


@given(ANY_TITLE)
def test_no_title_breaks_a_format(title):
    one = citation(title)
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in title).split())
    assert json.loads(as_csl(one))[0].get("title", "") == line
    assert fields_of_ris(as_ris(one)).get("TI", "") == line
    assert fields_of_bibtex(as_bibtex(one))[1]["url"] == "https://site.example/milestones/SM-03/?at=57&as_of=2026-11-23"
    assert "\n" not in as_text(one)


def test_signs_of_tex_are_escaped():
    _key, fields = fields_of_bibtex(as_bibtex(citation(r"50 % of {A} & $B_1^2 ~ #3 \end")))
    assert fields["title"] == (
        r"{50 \% of \textbraceleft{}A\textbraceright{} \& \$B\_1\textasciicircum{}2 \textasciitilde{} \#3 \textbackslash{}end}"
    )


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["ru", "en", "kk"])
def test_a_citation_can_be_had_in_each_format_with_its_position(rk2030, client, language, settings):
    settings.PUBLISHER = "The institute"
    address = "http://localhost:8000/milestones/SM-03/?at=1&as_of=2026-11-23"
    title = re.search("<h1>(.*?)</h1>", client.get(f"/milestones/SM-03/?lang={language}").content.decode(), re.DOTALL)[1]
    title = " ".join(re.sub("<[^>]+>", "", title).split())
    answers = {ending: client.get(f"/cite/milestone-SM-03.{ending}?lang={language}") for ending in ("txt", "bib", "ris", "json")}
    for ending, answer in answers.items():
        assert answer["Content-Disposition"] == f'attachment; filename="roadmap-milestone-SM-03-1.{ending}"'
        assert answer.content.decode().count(address) == 1
        assert title in answer.content.decode()
    (item,) = json.loads(answers["json"].content)
    assert (item["version"], item["issued"], item["language"]) == ("1", {"date-parts": [[2026, 11, 23]]}, language)
    assert item["author"] == [{"literal": "The institute"}]
    assert "1" in item["note"]
    ris = fields_of_ris(answers["ris"].content.decode())
    assert (ris["PY"], ris["DA"], ris["UR"], ris["AU"]) == ("2026", "2026/11/23/", address, "The institute,")
    key, bib = fields_of_bibtex(answers["bib"].content.decode())
    assert (key, bib["version"], bib["date"], bib["author"]) == ("roadmap-milestone-SM-03-1", "1", "2026-11-23", "{The institute}")
    text = answers["txt"].content.decode().strip()
    assert text.startswith(f"{title}. The institute, ")
    assert text in " ".join(re.sub("<[^>]+>", "", client.get(f"/milestones/SM-03/?lang={language}").content.decode()).split()).replace(
        "http://testserver", "http://localhost:8000"
    ).replace("&amp;", "&")


@pytest.mark.django_db
@pytest.mark.parametrize("path", SHARED)
def test_a_reference_manager_reads_the_page(rk2030, client, path, settings):
    settings.PUBLISHER = "The institute"
    for query, position in (("", 1), ("&at=1&as_of=2026-11-23", 1)):
        meta = head(client, f"{path}?lang=en{query}").meta
        exact = f"http://localhost:8000{path}?at={position}&as_of=2026-11-23"
        assert meta["citation_public_url"] == meta["DC.identifier"] == exact
        assert meta["citation_title"] == meta["DC.title"] == meta["og:title"]
        assert meta["citation_publication_date"] == "2026/11/23"
        assert meta["DC.date"] == "2026-11-23"
        assert meta["citation_author"] == meta["DC.creator"] == "The institute"
        assert meta["citation_language"] == meta["DC.language"] == "en"
        assert meta["DC.description"] == "position 1"


@pytest.mark.django_db
def test_a_citation_of_the_past_names_that_position(rk2030, client, now):
    move("SM-03", "2027-Q2", now)
    assert "?at=2&as_of=2026-11-23" in client.get("/cite/milestone-SM-03.txt").content.decode()
    then = client.get("/cite/milestone-SM-03.ris?at=1&lang=en").content.decode()
    assert fields_of_ris(then)["ET"] == "position 1"
    assert "at=1&as_of=2026-11-23" in then


@pytest.mark.django_db
def test_a_citation_of_a_demonstration_says_so_in_the_title(client, now):
    begin_installation(now=now, time_zone="UTC", sample=True)
    load(as_file(roadmap(milestone("PR-01"))), now=now)
    for ending in ("txt", "bib", "ris", "json"):
        assert "[Sample data] PR-01" in client.get(f"/cite/milestone-PR-01.{ending}?lang=en").content.decode()
    assert head(client, "/milestones/PR-01/?lang=en").meta["citation_title"].startswith("[Sample data] PR-01")


@pytest.mark.django_db
def test_the_page_on_citing_shows_the_bibtex_that_there_is(rk2030, client):
    from html import unescape

    shown = re.search("<pre class=.cite.><code>(.*?)</code>", client.get("/about/cite/?lang=en").content.decode(), re.DOTALL)[1]
    assert fields_of_bibtex(unescape(shown))[1]["url"] == "http://testserver/?at=1&as_of=2026-11-23"


def test_an_empty_record_is_cited_without_a_position():
    empty = SimpleNamespace(position=0, day=dt.date(2026, 11, 23))
    one = cited(Card("overview", "/", "The site", ""), empty, sample=False, site="https://site.example/")
    assert one.address == "https://site.example/"
