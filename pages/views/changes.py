"""What happened on the record, the newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import django_filters
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from common.days import start_of
from common.filters import WordsFilter
from milestones.event_words import EVENT_WORDS
from milestones.models import MilestoneVersion
from milestones.views import address, not_known
from proposals.addresses import asked
from proposals.filters import current_codes, report_filter
from proposals.models import ProposalVersion
from record.models import Event
from record.pages import public_page

if TYPE_CHECKING:
    from datetime import date

    from django.http import HttpResponse

    from record.pages import PublicRequest
    from record.querysets import EventQuerySet

PAGE = 50


class EventFilterSet(django_filters.FilterSet):
    """Over events; a reader goes on by ``before``, so that nothing shifts while the record grows."""

    type = WordsFilter(label=_("Kind of change"), known=lambda _moment: EVENT_WORDS)
    report = report_filter()
    proposal = WordsFilter(label=_("Proposal"), known=current_codes(ProposalVersion))
    milestone = WordsFilter(label=_("Milestone"), known=current_codes(MilestoneVersion))
    since = django_filters.DateFilter(label=_("Since"), method="from_day", input_formats=["%Y-%m-%d"])
    before = django_filters.NumberFilter(label=_("Before position"), field_name="position", lookup_expr="lt", min_value=1, max_value=10**17)

    def from_day(self, queryset: EventQuerySet, _name: str, day: date) -> EventQuerySet:
        return queryset.filter(occurred_at__gte=start_of(day))


@public_page
def changes(request: PublicRequest) -> HttpResponse:
    filters = EventFilterSet(asked(request), queryset=Event.objects.as_of(request.moment).order_by("-position"), request=request)
    strange = not_known(request.GET, filters.filters)
    valid = filters.is_valid() and not strange
    events = list(filters.qs[: PAGE + 1]) if valid else []
    proposals = ProposalVersion.objects.as_of(request.moment)
    if valid and (reports := filters.form.cleaned_data["report"]):
        proposals = proposals.filter(report__in=reports)
    context = {
        "events": events[:PAGE],
        "titles": MilestoneVersion.objects.as_of(request.moment)
        .defer("search")
        .by_code({event.milestone for event in events if event.milestone}),
        "older": address(request.GET, before=str(events[PAGE - 1].position)) if len(events) > PAGE else "",
        "newest": address(request.GET, before=None) if "before" in request.GET else "",
        "errors": strange
        if filters.is_valid()
        else [(filters.filters[name].label, list(errors)) for name, errors in filters.errors.items()],
        "types": [(value, word, value in request.GET.getlist("type")) for value, word in EVENT_WORDS.items()],
        "proposals": proposals.order_by("report", "order", "code").defer("search"),
    }
    return render(request, "changes.html", context, status=200 if valid else 400)
