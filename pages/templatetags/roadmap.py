"""Tags that every template may use without loading them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext

from common.dates import PlannedDate, label
from common.days import today
from common.fields import PRECISION_CHOICES
from milestones import choices, statuses
from milestones.event_words import EVENT_WORDS, event_detail
from milestones.models import Assessment, MilestoneVersion
from milestones.statuses import Coded, Freshness, Health, Status
from proposals import choices as source_choices
from proposals.models import ProposalVersion
from record.described import choices_of, words_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from django_stubs_ext import StrOrPromise

    from pages.charts import Chart
    from proposals.models import OrganisationVersion
    from record.models import Event

register = template.Library()

WORDS: dict[str, Mapping[str, StrOrPromise]] = {
    **choices_of(MilestoneVersion),
    **choices_of(ProposalVersion),
    "freshness": dict(statuses.FRESHNESS_CHOICES),
    "reason": dict(choices.REASON_CATEGORIES),
    "evidence": dict(choices.EVIDENCE_KINDS),
    "stance": dict(choices.STANCES),
    "review": dict(choices.ASSESSMENT_STATES),
    "link": dict(choices.LINK_STATES),
    "moved": dict(choices.MOVED_DATES),
    "side": dict(source_choices.SIDES),
    "organisation": dict(source_choices.ORGANISATION_KINDS),
    "language": dict(source_choices.LANGUAGES),
    "event": EVENT_WORDS,
    "field": {"summary": Assessment._meta.get_field("summary").verbose_name} | words_of(MilestoneVersion),
}
CODED: dict[str, type[Coded]] = {"status": Status, "health": Health, "freshness": Freshness}


def language() -> str:
    return get_language() or "ru"


@register.filter
def word(value: str, of: str) -> str:
    """``{{ milestone.stage|word:"stage" }}``: the word of a code in the reader's language."""
    return str(WORDS[of].get(value, value))


@register.filter
def meaning(value: str, of: str) -> str:
    member = CODED[of]._value2member_map_.get(value)
    return str(member.said.meaning) if isinstance(member, Coded) else ""


@register.simple_tag
def mark(of: str, value: str, *, bare: bool = False) -> SafeString:
    """Shape, colour and word of a status or a health, with its definition as a tooltip; ``bare`` leaves the word to the text beside."""
    member = CODED[of]._value2member_map_.get(value)
    ink = member.said.ink if isinstance(member, Coded) else "unknown"
    shape = format_html('<svg class="mark ink-{}" aria-hidden="true" focusable="false"><use href="#mark-{}"></use></svg>', ink, value)
    if bare:
        return shape
    return format_html('<span class="state" title="{}">{}{}</span>', meaning(value, of), shape, word(value, of))


@register.filter
def planned(row: object, name: str) -> str:
    """``{{ milestone|planned:"due" }}``: a planned date as the reader's language writes it, or a dash."""
    day = getattr(row, name)
    return label(day, getattr(row, f"{name}_precision"), language()) if day else "–"


@register.filter
def day(value: date | datetime | None) -> str:
    """A day as the reader's language writes it, or a dash."""
    return label(value, "day", language()) if value else "–"


@register.filter
def moment(value: datetime | None) -> str:
    """Day and time of day here, or a dash."""
    if value is None:
        return "–"
    here = timezone.localtime(value)
    return f"{label(here.date(), 'day', language())}, {here:%H:%M:%S}"


@register.filter
def month(value: date) -> str:
    return label(value, "month", language())


@register.filter
def days(number: int | None) -> str:
    """A signed number of days in words: ``+92 days``."""
    if number is None:
        return "–"
    sign = "+" if number > 0 else "−" if number < 0 else ""
    return ngettext("%(sign)s%(number)s day", "%(sign)s%(number)s days", abs(number)) % {
        "sign": sign,
        "number": number_format(abs(number), use_l10n=True, force_grouping=True),
    }


@register.filter
def day_count(number: int) -> str:
    """A number of days in words, without a sign."""
    return days(number).lstrip("+−")


@register.filter
def late_by(due: date, today: date) -> str:
    return day_count((today - due).days)


@register.filter
def measured(value: Decimal | None) -> str:
    """A measured number without idle zeros, grouped as the language does."""
    if value is None:
        return "–"
    return str(number_format(f"{value.normalize():f}", use_l10n=True, force_grouping=True))


@register.filter
def said(value: object) -> str:
    """Any value of an assessment in words: a day, a planned date, a text, or a dash."""
    if value in (None, ""):
        return "–"
    if isinstance(value, PlannedDate):
        return value.label(language())
    if isinstance(value, date):
        return label(value, "day", language())
    return str({**WORDS["confidence"], **WORDS["side"]}.get(str(value), value))


@register.filter
def was(value: object, name: str) -> str:
    """A recorded value of a field in words, for the history."""
    if value in (None, "", []):
        return "–"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if name in WORDS:
        return word(str(value), name)
    if name.endswith("_precision"):
        return str(dict(PRECISION_CHOICES).get(str(value), value))
    try:
        return label(date.fromisoformat(str(value)), "day", language())
    except ValueError:
        return str(value)


@register.filter
def detail(event: Event) -> str:
    return event_detail(event)


@register.filter
def as_list(value: object) -> list[object]:
    return [value]


@register.filter
def get(values: Mapping[object, object], key: object) -> object:
    return values.get(key)


@register.simple_tag(takes_context=True)
def to(context: template.Context, name: str, *args: object, **query: str) -> str:
    """The address of a public page, at the moment that the reader is looking at; ``query`` are further parameters, empty ones left out."""
    moment = getattr(context["request"], "moment", None)
    asked = urlencode({name: value for name, value in query.items() if value})
    said = "&".join(part for part in (asked, moment.query if moment else "") if part)
    return reverse(name, args=args) + (f"?{said}" if said else "")


@register.simple_tag(takes_context=True)
def organisations(context: template.Context, codes: list[str], names: dict[str, OrganisationVersion]) -> SafeString:
    """Links to organisations by code; ``names`` holds those that the page has looked up."""
    return format_html_join(
        mark_safe(", "),
        '<a href="{}" title="{}">{}</a>',
        (
            (
                to(context, "organisation_detail", code),
                organisation.name if organisation else code,
                (organisation.short_name or organisation.name) if organisation else code,
            )
            for code, organisation in ((code, names.get(code)) for code in codes)
        ),
    )


@register.inclusion_tag("includes/passages.html", takes_context=True)
def passages(context: template.Context, report: str, numbers: list[str]) -> dict[str, object]:
    """Links to the paragraphs of a report that something rests on."""
    return {"report": report, "numbers": numbers, "request": context["request"]}


@register.inclusion_tag("includes/distribution.html", takes_context=True)
def distribution(context: template.Context, chart: Chart, **query: str) -> dict[str, object]:
    """A bar, and its parts as links to their lists (narrowed by ``query``) with words and numbers."""
    of = chart.drawn["of"]
    parts = [part | {"address": to(context, "milestones:list", **{of: part["value"]}, **query)} for part in chart.drawn["parts"]]
    return _with_chart(context, chart) | {"of": of, "parts": parts}


@register.inclusion_tag("includes/chart.html", takes_context=True, name="chart")
def draw_chart(context: template.Context, chart: Chart) -> dict[str, object]:
    """A chart with its table and its files."""
    return _with_chart(context, chart)


def _with_chart(context: template.Context, chart: Chart) -> dict[str, object]:
    return {"chart": chart, "body": f"charts/{chart.template}.svg", "request": context["request"]}


@register.filter
def cell(value: object) -> str:
    """A value of a chart's table in words."""
    if value is None:
        return "–"
    if isinstance(value, date):
        return label(value, "day", language())
    if isinstance(value, int | float | Decimal):
        return str(number_format(value, use_l10n=True))
    return str(value)


@register.inclusion_tag("includes/as_of.html", takes_context=True)
def as_of(context: template.Context) -> dict[str, object]:
    """The control that leads to the same page as of another day, keeping what else the address says."""
    request = context["request"]
    kept = [(name, value) for name, values in request.GET.lists() if name not in {"at", "as_of", "page"} for value in values]
    query = request.GET.copy()
    for name in ("at", "as_of", "page"):
        query.pop(name, None)
    present = request.path + (f"?{query.urlencode()}" if query else "")
    return {"moment": request.moment, "kept": kept, "present": present, "today": today()}


@register.simple_tag(takes_context=True)
def citation(context: template.Context) -> str:
    """The address that shows this page again just as it is: the position of the record, and the day by which it was judged."""
    request = context["request"]
    exact = urlencode({"at": request.moment.position, "as_of": request.moment.day.isoformat()})
    return f"{request.build_absolute_uri(request.path)}?{exact}"


@register.simple_tag(takes_context=True)
def with_language(context: template.Context, code: str) -> str:
    """The present address in another language."""
    query = context["request"].GET.copy()
    query["lang"] = code
    return f"{context['request'].path}?{query.urlencode()}"
