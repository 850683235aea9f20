"""The formats that milestones leave in: a row each, from which pages, API, OpenAPI file and workers follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from django.conf import settings
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from common.sheets import MEDIA_TYPES
from exports import files, printed
from notifications.calendar import calendar_of
from pages.provenance import provenance_of
from record.installation import is_sample, named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from django.http.response import HttpResponseBase
    from django_stubs_ext import StrPromise

    from exports.tables import Table
    from milestones.querysets import MilestoneVersionQuerySet
    from record.moments import Moment

    Tell: TypeAlias = Callable[[int], None]
    Writer: TypeAlias = Callable[["Contents", Tell], Iterable[bytes]]


def reports_in(query: str) -> list[str]:
    """The codes of the reports that these filters name, each once; none where they leave all."""
    codes = (code.strip() for text in QueryDict(query).getlist("report") for code in text.split(","))
    return list(dict.fromkeys(code for code in codes if code))


@dataclass(frozen=True)
class Contents:
    """What goes into a file: milestones of one moment, chosen by the filters of ``query``, and what belongs to them."""

    moment: Moment
    query: str
    rows: MilestoneVersionQuerySet
    chosen: Table
    others: Callable[[], list[Table]] = list
    address: str = ""
    """Of the page that shows the same, where that is not the overview."""

    @property
    def report(self) -> str:
        """The code of the one report that it is of; empty where it is of several."""
        codes = reports_in(self.query)
        return codes[0] if len(codes) == 1 else ""

    @property
    def said(self) -> str:
        return provenance_of(self.moment, self.address, report=self.report)

    @property
    def milestones(self) -> Table:
        return self.chosen.of_a_sample() if is_sample() else self.chosen

    @property
    def tables(self) -> list[Table]:
        return [self.milestones, *(table.of_a_sample() if is_sample() else table for table in self.others())]

    def about(self) -> dict[str, object]:
        """What a file says of itself, for programs."""
        return {
            "position": self.moment.position,
            "as_of": self.moment.day,
            "language": get_language() or "ru",
            "filters": self.query,
            "sample": is_sample(),
            "said": self.said,
        }

    def about_rows(self) -> list[tuple[str, object]]:
        """The same for people."""
        rows = [(_("File"), self.said), (_("As of"), self.moment.day), (_("Position"), self.moment.position)]
        return [*rows, (_("Filters"), self.query or "–"), (_("Made at"), timezone.now())]


def _csv(contents: Contents, _tell: Tell) -> Iterator[bytes]:
    return (line.encode() for line in files.csv_file(contents.milestones, contents.about()))


def _json_view(contents: Contents, _tell: Tell) -> Iterator[bytes]:
    return files.json_file([contents.milestones], contents.about())


def _json(contents: Contents, _tell: Tell) -> Iterator[bytes]:
    return files.json_file(contents.tables, contents.about())


def _xlsx(contents: Contents, tell: Tell) -> Iterator[bytes]:
    return files.xlsx_file(contents.tables, contents.about_rows(), tell)


def _ics(contents: Contents, _tell: Tell) -> Iterator[bytes]:
    yield calendar_of(
        contents.rows,
        contents.moment,
        name=_("Roadmap tracker"),
        address=lambda code: f"{settings.SITE_URL}/milestones/{code}/",
        said=contents.said,
    )


def _pdf(contents: Contents, tell: Tell) -> Iterator[bytes]:
    yield printed.report(contents.moment, contents.report, tell)


@dataclass(frozen=True)
class Format:
    """Who is offered it, and how it is written: in pieces; the second argument of a writer is told how many parts are done.

    ``view``: the milestones that the page's filters leave, and, where it ``compares``, what a comparison found; ``api``: those of
    ``GET /milestones/``; ``whole``: all that there is, made by a worker and offered on the page of files with ``word`` and ``holds``.
    None: not offered there.
    ``by_worker``: a view of more than ``AT_ONCE`` milestones is made by a worker, too. ``columns``: ``?fields=`` picks among them.
    ``filtered``: all filters choose what a whole one holds, and not the report alone. ``is_possible``: whether this installation can
    make it; where it cannot, ``impossible`` says so.
    """

    ending: str
    media_type: str
    word: StrPromise | str = ""
    holds: StrPromise | str = ""
    view: Writer | None = None
    api: Writer | None = None
    whole: Writer | None = None
    compares: bool = False
    by_worker: bool = False
    columns: bool = True
    filtered: bool = True
    is_possible: Callable[[], bool] = lambda: True
    impossible: StrPromise | str = ""

    def named(self, response: HttpResponseBase, name: str) -> HttpResponseBase:
        """The same answer as a file of that name."""
        response["Content-Type"] = self.media_type
        response["Content-Disposition"] = f'attachment; filename="{named(name)}.{self.ending}"'
        return response


FORMATS = {
    format_.ending: format_
    for format_ in (
        Format(
            "csv", MEDIA_TYPES["csv"], gettext_lazy("table (CSV)"), gettext_lazy("The milestones as one table."),
            view=_csv, api=_csv, whole=_csv, compares=True,
        ),
        Format(
            "xlsx", MEDIA_TYPES["xlsx"], gettext_lazy("workbook (XLSX)"),
            gettext_lazy("A sheet each for milestones, assessments, evidence, plan changes and sources, with typed cells and filters."),
            view=_xlsx, api=_xlsx, whole=_xlsx, compares=True, by_worker=True,
        ),
        Format(
            "json", "application/json", gettext_lazy("data (JSON)"), gettext_lazy("The same tables for programs."),
            view=_json_view, whole=_json,
        ),
        Format("ics", "text/calendar; charset=utf-8", view=_ics, api=_ics, columns=False),
        Format(
            "pdf", "application/pdf", gettext_lazy("report (PDF)"),
            gettext_lazy("To print on A4: contents, the sentence, timeline, exceptions, proposals, sources."),
            whole=_pdf, filtered=False, is_possible=printed.is_possible,
            impossible=gettext_lazy(
                "This installation cannot print reports as PDF: a library is missing. Pages can be printed by the browser."
            ),
        ),
    )
}  # fmt: skip
