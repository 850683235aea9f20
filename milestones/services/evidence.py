"""Evidence: addresses and private files. Free to change until something published rests on it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from accounts.roles import Role
from common.clock import day_of
from common.refusals import Refused
from milestones.evidence_files import check_file
from milestones.models import Evidence
from milestones.permissions import insist

if TYPE_CHECKING:
    from datetime import datetime

    from django.core.files.uploadedfile import UploadedFile

    from accounts.models import User
    from record.services import Change

FIELDS = ("address", "title", "publisher", "kind", "language", "published_on", "accessed_on", "archive_address", "confidential")


class EvidenceRefused(Refused):
    """The evidence cannot be taken or changed; the problems say why."""


def add_evidence(change: Change, *, by: User, values: dict[str, Any], file: UploadedFile[Any] | None = None) -> Evidence:
    """Take in an address, a file, or both. A file is checked for size and for being what its name says.

    Raises ``EvidenceRefused``; ``values`` are some of ``FIELDS``.
    """
    insist(by.may(Role.ANALYST))
    evidence = Evidence(added_by=by, added_at=change.now)
    _set(evidence, values, file)
    evidence.accessed_on = evidence.accessed_on or day_of(change.now)
    evidence.save()
    return evidence


def change_evidence(
    _change: Change, evidence: Evidence, *, by: User, values: dict[str, Any], file: UploadedFile[Any] | None = None
) -> Evidence:
    """Put evidence right that nothing published rests on yet."""
    now = Evidence.objects.get(pk=evidence.pk)
    insist(by.may(Role.EDITOR) or now.added_by_id == by.pk)
    if now.cited:
        raise EvidenceRefused.because("cited", _("A published assessment rests on it, so it stays as it is; add the right one beside it."))
    _set(now, values, file)
    now.save()
    return now


def _set(evidence: Evidence, values: dict[str, Any], file: UploadedFile[Any] | None) -> None:
    unknown = set(values) - set(FIELDS)
    if unknown:
        raise TypeError(f"not fields of evidence: {', '.join(sorted(unknown))}")
    for name, value in values.items():
        setattr(evidence, name, value)
    if file is not None:
        check_file(file)
        content = hashlib.sha256()
        for chunk in file.chunks():
            content.update(chunk)
        file.seek(0)
        evidence.file_name, evidence.file_size = (file.name or "")[:255], file.size
        evidence.content_hash = content.hexdigest()
        evidence.file = file
    if not evidence.address and not evidence.file:
        raise EvidenceRefused.because("address_missing", _("Give an address or a file."), "address")
    if not evidence.title.strip():
        raise EvidenceRefused.because("title_missing", _("Give the evidence a title."), "title")


def set_archive_address(_change: Change, evidence: Evidence, *, by: User, address: str) -> Evidence:
    """Say where a copy is kept; cited evidence takes this too, it is outside of the record."""
    insist(by.may(Role.ANALYST))
    Evidence.objects.filter(pk=evidence.pk).update(archive_address=address)
    evidence.archive_address = address
    return evidence


def note_link_state(evidence_id: int, *, alive: bool, now: datetime) -> None:
    """What checking an address found. No matter of the record, so no lock is taken: a slow site must not hold anybody up."""
    Evidence.objects.filter(pk=evidence_id).update(link_state="alive" if alive else "dead", link_checked_at=now)
