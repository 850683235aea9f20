"""A comparison as a table: a row for each milestone that is not the same at both moments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from exports.formats import Contents
from exports.tables import PRECISION, Table
from milestones.models import MilestoneVersion
from record.described import heading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pages.compare import Comparison

FIELDS = {field.name: (heading(MilestoneVersion, field), field.width) for field in MilestoneVersion.described if field.width}
SIDES = {
    **{name: FIELDS[name] for name in ("status", "health", "due")},
    "due_precision": PRECISION,
    "forecast": FIELDS["forecast"],
    "evidence_count": FIELDS["evidence_count"],
}
"""What stands beside itself, before and after."""
COLUMNS = (
    *((name, *FIELDS[name]) for name in ("code", "title", "proposal")),
    ("happened", _("What happened"), 24),
    *(
        (f"{name}_{side}", format_lazy("{head}: {side}", head=head, side=word), width)
        for name, (head, width) in SIDES.items()
        for side, word in (("before", _("before")), ("after", _("after")))
    ),
    ("event", _("Event"), 22),
    ("event_position", _("Position"), 8),
    ("occurred_at", _("When"), 20),
    ("actor", _("Who"), 24),
    ("without_event", _("Without an event"), 10),
    ("from_position", _("From position"), 8),
    ("from_day", _("From day"), 12),
)


def comparison_table(compared: Comparison) -> Table:
    """Words of codes stay codes; of what happened the newest event, or that which tells of the first of it."""
    title, moment = f"title_{get_language() or 'ru'}", compared.earlier.moment

    def read() -> Iterator[list[Any]]:
        for row in compared.everything():
            event = row.event(row.happened[0])
            yield [
                row.shown.code, getattr(row.shown, title), row.shown.proposal, row.happened,
                *(getattr(side, name) if side else None for name in SIDES for side in (row.before, row.after)),
                *((event.type, event.position, event.occurred_at, event.actor) if event else (None,) * 4),
                row.by_itself, moment.position, moment.day,
            ]  # fmt: skip

    return Table("changes", _("Changes"), COLUMNS, read)


def contents_of(compared: Comparison) -> Contents:
    """What a file of it holds; it is of the later moment, and leads to the page that says the same."""
    query = urlencode(compared.exact, safe=":@")
    address = f"{reverse('compare')}?{query}"
    return Contents(compared.later.moment, query, MilestoneVersion.objects.none(), comparison_table(compared), address=address)
