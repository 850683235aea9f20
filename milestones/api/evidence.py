"""Endpoints of evidence: taken in as an address or a file, put right until something published rests on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.db.models import Q
from django.http import Http404
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response
from rest_framework.reverse import reverse

from accounts.idempotency import idempotent
from accounts.permissions import user_of
from common.api.parsers import JSONParser
from common.api.schema import documented
from common.api.shapes import shape_fields
from milestones.api import representation, shapes, writing
from milestones.evidence.files import examine, examine_all, file_of
from milestones.filters import EvidenceFilterSet
from milestones.models import Evidence
from milestones.services import add_evidence, change_evidence
from record.api import RecordListView, RecordView
from record.api.writing import insist_on_version
from record.services import open_change

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from django.core.files.uploadedfile import UploadedFile
    from django.http import FileResponse
    from rest_framework.parsers import BaseParser
    from rest_framework.request import Request

    from milestones.querysets import EvidenceQuerySet
    from record.moments import Moment

BODY = {"application/json": writing.EvidenceInput, "multipart/form-data": writing.FileInput}


def evidence_for(request: Request, moment: Moment) -> EvidenceQuerySet:
    """Public evidence of what is published; beside it, today, what the reader may open at the desk."""
    published = Evidence.objects.published(moment)
    if moment.past or not request.user.is_authenticated:
        return published
    own = Evidence.objects.visible_to(request.user).filter(withheld=None)
    return Evidence.objects.filter(Q(pk__in=published.values("pk")) | Q(pk__in=own.values("pk")))


class EvidenceView:
    """JSON for addresses, multipart for files; what is in one must hold in the other."""

    parser_classes: Sequence[type[BaseParser]] = (JSONParser, MultiPartParser)
    beyond_record = True
    sent_as: ClassVar[Mapping[str, str]] = {column: name for name, column in writing.NAMES.items()}

    def values(self, request: Request, evidence: Evidence | None = None) -> tuple[dict[str, object], UploadedFile[bytes] | None]:
        is_form = request.content_type.startswith("multipart/")
        kind = writing.FileInput if is_form else writing.EvidenceInput
        sent = kind(evidence, data=request.data, partial=evidence is not None)
        sent.is_valid(raise_exception=True)
        values = dict(sent.validated_data)
        file = values.pop("file", None)
        if file:
            examine(file)
        return writing.evidence_values(values), file

    def answer(self, request: Request, evidence: Evidence, *, status: int) -> Response:
        response = Response(representation.evidence_item(evidence, reverse("api:updates", request=request)), status=status)
        response.version = evidence.version  # type: ignore[attr-defined]
        return response


@documented(
    responses=shapes.EvidenceShape(many=True),
    tags=["evidence"],
    operation_id="evidence_list",
    post={
        "request": BODY,
        "responses": {201: shapes.EvidenceShape},
        "operation_id": "evidence_add",
    },
)
class EvidenceList(EvidenceView, RecordListView):
    """Evidence that published assessments rest on; for analysts also what they took in themselves."""

    scopes: ClassVar[dict[str, str]] = {"POST": "assess"}
    filterset_class = EvidenceFilterSet
    default_ordering = ("-added_at", "-id")
    orderings: ClassVar[dict[str, str]] = {"added_at": "added_at", "published_on": "published_on"}
    field_names = shape_fields(shapes.EvidenceShape)

    def get(self, request: Request) -> Response:
        base = reverse("api:updates", request=request)
        evidence = self.filtered(evidence_for(request, self.moment))
        return self.page_of(evidence, lambda page: [representation.evidence_item(item, base) for item in page])

    @idempotent
    def post(self, request: Request) -> Response:
        """Take in an address (JSON), or a file (multipart)."""
        values, file = self.values(request)
        with open_change(by=user_of(request).actor, of=()) as change:
            made = add_evidence(change, by=user_of(request), values={"kind": "other"} | values, file=file)
            self.look_after(change)
        response = self.answer(request, made, status=201)
        response.headers["Location"] = reverse("api:evidence-detail", args=[made.uid], request=request)
        return response


@documented(
    responses=shapes.EvidenceShape,
    tags=["evidence"],
    operation_id="evidence_detail",
    patch={
        "request": BODY,
        "responses": {200: shapes.EvidenceShape},
        "operation_id": "evidence_change",
    },
)
class EvidenceDetail(EvidenceView, RecordView):
    """One piece of evidence; it can be put right until something published rests on it."""

    scopes: ClassVar[dict[str, str]] = {"PATCH": "assess"}

    def find(self, request: Request, uid: UUID) -> Evidence:
        evidence: Evidence | None = evidence_for(request, self.moment).filter(uid=uid).first()
        if evidence is None:
            raise Http404
        return evidence

    def get(self, request: Request, uid: UUID) -> Response:
        evidence = self.find(request, uid)
        return self.one(representation.evidence_item(evidence, reverse("api:updates", request=request)), version=evidence.version)

    def patch(self, request: Request, uid: UUID) -> Response:
        _read = request.data  # before the lock is taken, and looked at
        examine_all(request)
        with open_change(by=user_of(request).actor) as change:
            evidence = self.find(request, uid)
            values, file = self.values(request, evidence)
            insist_on_version(request, evidence.version, lambda seen: self._edited_since(evidence, seen))
            evidence = change_evidence(change, evidence, by=user_of(request), values=values, file=file)
            self.look_after(change)
        return self.answer(request, evidence, status=200)

    def _edited_since(self, evidence: Evidence, version: int) -> list[dict[str, object]]:
        return [edit | {"field": self.sent_as.get(str(edit["field"]), edit["field"])} for edit in evidence.edited_since(version)]


@documented(responses={(200, "application/octet-stream"): bytes}, tags=["evidence"], operation_id="evidence_file")
class EvidenceFile(RecordView):
    """The file of a piece of evidence, as it was taken in; its SHA-256 is ``content_hash``."""

    pickable = False
    beyond_record = True

    def get(self, request: Request, uid: UUID) -> FileResponse:
        return file_of(evidence_for(request, self.moment), uid)
