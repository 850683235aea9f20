"""The ``.mo`` files answer through gettext as those of ``msgfmt`` would, and what is wrong with a catalogue is named."""

from __future__ import annotations

import gettext
import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from babel.messages.pofile import PoFileError

from tests.machine import needs
from tools import messages

if TYPE_CHECKING:
    from pathlib import Path

RUSSIAN = r"""# A comment
#, fuzzy
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\n"
"Plural-Forms: nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);\n"

#: somewhere.py:1
msgid "Milestone"
msgstr "Веха"

msgctxt "month"
msgid "May"
msgstr "май"

msgctxt "verb"
msgid "May"
msgstr "может"

#, python-format
msgid "%(count)s milestone"
msgid_plural "%(count)s milestones"
msgstr[0] "%(count)s веха"
msgstr[1] "%(count)s вехи"
msgstr[2] "%(count)s вех"

msgid ""
"A long text, "
"in two lines\n"
msgstr ""
"Длинный \"текст\",\n"
"с табуляцией\tи косой \\\n"

#, fuzzy
#| msgid "Old"
msgid "Guessed"
msgstr "Угадано"

msgid "Not translated"
msgstr ""

msgid "Half"
msgid_plural "Halves"
msgstr[0] "Половина"
msgstr[1] ""
msgstr[2] ""

#, fuzzy
#~ msgid "Gone"
#~ msgstr "Было"

msgid "After an obsolete one"
msgstr "После"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    file = tmp_path / "locale" / "ru" / "LC_MESSAGES" / "django.po"
    file.parent.mkdir(parents=True)
    file.write_text(RUSSIAN, encoding="utf-8")
    return tmp_path


@pytest.fixture
def russian(project: Path) -> gettext.NullTranslations:
    messages.compile_all(project)
    return gettext.translation("django", project / "locale", ["ru"])


def test_texts_are_translated(russian: gettext.NullTranslations) -> None:
    assert russian.gettext("Milestone") == "Веха"
    assert russian.gettext("After an obsolete one") == "После"


def test_context_tells_equal_texts_apart(russian: gettext.NullTranslations) -> None:
    assert russian.pgettext("month", "May") == "май"
    assert russian.pgettext("verb", "May") == "может"
    assert russian.gettext("May") == "May"


@pytest.mark.parametrize(("number", "form"), [(1, "веха"), (2, "вехи"), (5, "вех"), (11, "вех"), (21, "веха")])
def test_plural_forms_follow_the_header(russian: gettext.NullTranslations, number: int, form: str) -> None:
    assert russian.ngettext("%(count)s milestone", "%(count)s milestones", number) == f"%(count)s {form}"


def test_texts_over_several_lines_and_escapes(russian: gettext.NullTranslations) -> None:
    assert russian.gettext("A long text, in two lines\n") == 'Длинный "текст",\nс табуляцией\tи косой \\\n'


@pytest.mark.parametrize("text", ["Guessed", "Not translated", "Gone"])
def test_fuzzy_missing_and_obsolete_ones_are_left_out(russian: gettext.NullTranslations, text: str) -> None:
    assert russian.gettext(text) == text


def test_the_catalogue_is_that_of_msgfmt(project: Path, russian: gettext.NullTranslations) -> None:
    source = project / "locale" / "ru" / "LC_MESSAGES" / "django.po"
    theirs = project / "theirs.mo"
    needs("gettext")
    subprocess.run(["msgfmt", "-o", theirs, source], check=True)
    with theirs.open("rb") as file:
        expected = gettext.GNUTranslations(file)
    for text in ("Milestone", "After an obsolete one", "A long text, in two lines\n", "Not translated", "Guessed"):
        assert russian.gettext(text) == expected.gettext(text)


def test_what_is_up_to_date_is_not_compiled_again(project: Path) -> None:
    assert len(messages.compile_all(project)) == 1
    assert messages.compile_all(project) == []


def test_what_has_changed_is_compiled_again(project: Path) -> None:
    [made] = messages.compile_all(project)
    later = made.stat().st_mtime + 10
    os.utime(made.with_suffix(".po"), (later, later))
    assert messages.compile_all(project) == [made]


def test_nothing_is_left_beside_the_catalogue(project: Path) -> None:
    [made] = messages.compile_all(project)
    assert {path.name for path in made.parent.iterdir()} == {"django.po", "django.mo"}


def test_each_fault_is_named_with_its_line(project: Path) -> None:
    found = messages.faults(project / "locale" / "ru" / "LC_MESSAGES" / "django.po")
    assert [fault.rpartition(": ")[2] for fault in found[:3]] == [
        "'Guessed' is marked fuzzy",
        "'Not translated' is not translated",
        "('Half', 'Halves') is not translated",
    ]
    line = RUSSIAN.splitlines().index('msgid "Guessed"') + 1
    assert f":{line}: " in found[0]


HEADER = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"

"""


@pytest.mark.parametrize(
    ("flag", "text", "translation", "is_fault"),
    [
        ("python-format", "%(name)s is late", "%(name)s опаздывает", False),
        ("python-format", "%(name)s is late", "%(nom)s опаздывает", True),
        ("python-format", "%(name)s is late", "опаздывает", True),
        ("python-brace-format", "{name} is late", "{name} опаздывает", False),
        ("python-brace-format", "{name} is late", "{nom} опаздывает", True),
        ("no-python-format", "100 %(x)", "100 процентов", False),
        ("no-wrap", "one line\\n", "строка", True),
        ("no-wrap", "open", 'from " here', True),
    ],
)
def test_placeholders_and_ends_of_lines_must_agree(tmp_path: Path, flag: str, text: str, translation: str, is_fault: bool) -> None:
    needs("gettext")
    file = tmp_path / "ru" / "LC_MESSAGES" / "x.po"
    file.parent.mkdir(parents=True)
    file.write_text(f'{HEADER}#, {flag}\nmsgid "{text}"\nmsgstr "{translation}"\n', encoding="utf-8")
    assert bool(messages.said_by_msgfmt(file)) == is_fault


@pytest.mark.parametrize("content", ["msgid x\n", 'nonsense\nmsgid "x"\n'])
def test_a_broken_file_is_named_with_its_line(tmp_path: Path, content: str) -> None:
    file = tmp_path / "ru" / "LC_MESSAGES" / "x.po"
    file.parent.mkdir(parents=True)
    file.write_text(content)
    with pytest.raises(PoFileError, match=r"on [01]"):
        messages.read(file)


def test_texts_that_the_code_has_and_a_catalogue_has_not_are_named(tmp_path: Path) -> None:
    ours, fresh = (tmp_path / name / "ru" / "LC_MESSAGES" / "x.po" for name in ("ours", "fresh"))
    for path, text in ((ours, "old"), (fresh, "new")):
        path.parent.mkdir(parents=True)
        path.write_text(f'{HEADER}msgid "kept"\nmsgstr ""\n\nmsgid "{text}"\nmsgstr ""\n')
    assert [line.partition(": ")[2] for line in messages.differences(ours, fresh)] == [
        "'new' is missing; run `make messages`",
        "'old' is no longer used; run `make messages`",
    ]
