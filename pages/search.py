"""Search over everything that the public record says, by kind of thing, the best first."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.search import SearchRank
from django.db.models import F, Prefetch, Q
from django.utils.translation import gettext_lazy as _

from common.fields import LANGUAGE_CODES
from milestones.filters import organisations_of
from milestones.models import Assessment, Citation, Evidence, MilestoneVersion, SeriesVersion
from proposals.models import (
    ContextEventVersion,
    IndicatorVersion,
    OrganisationVersion,
    PassageVersion,
    ProposalVersion,
    ReportVersion,
    RiskVersion,
    SourceVersion,
)
from record.search import code_in, corrected, padded, query_for, vector_of, words_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.postgres.search import SearchQueryCombinable
    from django.db.models import Model, QuerySet
    from django_stubs_ext import StrOrPromise

    from record.moments import Moment

SHOWN = 20
VERSIONED = (
    ("proposals", _("Proposals"), ProposalVersion),
    ("milestones", _("Milestones"), MilestoneVersion),
    ("organisations", _("Organisations"), OrganisationVersion),
    ("risks", _("Risks"), RiskVersion),
    ("indicators", _("Indicators"), IndicatorVersion),
    ("series", _("Recurring commitments"), SeriesVersion),
    ("passages", _("Passages of reports"), PassageVersion),
    ("events", _("The outside calendar"), ContextEventVersion),
    ("reports", _("Reports"), ReportVersion),
)
SUGGESTED = (
    ("proposal_detail", ProposalVersion, "title"),
    ("milestones:detail", MilestoneVersion, "title"),
    ("organisation_detail", OrganisationVersion, "name"),
)
"""Kinds that are proposed while somebody types: the page of each, and what one is called by."""
SUGGESTIONS = 8
RANKED = 200
LEXICON = (ProposalVersion, MilestoneVersion, OrganisationVersion, RiskVersion, IndicatorVersion, PassageVersion)
"""Whose words a slip of the pen is put right by."""


@dataclass
class Found:
    """Things of one kind; ``more`` is whether there are others that are not shown."""

    name: str
    title: StrOrPromise
    rows: list[object] = field(default_factory=list)
    more: bool = False


@dataclass(frozen=True)
class Suggestion:
    """A thing that is proposed while somebody types, and the name of its page."""

    page: str
    code: str
    title: str


@dataclass
class Results:
    groups: list[Found]
    instead: str = ""
    """The words that were looked for, where those that were typed are found nowhere."""

    @property
    def number(self) -> int:
        return sum(len(group.rows) for group in self.groups)


def search(text: str, moment: Moment, report: str = "") -> Results:
    """What holds all the words at that moment, or begins with the text as its code; with slips put right when nothing does. Of one
    report, or of all."""
    words = words_in(text)
    if not words:
        return Results([])
    groups = _find([[word] for word in words], code_in(text), moment, report)
    # The words that are known are those of today: a page of the past proposes none of them.
    if groups or moment.past:
        return Results(groups)
    spellings = [_held(spelling, moment, report) for spelling in corrected(words, *LEXICON)]
    if not spellings or not all(spellings):
        return Results([])
    return Results(_find(spellings, "", moment, report), " ".join("/".join(spelling) for spelling in spellings))


def _held(spellings: list[str], moment: Moment, report: str) -> list[str]:
    """Those of these spellings that something of the report holds: words are known of all reports together."""
    if not report:
        return spellings
    return [
        spelling
        for spelling in spellings
        if any(of_report(model, moment, report).filter(search=query_for([[spelling]])).exists() for model in LEXICON)
    ]


def suggestions(text: str, moment: Moment, report: str = "") -> list[Suggestion]:
    """The first milestones, proposals and organisations whose code begins so, then those that hold all the words, best first."""
    words = words_in(text)
    if not words:
        return []
    code, query = code_in(text), query_for([word] for word in words)
    found = _suggested(lambda rows: _coded(rows, code), moment, report) if code else []
    if len(found) < SUGGESTIONS:
        found += _suggested(lambda rows: _worded(rows, query), moment, report)
    return list(dict.fromkeys(found))[:SUGGESTIONS]


def _suggested(found_in: Callable[[Any], Any], moment: Moment, report: str) -> list[Suggestion]:
    """The first of each kind, of which no more is read than is shown."""
    return [
        Suggestion(page, row.code, str(getattr(row, name)))
        for page, model, name in SUGGESTED
        for row in found_in(of_report(model, moment, report)).only(
            "code", "withheld", *(f"{name}_{language}" for language in LANGUAGE_CODES)
        )[:SUGGESTIONS]
    ]


def of_report(model: Any, moment: Moment, report: str) -> Any:
    """The things of a kind at that moment, of one report or (empty) of all. Organisations are of those that give them a part."""
    if not report:
        return model.objects.as_of(moment)
    if model is OrganisationVersion:
        return organisations_of(moment, report)
    return model.objects.as_of(moment).filter(**{"code" if model is ReportVersion else "report": report})


def _coded(rows: Any, code: str) -> Any:
    """Those whose code begins so; an index of its own finds them."""
    if not code:
        return rows.none()
    begins, full = Q(code__startswith=code), padded(code)
    return rows.filter(begins | Q(code=full) if full else begins).order_by("code").defer("search")


def _worded(rows: Any, query: SearchQueryCombinable) -> Any:
    """Those that hold all the words, the best first. Ranking reads each row: of words that very many hold, only some are compared."""
    some = rows.filter(search=query).order_by().values("pk")[:RANKED]
    best = rows.model.objects.filter(pk__in=some).annotate(rank=SearchRank(F("search"), query))
    return best.order_by("-rank", "code").defer("search")


def _find(spellings: list[list[str]], code: str, moment: Moment, report: str) -> list[Found]:
    query, groups = query_for(spellings), []
    for name, title, model in VERSIONED:
        rows = of_report(model, moment, report)
        found = [*_coded(rows, code)[: SHOWN + 1], *_worded(rows, query)[: SHOWN + 1]]
        groups.append(_group(name, title, list(dict.fromkeys(found))))
    sources = of_report(SourceVersion, moment, report).annotate(words=vector_of("title", "publisher")).filter(words=query)
    groups.append(_group("sources", _("Sources of reports"), sources.order_by("report", "number")))
    published = Assessment.objects.published(moment).of_report(report)
    said = published.filter(withheld=None).annotate(words=vector_of("summary")).filter(words=query)
    groups.append(_group("assessments", _("Assessments"), said.select_related("milestone").order_by("-position")))
    proof = Evidence.objects.published(moment, *filter(None, [report])).annotate(words=vector_of("title", "publisher")).filter(words=query)
    by_then = Citation.objects.filter(assessment__in=published).order_by("assessment__milestone__code", "evidence_id")
    cited = Prefetch("citations", by_then.select_related("assessment__milestone").distinct("assessment__milestone__code", "evidence_id"))
    groups.append(_group("evidence", _("Evidence"), proof.prefetch_related(cited).order_by("-added_at")))
    return [group for group in groups if group.rows]


def _group(name: str, title: StrOrPromise, rows: QuerySet[Model] | list[object]) -> Found:
    shown: list[object] = list(rows[: SHOWN + 1])
    return Found(name, title, shown[:SHOWN], len(shown) > SHOWN)
