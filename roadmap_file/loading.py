"""Loading a roadmap file: the first time as one event, later as the differences."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.db.models import ProtectedError

from common.dates import PlannedDate
from milestones.models import Milestone
from milestones.plan.services import digest_of_dates
from milestones.services import (
    WasRecorded,
    freeze_baseline,
    keep_milestone,
    keep_series,
    remove_milestone,
    remove_series,
    write_milestone,
    write_series,
)
from proposals.models import LoadedFile, Organisation, Report
from proposals.services import StillReferred, keep_thing, remove_thing, write_thing
from record.services import begin_installation, open_change
from record.writing import put_all, put_all_links, put_relations
from roadmap_file.checking import check
from roadmap_file.comparing import Difference, Verb, compare
from roadmap_file.kinds import LISTS, REPORT, columns_for, fields_of, key_of, links_of, model_of, references_of
from roadmap_file.shape import completed, shape_of_file, shape_of_report, values_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from common.json_types import JSONObject
    from record.models import Recorded
    from record.services import Change
    from record.writing import Links
    from roadmap_file.shape import Shape

FIRST_BASELINE = "Plan as loaded"


@dataclass
class Outcome:
    """What a load did (or, dry, would do)."""

    report: str
    first: bool
    differences: list[Difference] = field(default_factory=list)

    @property
    def written(self) -> int:
        return sum(difference.verb is not Verb.KEEP for difference in self.differences)


def load(text: str, *, now: datetime, by: str = "", dry_run: bool = False) -> Outcome:
    """Check a file and write it, all or nothing. ``by`` is the public name that the events carry.

    Raises ``BadFile`` with every fault; then nothing was written.
    """
    with open_change(by=by, now=now) as change:
        outcome = _Loader(change, shape_of_file(check(text).data)).run()
        if dry_run:
            transaction.set_rollback(True)
    return outcome


def with_kept(new: Shape, base: Shape, done: list[Difference]) -> Shape:
    """What to compare the next file with: this one, and what it dropped but could not be removed yet.

    A text that is empty in the file before, and that this one could not change, stays so: it may have been withdrawn.
    """
    content = {kind: dict(items) for kind, items in new.items()}
    for difference in done:
        before = base.get(difference.kind, {}).get(difference.key)
        if difference.verb is not Verb.KEEP or before is None:
            continue
        item = content[difference.kind].get(difference.key, before)
        texts = {name: _emptied(item[name], before.get(name)) for name in difference.fields}
        content[difference.kind][difference.key] = item | texts
    return content


def _emptied(text: Any, before: Any) -> Any:
    """``text``, less what is empty in ``before``; each may be one text or one in each language."""
    if isinstance(text, dict) and isinstance(before, dict):
        return {language: _emptied(text[language], before.get(language)) for language in text}
    return "" if before == "" else text


class _Loader:
    """One load, inside an open change."""

    def __init__(self, change: Change, new: Shape) -> None:
        self.change, self.new = change, new
        self.report: Report | None = Report.objects.filter(code=new["report"][""]["code"]).first()
        self.things: dict[str, dict[str, Recorded]] = {}

    def run(self) -> Outcome:
        self.installation = begin_installation(now=self.change.now, time_zone=settings.TIME_ZONE)
        if self.report is None:
            return self.first_load()
        loaded = LoadedFile.objects.filter(report=self.report).first()
        base = completed(loaded.content) if loaded else {}
        differences = compare(base, self.new, shape_of_report(self.report))
        done = self.later_load(differences)
        if base != self.new:
            content = with_kept(self.new, base, done)
            LoadedFile.objects.update_or_create(report=self.report, defaults={"content": content, "loaded_at": self.change.now})
        return Outcome(self.report.code, first=False, differences=done)

    # The first time

    def first_load(self) -> Outcome:
        item = self.new["report"][""]
        put_all(self.change, Report, [self.fields(REPORT, item)])
        self.report = Report.objects.get(code=item["code"])
        done = [Difference(Verb.ADD, "report", self.report.code)]
        for kind in LISTS:
            self.add(kind, list(self.new[kind]))
            done += [Difference(Verb.ADD, kind, key) for key in self.new[kind]]
        baseline = freeze_baseline(self.change, self.report, name=FIRST_BASELINE)
        self.change.keep([self.report])
        for kind in LISTS:
            self.change.keep(list(self.all_of(kind).values()))
        counts = {kind: len(self.new[kind]) for kind in LISTS}
        frozen = {"name": baseline.name, "digest": digest_of_dates(baseline)}
        data: dict[str, object] = {"counts": counts, "baseline": frozen, "installation": self.installation.facts()}
        self.change.announce("roadmap.loaded", report=self.report.code, data=data)
        LoadedFile.objects.create(report=self.report, content=self.new, loaded_at=self.change.now)
        return Outcome(self.report.code, first=True, differences=done)

    def all_of(self, kind: str) -> dict[str, Recorded]:
        """The report's things of one kind by key, read once after they were written."""
        in_report = {"report" if "report" in references_of(kind) else "proposal__report": self.report}
        return {str(getattr(thing, key_of(kind))): thing for thing in model_of(kind)._default_manager.filter(**in_report)}

    def known(self, kind: str) -> dict[str, Recorded]:
        if kind not in self.things:
            if kind == "organisations":
                self.things[kind] = {organisation.code: organisation for organisation in Organisation.objects.all()}
            else:
                self.things[kind] = self.all_of(kind)
        return self.things[kind]

    # Writing things and their links

    def add(self, kind: str, keys: Sequence[str]) -> None:
        places = {key: {"order": place} for place, key in enumerate(self.new[kind])} if hasattr(model_of(kind), "order") else {}
        put_all(self.change, model_of(kind), [self.fields(kind, self.new[kind][key]) | places.get(key, {}) for key in keys])
        self.things.pop(kind, None)
        self.link(kind, keys)

    def fields(self, kind: str, item: JSONObject) -> dict[str, object]:
        """The columns of a thing, with the things that it refers to."""
        values = values_of(kind, fields_of(kind), item)
        for name, target in references_of(kind).items():
            if name in values:
                values[name] = self.known(target)[str(values[name])] if values[name] else None
            elif target == REPORT:
                values[name] = self.report
        return values

    def link(self, kind: str, keys: Sequence[str]) -> None:
        """Write the relations of new things."""
        for name, link in links_of(kind).items():
            put_all_links(
                link.through,
                (
                    {link.near: self.known(kind)[key], link.far: other, **link.fixed} | ({"order": order} if link.is_ordered else {})
                    for key in keys
                    for order, other in enumerate(self.others(kind, key, name))
                ),
            )

    def others(self, kind: str, key: str, name: str) -> list[Recorded]:
        """The things that a list of an item names."""
        target = self.known(links_of(kind)[name].target)
        return [target[str(code)] for code in self.new[kind][key][name]]

    # Later

    def later_load(self, differences: list[Difference]) -> list[Difference]:
        done = [diff for diff in differences if diff.verb is Verb.KEEP]
        for kind in LISTS:
            added = [diff for diff in differences if diff.verb is Verb.ADD and diff.kind == kind]
            self.add(kind, [diff.key for diff in added])
            for difference in added:
                self.keep(kind, self.known(kind)[difference.key], added=True)
            done += added
        self.turn_round([diff.key for diff in differences if diff.verb is Verb.CHANGE and "predecessors" in diff.fields])
        for difference in (diff for diff in differences if diff.verb is Verb.CHANGE):
            self.apply(difference)
            done.append(difference)
        for difference in reversed([diff for diff in differences if diff.verb is Verb.REMOVE]):
            done.append(self.remove(difference))
        return done

    def keep(self, kind: str, thing: Any, *, added: bool, fields: Sequence[str] = ()) -> None:
        if kind == "milestones":
            keep_milestone(self.change, thing, added=added, fields=fields)
        elif kind == "series":
            keep_series(self.change, thing, added=added, fields=fields)
        else:
            keep_thing(self.change, thing, added=added, fields=fields)

    def turn_round(self, codes: list[str]) -> None:
        """All dependencies change at once: one by one, those that are turned round would pass through a circle."""
        for code in codes:
            milestone = self.known("milestones")[code]
            put_relations(milestone, {"predecessors": self.others("milestones", code, "predecessors")})

    def apply(self, difference: Difference) -> None:
        thing: Any = self.report if difference.kind == REPORT else self.known(difference.kind)[difference.key]
        columns = self.fields(difference.kind, self.new[difference.kind][difference.key])
        values = {name: columns[name] for key in difference.fields for name in columns_for(difference.kind, key) if name in columns}
        links = {key: self.others(difference.kind, difference.key, key) for key in difference.fields if key in links_of(difference.kind)}
        self.write(difference.kind, thing, values, links)
        if difference.kind == "organisations" and "side" in difference.fields:
            self.keep_sides(thing)

    def write(self, kind: str, thing: Any, values: dict[str, Any], links: Links) -> None:
        if kind == "milestones":
            if "due" in values:
                values["due_date"] = PlannedDate.of(values.pop("due"), values.pop("due_precision"))
            write_milestone(self.change, thing, values=values, links=links, reason="file", checked=True)
        elif kind == "series":
            write_series(self.change, thing, values=values, checked=True)
        else:
            write_thing(self.change, thing, values=values, links=links, checked=True)

    def keep_sides(self, organisation: Organisation) -> None:
        """The side of a lead is part of a milestone's version, so it changes with the organisation's."""
        for milestone in Milestone.objects.filter(owners__organisation=organisation, owners__role="lead"):
            keep_milestone(self.change, milestone, added=False, fields=["sides"])

    def remove(self, difference: Difference) -> Difference:
        thing: Any = self.known(difference.kind)[difference.key]
        try:
            with transaction.atomic():
                if difference.kind == "milestones":
                    remove_milestone(self.change, thing)
                elif difference.kind == "series":
                    remove_series(self.change, thing)
                else:
                    remove_thing(self.change, thing)
        except (ProtectedError, StillReferred, WasRecorded):
            return Difference(Verb.KEEP, difference.kind, difference.key, why="something on the record refers to it")
        return difference
