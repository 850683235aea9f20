"""Any two moments of the record side by side: days, positions, rounds, baselines."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.http import Http404
from django.shortcuts import render

from milestones.models import Baseline, Round
from milestones.statuses import Health
from milestones.views import address
from pages.compare import HAPPENED, Comparison
from pages.compare_words import by_itself, sentence
from pages.ends import read_ends
from proposals.addresses import asked, report_of
from proposals.models import ReportVersion
from record.moments import BadMoment, BeforeRecord
from record.pages import public_page

if TYPE_CHECKING:
    from datetime import date

    from django.http import HttpResponse

    from pages.compare import Look
    from record.pages import PublicRequest

SHOWN, PAGE, MOST_DIGITS = 6, 50, 6
OFFERED = 4
"""So many of the newest rounds and baselines are offered to begin from."""


@public_page
def compare(request: PublicRequest) -> HttpResponse:
    """The page; of ``?of=late`` all rows, a page at a time. Of a moment that there is not it says so, beside the form to choose another."""
    try:
        earlier, later, report = read_ends(asked(request), request.moment)
    except BadMoment as bad:
        turned = address(request.GET, **{"from": request.GET.get("to"), "to": request.GET["from"]}) if bad.code == "wrong_order" else ""
        return _refused(request, {"text": str(bad), "turned": turned}, HTTPStatus.BAD_REQUEST)
    except BeforeRecord as before:
        return _refused(request, {"text": str(before), "begins": before.begins}, HTTPStatus.NOT_FOUND)
    if not later.moment.position:
        return _refused(request, {"text": str(BeforeRecord(None))}, HTTPStatus.OK)
    compared = Comparison(earlier, later, report)
    kind, number = request.GET.get("of", ""), request.GET.get("page", "1")
    page = int(number) if number.isascii() and number.isdigit() and len(number) < MOST_DIGITS else 0
    if kind not in {"", *HAPPENED} or not page:
        raise Http404
    days = earlier.moment.day, later.moment.day
    look = compared.look([kind], (page - 1) * PAGE, page * PAGE) if kind else compared.look(HAPPENED, 0, SHOWN)
    if page > 1 and not look.rows.get(kind):
        raise Http404
    context = {
        "compared": compared,
        "sentence": sentence(compared, look),
        "look": look,
        "groups": _groups(request, look),
        "kind": HAPPENED.get(kind, ""),
        "every_kind": address(request.GET, of=None),
        "previous_page": f"{address(request.GET)}&page={page - 1}" if page > 1 else "",
        "next_page": f"{address(request.GET)}&page={page + 1}"
        if kind in look.numbers and page * PAGE < look.number(kind).milestones
        else "",
        "health": _bars(days, look),
        "slipped": list(zip(days, look.slipped, strict=True)),
        "slipped_change": look.slipped[1].milestones - look.slipped[0].milestones,
        "exact": urlencode(compared.exact, safe=":@"),
        "then": urlencode({"at": earlier.moment.position, "as_of": earlier.moment.day.isoformat()}),
    }
    return render(request, "compare.html", context | _choices(request, report))


def _refused(request: PublicRequest, problem: dict[str, object], status: int) -> HttpResponse:
    return render(request, "compare.html", {"problem": problem} | _choices(request, report_of(request)), status=status)


def _choices(request: PublicRequest, report: str) -> dict[str, object]:
    """What the form offers: reports where there are several, and rounds and baselines to begin from."""
    moment = request.moment
    rounds, baselines = Round.objects.published(moment).order_by("-position"), Baseline.objects.as_of(moment).order_by("-position")
    if report:
        rounds, baselines = rounds.of_reports(report), baselines.filter(report__code=report)
    named = [(f"round:{one.uid}", one.name, one.published_at) for one in rounds[:OFFERED]]
    named += [(f"baseline:{one.name}", one.name, one.set_at) for one in baselines[:OFFERED]]
    return {
        "reports": list(ReportVersion.objects.as_of(moment).order_by("code").defer("search")),
        "report": report,
        "offered": [{"name": name, "day": day, "address": address(request.GET, of=None, **{"from": text})} for text, name, day in named],
    }


def _groups(request: PublicRequest, look: Look) -> list[dict[str, object]]:
    return [
        {
            "kind": kind,
            "word": HAPPENED[kind],
            "number": look.number(kind).milestones,
            "rows": [{"row": row, "event": row.event(kind), "why": by_itself(row)} for row in rows],
            "left": look.number(kind).milestones - len(rows),
            "all": address(request.GET, of=kind),
        }
        for kind, rows in look.rows.items()
    ]


def _bars(days: tuple[date, date], look: Look) -> list[dict[str, object]]:
    """Each health with its number at both moments, the difference, and how wide its bars are in per cent of the widest."""
    widest = max((number for pair in look.by_health.values() for number in pair), default=0) or 1
    return [
        {
            "value": value,
            "ink": Health(value).said.ink,
            "sides": [(day, number, 100 * number / widest) for day, number in zip(days, pair, strict=True)],
            "change": pair[1] - pair[0],
        }
        for value, pair in look.by_health.items()
    ]
