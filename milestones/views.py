"""Pages of milestones: the table, and one milestone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.paginator import EmptyPage, Paginator
from django.http import Http404
from django.shortcuts import render
from django.utils.text import Truncator
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from common.counts import KeptCount, count_key
from common.fields import LANGUAGE_CODES
from common.filters import YES_NO, WordsFilter, YesNoFilter
from milestones.assessments.translations import with_translations
from milestones.causes import causes_of
from milestones.dates_drawn import draw_dates
from milestones.evidence.files import file_of
from milestones.filters import MilestoneFilterSet, organisations_of
from milestones.history import milestone_history
from milestones.listed import Listed
from milestones.models import Assessment, Baseline, Evidence, MilestoneVersion, PlanChange, SavedView, SeriesVersion
from milestones.permissions import acts_open_to
from milestones.reading import milestone_or_404, waited_for_by, waits_for
from milestones.series.editions import editions_of, standing_of
from milestones.standing_words import standing_words
from proposals.addresses import asked
from proposals.filters import report_asked
from proposals.models import OrganisationVersion, ProposalVersion
from record.models import Event
from record.pages import public_page, version_or_404

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse, QueryDict
    from django.http.response import HttpResponseBase

    from record.pages import PublicRequest

PAGE_SIZE, MOST_DIGITS = 50, 9
LONGEST_CHOICE = 60
YES_OR_NO = {word: _("yes") if meant else _("no") for word, meant in YES_NO.items()}
MARKED = frozenset({"status", "health", "freshness"})


def texts(*names: str) -> list[str]:
    """The columns that these texts are read out of in any language."""
    return ["withheld", *(f"{name}_{language}" for name in names for language in LANGUAGE_CODES)]


def shortened(title: str) -> str:
    return title if len(title) <= LONGEST_CHOICE else str(Truncator(title).chars(LONGEST_CHOICE))


def value_words(filter_: Any) -> dict[str, Any]:
    """The words for what a filter takes, as far as they are always the same."""
    if isinstance(filter_, YesNoFilter):
        return YES_OR_NO
    return dict(getattr(getattr(filter_, "known", None), "pairs", ()))


@dataclass(frozen=True)
class Choices:
    """A filter as boxes to check."""

    name: str
    label: str
    options: list[tuple[str, str, bool]]

    @property
    def marked(self) -> bool:
        """Whether its values are drawn as marks."""
        return self.name in MARKED


@dataclass(frozen=True)
class Chip:
    """One filter in force, and the address without it."""

    label: str
    value: str
    without: str


def address(query: QueryDict, **changes: str | None) -> str:
    """The query with some parameters changed (``None`` removes), always back on the first page."""
    changed = query.copy()
    changed.pop("page", None)
    for name, value in changes.items():
        changed.pop(name, None)
        if value is not None:
            changed[name] = value
    return f"?{changed.urlencode()}" if changed else "?"


def chips(query: QueryDict, filters: MilestoneFilterSet) -> list[Chip]:
    active = []
    for name, filter_ in filters.filters.items():
        values = [word.strip() for text in query.getlist(name) for word in text.split(",") if word.strip()]
        for value in values:
            rest = ",".join(other for other in values if other != value) or None
            shown = str(value_words(filter_).get(value, value))
            active.append(Chip(str(filter_.label), shown, address(query, **{name: rest})))
    return active


FRAME = frozenset({"at", "as_of", "lang", "page", "ordering"})
"""Parameters of every list, beside its filters."""


def not_known(query: QueryDict, known: Iterable[str]) -> list[tuple[str, list[str]]]:
    """Parameters that nobody here asks for: a filter that is misspelt must not show everything. What trackers add is passed over."""
    strange = set(query) - FRAME - set(known)
    return [
        (name, [str(_("There is no such filter here."))])
        for name in sorted(strange)
        if not name.startswith("utm_") and not name.endswith("clid")
    ]


def filters_shown(request: PublicRequest, filters: MilestoneFilterSet, *more: str) -> dict[str, Any]:
    """What the form of filters (``milestones/_filters.html``) shows: its choices, what is chosen, and what was not understood.
    ``more`` are parameters of the page beside its filters."""
    valid = filters.is_valid()
    strange = not_known(request.GET, {*filters.filters, *more})
    chosen = {name: [word for text in request.GET.getlist(name) for word in text.split(",")] for name in filters.filters}
    proposals, organisations = ProposalVersion.objects.as_of(request.moment), OrganisationVersion.objects.as_of(request.moment)
    if valid and (reports := filters.form.cleaned_data["report"]):
        proposals = proposals.filter(report__in=reports)
        organisations = organisations_of(request.moment, *reports)
    shown = {
        "filters": filters,
        "errors": strange + ([] if valid else [(filters.filters[name].label, list(errors)) for name, errors in filters.errors.items()]),
        "chosen": chosen,
        "chips": chips(request.GET, filters) if valid else [],
        "proposals": [
            (one.code, f"{one.code} – {shortened(one.title)}")
            for one in proposals.order_by("report", "order", "code").only("code", *texts("title"))
        ],
        "organisations": [
            (one.code, f"{one.short_name or one.name} ({one.code})")
            for one in organisations.order_by("order", "code").only("code", *texts("name", "short_name"))
        ],
        "choices": [
            Choices(name, str(filter_.label), [(value, str(word), value in chosen[name]) for value, word in value_words(filter_).items()])
            for name, filter_ in filters.filters.items()
            if isinstance(filter_, WordsFilter) and value_words(filter_)
        ],
    }
    return shown | {"shown": shown}


@public_page
def milestone_list(request: PublicRequest) -> HttpResponse:
    """The table; the address is the view. A filter that is not understood shows no rows and says why."""
    milestones = MilestoneVersion.objects.as_of(request.moment).with_health(request.moment).with_freshness(request.moment.day)
    query = asked(request)
    filters = MilestoneFilterSet(query, queryset=milestones, request=request)
    listed = Listed(request.GET)
    form = filters_shown(request, filters, "columns")
    form["errors"] += listed.errors
    valid = not form["errors"]
    order = request.GET.get("ordering", "due")
    matches = filters.qs.order_by(*listed.ordering(order)) if valid else milestones.none()
    number = request.GET.get("page", "1")
    key = count_key("milestones", query, filters.filters, moment=request.moment)
    pages = KeptCount(matches, PAGE_SIZE, key=key, narrow=request.moment.past) if valid else Paginator(matches, PAGE_SIZE)
    try:
        page = pages.page(int(number) if number.isascii() and number.isdigit() and len(number) < MOST_DIGITS else 0)
    except EmptyPage as missing:
        raise Http404 from missing
    codes = {code for milestone in page for code in (*milestone.lead, *milestone.support)}
    context = {
        "page": page,
        "previous_page": f"{address(request.GET)}&page={page.number - 1}" if page.has_previous() else "",
        "next_page": f"{address(request.GET)}&page={page.number + 1}" if page.has_next() else "",
        "names": OrganisationVersion.objects.as_of(request.moment).by_code(codes),
        "causes": causes_of(page, request.moment),
        "listed": listed,
        "headings": listed.headings(order, lambda by: address(request.GET, ordering=by)),
        "kept": {name: ",".join(request.GET.getlist(name)) for name in ("ordering", "columns") if name in request.GET},
        "other_parameters": [(name, value) for name, values in request.GET.lists() if name not in {"columns", "page"} for value in values],
        "without_columns": address(request.GET, columns=None),
        "view_query": address(query, lang=None).removeprefix("?"),
        "rows_query": address(request.GET, columns=None, ordering=None).removeprefix("?"),
        "saved": SavedView.objects.filter(user=request.user) if request.user.is_authenticated else [],
    } | form
    return render(request, "milestones/milestone_list.html", context, status=200 if valid else 400)


@public_page
def milestone_detail(request: PublicRequest, code: str) -> HttpResponse:
    milestone = milestone_or_404(request.moment, code)
    order = list(
        MilestoneVersion.objects.as_of(request.moment)
        .filter(proposal=milestone.proposal)
        .order_by("order", "code")
        .values_list("code", flat=True)
    )
    place = order.index(code)
    published = Assessment.objects.published(request.moment).for_reading()
    assessments = with_translations(published.filter(milestone__code=code), request.moment)
    moves = list(PlanChange.objects.as_of(request.moment).filter(milestone__code=code).order_by("-position"))
    current = next((assessment for assessment in assessments if assessment.uid == milestone.assessment), None)
    versions = list(MilestoneVersion.objects.until(request.moment).filter(code=code).order_by("-first"))
    context = {
        "milestone": milestone,
        "standing": standing_words(milestone, moves, request.moment.day),
        "cause": causes_of([milestone], request.moment).get(code),
        "dates": draw_dates(milestone, moves, assessments, request.moment.day),
        "acts": acts_open_to(request.user, code) if not request.moment.past else [],
        "proposal": ProposalVersion.objects.as_of(request.moment).filter(code=milestone.proposal).first(),
        "series": SeriesVersion.objects.as_of(request.moment).filter(code=milestone.series).first() if milestone.series else None,
        "names": OrganisationVersion.objects.as_of(request.moment).by_code({*milestone.lead, *milestone.support}),
        "waits_for": waits_for(milestone, request.moment),
        "waited_for_by": waited_for_by(milestone, request.moment),
        "earlier": [assessment for assessment in assessments if assessment is not current],
        "withdrawn": Event.objects.dates_of(withdrawals_in(assessments)),
        "current": current,
        "moves": moves,
        "history": milestone_history(versions, get_language() or "ru"),
        "own_plan_since": own_plan_since(versions),
        "place": {"number": place + 1, "of": len(order)},
        "previous": order[place - 1] if place else None,
        "next": order[place + 1] if place + 1 < len(order) else None,
    }
    return render(request, "milestones/milestone_detail.html", context)


@public_page
def milestone_card(request: PublicRequest, code: str) -> HttpResponse:
    """The gist of one milestone, without a frame: what the timeline shows beside itself."""
    milestone = milestone_or_404(request.moment, code)
    moves = list(PlanChange.objects.as_of(request.moment).filter(milestone__code=code, field="due"))
    published = Assessment.objects.published(request.moment).for_reading()
    found = with_translations(published.filter(uid=milestone.assessment), request.moment) if milestone.assessment else []
    current = found[0] if found else None
    context = {
        "milestone": milestone,
        "standing": standing_words(milestone, moves, request.moment.day),
        "cause": causes_of([milestone], request.moment).get(code),
        "names": OrganisationVersion.objects.as_of(request.moment).by_code(milestone.lead),
        "waits_for": waits_for(milestone, request.moment),
        "waited_for_by": waited_for_by(milestone, request.moment),
        "current": current,
        "withdrawn": Event.objects.dates_of(withdrawals_in([current] if current else [])),
        "acts": acts_open_to(request.user, code) if not request.moment.past else [],
    }
    response = render(request, "milestones/milestone_card.html", context)
    response["X-Robots-Tag"] = "noindex"
    return response


@public_page
def series_list(request: PublicRequest) -> HttpResponse:
    versions = SeriesVersion.objects.as_of(request.moment).of_report(report_asked(request)).order_by("report", "code").defer("search")
    listed = [(series, editions) for series, editions in ((series, editions_of(series, request.moment)) for series in versions)]
    context = {"series": [(series, editions, standing_of(editions)) for series, editions in listed]}
    return render(request, "milestones/series_list.html", context)


@public_page
def series_detail(request: PublicRequest, code: str) -> HttpResponse:
    series = version_or_404(SeriesVersion, request.moment, code)
    editions = editions_of(series, request.moment)
    context = {
        "series": series,
        "editions": editions,
        "standing": standing_of(editions),
        "proposal": ProposalVersion.objects.as_of(request.moment).filter(code=series.proposal).first(),
    }
    return render(request, "milestones/series_detail.html", context)


def own_plan_since(versions: list[MilestoneVersion]) -> datetime | None:
    """When a milestone got its first plan, where that is not from a baseline of the report; ``versions`` are the newest first."""
    planned = [version for version in versions if version.baseline_due]
    if not planned or Baseline.objects.filter(position=planned[-1].first).exists():
        return None
    return planned[-1].updated_at


def withdrawals_in(assessments: list[Assessment]) -> set[int]:
    """The positions of withdrawals that emptied any of these, or of what they cite."""
    cited = {cite.evidence.withheld for assessment in assessments for cite in assessment.citations.all() if not cite.evidence.confidential}
    return {position for position in {assessment.withheld for assessment in assessments} | cited if position}


@require_safe
def evidence_file(request: HttpRequest, uid: UUID) -> HttpResponseBase:
    """The file of a piece of evidence, to whoever may see that; it is kept outside of what the web server serves."""
    return file_of(Evidence.objects.visible_to(request.user), uid)
