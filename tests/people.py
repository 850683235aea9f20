"""People and what they find, for tests of the desk and the record."""

from __future__ import annotations

import datetime as dt
from typing import Any

from accounts.models import User
from milestones.models import Assessment, Evidence, Milestone
from milestones.services import add_evidence, publish_assessment, record_assessment
from record.services import open_change


def person(role: str, name: str = "", **fields: Any) -> User:
    name = name or role
    fields = {"public_name": f"The {name}", "language": "en", "remit": ["*"] if role == "analyst" else []} | fields
    return User.objects.create_user(name, role=role, **fields)


def a_source(by: User, **values: Any) -> Evidence:
    values = {"address": "https://sample.example/one", "title": "A sample page", "kind": "official", "publisher": "Sample"} | values
    with open_change(by=by.actor) as change:
        return add_evidence(change, by=by, values=values)


def finding(**values: Any) -> dict[str, Any]:
    return {"status": "in_progress", "summary": "Work goes on.", "effective_on": dt.date(2026, 11, 1), "language": "en"} | values


def recorded(code: str, by: User, *, now: dt.datetime, evidence: Any = None, action: str = "submit", **values: Any) -> Assessment:
    """A finding on its way; ``evidence`` defaults to one supporting address."""
    cites = [(a_source(by), "supports")] if evidence is None else evidence
    with open_change(by=by.actor, now=now) as change:
        milestone = Milestone.objects.select_related("proposal__report").get(code=code)
        return record_assessment(change, milestone, by=by, values=finding(**values), evidence=cites, action=action)


def published(code: str, by: User, editor: User, *, now: dt.datetime, **values: Any) -> Assessment:
    assessment = recorded(code, by, now=now, **values)
    with open_change(by=editor.actor, now=now) as change:
        publish_assessment(change, assessment, by=editor)
    assessment.refresh_from_db()
    return assessment
