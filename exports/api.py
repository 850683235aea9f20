"""``/milestones/`` as a table, a workbook or a calendar: the same filters and moment, whatever their number, a piece at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from django.http import HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter

from common.api.problems import UnknownParameter
from common.api.renderers import JSONRenderer
from common.api.schema import documented
from exports import files
from exports.making import ENDINGS, about, about_rows
from exports.tables import milestones_table
from milestones.api import shapes, views, writing
from milestones.models import MilestoneVersion
from notifications.calendar import calendar_of
from pages.provenance import provenance_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rest_framework.request import Request

    from exports.tables import Table
    from milestones.querysets import MilestoneVersionQuerySet

CALENDAR = "text/calendar; charset=utf-8"


class FileRenderer(JSONRenderer):
    """Stands for a format that the view writes itself; what goes wrong is still said in JSON."""


class CSVRenderer(FileRenderer):
    media_type, format = "text/csv", "csv"


class XLSXRenderer(FileRenderer):
    media_type, format = ENDINGS["xlsx"], "xlsx"


class ICSRenderer(FileRenderer):
    media_type, format = "text/calendar", "ics"


TEXT = {"type": "string"}
BINARY = {"type": "string", "format": "binary"}


@documented(
    responses={
        (200, "application/json"): shapes.MilestoneShape(many=True),
        (200, "text/csv"): TEXT,
        (200, ENDINGS["xlsx"]): BINARY,
        (200, "text/calendar"): TEXT,
    },
    parameters=[
        OpenApiParameter("format", str, enum=["json", "csv", "xlsx", "ics"], description="Or Accept. All but JSON are whole."),
    ],
    tags=["milestones"],
    operation_id="milestones_list",
    post={
        "request": writing.MilestoneInput,
        "responses": {(201, "application/json"): shapes.MilestoneDetailShape},
        "operation_id": "milestones_add",
    },
)
class MilestoneList(views.MilestoneList):
    """Milestones, as they stand or stood: a page of them as JSON, or all that the filters leave as CSV, XLSX or ICS."""

    renderer_classes = (JSONRenderer, CSVRenderer, XLSXRenderer, ICSRenderer)
    not_in_files: ClassVar[frozenset[str]] = frozenset({"page", "page_size"})

    def get(self, request: Request) -> Any:
        wanted = request.query_params.get("format") or request.accepted_renderer.format
        if wanted == "json":
            return super().get(request)
        if spare := sorted(self.not_in_files & set(request.query_params)):
            raise UnknownParameter({name: [_("A file has no pages.")] for name in spare}, code="unknown_parameter")
        # Read by its position: what is streamed must not change while the record moves on.
        self.moment = request.moment = replace(self.moment, past=True)  # type: ignore[attr-defined]
        rows = self.filtered(MilestoneVersion.objects.as_of(self.moment).with_health(self.moment).with_freshness(self.moment.day))
        response = self.calendar(request, rows) if wanted == "ics" else self.table(request, rows, wanted)
        name = f"milestones-{self.moment.day.isoformat()}-{self.moment.position}.{wanted}"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    def table(self, request: Request, rows: MilestoneVersionQuerySet, wanted: str) -> StreamingHttpResponse:
        table = self.picked_columns(milestones_table(rows, ordered=bool(request.query_params.get("ordering"))))
        content: Iterator[bytes]
        if wanted == "csv":
            content = (line.encode() for line in files.csv_file(table, about(self.moment, "")))
        else:
            content = files.xlsx_file([table], about_rows(self.moment, request.META.get("QUERY_STRING", "")[:500]))
        return StreamingHttpResponse(files.begun(content), content_type=ENDINGS[wanted])

    def picked_columns(self, table: Table) -> Table:
        wanted = self.wanted(table.names)
        return table if wanted is None else table.only(wanted)

    def calendar(self, request: Request, rows: MilestoneVersionQuerySet) -> HttpResponse:
        if "fields" in request.query_params:
            raise UnknownParameter({"fields": [_("A calendar has its own fields.")]}, code="unknown_parameter")
        content = calendar_of(
            rows,
            self.moment,
            name=_("Roadmap tracker"),
            address=lambda code: request.build_absolute_uri(f"/milestones/{code}/"),
            said=provenance_of(self.moment, request),
        )
        return HttpResponse(content, content_type=CALENDAR)
