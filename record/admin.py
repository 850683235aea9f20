"""The admin over the record: a write goes through ``Change`` like any other, and the record itself is read-only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Model
from django.forms import ModelForm
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from accounts.permissions import user_of
from accounts.roles import Role
from common.admin import ListedLookups
from common.merging import MergingForm
from common.refusals import Refused
from record.models import Event, Installation
from record.services import open_change

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from django.db.models import QuerySet
    from django.forms import BaseModelFormSet
    from django.http import HttpRequest, HttpResponse

    from accounts.models import User
    from common.json_types import JSONObject
    from record.models import Recorded
    from record.services import Change
    from record.writing import Links

    FormSet = BaseModelFormSet[Model, ModelForm[Model]]

Thing = TypeVar("Thing", bound="Recorded")


def may(request: HttpRequest, role: Role) -> bool:
    return request.user.is_authenticated and request.user.may(role)


@admin.action(description=_("Withdraw for good …"))
def withdraw(model_admin: admin.ModelAdmin[Model], request: HttpRequest, queryset: QuerySet[Model]) -> HttpResponse | None:
    """Leads to the desk's page, which shows the words that would go and asks why."""
    if len(queryset) != 1:
        model_admin.message_user(request, _("Choose one at a time: each withdrawal has a reason of its own."), messages.ERROR)
        return None
    return redirect("desk:withdraw", queryset[0]._meta.model_name, queryset[0].pk)


class ReadOnlyAdmin(ListedLookups):
    """Editors look; nobody writes."""

    show_full_result_count = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may(request, Role.EDITOR)

    @override
    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may(request, Role.EDITOR)

    @override
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @override
    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class WritingAdmin(ReadOnlyAdmin):
    """Editors write, within one change of the record: ``request.record_change``."""

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """The locks are taken before the form reads anything, so nobody changes it between."""
        if request.method != "POST":
            return super().changeform_view(request, object_id, form_url, extra_context)
        with open_change(by=user_of(request).actor) as change:
            request.record_change = change  # type: ignore[attr-defined]
            return super().changeform_view(request, object_id, form_url, extra_context)


class RecordedAdmin(WritingAdmin, Generic[Thing]):
    """For things with versions: editors write, and each save is one event of the record.

    The admin saves nothing: what was typed goes to a service as values. What names a thing (``fixed``) is set when it
    is made and never changes.
    """

    fixed: ClassVar[tuple[str, ...]] = ("code",)
    actions: Sequence[Callable[..., HttpResponse | None] | str] = (withdraw,)

    def write(self, change: Change, thing: Thing, form: ModelForm[Thing], *, values: dict[str, object], links: Links, by: User) -> None:
        """Subclasses: hand columns and lists of links to the service."""
        raise NotImplementedError

    def links_of(self, formset: FormSet) -> Links:
        """Subclasses: what the rows of an inline say, as lists by the name of the relation."""
        raise NotImplementedError

    def remove(self, change: Change, thing: Thing) -> None:
        """Subclasses: remove it through its service."""
        raise NotImplementedError

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may(request, Role.EDITOR)

    @override
    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may(request, Role.EDITOR)

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may(request, Role.EDITOR)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return [*super().get_readonly_fields(request, obj), *(self.fixed if obj else ())]

    def get_actions(self, request: HttpRequest) -> dict[str, tuple[Callable[..., str], str, str] | None]:
        """Removing is done one by one: each has its own page that names what hinders it."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    @override
    def get_form(self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any) -> Any:
        """Two editors at once: what each changed goes in, and what both changed is asked."""
        base = super().get_form(request, obj, change, **kwargs)
        return type(base.__name__, (MergingForm, base), {})

    @override
    def save_model(self, request: HttpRequest, obj: Model, form: object, change: bool) -> None:
        """The service saves it with all that belongs to it."""

    @override
    def save_related(self, request: HttpRequest, form: Any, formsets: Iterable[FormSet], change: bool) -> None:
        given = form.cleaned_data if not change else {name: form.cleaned_data[name] for name in form.changed_data}
        many = {field.name for field in form.instance._meta.many_to_many}
        values = {name: value for name, value in given.items() if name not in many}
        links: dict[str, Sequence[Model]] = {name: list(value) for name, value in given.items() if name in many}
        for formset in formsets:
            if formset.has_changed():
                links |= self.links_of(formset)
        if values or links or not change:
            self.write(request.record_change, form.instance, form, values=values, links=links, by=user_of(request))  # type: ignore[attr-defined]

    @override
    def construct_change_message(self, request: HttpRequest, form: Any, formsets: object, add: bool = False) -> Any:
        """Of rows the record tells; the formsets saved none."""
        return super().construct_change_message(request, form, [], add)

    def referring(self, thing: Thing) -> Sequence[Recorded]:  # noqa: ARG002 - for subclasses
        """What cites a thing in a list of its own, beside what the database protects."""
        return []

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        deleted, counts, missing, protected = super().get_deleted_objects(objs, request)
        return deleted, counts, missing, [*protected, *(str(other) for thing in objs for other in self.referring(thing))]

    def delete_model(self, request: HttpRequest, obj: Thing) -> None:
        with open_change(by=user_of(request).actor) as change:
            if type(obj)._default_manager.filter(pk=obj.pk).exists():  # somebody may have been quicker
                self.remove(change, obj)


class StatementAdmin(WritingAdmin):
    """For rows that are written once: editors add, and nobody changes. ``say`` names the service that does it."""

    said: ClassVar[tuple[str, ...]] = ()
    """What somebody fills in."""

    def say(self, change: Change, values: JSONObject, *, by: User) -> Model:
        """Subclasses: hand the values to the service, and return what it wrote."""
        raise NotImplementedError

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may(request, Role.EDITOR)

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return super().get_fields(request, obj) if obj else self.said

    @override
    def get_form(self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any) -> Any:
        """What the service refuses stands beside the field, with everything that was typed kept."""
        base, say = super().get_form(request, obj, change, **kwargs), self.say

        class Form(base):  # type: ignore[misc, valid-type]
            written: Model

            def _post_clean(self) -> None:
                super()._post_clean()
                if self.errors:
                    return
                try:
                    with transaction.atomic():
                        self.written = say(request.record_change, self.cleaned_data, by=user_of(request))  # type: ignore[attr-defined]
                except Refused as refused:
                    for problem in refused.problems:
                        self.add_error(problem.pointer if problem.pointer in self.fields else None, problem.text)

        return Form

    @override
    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        """The service has written it; the admin only needs to know which row that is."""
        obj.pk = form.written.pk


class EditorsInline(admin.TabularInline[Any, Any]):
    """Rows that belong to a thing: whoever may change the thing may change them."""

    extra = 0
    form = type("MergingRow", (MergingForm, ModelForm), {})

    @override
    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may(request, Role.EDITOR)

    @override
    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may(request, Role.EDITOR)

    @override
    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may(request, Role.EDITOR)

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may(request, Role.EDITOR)


class ReadOnlyInline(admin.TabularInline[Model, Model]):
    """Rows of the record under the thing they belong to."""

    extra = 0
    can_delete = False

    @override
    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may(request, Role.EDITOR)

    @override
    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def rows_in(formset: FormSet) -> list[JSONObject]:
    """What the rows of an inline say that are to stay, in the order that they ask for."""
    rows = [form.cleaned_data for form in formset.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]
    return sorted(rows, key=lambda row: row.get("order") or 0)


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ("position", "type", "occurred_at", "report", "proposal", "milestone", "actor")
    list_filter = ("type",)
    search_fields = ("=milestone", "=proposal", "=type")
    date_hierarchy = "occurred_at"
    ordering = ("-position",)


@admin.register(Installation)
class InstallationAdmin(ReadOnlyAdmin):
    list_display = ("begun_at", "time_zone", "sample")
