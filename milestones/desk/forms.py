"""The forms of the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from common.forms import PlannedDateField
from common.merging import MergingForm
from milestones import choices
from milestones.evidence_files import check_file
from milestones.models import Citation, Evidence
from proposals.choices import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.core.files.uploadedfile import UploadedFile

    from milestones.models import Assessment, Milestone

NOT_CHOSEN = [("", _("– choose –"))]


def date_input() -> forms.DateInput:
    return forms.DateInput({"type": "date"}, format="%Y-%m-%d")


def day_field(label: Any, help_text: Any = "") -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=date_input(), input_formats=["%Y-%m-%d"], help_text=help_text)


class FindingForm(MergingForm, forms.Form):
    """What an analyst found. Everything may be missing in a draft; what is needed is asked when it is submitted."""

    status = forms.ChoiceField(label=_("Status"), required=False)
    effective_on = day_field(_("True since"), _("The day from which it is true, not the day on which you found it."))
    completed_on = day_field(_("Completed on"), _("Only for “achieved”."))
    summary = forms.CharField(
        label=_("Summary"), required=False, max_length=500, help_text=_("One line for everybody: what was found, in plain words.")
    )
    language = forms.ChoiceField(label=_("Language of the summary"), required=False, choices=LANGUAGES)
    confidence = forms.ChoiceField(label=_("Confidence"), required=False, choices=NOT_CHOSEN + choices.CONFIDENCES)
    forecast_date = PlannedDateField(
        label=_("Forecast"), required=False, help_text=_("When you expect it: 2030, 2027-Q2, 2027-06 or 2027-06-30.")
    )
    actual_host = forms.ChoiceField(label=_("Actual host"), required=False, choices=NOT_CHOSEN + choices.HOSTS)
    reason = forms.CharField(
        label=_("Reason for going back"), required=False, max_length=2000, widget=forms.Textarea({"rows": 2}),
        help_text=_("Needed when it was achieved or dropped and no longer is."),
    )  # fmt: skip
    corrects = forms.BooleanField(label=_("This corrects the current assessment"), required=False)
    internal_note = forms.CharField(
        label=_("Internal note"),
        required=False,
        max_length=10000,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("Never shown to the public."),
    )

    def __init__(self, *args: Any, milestone: Milestone, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.milestone = milestone
        known = [(value, label) for value, label in choices.STATUS_CHOICES if value != "not_assessed"]
        self.fields["status"].choices = NOT_CHOSEN + known  # type: ignore[attr-defined]
        if milestone.series_id is None:
            del self.fields["actual_host"]
        if milestone.current_id is None:
            del self.fields["corrects"]

    def clean_summary(self) -> str:
        """Pasted line ends become spaces: a summary is one line."""
        return " ".join(self.cleaned_data["summary"].split())

    def values(self) -> dict[str, Any]:
        """For ``draft_assessment`` and ``edit_draft``."""
        values = {name: value for name, value in self.cleaned_data.items() if name != "corrects"}
        values["status"] = values.get("status") or ""
        values["language"] = values.get("language") or "ru"
        values["corrects"] = self.milestone.current if self.cleaned_data.get("corrects") else None
        return values


FILLED = ("status", "effective_on", "completed_on", "summary", "language", "confidence", "forecast_date", "actual_host", "reason")


def initial_of(draft: Assessment | None, milestone: Milestone, *, language: str) -> dict[str, Any]:
    """A form begins with the open draft, else with the last assessment, else empty."""
    if draft:
        values = {name: getattr(draft, name) for name in (*FILLED, "internal_note")}
        return values | {"corrects": draft.corrects_id is not None and draft.corrects_id == milestone.current_id}
    if milestone.current is None or milestone.current.withheld:
        return {"language": language}
    return {name: getattr(milestone.current, name) for name in FILLED if name != "reason"}


class EvidenceForm(forms.Form):
    """One row of evidence. An empty row is passed over."""

    uid = forms.UUIDField(required=False, widget=forms.HiddenInput)
    address = forms.URLField(label=_("Address"), required=False, max_length=2000, assume_scheme="https")
    file = forms.FileField(label=_("or file"), required=False)
    title = forms.CharField(label=_("Title"), required=False, max_length=500)
    publisher = forms.CharField(label=_("Publisher"), required=False, max_length=300)
    kind = forms.ChoiceField(label=_("Kind"), choices=choices.EVIDENCE_KINDS, required=False)
    language = forms.CharField(label=_("Language"), required=False, max_length=8)
    published_on = day_field(_("Published on"))
    stance = forms.ChoiceField(label=_("Stance"), choices=choices.STANCES, required=False)
    confidential = forms.BooleanField(label=_("Confidential"), required=False)
    remove = forms.BooleanField(label=_("Remove"), required=False)

    def clean_file(self) -> UploadedFile[Any] | None:
        file: UploadedFile[Any] | None = self.cleaned_data.get("file")
        if file:
            from common.refusals import Refused  # noqa: PLC0415 - only for files

            try:
                check_file(file)
            except Refused as refused:
                raise ValidationError([problem.text for problem in refused.problems]) from refused
        return file

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        cleaned["kind"] = cleaned.get("kind") or "other"
        cleaned["stance"] = cleaned.get("stance") or "supports"
        if self.is_filled(cleaned) and not cleaned.get("title") and not self.errors:
            self.add_error("title", ValidationError(_("Give the evidence a title."), code="title_missing"))
        return cleaned

    def is_filled(self, cleaned: dict[str, Any]) -> bool:
        return bool(cleaned.get("address") or cleaned.get("file") or cleaned.get("uid")) and not cleaned.get("remove")

    def values(self) -> dict[str, Any]:
        """For ``add_evidence`` and ``change_evidence``."""
        names = ("address", "title", "publisher", "kind", "language", "published_on", "confidential")
        return {name: self.cleaned_data[name] for name in names}


class BaseEvidenceFormSet(forms.BaseFormSet[EvidenceForm]):
    def __init__(self, *args: Any, draft: Assessment | None = None, **kwargs: Any) -> None:
        cited = draft.citations.select_related("evidence").order_by("id") if draft else Citation.objects.none()
        self.known = {one.evidence.uid: one for one in cited}
        kwargs["initial"] = [row_of(one.evidence, one.stance) for one in self.known.values()]
        super().__init__(*args, **kwargs)

    def rows(self) -> Iterable[EvidenceForm]:
        return self.forms


def row_of(evidence: Evidence, stance: str) -> dict[str, Any]:
    names = ("uid", "address", "title", "publisher", "kind", "language", "published_on", "confidential")
    return {name: getattr(evidence, name) for name in names} | {"stance": stance}


EvidenceFormSet: type[BaseEvidenceFormSet] = forms.formset_factory(  # type: ignore[assignment]
    EvidenceForm, formset=BaseEvidenceFormSet, extra=1, max_num=30, absolute_max=30
)


class MoveForm(MergingForm, forms.Form):
    """Another date, and why."""

    due_date = PlannedDateField(label=_("Due"), required=False, help_text=_("2030, 2027-Q2, 2027-06 or 2027-06-30; empty is undated."))
    forecast_date = PlannedDateField(label=_("Forecast"), required=False)
    reason = forms.ChoiceField(
        label=_("Reason"), choices=NOT_CHOSEN + [(value, label) for value, label in choices.REASON_CATEGORIES if value != "file"]
    )
    reason_note = forms.CharField(label=_("Note on the reason"), required=False, max_length=2000, widget=forms.Textarea({"rows": 2}))


class CommentForm(forms.Form):
    comment = forms.CharField(label=_("What is to be changed"), required=False, max_length=2000, widget=forms.Textarea({"rows": 3}))


class RoundForm(forms.Form):
    name = forms.CharField(label=_("Name of the round"), max_length=200, help_text=_("For example: autumn 2026."))


class BatchForm(forms.Form):
    """One finding for many milestones, or the confirmation of what stands on each."""

    act = forms.ChoiceField(
        label=_("What to record"), widget=forms.RadioSelect,
        choices=[("confirm", _("No change: what stands is still accurate")), ("record", _("The same finding for all of them"))],
    )  # fmt: skip
    status = forms.ChoiceField(
        label=_("Status"), required=False, choices=NOT_CHOSEN + [pair for pair in choices.STATUS_CHOICES if pair[0] != "not_assessed"]
    )
    effective_on = day_field(_("True since"))
    completed_on = day_field(_("Completed on"))
    summary = forms.CharField(label=_("Summary"), required=False, max_length=500)
    language = forms.ChoiceField(label=_("Language of the summary"), required=False, choices=LANGUAGES)
    confidence = forms.ChoiceField(label=_("Confidence"), required=False, choices=NOT_CHOSEN + choices.CONFIDENCES)
    address = forms.URLField(label=_("Address of the evidence"), required=False, max_length=2000, assume_scheme="https")
    title = forms.CharField(label=_("Title of the evidence"), required=False, max_length=500)

    def values(self) -> dict[str, Any] | None:
        if self.cleaned_data["act"] == "confirm":
            return None
        names = ("status", "effective_on", "completed_on", "summary", "language", "confidence")
        return {name: self.cleaned_data[name] for name in names} | {"language": self.cleaned_data["language"] or "ru"}


class WithdrawForm(forms.Form):
    reason = forms.ChoiceField(label=_("Why it has to go"), choices=NOT_CHOSEN + choices.WITHDRAWAL_REASONS)


class LookForm(forms.Form):
    address = forms.URLField(max_length=2000, assume_scheme="https")


class ArchiveForm(forms.Form):
    archive_address = forms.URLField(label=_("Archive address"), required=False, max_length=2000, assume_scheme="https")
