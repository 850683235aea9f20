"""Endpoints of assessments on their way: recorded, changed, handed in, published, returned, confirmed."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, ClassVar

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.response import Response
from rest_framework.reverse import reverse
from typing_extensions import override

from accounts.idempotency import Done, idempotent
from accounts.permissions import insist_on_scope, user_of
from common.api.inputs import Input, NothingInput
from common.api.preconditions import matched_versions
from common.api.problems import UnknownParameter
from common.api.schema import View, documented
from common.api.shapes import shape_fields
from common.refusals import Refused
from milestones import choices
from milestones.api import representation, shapes, writing
from milestones.assessments.translations import with_translations
from milestones.filters import UpdateFilterSet
from milestones.models import Assessment, Milestone, MilestoneVersion
from milestones.permissions import is_another, needs_review
from milestones.querysets import OPEN_STATES
from milestones.services import (
    add_evidence,
    confirm_assessment,
    delete_draft,
    edit_draft,
    for_rules,
    milestone_of,
    publish_assessment,
    read_in,
    record_assessment,
    return_assessment,
    submit_assessment,
    take_back_assessment,
)
from proposals.api.views import language
from record.api import RecordListView, RecordView
from record.api.writing import insist_on_version, validated
from record.pages import version_or_404
from record.services import open_change

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from rest_framework.request import Request

    from common.json_types import JSONObject
    from milestones.assessments.services import Cite
    from milestones.querysets import AssessmentQuerySet
    from record.moments import Moment
    from record.services import Change

STATES = [value for value, _label in choices.ASSESSMENT_STATES]


def updates_for(request: Request, moment: Moment) -> AssessmentQuerySet:
    """Published ones for everybody; beside them, today, what the reader is at work on."""
    if moment.past or not request.user.is_authenticated:
        return Assessment.objects.published(moment)
    return Assessment.objects.readable_by(request.user)


def answer_of(request: Request, assessment: Assessment, *, status: int = 200) -> Response:
    """One assessment as a service or ``read_again`` gave it, with its version for the next write."""
    base = reverse("api:updates", request=request)
    response = Response(representation.update_item(assessment, language=language(), base=base), status=status)
    response.version = assessment.version  # type: ignore[attr-defined]
    if status == HTTPStatus.CREATED:
        response.headers["Location"] = f"{base}{assessment.uid}/"
    return response


def answered(view: RecordView, request: Request, done: Done) -> Response:
    """Of what a POST recorded or did, after its commit; a repeat asks as of its own time."""
    if not hasattr(view, "moment"):
        view.look_again()
    return answer_of(request, done.thing or read_again(Assessment(uid=done.name)), status=done.status)


def read_again(assessment: Assessment) -> Assessment:
    """With all that an answer says of it."""
    again: Assessment = Assessment.objects.for_answer().get(uid=assessment.uid)
    return again


def milestone_or_404(code: str) -> Milestone:
    milestones = Milestone.objects.select_related("proposal__report", "current", "series", "analyst")
    milestone = milestones.filter(code=code.replace("\x00", "")).first()
    if milestone is None:
        raise Http404
    return milestone


def cites_of(change: Change, request: Request, sent: list[JSONObject]) -> list[Cite]:
    """The evidence of an assessment: pieces that are there, and new ones that are taken in with it."""
    cites: list[Cite] = []
    for place, values in enumerate(sent):
        stance = values.pop("stance", "supports")
        if "id" in values:
            evidence = writing.evidence_by_id(user_of(request), values["id"], place)
        else:
            evidence = add_evidence(change, by=user_of(request), values=writing.evidence_values({"kind": "other", **values}))
        cites.append((evidence, stance))
    return cites


def may_publish_by(request: Request, milestone: Milestone) -> None:
    """Publishing is reviewing, but what one has found oneself, where the report asks for no review."""
    insist_on_scope(request, "review" if milestone.proposal.report.needs_review else "assess")


def may_publish_this_by(request: Request, assessment: Assessment) -> None:
    insist_on_scope(request, "review" if needs_review(assessment) or is_another(user_of(request), assessment) else "assess")


class UpdatesView(RecordListView):
    """``?state=`` chooses among what is on its way, of the reader's own; without it only what is published is listed."""

    default_ordering = ("-position", "-id")
    parameters = frozenset({"state"})
    beyond_record = True
    orderings: ClassVar[dict[str, str]] = {
        "position": "position",
        "effective_on": "effective_on",
        "published_at": "published_at",
        "milestone": "milestone__code",
    }
    field_names = shape_fields(shapes.UpdateShape)

    def answer(self, request: Request, **which: str) -> Response:
        base = reverse("api:updates", request=request)
        wanted = self.states(request)
        assessments = updates_for(request, self.moment).filter(state__in=wanted, **which).for_answer()
        return self.page_of(
            self.filtered(assessments),
            lambda page: [
                representation.update_item(update, language=language(), base=base) for update in with_translations(page, self.moment)
            ],
        )

    def states(self, request: Request) -> list[str]:
        states = [state.strip() for state in request.query_params.get("state", "published").split(",")]
        if not set(states) <= set(STATES):
            said = _("Write one of: %(known)s.") % {"known": ", ".join(STATES)}
            raise UnknownParameter({"state": [said]}, code="unknown_value")
        return states


STATE = OpenApiParameter("state", str, description="Some of draft, submitted, returned, published, separated by commas.")


@documented(responses=shapes.UpdateShape(many=True), tags=["updates"], operation_id="updates_list", parameters=[STATE])
class UpdateList(UpdatesView):
    """Assessments, the newest first: those that are published, and for analysts those that they are at work on."""

    filterset_class = UpdateFilterSet

    def get(self, request: Request) -> Response:
        return self.answer(request)


@documented(
    responses=shapes.UpdateShape(many=True),
    tags=["milestones"],
    operation_id="milestones_updates",
    parameters=[STATE],
    post={"request": writing.AssessmentInput, "responses": {201: shapes.UpdateShape}, "operation_id": "milestones_record"},
)
class MilestoneUpdates(UpdatesView):
    """The assessments of one milestone; a POST records another."""

    scopes: ClassVar[dict[str, str]] = {"POST": "assess"}

    def get(self, request: Request, code: str) -> Response:
        milestone = version_or_404(MilestoneVersion, self.moment, code)
        return self.answer(request, milestone__code=milestone.code)

    @idempotent
    def post(self, request: Request, code: str) -> Done:
        """Record an assessment: as a draft, handed in for review, or published at once where that is allowed."""
        sent = validated(writing.AssessmentInput, request)
        by = user_of(request)
        with open_change(by=by.actor, of=milestone_of(code)) as change:
            milestone = milestone_or_404(code)
            if sent["action"] == "publish":
                may_publish_by(request, milestone)
            if draft := Assessment.objects.open_for(by, milestone):
                said = _("You have a draft open on it, %(id)s: change, submit or delete that one.") % {"id": draft.uid}
                raise Refused.because("draft_open", said)
            cites = cites_of(change, request, sent.pop("evidence", []))
            made = record_assessment(change, milestone, by=by, values=writing.finding_of(sent), evidence=cites, action=sent["action"])
            self.look_after(change)
        return Done(str(made.uid), 201)

    def answered(self, request: Request, done: Done) -> Response:
        return answered(self, request, done)


class UpdateView(RecordView):
    """What is done with one assessment: each act is one change of the record."""

    beyond_record = True

    def find(self, change: Change, request: Request, uid: UUID) -> Assessment:
        """One that they may see, for the services to go on with."""
        assessment = read_in(change, for_rules().readable_by(user_of(request)).filter(uid=uid))
        if assessment is None:
            raise Http404
        return assessment

    def insist_on_version(self, request: Request, assessment: Assessment) -> None:
        def differing(seen: int) -> list[dict[str, object]]:
            if assessment.state != "published":
                return [edit | {"field": str(edit["field"]).removesuffix("_date")} for edit in assessment.edited_since(seen)]
            by = assessment.public_reviewer or assessment.public_author or None
            return [{"field": "state", "by": by, "at": assessment.published_at, "position": assessment.position}]

        insist_on_version(request, assessment.version, differing)

    def insist_on_named_version(self, request: Request, assessment: Assessment) -> None:
        """A POST need not say which version it is about; when it does, that is held to."""
        if "If-Match" in request.headers and assessment.version not in matched_versions(request):
            self.insist_on_version(request, assessment)


@documented(
    responses=shapes.UpdateShape,
    tags=["updates"],
    operation_id="updates_detail",
    patch={"request": writing.FindingInput, "responses": {200: shapes.UpdateShape}, "operation_id": "updates_change"},
    delete={"request": None, "responses": {204: None}, "operation_id": "updates_delete"},
)
class UpdateDetail(UpdateView):
    """One assessment. A draft of one's own can be changed and thrown away; a published one stays."""

    scopes: ClassVar[dict[str, str]] = {"PATCH": "assess", "DELETE": "assess"}

    def get(self, request: Request, uid: UUID) -> Response:
        assessment = updates_for(request, self.moment).for_answer().filter(uid=uid).first()
        if assessment is None:
            raise Http404
        with_translations([assessment], self.moment)
        base = reverse("api:updates", request=request)
        return self.one(representation.update_item(assessment, language=language(), base=base), version=assessment.version)

    def patch(self, request: Request, uid: UUID) -> Response:
        """Change a draft, or what you submitted, which is a draft again then. Evidence that is sent takes the place of what was cited."""
        data = request.data
        with open_change(by=user_of(request).actor, of=milestone_of(finding=uid)) as change:
            assessment = self.find(change, request, uid)
            sent = writing.FindingInput(assessment, data=data, partial=True)
            sent.is_valid(raise_exception=True)
            finding, evidence = writing.finding_of(sent.validated_data), sent.validated_data.get("evidence")
            self.insist_on_version(request, assessment)
            if assessment.state == "submitted" and assessment.author_id == user_of(request).pk:
                assessment = take_back_assessment(change, assessment, by=user_of(request))
            self._insist_open(assessment)
            cites = None if evidence is None else cites_of(change, request, evidence)
            assessment = edit_draft(change, assessment, by=user_of(request), values=finding, evidence=cites)
            self.look_after(change)
        return answer_of(request, read_again(assessment))

    def delete(self, request: Request, uid: UUID) -> Response:
        """Throw a draft of one's own away."""
        with open_change(by=user_of(request).actor, of=milestone_of(finding=uid)) as change:
            assessment = self.find(change, request, uid)
            self.insist_on_version(request, assessment)
            self._insist_open(assessment)
            delete_draft(change, assessment, by=user_of(request))
        return Response(status=204)

    def _insist_open(self, assessment: Assessment) -> None:
        if assessment.state not in OPEN_STATES:
            raise Refused.because("not_open", _("It is submitted or published and cannot be edited."))


class UpdateAct(UpdateView):
    """A step of an assessment's way: POST alone."""

    takes: ClassVar[type[Input]] = NothingInput

    @idempotent
    def post(self, request: Request, uid: UUID) -> Done:
        sent = validated(self.takes, request)
        with open_change(by=user_of(request).actor, of=milestone_of(finding=uid)) as change:
            assessment = self.find(change, request, uid)
            self.insist_on_named_version(request, assessment)
            done = self.act(change, request, assessment, sent)
            self.look_after(change)
        return Done(str(done.uid), 200, done)

    def answered(self, request: Request, done: Done) -> Response:
        return answered(self, request, done)

    def act(self, change: Change, request: Request, assessment: Assessment, sent: JSONObject) -> Assessment:
        """Subclasses: the service, and what it gives back."""
        raise NotImplementedError


def acted(name: str, kind: type[Input] | None = None) -> Callable[[View], View]:
    return documented(
        get=None,
        tags=["updates"],
        post={"request": kind, "responses": {200: shapes.UpdateShape}, "operation_id": f"updates_{name}"},
    )


@acted("submit")
class UpdateSubmit(UpdateAct):
    """Hand a draft in for review."""

    scopes: ClassVar[dict[str, str]] = {"POST": "assess"}

    @override
    def act(self, change: Change, request: Request, assessment: Assessment, sent: JSONObject) -> Assessment:
        return submit_assessment(change, assessment, by=user_of(request))


@acted("publish")
class UpdatePublish(UpdateAct):
    """Publish what was submitted: from then on it is what the milestone says."""

    scopes: ClassVar[dict[str, str]] = {"POST": "assess"}

    @override
    def act(self, change: Change, request: Request, assessment: Assessment, sent: JSONObject) -> Assessment:
        may_publish_this_by(request, assessment)
        return publish_assessment(change, assessment, by=user_of(request))


@acted("return", writing.ReturnInput)
class UpdateReturn(UpdateAct):
    """Give what was submitted back to its author, with a comment."""

    scopes: ClassVar[dict[str, str]] = {"POST": "review"}
    takes = writing.ReturnInput

    def act(self, change: Change, request: Request, assessment: Assessment, sent: JSONObject) -> Assessment:
        return return_assessment(change, assessment, by=user_of(request), comment=sent["comment"])


@documented(
    get=None,
    tags=["milestones"],
    post={"request": writing.ConfirmInput, "responses": {201: shapes.UpdateShape}, "operation_id": "milestones_confirm"},
)
class MilestoneConfirm(RecordView):
    """Say that what stands is still accurate. It goes through review like any assessment."""

    scopes: ClassVar[dict[str, str]] = {"POST": "assess"}

    @idempotent
    def post(self, request: Request, code: str) -> Done:
        sent = validated(writing.ConfirmInput, request)
        by = user_of(request)
        with open_change(by=by.actor, of=milestone_of(code)) as change:
            milestone = milestone_or_404(code)
            made = confirm_assessment(change, milestone, by=by, note=sent.get("note", ""))
            if sent["action"] == "publish":
                may_publish_by(request, milestone)
                publish_assessment(change, made, by=by)
            self.look_after(change)
        return Done(str(made.uid), 201)

    def answered(self, request: Request, done: Done) -> Response:
        return answered(self, request, done)
