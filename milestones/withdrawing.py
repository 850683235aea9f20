"""What must go: libel, personal data, what was published by mistake. A dated stub takes its place, in the past too.

Only texts go; that something was said there, when, and what followed from it, stays. Each withdrawal is an event
that names every row it emptied, so that a row emptied by anybody else is noticed by ``verify_record``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.idempotency import forget_words
from common.refusals import Refused
from milestones.announcing import announce
from milestones.assessments.services import public_evidence
from milestones.evidence.services import delete_file_on_commit
from milestones.models import Assessment, Evidence, Milestone, PlanChange, Translation
from milestones.permissions import insist_on_editor
from proposals.models import LoadedFile
from record.models import WITHHELD, Event, Recorded, Sealed, VersionRow
from record.pages import forget_pages
from record.versions import version_model
from record.withheld import kept_by

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from django.db.models import QuerySet

    from accounts.models import User
    from record.services import Change
    from record.withheld import Withdrawable

REASONS = ("personal", "libel", "rights", "mistake", "law")

withdrawn: list[Callable[[], object]] = []
"""What is called after each commit of a withdrawal. Apps above add what takes their copies away."""


class WithdrawalRefused(Refused):
    """It cannot be withdrawn; the text says why."""


def withdraw(change: Change, thing: Sealed | Recorded, *, by: User, reason: str) -> Event:
    """Empty the texts of something published, or of every earlier version of a thing: what that says now is put right by an edit first.

    Raises ``WithdrawalRefused`` when it never was published, or is withdrawn already.
    """
    change.insist_alone()
    _insist(by, reason)
    return _withdraw_versions(change, thing, reason) if isinstance(thing, Recorded) else _withdraw_statement(change, thing, by, reason)


def _withdraw_statement(change: Change, row: Sealed, by: User, reason: str) -> Event:
    row = type(row)._default_manager.get(pk=row.pk)
    if row.withheld is not None:
        raise WithdrawalRefused.because("withheld", _("It was withdrawn already."))
    if not row.digest:
        raise WithdrawalRefused.because("not_published", _("It was never published; change or delete it instead."))
    milestone = _milestone_of(row)
    file = row.file.name if isinstance(row, Evidence) else None
    emptied: list[Sealed | Event] = []
    for one in [row, *_copies_of(row), *_translations_of(row)]:
        emptied.append(one)
        emptied += Event.objects.filter(position=getattr(one, "position", None) or 0, withheld=None)
    _empty(emptied, change.position)
    if isinstance(row, Assessment):
        _empty_unpublished(change, row, by=by)
    if isinstance(row, Evidence):
        change.keep(list(_recounted(row)))
        delete_file_on_commit(file)
    return _announce(change, row._meta.model_name or "", emptied, reason=reason, milestone=milestone)


def _copies_of(row: Sealed) -> Iterable[Sealed]:
    """Published assessments that say the same words again: confirmations, and what a taken-back batch restored."""
    if not isinstance(row, Assessment) or not row.summary:
        return []
    same = Assessment.objects.filter(milestone=row.milestone_id, summary=row.summary, state="published", withheld=None)
    return list(same.exclude(pk=row.pk))


def _translations_of(row: Sealed) -> Iterable[Sealed]:
    """What says the words of an assessment, or of one that repeats them, in another language."""
    if not isinstance(row, Assessment):
        return []
    return list(Translation.objects.filter(assessment__in=[row, *_copies_of(row)], withheld=None))


def _empty_unpublished(change: Change, row: Assessment, *, by: User) -> None:
    """Drafts and what waits for review say no more what was withdrawn: confirmations, and forms that began with what stood."""
    for name in ("summary", "reason"):
        text = getattr(row, name)
        for one in Assessment.objects.filter(milestone=row.milestone_id, **{name: text}).exclude(state="published") if text else ():
            setattr(one, name, "")
            one.version, one.updated_at = one.version + 1, change.now
            one.note_edits([name], by=by.actor, at=change.now)
            one.save(update_fields=[name, "version", "updated_at", "edits"])


def _withdraw_versions(change: Change, thing: Recorded, reason: str) -> Event:
    emptied = list(earlier_versions(thing))
    if not emptied:
        raise WithdrawalRefused.because("no_versions", _("It has no earlier version that could be withdrawn."))
    _empty_loaded({text for row in emptied for text in words_of(row)} - _said_now(thing))
    _empty(emptied, change.position)
    milestone = thing if isinstance(thing, Milestone) else None
    return _announce(change, thing._meta.model_name or "", emptied, reason=reason, milestone=milestone, code=thing.version_code)


def _said_now(thing: Recorded) -> set[str]:
    rows = version_model(type(thing))._default_manager.filter(code=thing.version_code, last__isnull=True)
    return {text for row in rows for text in words_of(row)}


def _empty_loaded(texts: set[str]) -> None:
    """Take these texts out of the files as they were loaded; a later load then finds that the thing was changed by hand."""
    for loaded in LoadedFile.objects.all():
        content = _without(loaded.content, texts)
        if content != loaded.content:
            LoadedFile.objects.filter(pk=loaded.pk).update(content=content)


def _without(value: object, texts: set[str]) -> object:
    if isinstance(value, dict):
        return {name: _without(one, texts) for name, one in value.items()}
    if isinstance(value, list):
        return [_without(one, texts) for one in value]
    return "" if isinstance(value, str) and value in texts else value


def earlier_versions(thing: Recorded) -> QuerySet[VersionRow]:
    """What a thing said before today, less what was withdrawn already."""
    return version_model(type(thing))._default_manager.filter(code=thing.version_code, last__isnull=False, withheld=None)


def words_of(row: Sealed | VersionRow) -> list[str]:
    """What a withdrawal of this row would empty, as far as it says anything."""
    texts = (getattr(row, name) for name in row.emptied() if name != "salt")
    return [str(text) for text in texts if text not in {None, ""}]


def _insist(by: User, reason: str) -> None:
    insist_on_editor(by)
    if reason not in REASONS:
        raise WithdrawalRefused.because("reason_missing", _("Choose why it has to go."), "reason")


def _empty(rows: Iterable[Withdrawable], position: int) -> None:
    """Exactly these columns: the guard lets nothing else through."""
    for row in rows:
        type(row)._default_manager.filter(pk=row.pk).update(**row.emptied(), withheld=position)


def _milestone_of(row: Sealed) -> Milestone | None:
    if isinstance(row, Translation):
        row = row.assessment
    if isinstance(row, Assessment | PlanChange):
        found: Milestone = Milestone.objects.select_related("proposal__report").get(pk=row.milestone_id)
        return found
    return None


def _recounted(evidence: Evidence) -> Iterable[Milestone]:
    """The milestones that rest on it now, with their evidence counted anew."""
    for one in Milestone.objects.filter(current__citations__evidence=evidence).select_related("current"):
        assert one.current is not None
        one.evidence_count = public_evidence(one.current.citations.select_related("evidence"))
        one.save(update_fields=["evidence_count"])
        yield one


def _announce(
    change: Change, kind: str, emptied: Sequence[Withdrawable], *, reason: str, milestone: Milestone | None, code: str = ""
) -> Event:
    forget_words()
    for forget in (forget_pages, *withdrawn):
        transaction.on_commit(forget, robust=True)
    data: dict[str, object] = {"kind": kind, "reason": reason, "rows": sorted(row.record_key for row in emptied), "kept": kept_by(emptied)}
    if code:
        data["code"] = code
    if milestone is None:
        return change.announce(WITHHELD, data=data)
    return announce(change, WITHHELD, milestone, data)
