"""Tags that every template may use without loading them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django import template
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from common.addresses import reverse
from common.dates import PlannedDate, label
from common.fields import PRECISION_CHOICES
from common.figures import measure, number, per_cent, signed
from milestones import choices, statuses
from milestones.causes import Kind
from milestones.event_words import EVENT_WORDS, event_detail
from milestones.models import Assessment, MilestoneVersion
from milestones.standing_words import slippage_words
from milestones.statuses import Health
from pages.headline import LEADS_TO
from pages.templatetags.marks import mark
from proposals import choices as source_choices
from proposals.addresses import address_of
from proposals.models import ProposalVersion
from record.described import choices_of, words_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django_stubs_ext import StrOrPromise

    from milestones.causes import Cause
    from milestones.standing import ProposalCause, ProposalStanding
    from pages.charts import Chart, Line
    from pages.headline import Part
    from proposals.models import OrganisationVersion
    from record.models import Event

register = template.Library()
register.filter(signed)
register.filter(per_cent)

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

STATION = '<li><a href="{1}" data-tip="{0} {2}: {3}">{4}<span class="visually-hidden">{0}: {3}</span></a></li>'
SAYS_STATUS = {Kind.SUSPENDED, Kind.OVERDUE, Kind.NOT_BEGUN, Kind.NO_EVIDENCE, Kind.NOT_ASSESSED}
"""Causes whose words say how far the milestone is, too."""


def language() -> str:
    return get_language() or "ru"


@register.filter
def word(value: str, of: str) -> str:
    """``{{ milestone.stage|word:"stage" }}``: the word of a code in the reader's language."""
    return str(WORDS[of].get(value, value))


@register.simple_tag
def bar_of(number: int, most: int) -> SafeString:
    """A bar as long as its part of the greatest; nothing for what is not above zero."""
    if number <= 0 or most <= 0:
        return SafeString()
    shape = '<svg class="tally-bar" aria-hidden="true" focusable="false"><rect width="{}%" height="100%" rx="2"/></svg>'
    return format_html(shape, round(100 * number / most))


@register.simple_tag
def measured(value: Decimal | None, unit: str, qualifier: str = "") -> str:
    """``{% measured one.target_value one.unit one.target_qualifier %}``: ``≥ 2 per year``, or a dash where there is no value."""
    if value is None:
        return "–"
    return f"{qualifier}\N{NO-BREAK SPACE}{measure(value, unit)}".strip()


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
def get(values: Mapping[object, object] | None, key: object) -> object:
    return values.get(key) if values else None


@register.simple_tag(takes_context=True)
def to(context: template.Context, name: str, *args: object, report: str = "", **query: str) -> str:
    """The address of a public page, of a ``report`` if it can be narrowed to one, at the moment that the reader is looking at; ``query``
    are further parameters, empty ones left out."""
    moment = getattr(context["request"], "moment", None)
    asked = urlencode({name: value for name, value in query.items() if value})
    said = "&".join(part for part in (asked, moment.query if moment else "") if part)
    address = reverse(name, *args) if args else address_of(name, report)
    return address + (f"?{said}" if said else "")


@register.simple_tag(takes_context=True)
def organisations(context: template.Context, codes: list[str], names: dict[str, OrganisationVersion]) -> SafeString:
    """Links to organisations by code; ``names`` holds those that the page has looked up."""
    return format_html_join(
        mark_safe(", "),
        '<a href="{}">{}</a>',
        (
            (
                to(context, "organisation_detail", code),
                (organisation.short_name or organisation.name) if organisation else code,
            )
            for code, organisation in ((code, names.get(code)) for code in codes)
        ),
    )


@register.inclusion_tag("includes/passages.html", takes_context=True)
def passages(context: template.Context, report: str, numbers: list[str]) -> dict[str, object]:
    """Links to the paragraphs of a report that something rests on."""
    return {"report": report, "numbers": numbers, "request": context["request"]}


@register.simple_tag(takes_context=True)
def sentence(context: template.Context, parts: list[Part], report: str = "") -> SafeString:
    """The pieces of a sentence, those that count something as links to just what they count."""
    return format_html_join(
        "",
        "{}",
        (
            (
                format_html('<a class="count count-{}" href="{}">{}</a>', part.of, address, part.text)
                if (address := to(context, "milestones:list", **LEADS_TO[part.of], report=report) if part.of else "")
                else part.text,
            )
            for part in parts
        ),
    )


@register.simple_tag(takes_context=True)
def because(context: template.Context, cause: Cause | None) -> SafeString:
    """Why a milestone stands so, the milestones that it waits for as links."""
    if cause is None:
        return SafeString()
    text = str(escape(cause.text))
    for code in cause.chain:
        text = text.replace(
            escape(code), format_html('<a class="together" href="{}">{}</a>', to(context, "milestones:detail", code), code), 1
        )
    return mark_safe(text)  # noqa: S308 - escaped above


@register.simple_tag(takes_context=True)
def proposal_cause(context: template.Context, standing: ProposalStanding, cause: ProposalCause | None) -> SafeString:
    """The health of a proposal as mark and word, and why."""
    health = standing.health
    shape = mark("health", health, bare=True)
    if cause is None:
        return format_html('{} <strong class="health-{}">{}</strong>', shape, health, word(health, "health"))
    about: str = cause.why
    if one := cause.milestone:
        why = format_html(", {}", because(context, cause.cause)) if about else ""
        address = to(context, "milestones:detail", one.code)
        about = format_html('<a class="row-link" href="{}"><span class="code">{}</span> {}</a>{}', address, one.code, one.short, why)
    return format_html('{} <strong class="health-{}">{}:</strong> {}', shape, health, cause.word, about)


@register.simple_tag(takes_context=True)
def stations(context: template.Context, milestones: list[Any]) -> SafeString:
    """One mark for each milestone (a version that carries its health), in the order of their dates."""
    if not milestones:
        return SafeString()
    shown = (
        (one.code, to(context, "milestones:detail", one.code), one.short, word(one.health, "health"), one.health) for one in milestones
    )
    marks = format_html_join("", STATION, ((*words, mark("health", health, bare=True)) for *words, health in shown))
    return format_html('<ol class="stations">{}</ol>', marks)


@register.inclusion_tag("includes/milestone_line.html", takes_context=True)
def milestone_line(
    context: template.Context, milestone: Any, causes: Mapping[str, Cause], day: date, *, slipped: bool = False
) -> dict[str, object]:
    """A milestone as one line of a list: mark, name, why it stands so; how late it is, or when it is due."""
    cause = causes.get(milestone.code)
    late = (day - milestone.due).days if milestone.health == Health.LATE else 0
    said = "" if cause and (late or cause.kind in SAYS_STATUS) else word(milestone.status, "status")
    slippage = milestone.slippage_days
    moved = _("date moved by %(span)s") % {"span": slippage_words(slippage)} if slippage else _("date not moved")
    found = {"milestone": milestone, "cause": cause, "late": late, "said": said, "slippage": moved if slipped else ""}
    return found | {"request": context["request"]}


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


@register.simple_tag
def table_row(row: Sequence[object]) -> SafeString:
    """A row of a chart's table, what it is of first."""
    rest = format_html_join("", '<td class="numeric">{}</td>', ((cell(value),) for value in row[1:]))
    return format_html('<tr><th scope="row">{}</th>{}</tr>', cell(row[0]), rest)


@register.simple_tag
def drawn(line: Line) -> SafeString:
    """A series of a chart as lines from each of its points to the next."""
    return format_html_join("", '<line x1="{}%" y1="{}%" x2="{}%" y2="{}%"/>', line.segments)


@register.filter
def cell(value: object) -> str:
    """A value of a chart's table in words."""
    if value is None:
        return "–"
    if isinstance(value, date):
        return label(value, "day", language())
    if isinstance(value, int | float | Decimal):
        return number(value)
    return str(value)


@register.filter
def full_stop(text: str) -> str:
    """With a full stop, unless it ends in an abbreviation (``2026 г.``)."""
    return text if text.endswith(".") else f"{text}."


@register.simple_tag(takes_context=True)
def citation(context: template.Context) -> str:
    """The address that shows this page again just as it is: the position of the record, and the day by which it was judged."""
    request = context["request"]
    exact = urlencode({"at": request.moment.position, "as_of": request.moment.day.isoformat()})
    return f"{request.build_absolute_uri(request.path)}?{exact}"
