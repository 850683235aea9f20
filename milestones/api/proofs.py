"""The proof of a milestone as it is cited: a file that anybody checks offline (``docs/examples/verify_citation.py``)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from rest_framework import serializers as s

from common.api.problems import Gone, NotThere
from common.api.schema import PROBLEM, documented
from common.api.shapes import Shape
from milestones.models import MilestoneVersion
from record.api import RecordView
from record.log.proofs import PROOF_FORMAT, NotProven, Withdrawn, newest_checkpoint, proof_of
from record.pages import version_or_404

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.response import Response

    from record.moments import Moment


class ProvenVersionShape(Shape):
    first = s.IntegerField(help_text="The position from which on it stood.")
    last = s.IntegerField(allow_null=True, help_text="The position that replaced it, where that is proven, too.")
    salt = s.CharField()
    digest = s.CharField(help_text="SHA-256 of the salt and the content as JSON: sorted keys, no spaces.")
    content = s.DictField(help_text="By column, without what is empty.")


class ProvenEventShape(Shape):
    text = s.CharField(help_text="Exactly what is hashed, a leaf of the tree.")
    salt = s.CharField()
    actor = s.CharField(allow_blank=True)
    data = s.DictField()
    opened = s.ListField(child=s.CharField(), help_text="Digests of the versions that began with it.")
    closed = s.ListField(child=s.CharField())
    inclusion = s.ListField(child=s.CharField(), help_text="Hashes from the leaf's sibling up, in base64 (RFC 6962).")


class ProofShape(Shape):
    format = s.ChoiceField(choices=[PROOF_FORMAT])
    version = ProvenVersionShape()
    events = ProvenEventShape(many=True)
    checkpoint = s.CharField(help_text="A signed note (c2sp.org/tlog-checkpoint).")


@documented(responses={200: ProofShape, (410, "application/problem+json"): PROBLEM}, tags=["milestones"], operation_id="milestones_proof")
class MilestoneProof(RecordView):
    """What a citation of a milestone needs to be checked without this site: contents, salts, events, and their place under the newest
    checkpoint. Whoever keeps it can show what it says even after that was withdrawn here."""

    pickable = False

    def read_moment(self, request: Request) -> Moment:
        """Never final: a later checkpoint proves the same and more."""
        return replace(super().read_moment(request), final=False)

    def make_digest(self, request: Request, *more: object) -> str:
        checkpoint = newest_checkpoint()
        return super().make_digest(request, checkpoint.pk if checkpoint else 0, *more)

    def get(self, _request: Request, code: str) -> Response:
        row, checkpoint = version_or_404(MilestoneVersion, self.moment, code), newest_checkpoint()
        if checkpoint is None:
            raise NotThere("not-signed-yet", _("This installation has signed no checkpoint."))
        try:
            answer = self.one(proof_of(row, checkpoint))
        except NotProven:
            if row.first <= checkpoint.size:
                raise NotThere("not-signed-yet", _("The record does not agree with what was signed here.")) from None
            said = _("The newest checkpoint covers positions to %(size)d. The next is signed within minutes.")
            raise NotThere("not-signed-yet", said % {"size": checkpoint.size}) from None
        except Withdrawn as gone:
            raise Gone(_("It was withdrawn at position %(position)d.") % {"position": gone.position}) from gone
        answer["Content-Disposition"] = f'inline; filename="{row.code}-{row.first}.proof.json"'
        return answer
