"""What may stand in a text, whichever door it comes in by; what a spreadsheet would run; passwords in addresses."""

import importlib
import pkgutil

import pytest
from django import forms
from django.apps import apps
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models
from rest_framework import serializers

from common import text
from common.api.inputs import Address, Input, Text
from common.fields import AddressField, LineField, LinesField
from common.forms import AddressField as AddressFormField
from common.forms import OneLineField, TextField
from common.sheets import harmless
from milestones.api.writing import MilestoneInput
from milestones.models import Milestone
from milestones.spreadsheets.tables import read_table, text_of, write_table
from roadmap_file import checking
from roadmap_file.reading import BadFile
from tests.factories import as_file, milestone, roadmap

OURS = ("accounts", "common", "exports", "milestones", "notifications", "pages", "proposals", "record", "roadmap_file")
UNSEEN = ["\u200b\u2060", "\u3164", "\u2800\u00ad", "\u0301", "\U000e0041", "\ufeff\u00a0", "\u2065\ufff0", "\U000e0000\U000e0fff"]
BAD = [("a\x00b", "control_character"), ("a\x07b", "control_character"), ("a\x9bb", "control_character")]
BAD += [(f"pay{sign}fdp.exe", "turns_direction") for sign in "\u202a\u202e\u2066\u2069"]
BAD += [(unseen, "invisible") for unseen in UNSEEN]
WITH_PASSWORD = ["https://user:secret@example.org/", "http://user@example.org", "https://:x@example.org/?a", "https:/\\u:p@example.org"]
WITHOUT = ["https://example.org/@somebody", "https://example.org/?to=a@b.org", "https://example.org#a@b", ""]


@pytest.mark.parametrize(("said", "code"), BAD)
@pytest.mark.parametrize("kept", [text.line, text.lines])
def test_what_turns_rings_or_cannot_be_seen_is_no_text(said, code, kept):
    with pytest.raises(ValidationError) as refused:
        kept(said)
    assert refused.value.code == code


def test_what_looks_the_same_is_kept_the_same():
    assert text.line("И\u0306огурт, café") == "Йогурт, café"
    assert text.lines("one\r\ntwo\u2028three\x0bfour\rfive") == "one\ntwo\nthree\nfour\nfive"
    assert text.line("10\u00a0млн, co\u00adop, 👩\u200d🔬") == "10\u00a0млн, co\u00adop, 👩\u200d🔬"
    for said in ("a\nb", "a\tb"):
        with pytest.raises(ValidationError):
            text.line(said)
    assert text.joined(" a\r\n\tb\u202ec\x1fd ") == "a b c d"


# Each door


@pytest.mark.parametrize(("said", "code"), BAD)
def test_forms_and_the_admin_refuse_it_or_put_a_space_where_it_was_pasted(said, code):
    for field in (OneLineField(), LineField(max_length=99).formfield()):
        if code == "invisible" or "\x00" in said:
            with pytest.raises(ValidationError):
                field.clean(said)
        else:
            assert field.clean(said) == text.joined(said)
    for field in (TextField(), LinesField().formfield()):
        with pytest.raises(ValidationError):
            field.clean(said)


@pytest.mark.parametrize(("said", "code"), BAD)
def test_programs_are_told_which_field(said, code):
    sent = MilestoneInput(Milestone(), data={"title": said, "criterion": said, "criterion_i18n": {"en": said}}, partial=True)
    assert not sent.is_valid()
    errors = sent.errors
    assert [error.code for error in (*errors["title"], *errors["criterion"], *errors["criterion_i18n"]["en"])] == [code] * 3


def test_a_program_that_sends_two_lines_where_there_is_one_is_refused_and_nothing_is_guessed():
    sent = MilestoneInput(Milestone(), data={"title": "a\nb", "criterion": "a\nb"}, partial=True)
    assert not sent.is_valid()
    assert {name: errors[0].code for name, errors in sent.errors.items()} == {"title": "not_one_line"}


@pytest.mark.parametrize("said", [said for said, _code in BAD if "\x00" not in said])  # which the reader refuses before
@pytest.mark.django_db
def test_a_roadmap_file_is_told_which_line(said):
    with pytest.raises(BadFile) as bad:
        checking.check(as_file(roadmap(milestone("PR-1", title=dict.fromkeys(("ru", "en", "kk"), said)))))
    assert {fault.path for fault in bad.value.faults} == {f"milestones PR-1, title.{language}" for language in ("ru", "en", "kk")}


def test_every_column_that_people_write_in_is_of_the_one_type():
    """But for what has a form of its own: choices, codes and what only we write."""
    ours = [model for model in apps.get_models() if model._meta.app_label in OURS]
    strange = {
        f"{model.__name__}.{field.name}"
        for model in ours
        for field in model._meta.concrete_fields
        if type(field) in {models.CharField, models.TextField} and field.editable and not field.choices and not field.validators[:-1]
    }
    assert {name.partition(".")[2] for name in strange} <= WRITTEN_BY_US


WRITTEN_BY_US = {
    "actor", "analyst", "baseline_passage", "body", "by", "code", "digest", "error", "first_name", "hash", "key", "last_name",
    "measured_precision", "milestone", "organisation", "password", "path", "previous", "proposal", "public_author", "public_by",
    "public_reviewer", "query", "report", "request", "salt", "series", "subject", "text", "time_zone", "type", "kind", "content_hash",
    "agent", "ip", "issuer", "last_used_from", "request_id",
}  # fmt: skip


def everything_below(kind):
    for inner in kind.__subclasses__():
        yield inner
        yield from everything_below(inner)


def import_all():
    for app in OURS:
        for module in pkgutil.walk_packages(importlib.import_module(app).__path__, f"{app}."):
            if ".migrations" not in module.name:
                importlib.import_module(module.name)


def test_every_form_and_every_body_takes_texts_by_the_one_type(rf):
    import_all()
    fields = [
        (form.__name__, name, field)
        for form in everything_below(forms.BaseForm)
        if form.__module__.split(".")[0] in OURS and not form.__name__.startswith("MilestoneFilterSet")
        for name, field in getattr(form, "base_fields", {}).items()
        if isinstance(field, forms.CharField) and not isinstance(field, forms.UUIDField | forms.EmailField)
    ]
    assert len(fields) > 20
    others = [(form, name) for form, name, field in fields if not isinstance(field, TextField | OneLineField | AddressFormField)]
    assert {name for _form, name in others} <= {"open", "username"} | set(CODES) | SECRETS
    bodies = [(kind, name, field) for kind in everything_below(Input) for name, field in kind._declared_fields.items()]
    loose = [
        (kind, name)
        for kind, name, field in bodies
        if isinstance(field, serializers.CharField) and not isinstance(field, Text | Address | serializers.UUIDField)
    ]
    assert len(bodies) > 20
    assert loose == []


SECRETS = {"old_password", "password1", "password2", "new_password1", "new_password2", "passkey"}
"""As they were typed, or as a browser answers."""
CODES = {"code", "number", "organisation", "remit", "rotation", "time_zone"}


# Addresses


@pytest.mark.parametrize("address", WITH_PASSWORD)
def test_a_password_in_an_address_is_refused_by_each_door(address):
    for refuse in (AddressField().clean, AddressField().formfield().clean, AddressFormField().clean, Address().run_validation):
        arguments = (None,) if "formfield" not in str(refuse) and refuse.__self__.__class__ is AddressField else ()
        with pytest.raises((ValidationError, serializers.ValidationError)):
            refuse(address, *arguments)
    with pytest.raises(ValidationError):
        text.refuse_credentials(address)


def test_other_at_signs_are_none():
    for address in WITHOUT:
        text.refuse_credentials(address)


@pytest.mark.django_db
def test_a_roadmap_file_with_a_password_in_an_address_is_refused():
    source = {"number": 1, "title": "T", "publisher": "P", "address": "https://user:secret@example.org/"}
    with pytest.raises(BadFile, match=r"sources 1, address"):
        checking.check(as_file(roadmap(milestone("PR-1")) | {"sources": [source]}))
    checking.check(as_file(roadmap(milestone("PR-1")) | {"sources": [source | {"address": "https://example.org/@a"}]}))


def test_every_address_that_is_taken_is_of_the_one_type():
    import_all()
    taken = [field for model in apps.get_models() for field in model._meta.concrete_fields if isinstance(field, models.URLField)]
    assert taken
    assert all(isinstance(field, AddressField) for field in taken if field.model._meta.app_label in OURS)
    of_forms = [
        field
        for form in everything_below(forms.BaseForm)
        for field in getattr(form, "base_fields", {}).values()
        if isinstance(field, forms.URLField)
    ]
    assert all(isinstance(field, AddressFormField) for field in of_forms)
    of_bodies = [field for kind in everything_below(Input) for field in kind._declared_fields.values()]
    assert all(isinstance(field, Address) for field in of_bodies if isinstance(field, serializers.URLField))
    assert admin.site._registry


# Spreadsheets

RUN = [
    "=1+1",
    "\n=1+1",
    "\r\n=1",
    "\u00a0=1",
    "\u200b=1",
    "\ufeff\u2060 =1",
    "\U000e0fff=1",
    "＝1",
    "＋1",
    "－1",
    "＠SUM(1)",
    "\u2212" + "1",
    "﹢1",
    " -1",
    "\t@a",
]


@pytest.mark.django_db
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_no_cell_is_run_whatever_stands_before_its_sign(ending):
    written = write_table(["title"], [[run] for run in RUN], title="T", ending=ending)
    for run in RUN:
        assert harmless(run).startswith("'")
    rows = [row.cells["title"].text for row in read_table(f"a.{ending}", written, known={"title"}).rows]
    assert [row.strip() for row in rows] == [text_of(run) for run in RUN]


def test_a_cell_is_not_run_by_a_spreadsheet_that_splits_at_semicolons():
    written = write_table(["title"], [["x;=1+1"]], title="T", ending="csv").decode("utf-8-sig")
    assert '"x;=1+1"' in written


def test_plain_words_stay_as_they_are():
    for plain in ("a", "a=b", "Ёлка – 1", "5", "", "«=1»", "(=1)"):
        assert harmless(plain) == plain
