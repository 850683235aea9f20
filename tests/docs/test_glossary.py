"""``docs/glossary.md``: one term for one thing in each language, in the roadmap file, the catalogues and on the pages."""

from __future__ import annotations

import re
from functools import cache

import pytest
from django.utils.translation import override

from pages.glossary import GLOSSARY
from proposals.choices import STRENGTHS
from roadmap_file.reading import read
from tests.docs.test_guides import ROOT, page, rows, section
from tests.pages.test_pages import PAGES
from tests.roadmap_file.test_rk2030 import texts_of
from tools import messages

GUIDE = page("docs/glossary.md")
LANGUAGES = ("en", "ru", "kk")
WRITTEN_WRONGLY = {
    "en": {"quotes of another language": "[«»]", "a space before per cent": r"\d[ \u00a0]%(?!\()"},
    "ru": {
        "quotes of another language": "[“”]",
        "no space before per cent": r"\d%(?!\()",
        "ё": "[ёЁ]",
        "a long dash": "—",
        "two stops": r"г\.\.",
    },
    "kk": {"quotes of another language": "[“”]", "a space before per cent": r"\d[ \u00a0]%(?!\()", "a long dash": "—"},
}
HYPHEN_FOR_MINUS = re.compile(r"(?<![\w/.-])-\d")


def form(phrase: str) -> re.Pattern[str]:
    """``буын…`` finds every word that begins so; in ``code``, capital and small letters count."""
    words = r"\s+".join(re.escape(word).replace("…", r"\w*") for word in phrase.strip("`").split())
    return re.compile(rf"(?<!\w){words}(?!\w)", 0 if phrase.startswith("`") else re.IGNORECASE)


def stem(term: str) -> re.Pattern[str]:
    """A term in any of its forms: of each word all but its ending."""
    return re.compile(r"\s+".join(rf"{re.escape(word[: max(3, len(word) - 3)])}[\w’'-]*" for word in re.split(r"\s+", term)), re.IGNORECASE)


def refused() -> list[tuple[str, str]]:
    found = []
    for *_terms, others in rows(section(GUIDE, "Terms")):
        for part in others.split("; "):
            language, _, phrases = part.partition(": ")
            found += [(language, phrase) for phrase in phrases.split(", ")]
    return found


@cache
def texts() -> dict[str, list[str]]:
    """Of each language, what the roadmap file and the catalogues say in it; English is what the catalogues translate."""
    said: dict[str, list[str]] = {language: [] for language in LANGUAGES}
    for _path, one in texts_of(read((ROOT / "roadmap_file/data/RK2030.yaml").read_text(encoding="utf-8")).data):
        for language in LANGUAGES:
            said[language].append(one[language])
    for path in messages.files(ROOT):
        for message in messages.read(path):
            ids, strings = message.id, message.string
            said["en"] += [ids] if isinstance(ids, str) else list(ids)
            said[path.parent.parent.name] += [strings] if isinstance(strings, str) else list(strings)
    return {language: [text.replace("%%", "%") for text in found if text] for language, found in said.items()}


@pytest.mark.parametrize(("language", "phrase"), refused())
def test_no_other_name_of_a_thing_stands_in_the_file_or_the_catalogues(language, phrase):
    assert [text for text in texts()[language] if form(phrase).search(text)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_term_is_used(language):
    column = LANGUAGES.index(language)
    terms = [row[column] for row in rows(section(GUIDE, "Terms"))]
    assert [term for term in terms if not any(stem(term).search(text) for text in texts()[language])] == []


def words_of_the_pages(language: str) -> list[str]:
    with override(language):
        words = [term.word for group in GLOSSARY.values() for term in group.terms] + [word for _value, word in STRENGTHS]
        return [str(word) for word in words]


def test_words_of_states_and_dates_are_those_of_the_pages():
    found = [tuple(row) for row in rows(section(GUIDE, "Words of states and dates"))]
    assert found == list(dict.fromkeys(zip(*map(words_of_the_pages, LANGUAGES), strict=True)))


@pytest.mark.parametrize(("language", "fault"), [(language, fault) for language, faults in WRITTEN_WRONGLY.items() for fault in faults])
def test_texts_are_written_as_their_language_writes(language, fault):
    wrong = re.compile(WRITTEN_WRONGLY[language][fault])
    assert [text for text in texts()[language] if wrong.search(text)] == []


def visible(html: str) -> str:
    """What a page says in words of its own; what it quotes as printed says in which language that is."""
    html = re.sub(r"<(script|style|pre|code|svg|textarea)\b.*?</\1>", " ", html, flags=re.DOTALL)
    html = re.sub(r"<(\w+)[^>]* lang=\"\w+\"[^>]*>.*?</\1>", " ", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_keep_to_the_terms_and_to_the_way_of_writing(rk2030, client, language):
    phrases = [form(phrase) for of, phrase in refused() if of == language]
    wrong = [*phrases, *map(re.compile, WRITTEN_WRONGLY[language].values()), HYPHEN_FOR_MINUS]
    found = []
    for path in [*PAGES, "/milestones/SM-03/", "/proposals/SM/", "/proposals/EM/", "/indicators/IND-VICE-PM-AGE/"]:
        html = client.get(path, {"lang": language}).content.decode()
        said = visible(html.partition("<body")[2])
        found += [
            (path, pattern.pattern, said[max(0, hit.start() - 40) : hit.end() + 40]) for pattern in wrong if (hit := pattern.search(said))
        ]
    assert found == []
