"""The sample record: invented assessments, replayed through the services as real ones would come, each on its day.

Sample and real are never mixed: it goes into an empty database only, and marks it as a demonstration for good.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import yaml
from django.conf import settings

from accounts.models import EVERYTHING, User
from accounts.roles import Role
from common.dates import PlannedDate
from milestones.evidence.services import note_link_state
from milestones.models import Assessment, Evidence, Milestone, Round
from milestones.services import (
    Item,
    add_dependency,
    add_evidence,
    apply_batch,
    confirm_assessment,
    move_date,
    open_round,
    publish_assessment,
    publish_round,
    record_assessment,
    remove_dependency,
    return_assessment,
    set_baseline,
    stage,
    submit_assessment,
    take_back_batch,
    translate,
)
from proposals.models import Report, Risk
from proposals.services import assess_risk
from record.models import Event, Installation
from record.services import begin_installation, open_change
from roadmap_file.loading import load

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from django.db.models import QuerySet

    from common.json_types import JSONObject
    from record.services import Change

DATA = settings.BASE_DIR / "roadmap_file" / "data"
HOUR = time(10, 0, tzinfo=UTC)
REVIEW = timedelta(days=2)
PEOPLE = {
    "analyst": (Role.ANALYST, "Sample Analyst"),
    "editor": (Role.EDITOR, "Sample Editor"),
    "analyst-2": (Role.ANALYST, "Second Sample Analyst"),
    "editor-2": (Role.EDITOR, "Second Sample Editor"),
}


class NotEmpty(Exception):
    """The database has a record already; a sample is begun on a database of its own."""


def load_sample(*, roadmap: Path = DATA / "RK2030.yaml", sample: Path = DATA / "RK2030.sample.yaml") -> int:
    """Load a roadmap and replay its sample; returns how many acts. Raises ``NotEmpty`` on anything but a new database."""
    story = yaml.safe_load(sample.read_text(encoding="utf-8"))
    begun = _at(story["loaded_on"])
    # The lock first: of two starts at once, the second sees what the first has begun.
    with open_change(now=begun):
        if Event.objects.exists() or Installation.objects.exists():
            raise NotEmpty
        begin_installation(now=begun, time_zone=settings.TIME_ZONE, sample=True)
        load(roadmap.read_text(encoding="utf-8"), now=begun)
        replay = Replay(story)
        for act in story["acts"]:
            replay.act(act)
    return len(story["acts"])


def _at(day: date) -> datetime:
    return datetime.combine(day, HOUR)


class Replay:
    """Each act names its day; who does what is shared out among the sample people."""

    def __init__(self, story: JSONObject) -> None:
        self.sentences = story["sentences"]
        self.report = Report.objects.get(code=story["report"])
        self.people = {name: self._person(name, role, shown) for name, (role, shown) in PEOPLE.items()}
        self.analyst, self.editor = self.people["analyst"], self.people["editor"]
        self.sources = 0
        self._assign()

    def _person(self, name: str, role: Role, shown: str) -> User:
        """The account of that name, or one that nobody can sign in with; on the record it is a sample person."""
        user = User.objects.filter(username=name).first() or User(username=name, role=role, language="en")
        user.public_name, user.remit = shown, [EVERYTHING] if role is Role.ANALYST else []
        if not user.pk:
            user.set_unusable_password()
        user.save()
        return user

    def _assign(self) -> None:
        """Two analysts share the proposals, so that assigned and not assigned can both be seen."""
        now = _at(Event.objects.get(position=1).occurred_at.date())
        flagships = Milestone.objects.filter(proposal__flagship=True, proposal__report=self.report)
        with open_change(by=self.editor.actor, now=now) as change:
            flagships.update(analyst=self.analyst, analyst_name=self.analyst.actor)
            change.keep(list(flagships))
            change.announce("milestones.assigned", report=self.report.code, data={"milestones": [flagship.code for flagship in flagships]})

    def change(self, on: date, by: User) -> AbstractContextManager[Change]:
        return open_change(by=by.actor, now=_at(on))

    def act(self, act: JSONObject) -> None:
        getattr(self, f"do_{act['do']}")(act, act["on"])

    # What is said

    def milestone(self, code: str) -> Milestone:
        milestone: Milestone = Milestone.objects.select_related("proposal__report", "series", "current", "analyst").get(code=code)
        return milestone

    def author(self, code: str) -> User:
        milestone = self.milestone(code)
        return milestone.analyst or self.people["analyst-2"]

    def values(self, act: JSONObject) -> dict[str, object]:
        language = act.get("language", "ru")
        return {
            "status": act["status"],
            "summary": self.sentences[act["say"]][language],
            "language": language,
            "confidence": act.get("confidence", ""),
            "effective_on": act["on"],
            "completed_on": act.get("completed_on"),
            "forecast_date": PlannedDate.parse(str(act["forecast"])) if "forecast" in act else None,
            "actual_host": act.get("host", ""),
            "reason": act.get("reason", ""),
        }

    def source(self, change: Change, by: User, on: date) -> tuple[Evidence, str]:
        self.sources += 1
        kind = ("official", "press", "official", "interview", "dataset")[self.sources % 5]
        evidence = add_evidence(
            change,
            by=by,
            values={
                "address": f"https://sample.example/{on.year}/{self.sources}",
                "title": f"Sample page {self.sources}",
                "publisher": f"Sample publisher {self.sources % 4 + 1}",
                "kind": kind,
                "language": ("ru", "en", "kk")[self.sources % 3],
                "published_on": on - timedelta(days=3),
                "confidential": self.sources % 11 == 0 and kind != "official",
            },
        )
        note_link_state(evidence.pk, alive=self.sources % 9 != 0, now=_at(on))
        return evidence, "supports"

    def record(self, act: JSONObject, *, action: str = "submit", values: dict[str, object] | None = None) -> Assessment:
        code, by = act["milestone"], self.author(act["milestone"])
        with self.change(act["on"], by) as change:
            evidence = [self.source(change, by, act["on"])]
            if act["status"] == "achieved":
                evidence.append(self.source(change, by, act["on"]))
            values = self.values(act) | (values or {})
            return record_assessment(change, self.milestone(code), by=by, values=values, evidence=evidence, action=action)

    def publish(self, assessment: Assessment, on: date, said: Mapping[str, str] | None = None) -> None:
        """``said``: its summary in each language; of flagships the others are published with it."""
        with self.change(on + REVIEW, self.editor) as change:
            publish_assessment(change, assessment, by=self.editor)
            if said and assessment.milestone.proposal.flagship:
                for language in sorted(said.keys() - {assessment.language}):
                    translate(change, assessment, language=language, summary=said[language], by=assessment.author)

    # What is done

    def do_assess(self, act: JSONObject, on: date) -> None:
        self.publish(self.record(act), on, self.sentences[act["say"]])

    def do_correct(self, act: JSONObject, on: date) -> None:
        current = self.milestone(act["milestone"]).current
        self.publish(self.record(act, values={"corrects": current}), on, self.sentences[act["say"]])

    def do_confirm(self, act: JSONObject, on: date) -> None:
        by = self.author(act["milestone"])
        with self.change(on, by) as change:
            confirmation = confirm_assessment(change, self.milestone(act["milestone"]), by=by)
        self.publish(confirmation, on)

    def do_move(self, act: JSONObject, on: date) -> None:
        with self.change(on, self.editor) as change:
            move_date(
                change,
                self.milestone(act["milestone"]),
                field="due",
                to=PlannedDate.parse(str(act["due"])),
                category=act["reason"],
                note=act["note"],
                by=self.editor,
            )

    def do_draft(self, act: JSONObject, _on: date) -> None:
        self.record(act, action="draft")

    def do_submit(self, act: JSONObject, _on: date) -> None:
        self.record(act)

    def do_return(self, act: JSONObject, on: date) -> Assessment:
        assessment = self.record(act)
        with self.change(on + REVIEW, self.editor) as change:
            return return_assessment(change, assessment, by=self.editor, comment=act["comment"])

    def do_return_once(self, act: JSONObject, on: date) -> None:
        assessment = self.do_return(act, on)
        with self.change(on + 2 * REVIEW, assessment.author) as change:
            submit_assessment(change, assessment, by=assessment.author)
        self.publish(assessment, on + 2 * REVIEW)

    def do_round(self, act: JSONObject, on: date) -> None:
        rows = [dict(zip(("milestone", "status", "say"), triple, strict=True)) | {"on": on} for triple in act["milestones"]]
        submitted = [self.record(row) for row in rows]
        with self.change(on, self.editor) as change:
            round_ = open_round(change, name=act["name"], by=self.editor)
            stage(change, round_, submitted, by=self.editor)
        with self.change(on + REVIEW, self.editor) as change:
            publish_round(change, round_, by=self.editor)

    def do_open_round(self, act: JSONObject, on: date) -> None:
        with self.change(on, self.editor) as change:
            round_: Round = open_round(change, name=act["name"], by=self.editor)
            waiting = Assessment.objects.filter(state="submitted", milestone__code__in=act["stage"])
            stage(change, round_, waiting, by=self.editor)

    def do_batch(self, act: JSONObject, on: date) -> None:
        by = self.people["analyst-2"]
        with self.change(on, by) as change:
            items = [Item(self.milestone(code), self.values(act)) for code in act["milestones"]]
            batch = apply_batch(change, items, by=by)
        for assessment in self._first(batch.assessments.order_by("id")):
            self.publish(assessment, on)
        with self.change(act["taken_back_on"], self.editor) as change:
            take_back_batch(change, batch, by=self.editor)

    def _first(self, assessments: QuerySet[Assessment]) -> Iterator[Assessment]:
        """One of a batch is published before the mistake is seen."""
        yield from assessments[:1]

    def do_baseline(self, act: JSONObject, on: date) -> None:
        with self.change(on, self.editor) as change:
            set_baseline(change, self.report, name=act["name"], by=self.editor)

    def do_depend(self, act: JSONObject, on: date) -> None:
        with self.change(on, self.editor) as change:
            add_dependency(change, self.milestone(act["milestone"]), self.milestone(act["predecessor"]), by=self.editor)

    def do_undepend(self, act: JSONObject, on: date) -> None:
        with self.change(on, self.editor) as change:
            remove_dependency(change, self.milestone(act["milestone"]), self.milestone(act["predecessor"]), by=self.editor)

    def do_risk(self, act: JSONObject, on: date) -> None:
        with self.change(on, self.editor) as change:
            risk = Risk.objects.select_related("report").get(code=act["risk"])
            assess_risk(
                change, risk, likelihood=act["likelihood"], impact=act["impact"], by=self.editor, note="Sample: an invented judgement."
            )
