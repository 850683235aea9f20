"""Evidence: addresses and private files. Free to change until something published rests on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.roles import Role
from common.days import day_of
from common.edits import changed_fields
from common.refusals import Refused
from milestones.evidence.files import examine
from milestones.models import Evidence
from milestones.permissions import insist, may_tend
from record.models import Installation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from django.core.files.uploadedfile import UploadedFile

    from accounts.models import User
    from milestones.models import Assessment, Citation
    from record.services import Change

FIELDS = ("address", "title", "publisher", "kind", "language", "published_on", "accessed_on", "archive_address", "confidential")


class EvidenceRefused(Refused):
    """The evidence cannot be taken or changed; the problems say why."""


def add_evidence(change: Change, *, by: User, values: Mapping[str, object], file: UploadedFile[bytes] | None = None) -> Evidence:
    """Take in an address, a file, or both. A file is checked for size and for being what its name says.

    Raises ``EvidenceRefused``; ``values`` are some of ``FIELDS``.
    """
    insist(by.may(Role.ANALYST))
    evidence = Evidence(added_by=by, added_at=change.now)
    _set(evidence, values, file)
    evidence.accessed_on = evidence.accessed_on or day_of(change.now)
    _save(change, evidence)
    return evidence


def _save(change: Change, evidence: Evidence) -> None:
    """A file that was written goes again when the change is not kept."""
    new = bool(evidence.file) and not evidence.file._committed  # type: ignore[attr-defined]
    evidence.save()
    if new:
        storage, name = evidence.file.storage, evidence.file.name or ""
        change.undo.append(lambda: storage.delete(name))


def change_evidence(
    change: Change,
    evidence: Evidence,
    *,
    by: User,
    values: Mapping[str, object],
    file: UploadedFile[bytes] | None = None,
    of: Assessment | None = None,
) -> Evidence:
    """Put evidence right that only ``of``, an open draft, rests on, if anything does.

    Raises ``EvidenceRefused`` for what others rest on: it must not become another thing under their hands.
    """
    now: Evidence = Evidence.objects.hold([evidence.pk])[evidence.pk]
    insist(by.may(Role.EDITOR) or now.added_by_id == by.pk or of is not None)
    if now.cited or now.citations.exclude(assessment=of).exists():
        raise EvidenceRefused.because("cited", _("Something else rests on it, so it stays as it is; add the right one beside it."))
    replaced = now.file.name if file else None
    edited = [*changed_fields(now, values), *(["file"] if file else [])]
    _set(now, values, file)
    now.version += 1
    now.note_edits(edited, by=by.actor, at=change.now, account=by.pk)
    _save(change, now)
    delete_file_on_commit(replaced)
    return now


def delete_file_on_commit(name: str | None) -> None:
    """What was replaced or withdrawn goes from the disk too, and only once that is certain."""
    if name:
        transaction.on_commit(lambda: Evidence._meta.get_field("file").storage.delete(name))


def replace_evidence(
    change: Change, evidence: Evidence, *, by: User, values: Mapping[str, object], file: UploadedFile[bytes] | None = None, of: Assessment
) -> Evidence:
    """What a draft rests on after somebody changed it: the same piece, or a new one where others rest on the old."""
    if not evidence.cited and not evidence.citations.exclude(assessment=of).exists():
        return change_evidence(change, evidence, by=by, values=values, file=file, of=of)
    if file is None and evidence.file:
        with evidence.file.open("rb") as kept:
            file = SimpleUploadedFile(evidence.file_name, kept.read())
    return add_evidence(change, by=by, values=values, file=file)


def _set(evidence: Evidence, values: Mapping[str, object], file: UploadedFile[bytes] | None) -> None:
    unknown = set(values) - set(FIELDS)
    if unknown:
        raise TypeError(f"not fields of evidence: {', '.join(sorted(unknown))}")
    for name, value in values.items():
        setattr(evidence, name, value)
    if file is not None:
        evidence.content_hash = examine(file)
        evidence.file_name, evidence.file_size = (file.name or "")[:255], file.size
        evidence.file = file
    if not evidence.address and not evidence.file:
        raise EvidenceRefused.because("address_missing", _("Give an address or a file."), "address")
    if not evidence.title.strip():
        raise EvidenceRefused.because("title_missing", _("Give the evidence a title."), "title")


def set_archive_address(_change: Change, evidence: Evidence, *, by: User, address: str) -> Evidence:
    """Say where a copy is kept; cited evidence takes this too, it is outside of the record. Of what was withdrawn there is no copy."""
    insist(may_tend(by, evidence), text=_("This is outside of your remit."))
    if not Evidence.objects.filter(pk=evidence.pk, withheld=None).update(archive_address=address):
        raise EvidenceRefused.because("withheld", _("It was withdrawn already."))
    Installation.objects.touch()
    evidence.archive_address = address
    return evidence


def note_link_state(evidence_id: int, *, alive: bool, now: datetime) -> None:
    """What checking an address found. No matter of the record, so no lock is taken: a slow site must not hold anybody up."""
    state = "alive" if alive else "dead"
    changed = Evidence.objects.filter(pk=evidence_id).exclude(link_state=state).update(link_state=state, link_checked_at=now)
    if changed:
        Installation.objects.touch()
    else:
        Evidence.objects.filter(pk=evidence_id).update(link_checked_at=now)


def seal_evidence(change: Change, citations: Iterable[Citation]) -> None:
    """Seal what is cited for the first time; the rest was sealed by whoever cited it before."""
    for citation in citations:
        piece = citation.evidence
        if not piece.cited:
            piece.seal()
            piece.cited, piece.edits = True, {}
            change.save_later(piece, ["salt", "digest", "cited", "edits"])
        citation.sealed = True
        change.save_later(citation, ["sealed"])
