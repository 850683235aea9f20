"""What a withdrawal leaves of a row, and the digest that covers it from then on."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from record.chain import canonical, hash_of, row_digest
from record.covering import COVERED, covers
from record.models import WITHHELD, Event, Sealed, VersionRow
from record.versions import content_of, sealed_models, version_models

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    Withdrawable = VersionRow | Sealed | Event


def kept_digest(row: Withdrawable) -> str:
    """Of what a withdrawn row still says; of an event also which versions it wrote."""
    if isinstance(row, VersionRow):
        stays = content_of(row) | {"digest": row.digest}
    elif isinstance(row, Sealed):
        stays = row.content() | {"digest": row.digest}
    else:
        stays = {"text": row.text, "opened": _digests("first", row.position), "closed": _digests("last", row.position)}
    return row_digest("", stays)


def _digests(end: str, position: int) -> list[str]:
    """Of all versions that begin or end there."""
    first, *others = (model._default_manager.filter(**{end: position}).values_list("digest") for model in version_models())
    return sorted(digest for (digest,) in first.union(*others, all=True))


def together(digests: Mapping[str, str]) -> str:
    """One digest for several rows, by what a withdrawal calls them."""
    return hash_of(canonical(dict(digests)))


def kept_by(rows: Iterable[Withdrawable]) -> str:
    """What covers the rest of these rows, as the database holds them now."""
    read = [row for given in rows for row in _manager(type(given)).filter(pk=given.pk)]
    return together({row.record_key: kept_digest(row) for row in read})


def withheld_rows(since: int = 0) -> Iterator[Withdrawable]:
    for model in (*version_models(), *sealed_models(), Event):
        yield from _manager(model).filter(withheld__gt=since).order_by("pk").iterator()


def _manager(model: Any) -> Any:
    return model._default_manager


class Withdrawal(NamedTuple):
    """Which rows an event says that it emptied; ``kept`` is empty when nothing covers what stays of them."""

    rows: frozenset[str]
    kept: str


def withdrawals() -> dict[int, Withdrawal]:
    """By position. Only what stands in the chain withdraws: an event that is withheld itself says nothing."""
    covered = Event.objects.filter(type=COVERED, data__has_key="withdrawals").values_list("data__withdrawals", flat=True)
    later = {position: kept for pairs in covered for position, kept in pairs}
    said = Event.objects.filter(type=WITHHELD, withheld=None).values_list("position", "data")
    return {position: Withdrawal(frozenset(data["rows"]), data.get("kept") or later.get(position, "")) for position, data in said}


@covers("withdrawals")
def withdrawals_that_nothing_covers() -> list[tuple[int, str]]:
    """Those before withdrawals said what they left, with the digest of that."""
    bare = {position: said for position, said in withdrawals().items() if not said.kept}
    found: dict[int, dict[str, str]] = {position: {} for position in bare}
    for row in withheld_rows() if bare else ():
        if row.withheld in bare and row.record_key in bare[row.withheld].rows:
            found[row.withheld][row.record_key] = kept_digest(row)
    return [(position, together(digests)) for position, digests in sorted(found.items())]


def withheld_faults(since: int = 0) -> Iterator[str]:
    """Each withdrawn row is named by its withdrawal, empty, and otherwise what it was; each that is named is withdrawn."""
    said, found = withdrawals(), defaultdict[int, dict[str, str]](dict)
    for row in withheld_rows(since):
        withdrawal = said.get(row.withheld or 0)
        yield from _row_faults(row, withdrawal)
        if withdrawal and row.record_key in withdrawal.rows:
            found[row.withheld or 0][row.record_key] = kept_digest(row)
    for position, withdrawal in said.items():
        if position > since:
            yield from _rest_faults(position, withdrawal, found[position])


def _row_faults(row: Withdrawable, withdrawal: Withdrawal | None) -> Iterator[str]:
    if withdrawal is None:
        yield f"{row.record_key}: withheld by position {row.withheld}, which is no withdrawal"
    elif row.record_key not in withdrawal.rows:
        yield f"{row.record_key}: withheld by position {row.withheld}, which does not name it"
    if isinstance(row, VersionRow) and row.last is None:
        yield f"{row.record_key}: is withdrawn and still current"
    if any(_said(row, name) != nothing for name, nothing in row.emptied().items()):
        yield f"{row.record_key}: was withdrawn and says something again"


def _rest_faults(position: int, withdrawal: Withdrawal, found: dict[str, str]) -> Iterator[str]:
    for key in sorted(withdrawal.rows - set(found)):
        yield f"{key}: was withdrawn at position {position} and is there again"
    if not withdrawal.kept:
        yield f"position {position}: nothing covers what it left of what it withdrew; manage.py migrate puts that on the record"
    elif withdrawal.kept != together(found):
        yield f"position {position}: what it left of what it withdrew is not what it was"


def _said(row: Withdrawable, name: str) -> object:
    """A column as a withdrawal writes it: a file is its name."""
    value = getattr(row, name)
    return (value.name or "") if hasattr(value, "open") else value
