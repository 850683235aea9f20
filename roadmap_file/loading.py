"""Loading a roadmap file: the first time as one event, later as the differences."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.db.models import ProtectedError

from milestones.models import Milestone, Series
from milestones.services import (
    WasRecorded,
    freeze_baseline,
    keep_milestone,
    keep_series,
    move_date,
    remove_milestone,
    remove_series,
)
from proposals.models import (
    ContextEvent,
    Indicator,
    LoadedFile,
    Organisation,
    Passage,
    Proposal,
    Report,
    Risk,
    Source,
)
from proposals.services import StillReferred, keep_thing, remove_thing
from record.services import begin_installation, open_change
from roadmap_file.checking import check
from roadmap_file.columns import COLUMNS, FIELDS, LINKS, columns_of, report_fields, when
from roadmap_file.comparing import Difference, Verb, compare
from roadmap_file.shape import shape_of_file, shape_of_report

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from record.models import Recorded
    from record.services import Change
    from roadmap_file.shape import Item, Shape

FIRST_BASELINE = "Plan as loaded"
BATCH = 1000
MODELS: dict[str, type[Recorded]] = {
    "passages": Passage,
    "sources": Source,
    "organisations": Organisation,
    "proposals": Proposal,
    "risks": Risk,
    "indicators": Indicator,
    "context_events": ContextEvent,
    "series": Series,
    "milestones": Milestone,
}


@dataclass
class Outcome:
    """What a load did (or, dry, would do)."""

    report: str
    first: bool
    differences: list[Difference] = field(default_factory=list)

    @property
    def written(self) -> int:
        return sum(one.verb is not Verb.KEEP for one in self.differences)


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
    """What to compare the next file with: this one, and what it dropped but could not be removed yet."""
    kept = [one for one in done if one.verb is Verb.KEEP and one.key not in new[one.kind] and one.key in base.get(one.kind, {})]
    return {kind: items | {one.key: base[kind][one.key] for one in kept if one.kind == kind} for kind, items in new.items()}


class _Loader:
    """One load, inside an open change."""

    def __init__(self, change: Change, new: Shape) -> None:
        self.change, self.new = change, new
        self.report: Report | None = Report.objects.filter(code=new["report"][""]["code"]).first()
        self.things: dict[str, dict[str, Any]] = {}

    def run(self) -> Outcome:
        begin_installation(now=self.change.now, time_zone=settings.TIME_ZONE)
        if self.report is None:
            return self.first_load()
        loaded = LoadedFile.objects.filter(report=self.report).first()
        base: Shape = loaded.content if loaded else {}
        differences = compare(base, self.new, shape_of_report(self.report))
        done = self.later_load(differences)
        if base != self.new:
            content = with_kept(self.new, base, done)
            LoadedFile.objects.update_or_create(report=self.report, defaults={"content": content, "loaded_at": self.change.now})
        return Outcome(self.report.code, first=False, differences=done)

    # The first time

    def first_load(self) -> Outcome:
        item = self.new["report"][""]
        self.report = Report(code=item["code"], position=0, updated_at=self.change.now, **report_fields(item))
        self.report.save(force_insert=True)
        done = [Difference(Verb.ADD, "report", self.report.code)]
        for kind in MODELS:
            self.add(kind, list(self.new[kind]))
            done += [Difference(Verb.ADD, kind, key) for key in self.new[kind]]
        freeze_baseline(self.change, self.report, name=FIRST_BASELINE)
        self.change.keep([self.report])
        for kind, model in MODELS.items():
            self.change.keep(list(self.all_of(kind, model).values()))
        counts = {kind: len(self.new[kind]) for kind in MODELS}
        self.change.announce("roadmap.loaded", report=self.report.code, data={"counts": counts})
        LoadedFile.objects.create(report=self.report, content=self.new, loaded_at=self.change.now)
        return Outcome(self.report.code, first=True, differences=done)

    def all_of(self, kind: str, model: type[Recorded]) -> dict[str, Any]:
        """The report's things of one kind by key, read once after they were written."""
        in_report = {"proposal__report": self.report} if kind in {"series", "milestones"} else {"report": self.report}
        key = {"passages": "number", "sources": "number"}.get(kind, "code")
        return {str(getattr(thing, key)): thing for thing in model._default_manager.filter(**in_report)}

    def known(self, kind: str) -> dict[str, Any]:
        if kind not in self.things:
            if kind == "organisations":
                self.things[kind] = {one.code: one for one in Organisation.objects.all()}
            else:
                self.things[kind] = self.all_of(kind, MODELS[kind])
        return self.things[kind]

    # Writing things and their links

    def add(self, kind: str, keys: Sequence[str]) -> None:
        order = {key: index for index, key in enumerate(self.new[kind])}
        made = []
        for key in keys:
            thing = MODELS[kind](position=0, updated_at=self.change.now, **self.fields(kind, self.new[kind][key]))
            if hasattr(thing, "order"):
                thing.order = order[key]
            made.append(thing)
        MODELS[kind]._default_manager.bulk_create(made, batch_size=BATCH)
        self.things.pop(kind, None)
        self.link(kind, keys)

    def fields(self, kind: str, item: Item) -> dict[str, Any]:
        values = FIELDS[kind](item)
        if kind in {"series", "milestones"}:
            values["proposal"] = self.known("proposals")[item["proposal"]]
        else:
            values["report"] = self.report
        if kind == "indicators":
            passage = (item["baseline"] or {}).get("passage")
            values["baseline_passage"] = self.known("passages")[passage] if passage else None
        if kind == "milestones":
            series = self.known("series").get(item["series"]) if item["series"] else None
            values["series"] = series
            values["host"] = series.host_in(item["edition"]) if series else ""
        return values

    def link(self, kind: str, keys: Sequence[str], only: Iterable[str] | None = None) -> None:
        """Write the relations of these things; ``only`` names those to replace on things that had some.

        All old rows go before any new one comes: an owner may change from supporting to leading.
        """
        if kind not in LINKS:
            return
        chosen = {name: link for name, link in LINKS[kind].items() if only is None or name in only}
        things = {key: self.known(kind)[key] for key in keys}
        if only is not None:
            for through, near, _far, _target, extra in chosen.values():
                through._default_manager.filter(**{f"{near}__in": things.values()}, **extra).delete()
        for name, (through, near, far, target, extra) in chosen.items():
            rows = []
            for key, thing in things.items():
                for order, code in enumerate(self.new[kind][key][name]):
                    row = through(**{f"{near}_id": thing.pk, f"{far}_id": self.known(target)[str(code)].pk}, **extra)
                    if hasattr(row, "order"):
                        row.order = order
                    rows.append(row)
            through._default_manager.bulk_create(rows, batch_size=BATCH)

    # Later

    def later_load(self, differences: list[Difference]) -> list[Difference]:
        done = [one for one in differences if one.verb is Verb.KEEP]
        for kind in MODELS:
            added = [one for one in differences if one.verb is Verb.ADD and one.kind == kind]
            self.add(kind, [one.key for one in added])
            for one in added:
                self.keep(kind, self.known(kind)[one.key], added=True)
            done += added
        # All dependencies change at once: turned round one by one, they would pass through a circle.
        turned = [one.key for one in differences if one.verb is Verb.CHANGE and "predecessors" in one.fields]
        self.link("milestones", turned, only={"predecessors"})
        for one in (one for one in differences if one.verb is Verb.CHANGE):
            self.apply(one)
            done.append(one)
        for one in reversed([one for one in differences if one.verb is Verb.REMOVE]):
            done.append(self.remove(one))
        return done

    def keep(self, kind: str, thing: Any, *, added: bool, fields: Sequence[str] = ()) -> None:
        if kind == "milestones":
            keep_milestone(self.change, thing, added=added, fields=fields)
        elif kind == "series":
            keep_series(self.change, thing, added=added, fields=fields)
        else:
            keep_thing(self.change, thing, added=added, fields=fields)

    def apply(self, one: Difference) -> None:
        item = self.new[one.kind][one.key]
        thing: Any = self.report if one.kind == "report" else self.known(one.kind)[one.key]
        values = report_fields(item) if one.kind == "report" else self.fields(one.kind, item)
        fields = set(one.fields)
        if one.kind == "milestones" and "due" in fields:
            move_date(self.change, thing, field="due", to=when(item["due"]), category="file")
            fields.discard("due")
        if not fields:
            return
        owners = {"lead", "support"} & fields
        relations = fields | {"lead", "support"} if owners and one.kind == "milestones" else fields
        self.link(one.kind, [one.key], only=relations - {"predecessors"})
        names = {name for wanted in fields for name in values if name in COLUMNS.get((one.kind, wanted), columns_of(wanted))}
        for name in names:
            setattr(thing, name, values[name])
        if names:
            thing.save(update_fields=names)
        self.keep(one.kind, thing, added=False, fields=sorted(fields))
        if one.kind == "organisations" and "side" in fields:
            self.keep_sides(thing)

    def keep_sides(self, organisation: Organisation) -> None:
        """The side of a lead is part of a milestone's version, so it changes with the organisation's."""
        for milestone in Milestone.objects.filter(owners__organisation=organisation, owners__role="lead"):
            keep_milestone(self.change, milestone, added=False, fields=["sides"])

    def remove(self, one: Difference) -> Difference:
        thing = self.known(one.kind)[one.key]
        try:
            with transaction.atomic():
                if one.kind == "milestones":
                    remove_milestone(self.change, thing)
                elif one.kind == "series":
                    remove_series(self.change, thing)
                else:
                    remove_thing(self.change, thing)
        except (ProtectedError, StillReferred, WasRecorded):
            return Difference(Verb.KEEP, one.kind, one.key, why="something on the record refers to it")
        return one
