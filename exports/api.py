"""``/milestones/`` as a table, a workbook or a calendar: the same filters and moment, whatever their number, a piece at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.http import StreamingHttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter

from common.api.problems import UnknownParameter
from common.api.renderers import JSONRenderer
from common.api.schema import documented
from exports.files import begun
from exports.formats import FORMATS, Contents
from exports.tables import milestones_table
from milestones.api import shapes, views, writing
from milestones.models import MilestoneVersion

if TYPE_CHECKING:
    from rest_framework.request import Request

    from exports.formats import Format


class FileRenderer(JSONRenderer):
    """Stands for a format that the view writes itself; what goes wrong is still said in JSON."""


API_FORMATS = {ending: format_ for ending, format_ in FORMATS.items() if format_.api}


def _renderer(form: Format) -> type[FileRenderer]:
    names = {"media_type": form.media_type.partition(";")[0], "format": form.ending}
    return type(f"{form.ending.upper()}Renderer", (FileRenderer,), names)


def _schema(form: Format) -> dict[str, str]:
    return {"type": "string"} if form.media_type.startswith("text/") else {"type": "string", "format": "binary"}


@documented(
    responses={
        (200, "application/json"): shapes.ListedMilestoneShape(many=True),
        **{(200, format_.media_type.partition(";")[0]): _schema(format_) for format_ in API_FORMATS.values()},
    },
    parameters=[
        OpenApiParameter("format", str, enum=["json", *API_FORMATS], description="Or Accept. All but JSON are whole."),
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
    """Milestones, as they stand or stood: a page of them as JSON, or all that the filters leave as a file."""

    renderer_classes = (JSONRenderer, *map(_renderer, API_FORMATS.values()))
    not_in_files: ClassVar[frozenset[str]] = frozenset({"page", "page_size"})

    def get(self, request: Request) -> Any:
        form = API_FORMATS.get(request.query_params.get("format") or request.accepted_renderer.format)
        if form is None or form.api is None:
            return super().get(request)
        if spare := sorted(self.not_in_files & set(request.query_params)):
            raise UnknownParameter({name: [_("A file has no pages.")] for name in spare}, code="unknown_parameter")
        if "include" in request.query_params:
            raise UnknownParameter({"include": [_("Only JSON takes it.")]}, code="unknown_parameter")
        if not form.columns and "fields" in request.query_params:
            raise UnknownParameter({"fields": [_("A calendar has its own fields.")]}, code="unknown_parameter")
        self.moment = request.moment = self.moment.settled()  # type: ignore[attr-defined]
        rows = self.filtered(MilestoneVersion.objects.as_of(self.moment).with_health(self.moment).with_freshness(self.moment.day))
        table = milestones_table(rows, ordered=bool(request.query_params.get("ordering")))
        picked = self.wanted(table.names) if form.columns else None
        contents = Contents(self.moment, request.META.get("QUERY_STRING", "")[:500], rows, table if picked is None else table.only(picked))
        response = StreamingHttpResponse(begun(form.api(contents, lambda _parts: None)))
        return form.named(response, f"milestones-{self.moment.day.isoformat()}-{self.moment.position}")
