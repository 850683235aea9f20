"""A remit names reports, proposals and organisations by their codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from accounts.remits import NAMED
from proposals.models import Organisation, Proposal, Report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def codes_of(model: Any) -> Callable[[], Iterable[str]]:
    return lambda: model.objects.values_list("code", flat=True)


NAMED += map(codes_of, (Report, Proposal, Organisation))
