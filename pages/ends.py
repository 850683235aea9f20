"""The two ends of a comparison, each said in one word of an address: a day, a position, a round or a baseline."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils.translation import gettext as _

from common.dates import quarter_of
from milestones.models import Baseline, Round
from proposals.models import ReportVersion
from record.moments import BadMoment, BeforeRecord, read_moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from record.moments import Moment

PARAMETERS = ("from", "to", "report")


@dataclass(frozen=True)
class End:
    """A moment; ``name`` is that of the round or the baseline that it was asked for by."""

    moment: Moment
    name: str = ""

    @property
    def exact(self) -> str:
        """What an address says to come to just this, for ever: the position, and the day by which it was judged."""
        return f"at:{self.moment.position}@{self.moment.day.isoformat()}"

    def settled(self) -> End:
        return End(self.moment.settled(), self.name)

    @property
    def place(self) -> tuple[int, int]:
        """What comes first in the record."""
        return self.moment.position, self.moment.day.toordinal()


def read_ends(query: Mapping[str, str], now: Moment) -> tuple[End, End, str]:
    """From where to where, and of which report (empty: of all), as an address asks; neither end lies after ``now``.

    Without ``to`` it is ``now``, without ``from`` the end of the quarter before that, or the beginning of the record.
    Raises ``BadMoment``, and ``BeforeRecord`` for an earlier one; an empty record is as it is now at both ends.
    """
    report = query.get("report", "")
    if report and not ReportVersion.objects.as_of(now).filter(code=report).exists():
        raise BadMoment("report", _("There is no “%(code)s” here.") % {"code": report[:100]})
    later = _read("to", query["to"], now, report) if "to" in query else End(now)
    earlier = _read("from", query["from"], now, report) if "from" in query else _quarter_before(later.moment)
    if earlier.place > later.place:
        raise BadMoment("from", _("The first moment is the later one: let them change places."), "wrong_order")
    return earlier, later, report


def _read(parameter: str, text: str, now: Moment, report: str) -> End:
    kind, _colon, value = text.partition(":")
    try:
        match kind:
            case "round":
                name, position = _round(value, now)
                return End(_until(now, _at(str(position))), name)
            case "baseline":
                name, position = _baseline(value, now, report)
                return End(_until(now, _at(str(position))), name)
            case "at":
                return End(_until(now, _at(value)))
        return End(_until(now, read_moment({"as_of": text})))
    except BadMoment as bad:
        unread = _("Write a day (2025-06-30), at:POSITION, round:ID or baseline:NAME.")
        raise BadMoment(parameter, unread if bad.code == "unknown_value" else str(bad), bad.code) from bad


def _at(text: str) -> Moment:
    position, _sign, day = text.partition("@")
    return read_moment({"at": position} | ({"as_of": day} if day else {}))


def _until(now: Moment, moment: Moment) -> Moment:
    """The same moment, if it does not lie after the one that is looked at. The day of that reaches no further than that itself."""
    if moment.position <= now.position and moment.day <= now.day:
        return moment
    if moment.day == now.day and not moment.query.startswith("at="):
        return now
    raise BadMoment("", _("It lies after the moment that you look at."), "in_future")


def _round(text: str, now: Moment) -> tuple[str, int]:
    try:
        uid = UUID(text)
    except ValueError:
        uid = None
    found = Round.objects.published(now).filter(uid=uid).first() if uid else None
    if found is None:
        raise BadMoment("", _("There is no published round “%(name)s”.") % {"name": text[:100]}, "unknown_name")
    return found.name, found.position


def _baseline(text: str, now: Moment, report: str) -> tuple[str, int]:
    """The record as it stood when the dates were frozen. A name may be given once in each report."""
    baselines = Baseline.objects.as_of(now).filter(name=text)
    found = list((baselines.filter(report__code=report) if report else baselines).values_list("name", "position")[:2])
    if not found:
        raise BadMoment("", _("There is no baseline “%(name)s”.") % {"name": text[:100]}, "unknown_name")
    if len(found) > 1:
        raise BadMoment("", _("Several reports have a baseline “%(name)s”: choose a report.") % {"name": text[:100]}, "unknown_name")
    return found[0]


def _quarter_before(moment: Moment) -> End:
    try:
        return End(read_moment({"as_of": (quarter_of(moment.day) - timedelta(days=1)).isoformat()}))
    except BeforeRecord as before:
        return End(read_moment({"at": "1"})) if before.begins else End(moment)
