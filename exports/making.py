"""Which file a reader gets: the small at once, the long ones as rows that a worker takes up."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, cast
from urllib.parse import urlencode

from django.core.files import File
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.http import QueryDict
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from common import metrics
from common.passing import TryLater
from common.waking import wake
from exports.formats import FORMATS, Contents, reports_in
from exports.models import Export
from exports.tables import milestones_table, other_tables
from milestones.filters import MilestoneFilterSet
from milestones.models import MilestoneVersion
from record.models import Event
from record.moments import Moment

if TYPE_CHECKING:
    from exports.formats import Writer
    from milestones.querysets import MilestoneVersionQuerySet

logger = logging.getLogger(__name__)

AT_ONCE = 1000
"""So many milestones at most are streamed at once; above, and for what is printed, a worker makes the file."""
CLAIM = timedelta(minutes=15)
MOST_ATTEMPTS = 3
MOST_WAITING = 20
"""Files that wait or are being made, whoever asked: some minutes of work."""
KEPT = timedelta(days=1)
LONGEST_QUERY = 2000


@dataclass(frozen=True)
class _Asked:
    """What a filter set asks of a request: the moment."""

    moment: Moment


class BadFilters(ValueError):
    """The filters were not understood."""


def chosen(query: str, moment: Moment) -> MilestoneVersionQuerySet:
    """The milestones of an address's filters at that moment. Raises ``BadFilters``."""
    milestones = MilestoneVersion.objects.as_of(moment).with_health(moment).with_freshness(moment.day)
    filters = MilestoneFilterSet(QueryDict(query), queryset=milestones, request=_Asked(moment))
    if len(query) > LONGEST_QUERY or not filters.is_valid():
        raise BadFilters
    narrowed: MilestoneVersionQuerySet = filters.qs
    return narrowed


def filters_of(query: QueryDict) -> str:
    """The filters of an address in one order, so that the same view is the same file."""
    kept = QueryDict(mutable=True)
    for name in sorted(MilestoneFilterSet.base_filters):
        kept.setlist(name, [value for value in query.getlist(name) if value])
    return kept.urlencode()


def contents_of(query: str, moment: Moment) -> Contents:
    """All that a file of these filters can hold. Raises ``BadFilters``."""
    milestones = chosen(query, moment)
    return Contents(moment, query, milestones, milestones_table(milestones), lambda: other_tables(milestones, moment, whole=not query))


# In the background


def ask_for(kind: str, query: str, moment: Moment) -> Export:
    """The row of that file: the one that there is, or a new one for a worker. Raises ``TryLater`` where too many wait already, and
    ``BadFilters`` where it can be of one report and not of several."""
    withdrawals = Event.objects.withdrawals()
    if not FORMATS[kind].filtered:
        reports = reports_in(query)
        if len(reports) > 1:
            raise BadFilters
        query = urlencode([("report", code) for code in reports])
    same = {
        "kind": kind,
        "query": query,
        "language": get_language() or "ru",
        "position": moment.position,
        "day": moment.day,
        "past": moment.past,
        "withdrawals": withdrawals,
    }
    fit = Export.objects.exclude(state="failed").filter(**{name: value for name, value in same.items() if name != "past"})
    if (export := fit.first()) and not is_gone(export):
        return export  # also where it was asked for as the present, and that is the past now: the file is the same
    fit.delete()  # its file is gone
    if Export.objects.filter(state__in=["waiting", "running"]).count() >= MOST_WAITING:
        raise TryLater(_("Many files are being made at the moment. Please ask again in some minutes."))
    try:
        with transaction.atomic():
            export = Export.objects.create(**same, asked_at=timezone.now())
            wake("exports.tasks.make_export", export.pk)
    except IntegrityError:  # somebody asked for the same at the same moment
        return fit.get()
    return export


def waiting() -> list[int]:
    """Files that nobody is making: what a worker died over, and what the broker lost."""
    unclaimed = Q(claimed_until=None) | Q(claimed_until__lt=timezone.now())
    dead = Export.objects.filter(unclaimed, state="running", attempts__gte=MOST_ATTEMPTS)
    dead.update(state="failed", claimed_until=None, error="every worker that tried died over it")
    return list(Export.objects.filter(unclaimed, state__in=["waiting", "running"]).order_by("asked_at").values_list("pk", flat=True))


def make(pk: int) -> bool:
    """Claim one file by a conditional UPDATE and make it. Whether it is there afterwards because of us."""
    now = timezone.now()
    unclaimed = Export.objects.filter(Q(claimed_until=None) | Q(claimed_until__lt=now), pk=pk, state__in=["waiting", "running"])
    if not unclaimed.update(state="running", claimed_until=now + CLAIM, attempts=F("attempts") + 1, done=0, parts=len(PARTS)):
        return False
    export = Export.objects.get(pk=pk)
    moment = Moment(day=export.day, position=export.position, past=True, final=True)
    try:
        with translation.override(export.language), TemporaryFile() as written:
            writer = cast("Writer", FORMATS[export.kind].whole)
            written.writelines(writer(contents_of(export.query, moment), lambda done: _tell(pk, done)))
            export.file.save(f"{export.uid}.{export.kind}", File(written), save=False)
        said = {"state": "done", "file": export.file.name, "finished_at": timezone.now(), "claimed_until": None, "done": len(PARTS)}
        Export.objects.filter(pk=pk).update(**said)
        if is_withdrawn(export):  # something of it was withdrawn meanwhile
            withdraw_file(export)
    except Exception as error:
        again = export.attempts < MOST_ATTEMPTS
        text = f"{type(error).__name__}: {error}"[:300]
        Export.objects.filter(pk=pk).update(state="waiting" if again else "failed", claimed_until=None, error=text)
        metrics.exports.labels("failed").inc()
        logger.exception("export %s was not made", export.uid)
        return False
    metrics.exports.labels("made").inc()
    return True


PARTS = ("milestones", "assessments", "evidence", "plan_changes", "sources")


def _tell(pk: int, done: int) -> None:
    Export.objects.filter(pk=pk).update(done=done, claimed_until=timezone.now() + CLAIM)


def is_gone(export: Export) -> bool:
    """Whether a file that was made is there no more."""
    return export.state == "done" and not export.file.storage.exists(str(export.file.name))


def is_withdrawn(export: Export) -> bool:
    """Whether anything was withdrawn from the record since the file was asked for: it may hold it."""
    return export.withdrawals != Event.objects.withdrawals()


def withdraw_file(export: Export) -> None:
    """Withdrawal wins: the file goes, and the row says that it is no more."""
    if export.file:
        export.file.delete(save=False)
    Export.objects.filter(pk=export.pk).update(state="failed", file="", error="something of it was withdrawn")


def delete_withdrawn() -> None:
    """Delete the files that may hold what was withdrawn; whoever asks for one is told why it is no more."""
    for export in Export.objects.exclude(file="").exclude(withdrawals=Event.objects.withdrawals()):
        export.file.delete(save=False)


def forget_old() -> int:
    """Delete files and rows that were asked for more than a day ago."""
    old = list(Export.objects.filter(asked_at__lt=timezone.now() - KEPT))
    for export in old:
        if export.file:
            export.file.delete(save=False)
    return Export.objects.filter(pk__in=[export.pk for export in old]).delete()[0]
