"""The admin of the source side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin
from translated_fields import TranslatedFieldAdmin
from typing_extensions import override

from accounts.roles import Role
from common.days import today
from proposals.forms import IndicatorValueForm
from proposals.models import (
    ContextEvent,
    Indicator,
    IndicatorValue,
    LoadedFile,
    Organisation,
    Passage,
    Proposal,
    ProposalLead,
    Report,
    Risk,
    RiskAssessment,
    Source,
)
from proposals.services import assess_risk, record_value, referring_to, remove_thing, switch_review, write_thing
from record.admin import EditorsInline, ReadOnlyAdmin, RecordedAdmin, StatementAdmin, may, rows_in, withdraw

if TYPE_CHECKING:
    from django.db.models import Model
    from django.forms import ModelForm
    from django.http import HttpRequest

    from accounts.models import User
    from common.json_types import JSONObject
    from record.admin import FormSet
    from record.models import Recorded
    from record.services import Change
    from record.writing import Links


class SourceSideAdmin(TranslatedFieldAdmin, RecordedAdmin["Recorded"]):
    @override
    def write(
        self, change: Change, thing: Recorded, form: ModelForm[Recorded], *, values: dict[str, object], links: Links, by: User
    ) -> None:
        write_thing(change, thing, values=values, links=links)

    def remove(self, change: Change, thing: Recorded) -> None:
        remove_thing(change, thing)

    def referring(self, thing: Recorded) -> list[Recorded]:
        return referring_to(thing)


@admin.register(Report)
class ReportAdmin(SourceSideAdmin):
    list_display = ("code", "title_ru", "published_on", "horizon_date", "needs_review")
    search_fields = ("code", "title_ru", "title_en", "title_kk")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """Editors see whether findings need review; administrators decide it."""
        return [*super().get_readonly_fields(request, obj), *(() if may(request, Role.ADMINISTRATOR) else ("needs_review",))]

    @override
    def write(
        self, change: Change, report: Recorded, form: ModelForm[Recorded], *, values: dict[str, object], links: Links, by: User
    ) -> None:
        needed = values.pop("needs_review", None)
        if values or links or report.pk is None:
            super().write(change, report, form, values=values, links=links, by=by)
        if needed is not None:
            switch_review(change, cast("Report", report), needed=bool(needed), by=by)


@admin.register(Passage)
class PassageAdmin(SourceSideAdmin):
    fixed = ("report", "number")
    list_display = ("number", "report", "summary_ru")
    list_filter = ("report",)
    list_select_related = ("report",)
    search_fields = ("=number", "summary_ru", "summary_en", "summary_kk")
    autocomplete_fields = ("report",)


@admin.register(Source)
class SourceAdmin(SourceSideAdmin):
    fixed = ("report", "number")
    list_display = ("number", "title", "publisher", "report")
    list_filter = ("report",)
    list_select_related = ("report",)
    search_fields = ("title", "publisher")
    autocomplete_fields = ("report", "passages")


@admin.register(Organisation)
class OrganisationAdmin(SourceSideAdmin):
    fixed = ("code", "side")  # the side of a lead is part of each milestone's versions
    list_display = ("code", "name_ru", "side", "kind", "planned")
    list_filter = ("side", "kind", "planned")
    search_fields = ("code", "name_ru", "name_en", "name_kk", "short_name_ru")
    autocomplete_fields = ("passages",)


class ProposalLeadInline(EditorsInline):
    model = ProposalLead
    autocomplete_fields = ("organisation",)


@admin.register(Proposal)
class ProposalAdmin(SourceSideAdmin):
    fixed = ("code", "report")
    list_display = ("code", "title_ru", "kind", "strength", "flagship")
    list_filter = ("report", "kind", "strength", "flagship")
    search_fields = ("code", "title_ru", "title_en", "title_kk")
    autocomplete_fields = ("report", "passages", "diagnosis")
    inlines = [ProposalLeadInline]

    def links_of(self, formset: FormSet) -> Links:
        return {"lead": [row["organisation"] for row in rows_in(formset)]}


@admin.register(Risk)
class RiskAdmin(SourceSideAdmin):
    fixed = ("code", "report")
    list_display = ("code", "title_ru", "likelihood", "impact", "assessed_on")
    list_filter = ("report",)
    search_fields = ("code", "title_ru", "title_en", "title_kk")
    autocomplete_fields = ("report", "passages", "proposals")


@admin.register(Indicator)
class IndicatorAdmin(SourceSideAdmin):
    fixed = ("code", "report")
    list_display = ("code", "title_ru", "basis", "baseline_value", "target_value")
    list_filter = ("report", "basis")
    search_fields = ("code", "title_ru", "title_en", "title_kk")
    autocomplete_fields = ("report", "baseline_passage", "proposals")


@admin.register(ContextEvent)
class ContextEventAdmin(SourceSideAdmin):
    fixed = ("code", "report")
    list_display = ("code", "title_ru", "starts_date", "ends_date")
    list_filter = ("report",)
    search_fields = ("code", "title_ru", "title_en", "title_kk")
    autocomplete_fields = ("report", "passages", "sources")


@admin.register(RiskAssessment)
class RiskAssessmentAdmin(StatementAdmin):
    actions = (withdraw,)
    said = ("risk", "likelihood", "impact", "assessed_on", "note")
    autocomplete_fields = ("risk",)
    list_display = ("risk", "assessed_on", "likelihood", "impact", "by")
    list_select_related = ("risk",)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"assessed_on": today()} | super().get_changeform_initial_data(request)

    def say(self, change: Change, values: JSONObject, *, by: User) -> Model:
        return assess_risk(change, values.pop("risk"), by=by, **values)


@admin.register(IndicatorValue)
class IndicatorValueAdmin(StatementAdmin):
    actions = (withdraw,)
    form = IndicatorValueForm
    said = ("indicator", "measured_on", "value", "qualifier", "source_title", "source_address", "note")
    autocomplete_fields = ("indicator",)
    list_display = ("indicator", "measured_date", "value", "source_title")
    list_select_related = ("indicator",)

    def say(self, change: Change, values: JSONObject, *, by: User) -> Model:
        said = {name: values[name] for name in ("value", "qualifier", "source_title", "source_address", "note")}
        return record_value(change, values["indicator"], measured=values["measured_on"], by=by, **said)


@admin.register(LoadedFile)
class LoadedFileAdmin(ReadOnlyAdmin):
    list_display = ("report", "loaded_at")
    list_select_related = ("report",)
