"""What programs send of the source side."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.serializers import ListField

from common.api.inputs import (
    MOST_CODES,
    Address,
    ByCode,
    ByCodes,
    Choice,
    Day,
    Input,
    Number,
    OneLine,
    PlannedDateInput,
    Text,
    Whole,
    list_of,
)
from common.fields import CODE_LENGTH
from proposals import choices
from proposals.models import ContextEvent, Indicator, IndicatorVersion, Organisation, Passage, Proposal, Report, Risk, Source
from proposals.models.columns import NUMBER_LENGTH
from record.api.writing import ThingInput
from record.described import Sort, sort_of

if TYPE_CHECKING:
    from common.json_types import JSONObject
    from record.described import Field

TITLE, TEXT = 300, 5000


def some_numbers() -> ListField:
    return list_of(MOST_CODES, length=NUMBER_LENGTH)


class SourceInput(ThingInput):
    """A thing of one report, whose passages are named by their numbers."""

    numbered: ClassVar[tuple[str, ...]] = ("passages",)

    def validate(self, attrs: JSONObject) -> JSONObject:
        report = attrs.get("report") or self.instance.report  # type: ignore[union-attr]
        for name in self.numbered:
            if name in attrs:
                attrs[name] = passages_of(report, attrs[name], name)
        return attrs


def passages_of(report: Report, wanted: list[str], field: str) -> list[Passage]:
    """Passages by number. Raises ``ValidationError`` naming the first that is not there."""
    passages = {passage.number: passage for passage in Passage.objects.filter(report=report, number__in=wanted)}
    for number in wanted:
        if number not in passages:
            said = _("%(report)s has no passage %(number)s.") % {"report": report.code, "number": number}
            raise ValidationError({field: [said]}, code="unknown_code")
    return [passages[number] for number in dict.fromkeys(wanted)]


class ReportInput(ThingInput):
    model = Report


class OrganisationInput(ThingInput):
    """Passages are named with their report: ``RK2030:4.2``."""

    model = Organisation
    fixed = ("code", "side")
    passages = list_of(MOST_CODES, length=CODE_LENGTH + NUMBER_LENGTH + 1)

    def validate_passages(self, wanted: list[str]) -> list[Passage]:
        pairs = [name.partition(":") for name in wanted]
        queryset = Passage.objects.filter(report__code__in={report for report, _colon, _number in pairs}).select_related("report")
        passages = {passage.version_code: passage for passage in queryset}
        for name in wanted:
            if name not in passages:
                raise ValidationError(_("There is no passage %(name)s; write it as RK2030:4.2.") % {"name": name}, code="unknown_code")
        return [passages[name] for name in dict.fromkeys(wanted)]


class ProposalInput(SourceInput):
    model, numbered = Proposal, ("passages", "diagnosis")
    report = ByCode(Report.objects.all())
    lead = ByCodes(Organisation.objects.all(), required=False)
    passages, diagnosis = some_numbers(), some_numbers()


class RiskInput(SourceInput):
    model = Risk
    report = ByCode(Report.objects.all())
    passages = some_numbers()
    proposals = ByCodes(Proposal.objects.all(), required=False)


class MeasuredBaselineInput(Input):
    value = Number(required=False, allow_null=True)
    qualifier = Choice(choices=choices.QUALIFIERS, required=False, allow_blank=True)
    date = PlannedDateInput(required=False, allow_null=True)
    passage = OneLine(max_length=NUMBER_LENGTH, required=False, allow_null=True)
    according_to = OneLine(max_length=TITLE, required=False, allow_null=True, allow_blank=True)
    note = Text(max_length=TEXT, required=False, allow_null=True, allow_blank=True)


class TargetInput(Input):
    value = Number(required=False, allow_null=True)
    qualifier = Choice(choices=choices.QUALIFIERS, required=False, allow_blank=True)
    date = PlannedDateInput(required=False, allow_null=True)


class IndicatorInput(SourceInput):
    model, numbered = Indicator, ()
    report = ByCode(Report.objects.all())
    proposals = ByCodes(Proposal.objects.all(), required=False)
    baseline = MeasuredBaselineInput(required=False, allow_null=True)
    target = TargetInput(required=False, allow_null=True)

    def said(self, indicator: Indicator) -> tuple[JSONObject, JSONObject]:
        """What is measured is sent whole: what is left out is empty. Words are those of the request's language."""
        whole = [field for field in IndicatorVersion.described if field.parts and field.name in self.validated_data]
        sent = {field.name: self.validated_data.pop(field.name) or {} for field in whole}
        columns, links = super().said(indicator)
        for field in whole:
            for part in field.parts:
                columns |= _part_column(part, sent[field.name], columns.get("report") or indicator.report)
        return columns, links


def _part_column(part: Field, sent: JSONObject, report: Report) -> dict[str, object]:
    value = sent.get(part.name)
    match sort_of(IndicatorVersion, part):
        case Sort.PLANNED:
            return {f"{part.source}_date": value}
        case Sort.TEXT:
            return {f"{part.source}_{get_language() or 'ru'}": value or ""} if part.name in sent else {}
        case Sort.LINE:
            return {part.source: passages_of(report, [value], "baseline")[0] if value else None}
        case Sort.CHOICE:
            return {part.source: value or ""}
    return {part.source: value}


class ContextEventInput(SourceInput):
    model = ContextEvent
    report = ByCode(Report.objects.all())
    passages = some_numbers()
    sources = ListField(child=Whole(min_value=1, max_value=9999), max_length=MOST_CODES, required=False)

    def validate(self, attrs: JSONObject) -> JSONObject:
        attrs = super().validate(attrs)
        report = attrs.get("report") or self.instance.report  # type: ignore[union-attr]
        if "sources" in attrs:
            sources = {source.number: source for source in Source.objects.filter(report=report, number__in=attrs["sources"])}
            for number in attrs["sources"]:
                if number not in sources:
                    said = _("%(report)s has no source %(number)d.") % {"report": report.code, "number": number}
                    raise ValidationError({"sources": [said]}, code="unknown_code")
            attrs["sources"] = list(sources.values())
        return attrs


class RiskAssessmentInput(Input):
    """How likely and how grave, each from 1 to 5."""

    likelihood = Whole(min_value=1, max_value=5)
    impact = Whole(min_value=1, max_value=5)
    assessed_on = Day(required=False, allow_null=True)
    note = Text(max_length=TEXT, required=False, allow_blank=True)


class IndicatorValueInput(Input):
    date = PlannedDateInput()
    value = Number()
    qualifier = Choice(choices=choices.QUALIFIERS, required=False, allow_blank=True)
    source_title = OneLine(max_length=500)
    source_url = Address(max_length=2000, required=False, allow_null=True, allow_blank=True)
    note = Text(max_length=TEXT, required=False, allow_blank=True)
