"""Endpoints that read the record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404

from common.api.views import PublicListView, PublicView
from record.models import Event
from record.pages import ATTEMPTS

if TYPE_CHECKING:
    from record.models import VersionRow


class RecordView(PublicView):
    """An answer made of the record as it stands now."""

    def read_position(self) -> int:
        return Event.objects.position()

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Ask again when the record moved on meanwhile: all of an answer then belongs to the position that it names."""
        for _attempt in range(ATTEMPTS):
            response = super().dispatch(request, *args, **kwargs)
            if response.status_code != 200 or Event.objects.position() == self.position:  # noqa: PLR2004 - answers made of the record
                break
        return response


class RecordListView(RecordView, PublicListView):
    pass


def version_or_404(model: type[VersionRow], code: str) -> Any:
    """The current version of a thing by its code; NUL and other impossible codes are simply not there."""
    row = model.objects.current().filter(code=code.replace("\x00", "")).first()
    if row is None:
        raise Http404
    return row
