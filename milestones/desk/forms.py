"""The forms of the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from common.edits import changed_fields
from common.forms import AddressField, DayField, OneLineField, PlannedDateField, TextField
from common.merging import MergingForm
from common.refusals import Refused
from milestones import choices, statuses
from milestones.evidence.files import examine
from milestones.models import Citation, Evidence
from proposals.choices import LANGUAGES

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile
    from django.http import QueryDict
    from django_stubs_ext import StrOrPromise

    from milestones.models import Assessment, Milestone, Translation

MOST_ROWS = 60
NOT_CHOSEN = [("", _("– choose –"))]


def page_language() -> str:
    return get_language() or "ru"


def day_field(label: StrOrPromise, help_text: StrOrPromise = "") -> DayField:
    return DayField(label=label, required=False, help_text=help_text)


class FindingForm(MergingForm, forms.Form):
    """What an analyst found. Everything may be missing in a draft; what is needed is asked when it is submitted."""

    status = forms.ChoiceField(label=_("Status"), required=False)
    effective_on = day_field(_("True since"), _("The day from which it is true, not the day on which you found it."))
    completed_on = day_field(_("Completed on"), _("Only for “achieved”."))
    summary = OneLineField(
        label=_("Summary"), required=False, max_length=500, help_text=_("One line for everybody: what was found, in plain words.")
    )
    language = forms.ChoiceField(label=_("Language of the summary"), required=False, choices=LANGUAGES)
    confidence = forms.ChoiceField(label=_("Confidence"), required=False, choices=NOT_CHOSEN + choices.CONFIDENCES)
    forecast_date = PlannedDateField(
        label=_("Forecast"), required=False, help_text=_("When you expect it: 30 Jun 2027, Jun 2027, 2027 Q2 or 2027.")
    )
    actual_host = forms.ChoiceField(label=_("Actual host"), required=False, choices=NOT_CHOSEN + choices.HOSTS)
    reason = TextField(
        label=_("Reason for going back"), required=False, max_length=2000, widget=forms.Textarea({"rows": 2}),
        help_text=_("Needed when it was achieved or dropped and no longer is."),
    )  # fmt: skip
    corrects = forms.BooleanField(label=_("This corrects the current assessment"), required=False)
    standing = forms.UUIDField(required=False, widget=forms.HiddenInput)
    internal_note = TextField(
        label=_("Internal note"),
        required=False,
        max_length=10000,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("Never shown to the public."),
    )

    def __init__(self, *args: Any, milestone: Milestone, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.milestone = milestone
        known = statuses.FOUND_CHOICES
        self.fields["status"].choices = NOT_CHOSEN + known  # type: ignore[attr-defined]
        if milestone.series_id is None:
            del self.fields["actual_host"]
        self.fields["standing"].show_hidden_initial = False
        if milestone.current_id is None:
            del self.fields["corrects"]

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or {}
        shown = cleaned.get("standing")
        if cleaned.get("corrects") and shown and self.milestone.current and shown != self.milestone.current.uid:
            text = _("Another assessment was published since this form was opened. Look at it; if that one is wrong, tick this again.")
            self.add_error("corrects", ValidationError(text, code="changed_meanwhile"))
            self._put(self.add_prefix("standing"), self.milestone.current.uid)
        return cleaned

    def values(self) -> dict[str, object]:
        """For ``draft_assessment`` and ``edit_draft``."""
        values = {name: value for name, value in self.cleaned_data.items() if name not in {"corrects", "standing"}}
        values["status"] = values.get("status") or ""
        values["language"] = values.get("language") or page_language()
        values["corrects"] = self.milestone.current if self.cleaned_data.get("corrects") else None
        return values


FILLED = ("status", "effective_on", "completed_on", "summary", "language", "confidence", "forecast_date", "actual_host", "reason")


def initial_of(draft: Assessment | None, milestone: Milestone) -> dict[str, object]:
    """A form begins with the open draft, else with the last assessment, else empty.

    A new finding is in the language of the page: words that stand in another one are not taken over.
    """
    standing = {"standing": milestone.current.uid if milestone.current else None}
    if draft:
        values = standing | {name: getattr(draft, name) for name in (*FILLED, "internal_note")}
        return values | {"corrects": draft.corrects_id is not None and draft.corrects_id == milestone.current_id}
    if milestone.current is None or milestone.current.withheld:
        return standing | {"language": page_language(), "forecast_date": milestone.forecast_date}
    values = {name: getattr(milestone.current, name) for name in FILLED if name != "reason"}
    if milestone.current.language != page_language():
        values |= {"language": page_language(), "summary": ""}
    return standing | values | {"forecast_date": milestone.forecast_date}  # which may have been moved since


class EvidenceForm(MergingForm, forms.Form):
    """One row of evidence. An empty row is passed over."""

    uid = forms.UUIDField(required=False, widget=forms.HiddenInput)
    address = AddressField(label=_("Address"), required=False)
    file = forms.FileField(label=_("or file"), required=False)
    title = OneLineField(label=_("Title"), required=False, max_length=500)
    publisher = OneLineField(label=_("Publisher"), required=False, max_length=300)
    kind = forms.ChoiceField(label=_("Kind"), choices=choices.EVIDENCE_KINDS, required=False)
    language = OneLineField(label=_("Language"), required=False, max_length=8)
    published_on = day_field(_("Published on"))
    stance = forms.ChoiceField(label=_("Stance"), choices=choices.STANCES, required=False)
    confidential = forms.BooleanField(label=_("Confidential"), required=False)
    remove = forms.BooleanField(label=_("Remove"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("uid", "remove"):
            self.fields[name].show_hidden_initial = False

    def clean_file(self) -> UploadedFile[bytes] | None:
        file: UploadedFile[bytes] | None = self.cleaned_data.get("file")
        if file:
            try:
                examine(file)
            except Refused as refused:
                raise ValidationError([problem.text for problem in refused.problems]) from refused
        return file

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or {}
        cleaned["kind"] = cleaned.get("kind") or "other"
        cleaned["stance"] = cleaned.get("stance") or "supports"
        if self.is_filled(cleaned) and not cleaned.get("title") and not self.errors:
            self.add_error("title", ValidationError(_("Give the evidence a title."), code="title_missing"))
        words = cleaned.get("title") or cleaned.get("publisher")
        if words and not self.is_filled(cleaned) and not cleaned.get("remove") and not self.errors:
            said = _("Give the address or the file of this evidence, or empty the row.")
            self.add_error("address", ValidationError(said, code="address_missing"))
        return cleaned

    def is_filled(self, cleaned: dict[str, object]) -> bool:
        return bool(cleaned.get("address") or cleaned.get("file") or cleaned.get("uid")) and not cleaned.get("remove")

    def values(self) -> dict[str, object]:
        """For ``add_evidence`` and ``change_evidence``."""
        names = ("address", "title", "publisher", "kind", "language", "published_on", "confidential")
        return {name: self.cleaned_data[name] for name in names}


class BaseEvidenceFormSet(forms.BaseFormSet[EvidenceForm]):
    """The rows of a draft. What comes back is told by its name, not by its place: somebody may have added or removed rows."""

    def __init__(self, *args: Any, draft: Assessment | None = None, **kwargs: Any) -> None:
        cited = draft.citations.select_related("evidence").order_by("id") if draft else Citation.objects.none()
        self.known = {citation.evidence.uid: citation for citation in cited}
        kwargs["initial"] = [row_of(citation.evidence, citation.stance) for citation in self.known.values()]
        super().__init__(*args, **kwargs)

    def _construct_form(self, i: int, **kwargs: object) -> EvidenceForm:
        if self.is_bound:
            uid = self._posted_uid(i)
            cited = self.known.get(uid) if uid else None
            kwargs["initial"] = row_of(cited.evidence, cited.stance) if cited else {}
        form: EvidenceForm = super()._construct_form(i, **kwargs)  # type: ignore[misc]
        if self.is_bound and not kwargs["initial"]:  # a new row: there is nothing that somebody else could have changed
            for field in form.fields.values():
                field.show_hidden_initial = False
        return form

    def _posted_uid(self, i: int) -> UUID | None:
        try:
            return UUID(str(self.data.get(f"{self.add_prefix(i)}-uid", "")))
        except ValueError:
            return None

    def clean(self) -> None:
        """What somebody else took out meanwhile is not put back in silence."""
        for form in self.forms:
            uid = form.cleaned_data.get("uid")
            if uid and uid not in self.known and not form.cleaned_data.get("remove"):
                text = _("Somebody removed this piece meanwhile. Save again to add it anew, or tick “Remove”.")
                form.add_error("title", ValidationError(text, code="changed_meanwhile"))
                form._put(form.add_prefix("uid"), "")

    def holds(self, form: EvidenceForm) -> bool:
        """Whether the draft cites already what a row says, word for word; an empty row says nothing."""
        said = form.cleaned_data
        if not form.is_filled(said):
            return not said.get("remove")
        same = [one for one in self.known.values() if said.get("uid") in {None, one.evidence.uid}]
        return any(_says(one, form) for one in same)

    @property
    def conflicts(self) -> bool:
        errors = [error for form in self.forms for field_errors in form.errors.as_data().values() for error in field_errors]
        return any(error.code == "changed_meanwhile" for error in errors)


def _says(citation: Citation, form: EvidenceForm) -> bool:
    file, piece = form.cleaned_data.get("file"), citation.evidence
    if file and (file.name, file.size) != (piece.file_name, piece.file_size):
        return False
    return citation.stance == form.cleaned_data["stance"] and not changed_fields(piece, form.values())


def row_of(evidence: Evidence, stance: str) -> dict[str, object]:
    names = ("uid", "address", "title", "publisher", "kind", "language", "published_on", "confidential")
    return {name: getattr(evidence, name) for name in names} | {"stance": stance}


EvidenceFormSet: type[BaseEvidenceFormSet] = forms.formset_factory(  # type: ignore[assignment]
    EvidenceForm, formset=BaseEvidenceFormSet, extra=1, max_num=MOST_ROWS, absolute_max=MOST_ROWS
)


class MoveForm(MergingForm, forms.Form):
    """Another date, and why."""

    due_date = PlannedDateField(label=_("Due"), required=False, help_text=_("30 Jun 2027, Jun 2027, 2027 Q2 or 2027; empty is undated."))
    forecast_date = PlannedDateField(label=_("Forecast"), required=False)
    reason = forms.ChoiceField(
        label=_("Reason"), choices=NOT_CHOSEN + [(value, label) for value, label in choices.REASON_CATEGORIES if value != "file"]
    )
    reason_note = TextField(label=_("Note on the reason"), required=False, max_length=2000, widget=forms.Textarea({"rows": 2}))


class CommentForm(forms.Form):
    comment = TextField(label=_("What is to be changed"), required=False, max_length=2000, widget=forms.Textarea({"rows": 3}))


class TranslationForm(forms.Form):
    """A finding's summary in one other language; what was posted for another one is not its business."""

    summary = OneLineField(max_length=500, widget=forms.Textarea({"rows": 2}))

    def __init__(self, language: str, word: str, standing: Translation | None, posted: QueryDict | None) -> None:
        self.language, self.standing = language, standing
        chosen = posted is not None and posted.get("action") == "translate" and posted.get("language") == language
        super().__init__(posted if chosen else None, prefix=language, initial={"summary": standing.summary if standing else ""})
        self.fields["summary"].label = word
        self.fields["summary"].widget.attrs["lang"] = language


class RoundForm(forms.Form):
    uid = forms.UUIDField(required=False, widget=forms.HiddenInput)
    name = OneLineField(label=_("Name of the round"), max_length=200, help_text=_("For example: autumn 2026."))


class BatchForm(forms.Form):
    """One finding for many milestones, or the confirmation of what stands on each."""

    uid = forms.UUIDField(required=False, widget=forms.HiddenInput)
    act = forms.ChoiceField(
        label=_("What to record"), widget=forms.RadioSelect,
        choices=[("confirm", _("No change: what stands is still accurate")), ("record", _("The same finding for all of them"))],
    )  # fmt: skip
    status = forms.ChoiceField(label=_("Status"), required=False, choices=[*NOT_CHOSEN, *statuses.FOUND_CHOICES])
    effective_on = day_field(_("True since"))
    completed_on = day_field(_("Completed on"))
    summary = OneLineField(label=_("Summary"), required=False, max_length=500)
    language = forms.ChoiceField(label=_("Language of the summary"), required=False, choices=LANGUAGES)
    confidence = forms.ChoiceField(label=_("Confidence"), required=False, choices=NOT_CHOSEN + choices.CONFIDENCES)
    address = AddressField(label=_("Address of the evidence"), required=False)
    title = OneLineField(label=_("Title of the evidence"), required=False, max_length=500)

    def clean(self) -> dict[str, object]:
        """To confirm takes none of the other fields: what stands in them is neither looked at nor refused."""
        cleaned = super().clean() or {}
        if cleaned.get("act") == "confirm":
            for name in [name for name in self.errors if name != "uid"]:
                del self.errors[name]
        elif cleaned.get("address") and not cleaned.get("title") and "title" not in self.errors:
            self.add_error("title", ValidationError(_("Give the evidence a title."), code="title_missing"))
        return cleaned

    def values(self) -> dict[str, object] | None:
        if self.cleaned_data["act"] == "confirm":
            return None
        names = ("status", "effective_on", "completed_on", "summary", "language", "confidence")
        return {name: self.cleaned_data[name] for name in names} | {"language": self.cleaned_data["language"] or page_language()}


class WithdrawForm(forms.Form):
    reason = forms.ChoiceField(label=_("Why it has to go"), choices=NOT_CHOSEN + choices.WITHDRAWAL_REASONS)


class LookForm(forms.Form):
    address = AddressField()


class ArchiveForm(forms.Form):
    archive_address = AddressField(label=_("Archive address"), required=False)
