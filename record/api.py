"""Endpoints that read the record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404

from common.api.views import PublicListView, PublicView
from record.models import Event

if TYPE_CHECKING:
    from record.models import VersionRow


class RecordView(PublicView):
    """An answer made of the record as it stands now."""

    def read_position(self) -> int:
        return Event.objects.position()


class RecordListView(RecordView, PublicListView):
    pass


def version_or_404(model: type[VersionRow], code: str) -> Any:
    """The current version of a thing by its code; NUL and other impossible codes are simply not there."""
    row = model.objects.current().filter(code=code.replace("\x00", "")).first()
    if row is None:
        raise Http404
    return row
