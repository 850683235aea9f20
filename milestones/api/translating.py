"""The words of what is published, in another language."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from accounts.permissions import user_of
from milestones.api import writing
from milestones.api.assessments import UpdateAct, acted, read_again
from milestones.assessments.translations import with_translations
from milestones.services import translate
from record.moments import now

if TYPE_CHECKING:
    from rest_framework.request import Request

    from common.json_types import JSONObject
    from milestones.models import Assessment
    from record.services import Change


@acted("translate", writing.TranslationInput)
class UpdateTranslate(UpdateAct):
    """Say the summary of what is published in another language; the original stays what it is."""

    scopes: ClassVar[dict[str, str]] = {"POST": "assess"}
    takes = writing.TranslationInput

    def act(self, change: Change, request: Request, assessment: Assessment, sent: JSONObject) -> Assessment:
        translate(change, assessment, language=sent["language"], summary=sent["summary"], by=user_of(request))
        return with_translations([read_again(assessment)], now())[0]
