"""Forms of the admin: dates move only with a reason, and nothing may wait for itself in a circle."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from common.fields import LANGUAGE_CODES
from common.forms import PlannedDateField, TextField
from milestones import choices
from milestones.models import Dependency, Milestone, MilestoneOwner, Series
from milestones.plan.problems import problems_of_criterion, problems_of_edition, problems_of_owners, problems_of_series
from milestones.rules import find_cycle

MOST_HOSTS = 12


class MilestoneForm(forms.ModelForm[Milestone]):
    """``due`` and ``forecast`` are typed as one field each and moved by ``services.move_date`` after the rest is saved."""

    due_date = PlannedDateField(label=_("due"), required=False)
    forecast_date = PlannedDateField(label=_("forecast"), required=False)
    reason = forms.ChoiceField(
        label=_("reason for moving a date"),
        required=False,
        choices=[("", "–"), *((value, label) for value, label in choices.REASON_CATEGORIES if value != "file")],
    )
    reason_note = TextField(label=_("note on the reason"), required=False, max_length=2000, widget=forms.Textarea({"rows": 2}))

    class Meta:
        model = Milestone
        fields = "__all__"  # noqa: DJ007 - the admin lists its own

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["due_date"], self.initial["forecast_date"] = self.instance.due_date, self.instance.forecast_date

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or {}
        moved = self.instance.pk and {"due_date", "forecast_date"} & set(self.changed_data)
        if moved and not cleaned.get("reason"):
            self.add_error("reason", ValidationError(_("A date was moved: choose a reason."), code="reason_missing"))
        if moved and cleaned.get("reason") == "other" and not cleaned.get("reason_note", "").strip():
            self.add_error("reason_note", ValidationError(_("Say in words which other reason."), code="reason_missing"))
        proposal = cleaned.get("proposal") or (self.instance.proposal if self.instance.pk else None)
        problems = problems_of_edition(proposal, cleaned.get("series"), cleaned.get("edition"), self.instance.actual_host)
        texts = {language: cleaned.get(f"criterion_{language}", "") for language in LANGUAGE_CODES}
        for problem in [*problems, *problems_of_criterion(texts)]:
            self.add_error(problem.pointer, ValidationError(problem.text, code=problem.code))
        return cleaned


class OwnerFormSet(forms.BaseInlineFormSet[MilestoneOwner, Milestone, forms.ModelForm[MilestoneOwner]]):
    """Somebody has to act first."""

    def clean(self) -> None:
        super().clean()
        kept = [form.cleaned_data for form in self.forms if getattr(form, "cleaned_data", None) and not form.cleaned_data.get("DELETE")]
        owners = {role: [owner["organisation"] for owner in kept if owner.get("role") == role] for role in ("lead", "support")}
        if not any(self.errors):
            for problem in problems_of_owners(**owners):
                raise ValidationError(problem.text, code=problem.code)


class SeriesForm(forms.ModelForm[Series]):
    class Meta:
        model = Series
        fields = "__all__"  # noqa: DJ007 - the admin lists its own

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or {}
        if len(cleaned.get("rotation") or []) > MOST_HOSTS:
            self.add_error("rotation", ValidationError(_("Too many turns."), code="too_long"))
        return cleaned

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        for problem in problems_of_series(self.instance):
            self.add_error(problem.pointer, ValidationError(problem.text, code=problem.code))


class DependencyFormSet(forms.BaseInlineFormSet[Dependency, Milestone, forms.ModelForm[Dependency]]):
    """Refuses a circle before anything is saved, naming it, so that what was typed stays in the form."""

    def clean(self) -> None:
        super().clean()
        code = self.instance.code
        waits_for: dict[str, list[str]] = {}
        for milestone, predecessor in Dependency.objects.exclude(milestone_id=self.instance.pk).values_list(
            "milestone__code", "predecessor__code"
        ):
            waits_for.setdefault(milestone, []).append(predecessor)
        waits_for[code] = [
            form.cleaned_data["predecessor"].code
            for form in self.forms
            if getattr(form, "cleaned_data", {}).get("predecessor") and not form.cleaned_data.get("DELETE")
        ]
        if cycle := find_cycle(waits_for):
            raise ValidationError(
                _("These would wait for each other in a circle: %(cycle)s"), code="cycle", params={"cycle": " → ".join(cycle)}
            )
