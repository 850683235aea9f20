"""Short titles: what rows and labels say, through every door, in three languages, and beside a record that is older than they are."""

import csv
import io
import json

import pytest
from django.utils import translation

from accounts.tokens import make_token
from common.fields import LANGUAGE_CODES
from milestones.models import Milestone, MilestoneVersion
from proposals.models import LoadedFile, Proposal, ProposalVersion, Report
from record.chain import row_digest
from record.models import Event
from record.verify import verify_record
from record.versions import content_of
from roadmap_file.loading import load
from roadmap_file.reading import BadFile
from roadmap_file.writing import export
from tests.admin.test_admin import address, form_of
from tests.desk.sheets import brought
from tests.factories import as_file, milestone, roadmap
from tests.people import person

SHORT = {"ru": "Шаг", "en": "Step", "kk": "Қадам"}
ONLY_ENGLISH = {"ru": "", "en": "Step", "kk": ""}
LONG = "S" * 33


def plan(*, of_milestone=None, of_proposal=None):
    data = roadmap(milestone("PR-01"))
    for kind, said in (("milestones", of_milestone), ("proposals", of_proposal)):
        if said:
            data[kind][0]["short_title"] = dict(said)
    return data


@pytest.fixture
def loaded(db, now, time_machine):
    time_machine.move_to(now, tick=False)
    load(as_file(plan(of_milestone=ONLY_ENGLISH, of_proposal=SHORT)), now=now)


@pytest.fixture
def editor(db, client):
    user = person("editor", public_name="The Editors", language="en")
    client.force_login(user)
    return user


@pytest.fixture
def api(editor, client):
    _token, text = make_token(user=editor, name="Test", scopes=["plan"])

    def patch(path, body):
        headers = {"Authorization": f"Bearer {text}", "Accept-Language": "en", "If-Match": client.get(f"/api/v1/{path}")["ETag"]}
        return client.patch(f"/api/v1/{path}", json.dumps(body), content_type="application/json", headers=headers)

    return patch


# What pages read


@pytest.mark.parametrize("model", [Milestone, MilestoneVersion, Proposal, ProposalVersion])
def test_short_is_the_short_title_in_the_language_of_the_reader_or_else_the_title_in_it(model):
    one = model(
        title_ru="Название", title_en="A title", title_kk="Атауы", short_title_ru="Кратко", short_title_en="", short_title_kk="Қысқа"
    )
    said = {}
    for language in LANGUAGE_CODES:
        with translation.override(language):
            said[language] = one.short
    assert said == {"ru": "Кратко", "en": "A title", "kk": "Қысқа"}


def test_what_was_withdrawn_has_no_short_title_either():
    with translation.override("en"):
        assert ProposalVersion(withheld=3).short == "[withheld]"


# Out and in again


def test_a_file_is_loaded_with_them_and_exported_to_the_same(loaded, now):
    row = MilestoneVersion.objects.get(code="PR-01")
    assert (row.short_title_ru, row.short_title_en, ProposalVersion.objects.get().short_title_kk) == ("", "Step", "Қадам")
    text = export(Report.objects.get())
    assert "short_title:\n      ru: Шаг\n" in text
    assert load(text, now=now).differences == []


def test_a_file_that_an_earlier_release_loaded_takes_them_in_later(db, now):
    load(as_file(plan()), now=now)
    kept = LoadedFile.objects.get()
    for kind, code in (("milestones", "PR-01"), ("proposals", "PR")):
        del kept.content[kind][code]["short_title"]
    kept.save()
    found = load(as_file(plan(of_milestone=SHORT, of_proposal=SHORT)), now=now).differences
    assert [str(one).split(".")[0] for one in found] == ["change proposals PR: short_title", "change milestones PR-01: short_title"]
    assert Milestone.objects.get().short_title_kk == "Қадам"
    assert list(verify_record()) == []


def test_versions_that_were_sealed_without_them_keep_their_digests(db, now):
    load(as_file(plan()), now=now)
    for row in (MilestoneVersion.objects.get(), ProposalVersion.objects.get()):
        before = {name: value for name, value in content_of(row).items() if not name.startswith("short_title")}
        assert len(before) == len(content_of(row)) - len(LANGUAGE_CODES)
        assert row_digest(row.salt, before) == row.digest


def test_the_api_answers_them_in_lists_details_histories_and_the_timeline(loaded, client, api):
    in_list = client.get("/api/v1/milestones/?fields=code,short_title&lang=en").json()["results"]
    assert in_list == [{"code": "PR-01", "short_title": "Step"}]
    assert client.get("/api/v1/milestones/PR-01/?fields=short_title,short_title_i18n&lang=ru").json() == {
        "short_title": "", "short_title_i18n": ONLY_ENGLISH
    }, "no other language stands for one: the title does"  # fmt: skip
    (group,) = client.get("/api/v1/timeline/?lang=kk").json()["proposals"]
    assert (group["short_title"], group["milestones"][0]["short_title"]) == ("Қадам", "")
    changed = api("proposals/PR/", {"short_title": "Shorter", "short_title_i18n": {"kk": ""}})
    assert changed.json()["short_title_i18n"] == {"ru": "Шаг", "en": "Shorter", "kk": ""}
    api("milestones/PR-01/", {"short_title": ""})
    newest = client.get("/api/v1/milestones/PR-01/history/?lang=en").json()["results"][0]
    assert newest["changes"] == {"short_title": ["Step", ""]}
    assert Event.objects.head().data["fields"] == ["short_title"]


def test_a_file_of_milestones_has_their_column(loaded, client):
    content = client.get("/api/v1/milestones/?format=csv&lang=en").getvalue().decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(content))
    assert row["short_title"] == "Step"


def test_the_administration_takes_them_where_it_takes_titles(loaded, client, editor):
    for model in (Milestone, Proposal):
        url = address(model, "change", model.objects.get().pk)
        assert client.post(url, form_of(client.get(url)) | {"short_title_ru": "Иначе", "short_title_en": ""}).status_code == 302
        assert (model.objects.get().short_title_ru, model.objects.get().short_title_en) == ("Иначе", "")
    assert list(verify_record()) == []


# Too long


@pytest.mark.parametrize("kind", ["milestones", "proposals"])
def test_a_file_with_one_that_is_too_long_is_refused_with_its_place_and_its_length(db, now, kind):
    data = plan(of_milestone=SHORT, of_proposal=SHORT)
    data[kind][0]["short_title"] = SHORT | {"kk": LONG}
    with pytest.raises(BadFile) as caught:
        load(as_file(data), now=now)
    (fault,) = map(str, caught.value.faults)
    assert fault.endswith(f"{kind} {data[kind][0]['code']}, short_title.kk: “{LONG}” has 33 characters: write at most 32")


@pytest.mark.parametrize("path", ["milestones/PR-01/", "proposals/PR/"])
@pytest.mark.parametrize(
    ("body", "pointer"), [({"short_title": LONG}, "/short_title"), ({"short_title_i18n": {"kk": LONG}}, "/short_title_i18n/kk")]
)
def test_the_api_refuses_one_that_is_too_long_and_points_to_it(loaded, api, path, body, pointer):
    answer = api(path, body)
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["pointer"], error["detail"]) == (400, pointer, "Ensure this field has no more than 32 characters.")


@pytest.mark.parametrize("model", [Milestone, Proposal])
def test_the_administration_refuses_one_that_is_too_long_beside_its_field(loaded, client, editor, model):
    url = address(model, "change", model.objects.get().pk)
    page = client.post(f"{url}?lang=en", form_of(client.get(url)) | {"short_title_en": LONG})
    assert page.status_code == 200
    assert list(page.context["adminform"].form.errors) == ["short_title_en"]
    assert "at most 32 characters (it has 33)" in page.content.decode()


@pytest.mark.parametrize("kind", ["plan", "assessments"])
def test_a_spreadsheet_of_the_desk_takes_no_titles_and_says_so(loaded, editor, kind):
    with translation.override("en"):
        (error,) = brought(f"milestone,short_title\nPR-01,{LONG}\n".encode(), editor, name="a.csv", kind=kind).errors
    assert error.text.startswith("There is no column “short_title”. Those that could be meant: ")
