"""The roadmap as a report to print: A4, tagged (PDF/UA-1), with contents, in the reader's language."""

from __future__ import annotations

from base64 import b64encode
from ctypes import CDLL
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import get_language

from common.late import Late
from milestones.assessments.translations import with_translations
from milestones.causes import causes_of
from milestones.models import Assessment, MilestoneVersion, PlanChange
from milestones.standing import proposal_standings
from milestones.statuses import Health, Status
from pages import charts
from pages.compare import Comparison
from pages.compare_words import sentence
from pages.dashboard import Dashboard
from pages.drawing import draw_chart, draw_timeline
from pages.ends import read_ends
from pages.headline import headline
from pages.provenance import provenance_of
from pages.timeline import View, timeline
from proposals.models import OrganisationVersion, ProposalVersion, ReportVersion, SourceVersion
from record.installation import is_sample

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    import weasyprint
    from django.db.models import QuerySet

    from milestones.querysets import MilestoneVersionQuerySet
    from record.moments import Moment
else:
    weasyprint = Late("weasyprint")

MOST_PROPOSALS = 60
"""Above so many proposals only those with something late, at risk or moved are printed one by one."""
MOST_LISTED = 200
ROWS_ON_A_PAGE = 24
"""Of the timeline: with more the letters could not be read."""


LIBRARIES = ("libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz-subset.so.0")
"""What WeasyPrint loads, and no Python package brings."""


@cache
def is_possible() -> bool:
    """Whether this installation can print. Asked of the libraries themselves: WeasyPrint is heavy, and only a worker needs it."""
    try:
        for name in LIBRARIES:
            CDLL(name)
    except OSError:
        return False
    return True


def report(moment: Moment, code: str = "", tell: Callable[[int], None] = lambda _parts: None) -> bytes:
    """All reports as PDF, or the one of that code. Nothing is read from outside: templates and one stylesheet."""
    html = report_html(moment, code)
    tell(2)
    style = weasyprint.CSS(filename=str(settings.BASE_DIR / "static" / "css" / "print.css"))
    fetcher = weasyprint.urls.URLFetcher(allowed_protocols=["data"])  # nothing from outside
    document = weasyprint.HTML(string=html, url_fetcher=fetcher)
    content: bytes = document.write_pdf(stylesheets=[style], pdf_variant="pdf/ua-1")
    tell(4)
    return content


def report_html(moment: Moment, code: str = "") -> str:
    numbers = Dashboard(moment, code)
    plan = MilestoneVersion.objects.as_of(moment).of_report(code).with_health(moment)
    reports, moves = ReportVersion.objects.as_of(moment), PlanChange.objects.as_of(moment).filter(field="due")
    if code:
        reports, moves = reports.filter(code=code), moves.filter(milestone__proposal__report__code=code)
    unfinished = plan.exclude(health__in=[Health.DONE, Health.CLOSED])
    exceptions = {
        "late": _some(unfinished.filter(health=Health.LATE).order_by("due", "code")),
        "at_risk": _some(unfinished.filter(health=Health.AT_RISK).order_by("due", "code")),
        "slipped": _some(plan.filter(slippage_days__gt=0).order_by("-slippage_days", "code")),
    }
    proposals, left_out = _proposals(moment, plan, code)
    codes, said = [shown["proposal"].code for shown in proposals], provenance_of(moment, report=code)
    sheets = [codes[begin : begin + ROWS_ON_A_PAGE] for begin in range(0, len(codes), ROWS_ON_A_PAGE)]
    context: dict[str, object] = {
        "language": get_language() or "ru",
        "moment": moment,
        "said": said,
        "sample": is_sample(),
        "headline": headline(numbers),
        "since": _since(moment, code),
        "numbers": numbers,
        "reports": list(reports.order_by("code")),
        "timelines": [_embedded(draw_timeline(timeline(plan.filter(proposal__in=sheet), moment, View()), said)) for sheet in sheets],
        "burn_up": (burn_up := charts.burn_up(numbers.burn_up, numbers.achieved, moment.day)),
        "burn_up_drawing": _embedded(draw_chart(burn_up, said)),
        "burn_up_years": [row for row in burn_up.rows if row[0].month == 12 or row[0] == moment.day],  # noqa: PLR2004 - the last quarter of each year
        "meanings": Status.meanings().items(),
        "distributions": [charts.distribution(of, getattr(numbers, f"by_{of}")) for of in charts.PARTS],
        "exceptions": exceptions,
        "causes": causes_of([row for some in exceptions.values() for row in some.rows], moment),
        "moves": _some(moves.select_related("milestone").order_by("-position")),
        "proposals": proposals,
        "left_out": left_out,
        "sources": list(SourceVersion.objects.as_of(moment).of_report(code).order_by("report", "number")),
        "names": _names(moment),
    }
    return render_to_string("print/report.html", context)


def _since(moment: Moment, code: str) -> str:
    """What changed since the last quarter's end, or since the record began, in a sentence."""
    compared = Comparison(*read_ends({"report": code}, moment))
    return "" if compared.is_same else str(sentence(compared, compared.look()))


@dataclass(frozen=True)
class Some:
    """The first of many, and how many they all are."""

    rows: list[object]
    number: int


def _some(queryset: QuerySet[Any]) -> Some:
    return Some(list(queryset[:MOST_LISTED]), queryset.count())


def _embedded(drawing: str) -> str:
    return b64encode(drawing.encode()).decode()


def _names(moment: Moment) -> dict[str, OrganisationVersion]:
    return {organisation.code: organisation for organisation in OrganisationVersion.objects.as_of(moment).defer("search")}


def _proposals(moment: Moment, versions: MilestoneVersionQuerySet, report: str) -> tuple[list[dict[str, Any]], int]:
    """Those that are printed one by one, and how many are left out."""
    proposals = list(ProposalVersion.objects.as_of(moment).of_report(report).order_by("report", "order", "code").defer("search"))
    standings, all_of_them = proposal_standings(moment), len(proposals)
    if len(proposals) > MOST_PROPOSALS:
        worth = {Health.LATE, Health.AT_RISK}
        proposals = [proposal for proposal in proposals if proposal.flagship or standings[proposal.code].health in worth][:MOST_PROPOSALS]
    codes = [proposal.code for proposal in proposals]
    milestones: dict[str, list[MilestoneVersion]] = {code: [] for code in codes}
    for milestone in versions.filter(proposal__in=codes).order_by("proposal", "order", "code").defer("search"):
        milestones[milestone.proposal].append(milestone)
    current = {milestone.assessment for group in milestones.values() for milestone in group if milestone.assessment}
    published = Assessment.objects.published(moment).filter(uid__in=current)
    said: dict[UUID | None, Assessment] = {one.uid: one for one in with_translations(published, moment)}
    shown = [
        {
            "proposal": proposal,
            "standing": standings[proposal.code],
            "milestones": [(milestone, said.get(milestone.assessment)) for milestone in milestones[proposal.code]],
        }
        for proposal in proposals
    ]
    return shown, all_of_them - len(proposals)
