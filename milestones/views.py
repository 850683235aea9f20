"""Pages of milestones: the table, and one milestone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.paginator import EmptyPage, Paginator
from django.db.models import F
from django.http import Http404
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from common.counts import KeptCount, count_key
from common.filters import YES_NO, WordsFilter, YesNoFilter
from milestones.evidence.files import file_of
from milestones.filters import MilestoneFilterSet
from milestones.history import milestone_history
from milestones.models import Assessment, Evidence, MilestoneVersion, PlanChange, SavedView, SeriesVersion
from milestones.series.editions import editions_of, standing_of
from proposals.models import OrganisationVersion, ProposalVersion
from record.models import Event
from record.pages import public_page, version_or_404

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse, QueryDict
    from django.http.response import HttpResponseBase

    from record.pages import PublicRequest

PAGE_SIZE, MOST_DIGITS = 50, 9
COLUMNS = [
    ("code", _("Code"), "code"),
    ("title", _("Milestone"), None),
    ("status", _("Status"), "status"),
    ("health", _("Health"), "health"),
    ("due", _("Due"), "due"),
    ("slippage", _("Slippage"), "slippage_days"),
    ("lead", _("Lead"), None),
    ("assessed", _("Assessed"), "assessed_on"),
]
SORTS = {column for _name, _title, column in COLUMNS if column}
YES_OR_NO = {word: _("yes") if meant else _("no") for word, meant in YES_NO.items()}
MARKED = frozenset({"status", "health", "freshness"})


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


@dataclass(frozen=True)
class Column:
    title: str
    sort: str
    """The address that sorts by it; empty where it does not sort."""
    order: str
    """``ascending``, ``descending`` or empty: what ``aria-sort`` says."""


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


def columns(query: QueryDict, order: str) -> list[Column]:
    headings = []
    for _name, title, column in COLUMNS:
        if column is None:
            headings.append(Column(str(title), "", ""))
            continue
        state = {column: "ascending", f"-{column}": "descending"}.get(order, "")
        headings.append(Column(str(title), address(query, ordering=f"-{column}" if state == "ascending" else column), state))
    return headings


def ordering(order: str) -> list[Any]:
    column = order.removeprefix("-")
    if column not in SORTS:
        return [F("due").asc(nulls_last=True), "code"]
    by = F(column).desc(nulls_last=True) if order.startswith("-") else F(column).asc(nulls_last=True)
    return [by, "code"]


def filters_shown(request: PublicRequest, filters: MilestoneFilterSet) -> dict[str, Any]:
    """What the form of filters (``milestones/_filters.html``) shows: its choices, what is chosen, and what was not understood."""
    valid = filters.is_valid()
    chosen = {name: [word for text in request.GET.getlist(name) for word in text.split(",")] for name in filters.filters}
    shown = {
        "filters": filters,
        "errors": [] if valid else [(filters.filters[name].label, list(errors)) for name, errors in filters.errors.items()],
        "chosen": chosen,
        "chips": chips(request.GET, filters) if valid else [],
        "proposals": ProposalVersion.objects.as_of(request.moment).order_by("report", "order", "code").defer("search"),
        "organisations": OrganisationVersion.objects.as_of(request.moment).order_by("order", "code").defer("search"),
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
    filters = MilestoneFilterSet(request.GET, queryset=milestones, request=request)
    valid = filters.is_valid()
    order = request.GET.get("ordering", "due")
    matches = filters.qs.order_by(*ordering(order)) if valid else milestones.none()
    number = request.GET.get("page", "1")
    key = count_key("milestones", request.GET, filters.filters, moment=request.moment)
    pages = KeptCount(matches, PAGE_SIZE, key=key, narrow=request.moment.past) if valid else Paginator(matches, PAGE_SIZE)
    try:
        page = pages.page(int(number) if number.isascii() and number.isdigit() and len(number) < MOST_DIGITS else 0)
    except EmptyPage as missing:
        raise Http404 from missing
    codes = {code for milestone in page for code in milestone.lead}
    context = {
        "page": page,
        "previous_page": f"{address(request.GET)}&page={page.number - 1}" if page.has_previous() else "",
        "next_page": f"{address(request.GET)}&page={page.number + 1}" if page.has_next() else "",
        "names": OrganisationVersion.objects.as_of(request.moment).by_code(codes),
        "columns": columns(request.GET, order),
        "kept": {"ordering": order} if "ordering" in request.GET else {},
        "view_query": address(request.GET, lang=None).removeprefix("?"),
        "saved": SavedView.objects.filter(user=request.user) if request.user.is_authenticated else [],
    } | filters_shown(request, filters)
    return render(request, "milestones/milestone_list.html", context, status=200 if valid else 400)


@public_page
def milestone_detail(request: PublicRequest, code: str) -> HttpResponse:
    milestones = MilestoneVersion.objects.as_of(request.moment).with_health(request.moment)
    milestone = milestones.filter(code=code).first()
    if milestone is None:
        raise Http404
    waits_for = list(milestones.filter(code__in=milestone.predecessors).order_by("due", "code"))
    waited_for_by = list(milestones.successors_of(code).order_by("due", "code"))
    order = list(
        MilestoneVersion.objects.as_of(request.moment)
        .filter(proposal=milestone.proposal)
        .order_by("order", "code")
        .values_list("code", flat=True)
    )
    place = order.index(code)
    assessments = list(Assessment.objects.published(request.moment).for_reading().filter(milestone__code=code))
    context = {
        "milestone": milestone,
        "proposal": ProposalVersion.objects.as_of(request.moment).filter(code=milestone.proposal).first(),
        "series": SeriesVersion.objects.as_of(request.moment).filter(code=milestone.series).first() if milestone.series else None,
        "names": OrganisationVersion.objects.as_of(request.moment).by_code({*milestone.lead, *milestone.support}),
        "waits_for": waits_for,
        "waited_for_by": waited_for_by,
        "assessments": assessments,
        "withdrawn": Event.objects.dates_of(withdrawals_in(assessments)),
        "current": next((assessment for assessment in assessments if assessment.uid == milestone.assessment), None),
        "moves": PlanChange.objects.as_of(request.moment).filter(milestone__code=code).order_by("-position"),
        "history": milestone_history(
            list(MilestoneVersion.objects.until(request.moment).filter(code=code).order_by("-first")), get_language() or "ru"
        ),
        "previous": order[place - 1] if place else None,
        "next": order[place + 1] if place + 1 < len(order) else None,
    }
    return render(request, "milestones/milestone_detail.html", context)


@public_page
def series_list(request: PublicRequest) -> HttpResponse:
    versions = SeriesVersion.objects.as_of(request.moment).order_by("report", "code").defer("search")
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


def withdrawals_in(assessments: list[Assessment]) -> set[int]:
    """The positions of withdrawals that emptied any of these, or of what they cite."""
    cited = {cite.evidence.withheld for assessment in assessments for cite in assessment.citations.all() if not cite.evidence.confidential}
    return {position for position in {assessment.withheld for assessment in assessments} | cited if position}


@require_safe
def evidence_file(request: HttpRequest, uid: UUID) -> HttpResponseBase:
    """The file of a piece of evidence, to whoever may see that; it is kept outside of what the web server serves."""
    return file_of(Evidence.objects.visible_to(request.user), uid)
