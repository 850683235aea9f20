"""The admin of the tracking side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.utils.translation import gettext_lazy as _
from translated_fields import TranslatedFieldAdmin
from typing_extensions import override

from accounts.models import User
from accounts.permissions import user_of
from accounts.roles import Role
from common.refusals import Refused
from milestones.forms import DependencyFormSet, MilestoneForm, OwnerFormSet, SeriesForm
from milestones.models import (
    Assessment,
    Baseline,
    BaselineDate,
    Batch,
    Citation,
    Dependency,
    ErrorReport,
    Evidence,
    Milestone,
    MilestoneOwner,
    PlanChange,
    Round,
    Series,
    Translation,
)
from milestones.services import remove_milestone, remove_series, roll_series, set_baseline, write_milestone, write_series
from record.admin import EditorsInline, ReadOnlyAdmin, ReadOnlyInline, RecordedAdmin, StatementAdmin, rows_in, withdraw
from record.services import open_change

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.forms import ModelForm
    from django.http import HttpRequest

    from common.json_types import JSONObject
    from record.admin import FormSet
    from record.services import Change
    from record.writing import Links


class OwnerInline(EditorsInline):
    model = MilestoneOwner
    formset = OwnerFormSet
    autocomplete_fields = ("organisation",)


class DependencyInline(EditorsInline):
    model = Dependency
    fk_name = "milestone"
    formset = DependencyFormSet
    autocomplete_fields = ("predecessor",)


@admin.register(Series)
class SeriesAdmin(TranslatedFieldAdmin, RecordedAdmin[Series]):
    form = SeriesForm
    fixed = ("code", "proposal")
    list_display = ("code", "title_ru", "proposal", "first_year", "last_year")
    list_select_related = ("proposal",)
    search_fields = ("code", "title_ru", "title_en", "title_kk")
    autocomplete_fields = ("proposal",)
    actions = ("roll_on", withdraw)

    @admin.action(description=_("Roll on by a year: add the edition after the last"))
    def roll_on(self, request: HttpRequest, queryset: QuerySet[Series]) -> None:
        """The new edition is made like the newest one; its texts and dates can be changed afterwards."""
        for series in queryset:
            try:
                with open_change(by=user_of(request).actor) as change:
                    added = roll_series(change, series, until=series.last_year + 1, by=user_of(request))
                self.message_user(request, str(_("Added: %(codes)s.")) % {"codes": ", ".join(edition.code for edition in added)})
            except Refused as refused:
                self.message_user(request, f"{series.code}: {refused}", messages.ERROR)

    @override
    def write(self, change: Change, series: Series, form: ModelForm[Series], *, values: dict[str, object], links: Links, by: User) -> None:
        write_series(change, series, values=values)

    def remove(self, change: Change, series: Series) -> None:
        remove_series(change, series)


@admin.register(Milestone)
class MilestoneAdmin(TranslatedFieldAdmin, RecordedAdmin[Milestone]):
    form = MilestoneForm
    fixed = ("code", "proposal")
    list_display = ("code", "title_ru", "proposal", "status", "due_date", "slippage_days", "analyst")
    list_filter = ("proposal", "status", "stage", "basis")
    list_select_related = ("proposal", "analyst")
    search_fields = ("code", "title_ru", "title_en", "title_kk")
    autocomplete_fields = ("proposal", "series", "passages")
    readonly_fields = ("status", "baseline_due_date", "slippage_days", "host", "actual_host", "completed_on")  # what is found is assessed
    inlines = [OwnerInline, DependencyInline]
    fieldsets = [
        (None, {"fields": ["code", "proposal", "stage", "basis", "order"]}),
        ("Русский", {"fields": ["title_ru", "short_title_ru", "description_ru", "criterion_ru"]}),
        ("English", {"fields": ["title_en", "short_title_en", "description_en", "criterion_en"]}),
        ("Қазақша", {"fields": ["title_kk", "short_title_kk", "description_kk", "criterion_kk"]}),
        (None, {"fields": ["due_date", "forecast_date", "reason", "reason_note", "baseline_due_date", "slippage_days"]}),
        (None, {"fields": ["series", "edition", "host", "actual_host", "status", "completed_on", "analyst", "lead_assumed", "passages"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Milestone]:
        return super().get_queryset(request).select_related("proposal__report")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """An editor does not see accounts, so the analysts stand in a plain list."""
        if db_field.name == "analyst":
            kwargs["queryset"] = User.objects.filter(is_active=True).exclude(role=Role.STAKEHOLDER).order_by("username")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What is on the record stays: such a milestone is dropped by an assessment."""
        recorded = obj is not None and (obj.assessments.exists() or obj.plan_changes.exists())
        return super().has_delete_permission(request, obj) and not recorded

    @override
    def write(
        self, change: Change, milestone: Milestone, form: ModelForm[Milestone], *, values: dict[str, object], links: Links, by: User
    ) -> None:
        why = {name: form.cleaned_data[name] for name in ("reason", "reason_note")}
        columns = {name: value for name, value in values.items() if name not in why}
        write_milestone(change, milestone, values=columns, links=links, **why, by=by)

    def links_of(self, formset: FormSet) -> Links:
        rows = rows_in(formset)
        if formset.model is Dependency:
            return {"predecessors": [row["predecessor"] for row in rows]}
        return {role: [row["organisation"] for row in rows if row["role"] == role] for role in ("lead", "support")}

    def remove(self, change: Change, milestone: Milestone) -> None:
        remove_milestone(change, milestone)


class CitationInline(ReadOnlyInline):
    model = Citation
    fields = readonly_fields = ("evidence", "stance")


@admin.register(Assessment)
class AssessmentAdmin(ReadOnlyAdmin):
    actions = (withdraw,)
    list_display = ("milestone", "status", "state", "effective_on", "author", "published_at")
    list_filter = ("state", "status")
    list_select_related = ("milestone", "author")
    search_fields = ("milestone__code", "summary")
    inlines = [CitationInline]


@admin.register(Translation)
class TranslationAdmin(ReadOnlyAdmin):
    actions = (withdraw,)
    list_display = ("assessment", "language", "summary", "by", "translated_at")
    list_filter = ("language",)
    list_select_related = ("assessment",)


@admin.register(Evidence)
class EvidenceAdmin(ReadOnlyAdmin):
    actions = (withdraw,)
    list_display = ("title", "publisher", "kind", "published_on", "link_state", "confidential")
    list_filter = ("kind", "link_state", "confidential")
    search_fields = ("title", "publisher", "address")


@admin.register(PlanChange)
class PlanChangeAdmin(ReadOnlyAdmin):
    actions = (withdraw,)
    list_display = ("milestone", "field", "before_date", "after_date", "category", "changed_at")
    list_filter = ("field", "category")
    list_select_related = ("milestone",)
    search_fields = ("milestone__code",)


class BaselineDateInline(ReadOnlyInline):
    model = BaselineDate
    fields = readonly_fields = ("milestone", "due_date")


@admin.register(Baseline)
class BaselineAdmin(StatementAdmin):
    said = ("report", "name")
    autocomplete_fields = ("report",)
    list_display = ("name", "report", "set_at")

    def say(self, change: Change, values: JSONObject, *, by: User) -> Baseline:
        return set_baseline(change, values["report"], name=values["name"], by=by)

    def get_inlines(self, request: HttpRequest, obj: Baseline | None) -> Any:
        return super().get_inlines(request, obj) if obj else []

    list_select_related = ("report",)
    inlines = [BaselineDateInline]


@admin.register(Round)
class RoundAdmin(ReadOnlyAdmin):
    list_display = ("name", "opened_at", "published_at")


@admin.register(ErrorReport)
class ErrorReportAdmin(ReadOnlyAdmin):
    """They are answered at the desk."""

    list_display = ("path", "created_at", "state", "closed_by", "closed_at")
    list_filter = ("state",)
    list_select_related = ("closed_by",)
    exclude = ("email",)


@admin.register(Batch)
class BatchAdmin(ReadOnlyAdmin):
    list_display = ("uid", "made_at", "made_by", "taken_back_at")
    list_select_related = ("made_by",)
