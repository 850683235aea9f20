"""Endpoints that span apps: the root, the dashboard's numbers, the timeline."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.reverse import reverse

from common.api.renderers import EncodedList
from common.api.schema import documented
from common.api.values import getter, planned, text_by, text_in
from common.api.views import refuse_unknown
from milestones.models import MilestoneVersion
from milestones.rules import proposal_health
from milestones.statuses import Health
from pages.api import shapes
from pages.api.narrowing import REPORT, report_of
from pages.dashboard import Dashboard
from proposals.models import ContextEventVersion, ProposalVersion, ReportVersion
from record.api import RecordView
from record.api.changes import event_item
from record.api.described import answering, columns_in, saying
from record.described import In
from record.installation import is_sample
from record.models import Event

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.response import Response

BURN_UP = ("date", "baseline", "plan", "achieved", "forecast")
LISTS = (
    "reports", "proposals", "organisations", "risks", "indicators", "context-events", "series", "milestones",
    "updates", "evidence", "rounds", "baselines", "summary", "timeline", "compare", "changes", "webhooks", "me", "tokens", "schema", "docs",
)  # fmt: skip


class Schema(SpectacularAPIView):
    """The OpenAPI document, as YAML or (``?format=json``) as JSON."""

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        refuse_unknown(request, {"lang", "format"})
        document: Response = super().get(request, *args, **kwargs)  # type: ignore[no-untyped-call]
        return document


@documented(responses=shapes.RootShape, tags=["root"], operation_id="root")
class Root(RecordView):
    """Links to everything, and the head of the record's chain."""

    def get(self, request: Request) -> Response:
        head = Event.objects.filter(position=self.moment.position).first()
        return self.one(
            {
                "position": self.moment.position,
                "head": head.hash if head else None,
                "sample": is_sample(),
                "time_zone": settings.TIME_ZONE,
                "links": {name: reverse(f"api:{name}", request=request) for name in LISTS}
                | {"checkpoint": reverse("record_checkpoint", request=request)},
            }
        )


@documented(responses=shapes.SummaryShape, tags=["summary"], operation_id="summary", parameters=[REPORT])
class Summary(RecordView):
    """The dashboard's numbers, of all reports or of one."""

    parameters = frozenset({"report"})

    def get(self, request: Request) -> Response:
        numbers, language = Dashboard(self.moment, report_of(request, self.moment)), get_language() or "ru"
        base = reverse("api:milestones", request=request)

        item = answering(MilestoneVersion, In.LIST, language=language, base=base)

        def items(milestones: list[MilestoneVersion]) -> list[dict[str, object]]:
            return list(map(item, milestones))

        return self.one(
            {
                "position": self.moment.position,
                "as_of": self.moment.day,
                "final": self.moment.final,
                "sample": is_sample(),
                "counts": {"proposals": numbers.proposal_count, "milestones": numbers.total, "assessed": numbers.assessed},
                "by_status": numbers.by_status,
                "by_health": numbers.by_health,
                "by_freshness": numbers.by_freshness,
                "flagships": [
                    {
                        "code": proposal.code,
                        "title": text_in(proposal, "title", language),
                        "health": numbers.standings[proposal.code].health,
                        "milestones": numbers.standings[proposal.code].milestones,
                        "next": items([numbers.coming[proposal.code]])[0] if proposal.code in numbers.coming else None,
                    }
                    for proposal in numbers.chosen
                ],
                "late": items(numbers.late),
                "next_90_days": items(numbers.next_90_days),
                "burn_up": [{name: getattr(point, name) for name in BURN_UP} for point in numbers.burn_up],
                "changes": list(map(event_item, numbers.changes)),
            }
        )


CHUNK = 500


@documented(responses=shapes.TimelineShape, tags=["timeline"], operation_id="timeline", parameters=[REPORT])
class Timeline(RecordView):
    """What the timeline draws, by proposal, of all reports or of one."""

    parameters = frozenset({"report"})

    def get(self, request: Request) -> Response:
        language, report = get_language() or "ru", report_of(request, self.moment)
        queryset = MilestoneVersion.objects.as_of(self.moment).of_report(report).with_health(self.moment).order_by("due", "code")
        # Encoded while they are read: several readers of the whole at once must not cost the memory of all rows each.
        milestones: dict[str, EncodedList] = defaultdict(EncodedList)
        healths: dict[str, set[str]] = defaultdict(set)
        facts = saying(MilestoneVersion, In.TIMELINE, language)
        for row in queryset.values("proposal", *columns_in(MilestoneVersion, In.TIMELINE, language)).iterator(CHUNK):
            milestones[row["proposal"]].append(facts(row))
            healths[row["proposal"]].add(row["health"])
        proposals = [
            {
                "code": proposal.code,
                "title": text_in(proposal, "title", language),
                "short_title": text_by(getter(proposal), "short_title", (language,)),
                "health": proposal_health(map(Health, healths[proposal.code])),
                "milestones": milestones[proposal.code].fragment(),
            }
            for proposal in ProposalVersion.objects.as_of(self.moment).of_report(report).order_by("report", "order", "code")
        ]
        reports = ReportVersion.objects.as_of(self.moment)
        shown = reports.filter(code=report) if report else reports
        horizon = shown.exclude(horizon=None).order_by("-horizon").first()
        events = ContextEventVersion.objects.as_of(self.moment).of_report(report).order_by("starts", "code")
        return self.one(
            {
                "position": self.moment.position,
                "as_of": self.moment.day,
                "horizon": planned(horizon.horizon, horizon.horizon_precision, language) if horizon else None,
                "proposals": proposals,
                "context_events": [
                    {
                        "code": event.code,
                        "title": text_in(event, "title", language),
                        "starts": planned(event.starts, event.starts_precision, language),
                        "ends": planned(event.ends, event.ends_precision, language),
                    }
                    for event in events
                ],
            }
        )
