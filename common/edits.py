"""Rows that are no part of the record yet, or never: which of their fields somebody changed last, for whoever is about to change them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Edited(models.Model):
    """A row with a ``version``; ``edits`` says by field at which version it was changed last, by whom and when, and by which account."""

    version: models.PositiveIntegerField[int, int]
    edits = models.JSONField(default=dict, editable=False)

    class Meta:
        abstract = True

    def note_edits(self, fields: Iterable[str], *, by: str, at: datetime, account: int | None = None) -> None:
        """To be saved with the change, whose ``version`` is set already; ``account`` where whose words stand there matters."""
        self.edits = self.edits | {name: [self.version, by, at.isoformat(), account] for name in fields}

    @property
    def hands(self) -> set[int]:
        """The accounts whose words some field holds, as far as they were noted."""
        return {account for *_edit, account in self.edits.values() if isinstance(account, int)}

    def edited_since(self, version: int) -> list[dict[str, object]]:
        """The fields that were changed after that version, as a refusal names them."""
        return [
            {"field": name, "by": by or None, "at": datetime.fromisoformat(at), "position": None}
            for name, (changed, by, at, *_account) in sorted(self.edits.items())
            if changed > version
        ]


def changed_fields(row: models.Model, values: Mapping[str, object]) -> list[str]:
    """Those of ``values`` that the row does not have yet."""
    return [name for name, value in values.items() if getattr(row, name) != value]
