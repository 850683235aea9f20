"""What docs/stakeholder.md and docs/analyst.md say of pages, words, filters, roles and the administration is so."""

from __future__ import annotations

import re

import pytest
from django.contrib import admin
from django.utils import translation
from django.utils.html import strip_tags

from accounts.models import Token, User
from accounts.passwords import MOST
from accounts.roles import Role
from milestones import choices, statuses
from milestones.models import Milestone, PlanChange
from milestones.statuses import Health
from record.admin import RecordedAdmin
from tests.docs.test_guides import flat, page, rows, section, table, words
from tests.pages.test_pages import PAGES
from tests.signing import signed

READING = page("docs/stakeholder.md")
WORKING = page("docs/analyst.md")
ADDRESSES = sorted(
    {word for word in words(READING) if word.startswith("/")}
    | {f"/milestones/SM-03/{word}" for word in words(READING) if word.startswith("?")}
)
FIRST_THAT_FITS = (Health.DONE, Health.CLOSED, Health.UNKNOWN, Health.LATE, Health.AT_RISK, Health.ON_TRACK)


def test_every_page_for_readers_is_named() -> None:
    named = {address.split("/")[1] for address in ADDRESSES}
    assert {path.split("/")[1] for path in PAGES} - {"api", "accounts"} <= named


def text_of(answer) -> str:
    return " ".join(strip_tags(answer.content.decode()).split())


def quotes(text: str) -> list[str]:
    return re.findall(r"^> (.*)$", text, re.MULTILINE)


@pytest.fixture
def sign_in(client):
    def as_role(role: Role):
        user = User.objects.create_user(f"some-{role}", role=role, public_name="A. Person")
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return as_role


def test_every_address_that_it_names_answers(client, rk2030, settings, tmp_path, now) -> None:
    signed(settings, tmp_path, now)
    assert len(ADDRESSES) > 15
    assert {address: client.get(address).status_code for address in ADDRESSES} == dict.fromkeys(ADDRESSES, 200)


def test_every_filter_that_it_shows_keeps_some_rows_and_leaves_others(client, rk2030) -> None:
    everything = Milestone.objects.count()
    for address in (row[0].strip("`") for row in rows(section(READING, "Filters, and sharing what you see"))):
        found = client.get(address).context["page"].paginator.count
        if "late" not in address:  # nothing is late in a roadmap that nobody has assessed
            assert 0 < found < everything, address


def test_the_sentence_is_that_of_the_dashboard(client, rk2030) -> None:
    assert quotes(section(READING, "The sentence")) == [client.get("/?lang=en").context["headline"]]


def test_the_citation_is_that_of_the_page(client, rk2030) -> None:
    (quoted,) = quotes(section(READING, "Citing"))
    shown = text_of(client.get("/milestones/SM-03/?lang=en"))
    title, position = re.match(r"(SM-03 .*\. Roadmap tracker), \d+ \w+ \d{4}, (position \d+)\. ", quoted).groups()
    assert re.search(rf"{re.escape(title)}, \d+ \w+ \d{{4}}, {position}\. http://testserver/milestones/SM-03/", shown)


def test_statuses_and_their_meanings_are_those_of_the_pages() -> None:
    named = rows(section(READING, "Status, health and freshness"))[: len(statuses.STATUS_CHOICES)]
    with translation.override("en"):
        assert named == [[str(word), str(statuses.Status.meanings()[value])] for value, word in statuses.STATUS_CHOICES]


def test_healths_stand_in_the_order_in_which_they_are_decided_with_their_meanings() -> None:
    named = rows(section(READING, "Status, health and freshness"))[len(statuses.STATUS_CHOICES) :]
    with translation.override("en"):
        assert named == [[str(dict(statuses.HEALTH_CHOICES)[value]), str(statuses.Health.meanings()[value])] for value in FIRST_THAT_FITS]


def test_the_first_health_that_fits_holds_in_the_order_of_the_page() -> None:
    from datetime import date

    from milestones.rules import Standing, Status, health

    past, day = date(2026, 6, 30), date(2026, 11, 23)
    assert health(Standing(Status.DROPPED, due=past), day) == Health.CLOSED
    assert health(Standing(Status.NO_EVIDENCE, due=past), day) == Health.UNKNOWN
    assert health(Standing(Status.SUSPENDED, due=past), day) == Health.LATE


def test_the_roles_are_those_of_the_accounts() -> None:
    assert list(table(section(WORKING, "Roles"))) == [role.value for role in Role]


@pytest.mark.django_db
@pytest.mark.parametrize("role", list(Role))
def test_the_administration_opens_for_whom_the_page_says(sign_in, role) -> None:
    opens = {name for name, (may,) in table(section(WORKING, "Roles")).items() if "administration" in may} | {"administrator"}
    assert (sign_in(role).get("/admin/").status_code == 200) == (role in opens)


@pytest.mark.django_db
def test_the_sections_of_the_administration_are_those_of_the_page(sign_in) -> None:
    named = {name.lower(): may for name, (may,) in table(section(WORKING, "The administration")).items() if may in {"change", "look"}}
    with translation.override("en"):
        real = {
            str(model._meta.verbose_name_plural).lower(): "change" if isinstance(one, RecordedAdmin) else "look"
            for model, one in admin.site._registry.items()
            if model not in {User, Token}
        }
    assert named == real
    client = sign_in(Role.EDITOR)
    assert client.get("/admin/accounts/user/").status_code == 403
    assert client.get("/admin/milestones/assessment/add/").status_code == 403


def test_the_reasons_for_moving_a_date_are_those_of_the_form() -> None:
    with translation.override("en"):
        real = [str(word) for value, word in choices.REASON_CATEGORIES if value != "file"]
        by_the_loader = str(dict(choices.REASON_CATEGORIES)["file"])
    assert list(table(section(WORKING, "Moving a date"))) == real
    assert by_the_loader in flat(section(WORKING, "Moving a date"))


def form_of(client, address: str) -> dict[str, object]:
    """What a browser would send of a page of the administration that nobody has touched."""
    context = client.get(address).context
    data: dict[str, object] = {}
    forms = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    for field in (field for form in forms for field in form):
        value = field.value()
        if value is not None and value is not False:
            data[field.html_name] = [getattr(one, "pk", one) for one in value] if isinstance(value, list) else value
    return data


def test_a_date_is_moved_in_the_administration_as_the_page_says(sign_in, rk2030) -> None:
    client = sign_in(Role.EDITOR)
    milestone = Milestone.objects.get(code="SM-05")
    address = f"/admin/milestones/milestone/{milestone.pk}/change/"
    data = form_of(client, address) | {"due_date": "2028-Q1"}
    assert client.post(address, data).status_code == 200
    assert not PlanChange.objects.exists()
    assert client.post(address, data | {"reason": "other"}).status_code == 200
    assert not PlanChange.objects.exists()
    assert client.post(address, data | {"reason": "dependency"}).status_code == 302
    moved = PlanChange.objects.get()
    assert (str(moved.before_date), str(moved.after_date), moved.public_by) == ("2026-Q4", "2028-Q1", "A. Person")
    assert "A. Person" in text_of(client.get("/milestones/SM-05/?lang=en"))


def test_saving_without_a_change_writes_nothing_on_the_record(sign_in, rk2030) -> None:
    from record.models import Event

    client = sign_in(Role.EDITOR)
    address = f"/admin/milestones/milestone/{Milestone.objects.get(code='SM-05').pk}/change/"
    assert client.post(address, form_of(client, address)).status_code == 302
    assert Event.objects.position() == 1


@pytest.mark.django_db
def test_the_password_page_and_the_sign_in_page_are_where_it_says(sign_in) -> None:
    client = sign_in(Role.ANALYST)
    named = {word for word in words(WORKING) if word.startswith("/accounts/")}
    assert named == {"/accounts/login/", "/accounts/"}
    assert client.get("/accounts/").status_code == 200
    client.logout()
    assert client.get("/accounts/login/").status_code == 200


def test_the_numbers_of_signing_in_are_those_of_the_settings(settings) -> None:
    said = flat(section(WORKING, "Signing in"))
    (length,) = [one["OPTIONS"]["min_length"] for one in settings.AUTH_PASSWORD_VALIDATORS if "OPTIONS" in one]
    assert f"{length} to {MOST} characters" in said
    assert settings.PASSWORD_RESET_TIMEOUT == 3 * 24 * 3600
    assert "three days" in said
    assert (settings.AXES_FAILURE_LIMIT, settings.AXES_COOLOFF_TIME) == (10, 0.25)
    assert "ten wrong passwords" in said
    assert "a quarter of an hour" in said
