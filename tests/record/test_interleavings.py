"""Two and three writers over each pair of acts, in every order of their steps: nothing stale, no gap, nobody waits for ever."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import combinations_with_replacement, count

import pytest

from common.dates import PlannedDate
from common.refusals import Refused
from milestones.models import Assessment, Dependency, Evidence, Milestone
from milestones.rules import find_cycle
from milestones.services import (
    add_dependency,
    add_evidence,
    confirm_assessment,
    draft_assessment,
    edit_draft,
    move_date,
    publish_assessment,
    record_assessment,
    remove_dependency,
    replace_evidence,
    set_baseline,
    submit_assessment,
    withdraw,
    write_milestone,
)
from proposals.models import Report
from record.models import Event
from record.services import open_change
from record.verify import verify_record
from roadmap_file.loading import load
from tests.factories import as_file, milestone, roadmap
from tests.people import person
from tests.record.interleaving import Field, at_each_lock, gate

pytestmark = pytest.mark.django_db(transaction=True)


class World:
    """Two milestones, an editor, analysts, and a piece of evidence that findings on both cite."""

    def __init__(self) -> None:
        self.editor = person("editor", "ed")
        self.analysts = [person("analyst", f"an-{number}") for number in range(2)]
        self.number = count(1)

    def milestone(self, code: str) -> Milestone:
        return Milestone.objects.select_related("proposal__report", "series", "current").get(code=code)

    def prepare(self) -> None:
        """Before each run: nothing waits, nothing is drafted, nobody waits for another, and the shared piece is new and not sealed."""
        Assessment.objects.exclude(state="published").delete()
        with open_change() as change:
            for link in Dependency.objects.select_related("milestone__proposal__report", "predecessor"):
                remove_dependency(change, link.milestone, link.predecessor, by=self.editor)
            said = {"address": f"https://example.org/{next(self.number)}", "title": "A page", "kind": "official"}
            self.piece = add_evidence(change, by=self.analysts[0], values=said)
            self.waiting = {
                code: record_assessment(
                    change, self.milestone(code), by=by, values=self.finding(), evidence=[(self.piece, "supports")], action="submit"
                )
                for code, by in zip(("PR-01", "PR-02"), self.analysts, strict=True)
            }

    def finding(self) -> dict[str, object]:
        return {"status": "suspended", "summary": f"Finding {next(self.number)}", "effective_on": date(2026, 1, 1)}

    # What writers do. Each returns what has to be found afterwards.

    def move(self, code: str) -> object:
        one = Milestone.objects.get(code=code)
        with open_change(by="Mover", of=[(Milestone, one.pk)]) as change:
            to = PlannedDate.parse(str(date(2030, 1, 1) + timedelta(days=next(self.number))))
            done = move_date(change, self.milestone(code), field="due", to=to, category="external")
            gate()
        return done

    def publish(self, code: str) -> object:
        finding = self.waiting[code]
        with open_change(by="Ed", of=[(Milestone, finding.milestone_id)]) as change:
            publish_assessment(change, finding, by=self.editor)
            gate()
        return None

    def submit(self, code: str, number: int) -> object:
        one = Milestone.objects.get(code=code)
        with open_change(of=[(Milestone, one.pk)]) as change:
            draft = draft_assessment(
                change, self.milestone(code), by=self.analysts[number], values=self.finding(), evidence=[(self.piece, "supports")]
            )
            submit_assessment(change, draft, by=self.analysts[number])
            gate()
        return None

    def put_right(self, code: str) -> object:
        """Its author takes the piece for wrong and writes another address, as the desk's form does."""
        finding, by = self.waiting[code], self.analysts[0]
        with open_change(of=[(Milestone, finding.milestone_id)]) as change:
            draft = Assessment.objects.open_for(by, finding.milestone)
            draft = draft or draft_assessment(change, finding.milestone, by=by, values=self.finding())
            Evidence.objects.hold([self.piece.pk])
            said = {"address": f"https://example.org/{next(self.number)}"}
            piece = replace_evidence(change, Evidence.objects.get(pk=self.piece.pk), by=by, values=said, of=draft)
            edit_draft(change, draft, by=by, values={}, evidence=[(piece, "supports")])
            gate()
        return None

    def confirm(self, code: str) -> object:
        one = Milestone.objects.get(code=code)
        with open_change(of=[(Milestone, one.pk)]) as change:
            confirm_assessment(change, one, by=self.analysts[0])
            gate()
        return None

    def rename(self) -> object:
        with open_change() as change:
            write_milestone(change, self.milestone("PR-01"), values={"title_en": f"Title {next(self.number)}"})
            gate()
        return None

    def wait_for(self, code: str, other: str) -> object:
        with open_change() as change:
            add_dependency(change, self.milestone(code), self.milestone(other), by=self.editor)
            gate()
        return None

    def freeze(self) -> object:
        with open_change() as change:
            set_baseline(change, Report.objects.get(), name=f"Plan {next(self.number)}", by=self.editor)
            gate()
        return None

    def withdraw(self, code: str) -> object:
        with open_change() as change:
            current = self.milestone(code).current
            if current is None:
                raise Refused
            withdraw(change, current, by=self.editor, reason="error")
            gate()
        return None


ACTS = {
    "move 1": lambda world: world.move("PR-01"),
    "move 2": lambda world: world.move("PR-02"),
    "publish 1": lambda world: world.publish("PR-01"),
    "publish 2": lambda world: world.publish("PR-02"),
    "submit 1": lambda world: world.submit("PR-01", 1),
    "put right 1": lambda world: world.put_right("PR-01"),
    "confirm 2": lambda world: world.confirm("PR-02"),
    "rename 1": lambda world: world.rename(),
    "1 waits for 2": lambda world: world.wait_for("PR-01", "PR-02"),
    "2 waits for 1": lambda world: world.wait_for("PR-02", "PR-01"),
    "freeze": lambda world: world.freeze(),
    "withdraw 1": lambda world: world.withdraw("PR-01"),
}
OF_THREE = ("move 1", "publish 1", "publish 2", "rename 1")
"""A third writer does again what the first does."""


@pytest.fixture
def world(now, monkeypatch):
    load(as_file(roadmap(*(milestone(f"PR-0{number}") for number in (1, 2)))), now=now)
    at_each_lock(monkeypatch)
    return World()


@pytest.fixture
def field(world):
    field = Field(3)
    yield field
    field.close()


def check(since: int, outcomes: list[object]) -> None:
    """After each run: positions follow one another, and each event began from what the one before it left."""
    for outcome in outcomes:
        if isinstance(outcome, Exception) and not isinstance(outcome, Refused):
            raise outcome
    events = list(Event.objects.filter(position__gt=since).order_by("position"))
    assert [event.position for event in events] == list(range(since + 1, since + 1 + len(events)))
    assert [event.occurred_at for event in events] == sorted(event.occurred_at for event in events)
    for code in ("PR-01", "PR-02"):
        one = Milestone.objects.select_related("current").get(code=code)
        if moves := [event.data for event in events if event.type == "plan.changed" and event.milestone == code]:
            assert [move["from"] for move in moves[1:]] == [move["to"] for move in moves[:-1]]
            assert moves[-1]["to"] == str(one.due_date)
        found = [event.data for event in events if event.type == "assessment.published" and event.milestone == code]
        assert len(found) <= 1, "one finding was published twice"
    waits: dict[str, list[str]] = {}
    for one, other in Dependency.objects.values_list("milestone__code", "predecessor__code"):
        waits.setdefault(one, []).append(other)
    assert not find_cycle(waits)
    for published in Assessment.objects.filter(state="published").prefetch_related("citations__evidence"):
        assert published.is_intact()
        assert all(citation.evidence.is_intact() for citation in published.citations.all())


def run(world: World, field: Field, names: tuple[str, ...]) -> int:
    """How many orders there were."""
    since = [0]

    def begin():
        world.prepare()
        since[0] = Event.objects.position()
        return [lambda act=ACTS[name]: act(world) for name in names]

    orders = 0
    for outcomes in field.every_order(begin):
        check(since[0], outcomes)
        orders += 1
    return orders


@pytest.mark.parametrize("first", list(ACTS))
def test_two_writers_over_each_pair_of_acts(world, field, first):
    others = [other for one, other in combinations_with_replacement(ACTS, 2) if one == first]
    orders = {other: run(world, field, (first, other)) for other in others}
    assert min(orders.values()) >= 2
    assert verify_record() == []


@pytest.mark.long
@pytest.mark.parametrize("pair", list(combinations_with_replacement(OF_THREE, 2)), ids=" and ".join)
def test_three_writers_over_each_pair_of_acts(world, field, pair):
    assert run(world, field, (*pair, pair[0])) >= 6
    assert verify_record() == []
