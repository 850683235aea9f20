"""Whether the addresses of evidence still answer."""

from __future__ import annotations

from django.utils import timezone

from common.fetching import NotFetched, fetch
from milestones.evidence.services import note_link_state
from milestones.models import Evidence

GONE = 400
REFUSES_PROGRAMS = frozenset({401, 403, 405, 429, 451})
"""Answers of a site that is there and does not talk to programs."""


def addresses_to_check() -> list[int]:
    """Evidence with an address that something rests on, what was looked at longest ago first."""
    evidence = Evidence.objects.filter(withheld=None, cited=True).exclude(address="")
    return list(evidence.order_by("link_checked_at").values_list("pk", flat=True))


def check_link(evidence_id: int) -> bool | None:
    """Ask the address and note whether it answered; ``None`` when there is nothing to ask."""
    address = Evidence.objects.filter(pk=evidence_id, withheld=None).values_list("address", flat=True).first()
    if not address:
        return None
    try:
        status = fetch(address).status
        alive = status < GONE or status in REFUSES_PROGRAMS
    except NotFetched:
        alive = False
    note_link_state(evidence_id, alive=alive, now=timezone.now())
    return alive
