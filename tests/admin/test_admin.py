import re

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from milestones.models import Dependency, Milestone, MilestoneVersion, PlanChange
from proposals.models import Proposal, ProposalVersion, Risk
from record.models import Event
from record.verify import verify_record
from roadmap_file.loading import load
from tests.factories import as_file, milestone, roadmap
from tests.snapshot import load_once

pytestmark = pytest.mark.django_db

OURS = [model for model in admin.site._registry if model._meta.app_label in {"record", "proposals", "milestones"}]
ACCOUNTS = [model for model in admin.site._registry if model._meta.app_label == "accounts"]


@pytest.fixture
def small(now):
    load_once(as_file(roadmap(milestone("PR-01", due="2026-Q4"), milestone("PR-02", predecessors=["PR-01"]))), now=now)


@pytest.fixture
def editor(client, django_user_model):
    user = django_user_model.objects.create_user("editor", role="editor", public_name="The Editors", language="en")
    client.force_login(user)
    client.get("/?lang=en")
    return client


def address(model, kind, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{kind}", args=args)


def form_of(page):
    """What a browser would send back of a page's form, unchanged."""
    from html import unescape

    html = page.content.decode()
    data = {}
    for tag in re.findall(r"<input[^>]+>", html):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if "name" not in attributes or attributes.get("type") in {"submit", "file"}:
            continue
        if attributes.get("type") in {"checkbox", "radio"} and "checked" not in tag:
            continue
        data[attributes["name"]] = unescape(attributes.get("value", "on" if attributes.get("type") == "checkbox" else ""))
    for name, body in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\n?(.*?)</textarea>', html, re.DOTALL):
        data[name] = unescape(body)
    for opening, body in re.findall(r"<select([^>]*)>(.*?)</select>", html, re.DOTALL):
        name = re.search(r'name="([^"]+)"', opening)
        chosen = [unescape(value) for value, _ in re.findall(r'<option value="([^"]*)"( selected)', body)]
        if name:
            data[name[1]] = chosen if "multiple" in opening else (chosen[0] if chosen else "")
    return {name: value for name, value in data.items() if "__prefix__" not in name and not name.startswith("_")}


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_every_list_opens_searches_and_costs_a_constant_number_of_queries(rk2030, editor, model):
    counts = []
    for query in ("?o=1", "?o=-1"):
        with CaptureQueriesContext(connection) as queries:
            assert editor.get(address(model, "changelist") + query).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 10
    if admin.site._registry[model].search_fields:
        assert editor.get(address(model, "changelist"), {"q": "форум"}).status_code == 200


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_every_thing_opens(rk2030, editor, model):
    thing = model.objects.first()
    if thing is not None:
        assert editor.get(address(model, "change", thing.pk)).status_code == 200
    adding = editor.get(address(model, "add"))
    assert adding.status_code == (200 if admin.site._registry[model].has_add_permission(adding.wsgi_request) else 403)


@pytest.mark.parametrize("role", ["stakeholder", "analyst"])
def test_the_admin_is_for_editors(client, django_user_model, role):
    client.force_login(django_user_model.objects.create_user("user", role=role))
    assert client.get("/admin/").status_code == 302


def test_accounts_are_for_administrators(editor, client, django_user_model):
    for model in ACCOUNTS:
        assert editor.get(address(model, "changelist")).status_code == 403
    client.force_login(django_user_model.objects.create_user("chief", role="administrator"))
    for model in ACCOUNTS:
        assert client.get(address(model, "changelist")).status_code == 200


def test_an_edit_is_one_event_with_the_public_name_and_a_new_version(small, editor):
    proposal = Proposal.objects.get()
    url = address(Proposal, "change", proposal.pk)
    data = form_of(editor.get(url)) | {"title_en": "Edited", "code": "HACKED"}
    assert editor.post(url, data).status_code == 302
    event = Event.objects.head()
    assert (event.type, event.actor, event.proposal, event.data) == (
        "proposal.changed",
        "The Editors",
        "PR",
        {"code": "PR", "fields": ["title"]},
    )
    assert ProposalVersion.objects.current().get().title_en == "Edited"
    assert list(verify_record()) == []


def test_saving_without_a_change_writes_nothing(small, editor):
    url = address(Proposal, "change", Proposal.objects.get().pk)
    assert editor.post(url, form_of(editor.get(url))).status_code == 302
    assert Event.objects.count() == 1


def test_a_bad_form_writes_nothing_and_keeps_what_was_typed(small, editor):
    url = address(Proposal, "change", Proposal.objects.get().pk)
    page = editor.post(url, form_of(editor.get(url)) | {"title_ru": "", "title_en": "Typed with care"})
    assert page.status_code == 200
    assert "Typed with care" in page.content.decode()
    assert Event.objects.count() == 1


def test_a_new_milestone_is_added_with_its_owners(small, editor):
    url = address(Milestone, "add")
    data = form_of(editor.get(url)) | {
        "code": "PR-09", "proposal": Proposal.objects.get().pk, "stage": "launch", "basis": "planning", "order": 9, "due_date": "2028-Q1",
        "owners-TOTAL_FORMS": 1, "owners-0-organisation": Proposal.objects.get().lead.first().pk, "owners-0-role": "lead", "owners-0-order": 0,
        **{f"{name}_{language}": f"{name} {language}" for name in ("title", "description", "criterion") for language in ("ru", "en", "kk")},
    }  # fmt: skip
    assert editor.post(url, data).status_code == 302
    row = MilestoneVersion.objects.current().get(code="PR-09")
    assert (row.lead, str(row.due_date), str(row.baseline_due_date), row.status) == (["RU-ONE"], "2028-Q1", "2028-Q1", "not_assessed")
    assert Event.objects.head().type == "milestone.added"
    assert list(verify_record()) == []


def test_a_date_moves_only_with_a_reason(small, editor, django_user_model):
    url = address(Milestone, "change", Milestone.objects.get(code="PR-01").pk)
    data = form_of(editor.get(url)) | {"due_date": "2027-Q3"}
    refused = editor.post(url, data)
    assert "A date was moved: choose a reason." in refused.content.decode()
    assert Event.objects.count() == 1
    other = editor.post(url, data | {"reason": "other"})
    assert "Say in words which other reason." in other.content.decode()
    assert editor.post(url, data | {"reason": "resources", "reason_note": "Late budget"}).status_code == 302
    moved = PlanChange.objects.get()
    assert (moved.category, moved.note, moved.by, moved.public_by) == (
        "resources", "Late budget", django_user_model.objects.get(), "The Editors"
    )  # fmt: skip
    assert Event.objects.head().type == "plan.changed"
    assert MilestoneVersion.objects.current().get(code="PR-01").slippage_days == 273
    assert list(verify_record()) == []


def test_a_move_and_an_edit_at_once_are_two_events(small, editor):
    url = address(Milestone, "change", Milestone.objects.get(code="PR-01").pk)
    data = form_of(editor.get(url)) | {"due_date": "2027", "reason": "clarified", "title_en": "Edited"}
    assert editor.post(url, data).status_code == 302
    assert list(Event.objects.order_by("position").values_list("type", flat=True))[1:] == ["milestone.changed", "plan.changed"]
    assert Event.objects.get(position=2).data == {"fields": ["title"]}


@pytest.mark.parametrize("text", ["soon", "2027-Q9", "1800"])
def test_a_date_that_is_none_is_refused(small, editor, text):
    url = address(Milestone, "change", Milestone.objects.get(code="PR-01").pk)
    page = editor.post(url, form_of(editor.get(url)) | {"due_date": text, "reason": "clarified"})
    assert "Write 30 Jun 2027, Jun 2027, 2027 Q2 or 2027." in page.content.decode()


def test_a_circle_is_refused_in_the_form_and_named(small, editor):
    one, other = Milestone.objects.get(code="PR-01"), Milestone.objects.get(code="PR-02")
    url = address(Milestone, "change", one.pk)
    data = form_of(editor.get(url)) | {"waits_for-TOTAL_FORMS": 1, "waits_for-0-predecessor": other.pk, "waits_for-0-milestone": one.pk}
    page = editor.post(url, data)
    assert "in a circle: " in page.content.decode()
    assert not Dependency.objects.filter(milestone=one).exists()


def test_the_status_cannot_be_typed(small, editor):
    url = address(Milestone, "change", Milestone.objects.get(code="PR-01").pk)
    editor.post(url, form_of(editor.get(url)) | {"status": "achieved", "baseline_due": "2030-12-31", "slippage_days": 0, "order": 5})
    row = Milestone.objects.get(code="PR-01")
    assert (row.status, str(row.baseline_due_date)) == ("not_assessed", "2026-Q4")


def test_a_thing_is_removed_by_an_event(small, editor):
    assert editor.post(address(Risk, "delete", Risk.objects.get().pk), {"post": "yes"}).status_code == 302
    assert Event.objects.head().type == "risk.removed"
    assert list(verify_record()) == []


def test_what_others_rest_on_is_not_removed(small, editor):
    page = editor.post(address(Milestone, "delete", Milestone.objects.get(code="PR-01").pk), {"post": "yes"})
    assert Milestone.objects.filter(code="PR-01").exists()
    assert page.status_code in {200, 403}


def test_what_was_recorded_is_not_removed(small, editor):
    one = Milestone.objects.get(code="PR-02")
    url = address(Milestone, "change", one.pk)
    editor.post(url, form_of(editor.get(url)) | {"due_date": "2029", "reason": "clarified"})
    assert editor.post(address(Milestone, "delete", one.pk), {"post": "yes"}).status_code == 403


def test_the_record_is_readable_and_not_writable(small, editor):
    event = Event.objects.get()
    url = address(Event, "change", event.pk)
    assert editor.get(url).status_code == 200
    assert editor.post(url, {"actor": "X"}).status_code == 403
    assert editor.post(address(Event, "delete", event.pk), {"post": "yes"}).status_code == 403


def test_a_new_rotation_of_a_series_reaches_the_record(small, editor):
    from milestones.models import Series, SeriesVersion

    series = Series.objects.get()
    url = address(Series, "change", series.pk)
    assert editor.post(url, form_of(editor.get(url)) | {"rotation": "KZ,RU"}).status_code == 302
    assert SeriesVersion.objects.current().get().rotation == ["KZ", "RU"]
    assert Event.objects.head().type == "series.changed"


def test_what_others_cite_in_a_list_is_not_removed(small, editor):
    from proposals.models import Passage

    passage = Passage.objects.get(number="1.1")
    page = editor.post(address(Passage, "delete", passage.pk), {"post": "yes"})
    assert page.status_code == 200
    assert Passage.objects.filter(pk=passage.pk).exists()
    assert "PR-01" in page.content.decode()
    assert list(verify_record()) == []


def test_another_order_of_passages_changes_nothing_else(small, editor):
    from proposals.models import Passage

    url = address(Passage, "change", Passage.objects.get(number="1.1").pk)
    assert editor.post(url, form_of(editor.get(url)) | {"order": 7}).status_code == 302
    assert list(verify_record()) == []


WRITABLE = [model for model in OURS if hasattr(model, "version_code")]


@pytest.mark.parametrize("model", WRITABLE, ids=lambda model: model.__name__)
def test_every_form_saves_unchanged_without_an_event_and_changed_with_one(small, editor, model):
    thing = model.objects.first()
    url = address(model, "change", thing.pk)
    data = form_of(editor.get(url))
    page = editor.post(url, data)
    assert page.status_code == 302, re.findall(r"errorlist[^>]*>.*?</ul>", page.content.decode())
    assert Event.objects.count() == 1
    name = next(name for name in ("title_en", "name_en", "title", "summary_en") if name in data)
    assert editor.post(url, data | {name: "Changed"}).status_code == 302
    assert Event.objects.count() == 2
    assert Event.objects.head().data["fields"] == [name.removesuffix("_en")]
    assert list(verify_record()) == []


@pytest.mark.parametrize("model", WRITABLE, ids=lambda model: model.__name__)
def test_every_empty_form_is_refused_with_words(small, editor, model):
    url = address(model, "add")
    page = editor.post(url, form_of(editor.get(url)))
    assert page.status_code == 200
    assert "errorlist" in page.content.decode()


@pytest.mark.parametrize(("day", "precision"), [("2030-12-30", "year"), ("2030-12-31", ""), ("", "year"), ("0001-01-01", "day")])
def test_a_period_that_is_none_is_refused_in_the_form(small, editor, day, precision):
    from proposals.models import Report

    url = address(Report, "change", Report.objects.get().pk)
    page = editor.post(url, form_of(editor.get(url)) | {"horizon": day, "horizon_precision": precision})
    assert page.status_code == 200
    assert "Give the last day of a period" in page.content.decode()


def two_editors(editor, first, second):
    """Both open the form of the proposal; the first saves, then the second. The answer to the second."""
    url = address(Proposal, "change", Proposal.objects.get().pk)
    opened = form_of(editor.get(url))
    assert editor.post(url, opened | first).status_code == 302
    return url, editor.post(url, opened | second)


def test_changes_of_two_editors_to_different_fields_both_go_in(small, editor):
    _url, answer = two_editors(editor, {"title_en": "First"}, {"title_kk": "Екінші"})
    assert answer.status_code == 302
    proposal = Proposal.objects.get()
    assert (proposal.title_en, proposal.title_kk) == ("First", "Екінші")
    assert [event.data["fields"] for event in Event.objects.filter(type="proposal.changed")] == [["title"], ["title"]]
    assert verify_record() == []


def test_the_same_field_shows_both_texts_and_asks_and_then_the_second_goes_in(small, editor):
    url, page = two_editors(editor, {"title_en": "First", "strength": "expected"}, {"title_en": "Second"})
    assert page.status_code == 200
    assert "Somebody changed this meanwhile to “First”. You typed “Second”" in page.content.decode()
    assert Proposal.objects.get().title_en == "First"
    assert editor.post(url, form_of(page)).status_code == 302
    proposal = Proposal.objects.get()
    assert (proposal.title_en, proposal.strength) == ("Second", "expected")


def test_rows_that_two_editors_add_are_both_kept(small, editor):
    from milestones.models import MilestoneOwner
    from proposals.models import Organisation

    one = Milestone.objects.get(code="PR-01")
    url = address(Milestone, "change", one.pk)
    opened = form_of(editor.get(url))
    third = Organisation.objects.create(
        code="X-THREE", side="joint", kind="ngo", name_ru="a", name_en="a", name_kk="a", position=0, updated_at=one.updated_at
    )
    from record.services import open_change

    with open_change() as change:
        MilestoneOwner.objects.create(milestone=one, organisation=third, role="support")
        change.keep([third])
        change.announce("organisation.added")
        change.keep([one])
        change.announce("milestone.changed")
    assert editor.post(url, opened | {"title_en": "Renamed"}).status_code == 302
    assert MilestoneOwner.objects.filter(milestone=one).count() == 3
    assert verify_record() == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"edition": 2025}, "A series and an edition go together."),
        ({"criterion_kk": " "}, "Say in this language what would prove it."),
        ({"owners-0-DELETE": "on", "owners-1-DELETE": "on"}, "Name at least one organisation that leads."),
    ],
)
def test_a_milestone_that_no_file_could_hold_is_refused(small, editor, changes, words):
    url = address(Milestone, "change", Milestone.objects.get(code="PR-01").pk)
    page = editor.post(url, form_of(editor.get(url)) | changes)
    assert page.status_code == 200
    assert words in page.content.decode()


def test_an_edition_lies_in_its_series_and_a_series_covers_its_editions(small, editor):
    from milestones.models import Series

    series = Series.objects.get()
    url = address(Milestone, "change", Milestone.objects.get(code="PR-01").pk)
    page = editor.post(url, form_of(editor.get(url)) | {"series": series.pk, "edition": 2031})
    assert "lies outside the years of the series" in page.content.decode()
    assert editor.post(url, form_of(editor.get(url)) | {"series": series.pk, "edition": 2026}).status_code == 302
    assert MilestoneVersion.objects.current().get(code="PR-01").host == "RU"
    url = address(Series, "change", series.pk)
    page = editor.post(url, form_of(editor.get(url)) | {"last_year": 2025})
    assert "These editions would lie outside: PR-01" in page.content.decode()


def test_an_editor_chooses_an_analyst_whose_public_name_is_shown(small, editor, django_user_model):
    analyst = django_user_model.objects.create_user("analyst", role="analyst", public_name="A. Nalyst")
    url = address(Milestone, "change", Milestone.objects.get(code="PR-01").pk)
    assert editor.post(url, form_of(editor.get(url)) | {"analyst": analyst.pk}).status_code == 302
    assert MilestoneVersion.objects.current().get(code="PR-01").analyst == "A. Nalyst"


def test_what_the_admin_made_exports_and_loads_back(small, editor, now):
    from proposals.models import Organisation, Report
    from roadmap_file.shape import shape_of_report
    from roadmap_file.writing import export

    url = address(Organisation, "add")
    names = {f"name_{language}": "00018" for language in ("ru", "en", "kk")}
    data = form_of(editor.get(url)) | {"code": "HAND", "side": "RU", "kind": "ngo", **names}
    assert editor.post(url, data).status_code == 302
    one = Milestone.objects.get(code="PR-02")
    url = address(Milestone, "change", one.pk)
    data = form_of(editor.get(url)) | {
        "owners-TOTAL_FORMS": 3,
        "owners-2-organisation": Organisation.objects.get(code="HAND").pk,
        "owners-2-role": "support",
        "owners-2-order": 2,
        "owners-2-milestone": one.pk,
        "title_en": "nULL",
    }
    assert editor.post(url, data).status_code == 302
    before = shape_of_report(Report.objects.get())
    assert "HAND" in before["organisations"]
    load(export(Report.objects.get()), now=now)
    assert shape_of_report(Report.objects.get()) == before


# What is said once, through the services


def added(editor, model, **values):
    url = address(model, "add")
    return editor.post(url, form_of(editor.get(url)) | values)


def test_a_risk_is_judged_in_the_admin_and_a_wrong_number_is_told(small, editor):
    from proposals.models import RiskAssessment

    risk = Risk.objects.get()
    page = added(editor, RiskAssessment, risk=risk.pk, likelihood=3, impact=4, assessed_on="2030-01-01")
    assert (page.status_code, "That day has not come yet." in page.content.decode()) == (200, True)
    assert not RiskAssessment.objects.exists()
    assert added(editor, RiskAssessment, risk=risk.pk, likelihood=3, impact=4, note="Seen").status_code == 302
    said = RiskAssessment.objects.get()
    risk.refresh_from_db()
    assert (said.by, said.note, risk.likelihood, risk.impact) == ("The Editors", "Seen", 3, 4)
    assert editor.get(address(RiskAssessment, "change", said.pk)).status_code == 200
    assert editor.post(address(RiskAssessment, "change", said.pk), {"likelihood": 5}).status_code == 403
    assert Event.objects.head().type == "risk.assessed"
    assert verify_record() == []


def test_a_value_is_recorded_in_the_admin_with_its_source(small, editor):
    from proposals.models import Indicator, IndicatorValue

    one = Indicator.objects.get()
    page = added(editor, IndicatorValue, indicator=one.pk, measured_on="2025-Q1", value="12.5")
    assert (page.status_code, "Say where the value is from." in page.content.decode()) == (200, True)
    page = added(editor, IndicatorValue, indicator=one.pk, measured_on="", value="12.5", source_title="S")
    assert page.status_code == 200
    assert added(editor, IndicatorValue, indicator=one.pk, measured_on="2025-Q1", value="12.5", source_title="S").status_code == 302
    assert (str(IndicatorValue.objects.get().measured_date), IndicatorValue.objects.get().by) == ("2025-Q1", "The Editors")
    assert verify_record() == []


def test_a_baseline_is_set_in_the_admin_and_never_twice(small, editor):
    from milestones.models import Baseline
    from proposals.models import Report

    report = Report.objects.get()
    assert added(editor, Baseline, report=report.pk, name="Plan of the year").status_code == 302
    assert Baseline.objects.get(name="Plan of the year").dates.count() == 2
    page = added(editor, Baseline, report=report.pk, name="Plan of the year")
    assert (page.status_code, "already exists" in page.content.decode()) == (200, True)
    assert Baseline.objects.count() == 2
    assert verify_record() == []


def test_a_series_is_rolled_on_like_its_newest_edition(now, editor):
    from milestones.models import Series

    title = {"ru": "Форум 2026", "en": "Forum 2026", "kk": "2026 форум"}
    short = {"ru": "Стратегический форум 2026 года", "en": "Forum", "kk": "2026 жылғы форум"}
    load(as_file(roadmap(milestone("PR-01", series="PR-S", edition=2026, due="2026-Q4", title=title, short_title=short))), now=now)
    series = Series.objects.get()
    for codes in (["PR-02", "PR-03", "PR-04"], ["PR-05"]):
        editor.post(address(Series, "changelist"), {"action": "roll_on", "_selected_action": [series.pk]})
        assert set(codes) <= set(Milestone.objects.values_list("code", flat=True))
    new = Milestone.objects.get(edition=2027)
    assert (new.title_en, str(new.due_date), new.host, new.owners.count()) == ("Forum 2027", "2027-Q4", "KZ", 2)
    assert [new.short_title_ru, new.short_title_en, new.short_title_kk] == ["Стратегический форум 2027 года", "Forum", "2027 жылғы форум"]
    assert Milestone.objects.filter(edition__in=[2024, 2025]).count() == 2
    assert verify_record() == []


def test_the_administration_bears_the_name_of_the_site(editor):
    assert "Дорожная карта: учет исполнения" in editor.get("/admin/?lang=ru").content.decode()
