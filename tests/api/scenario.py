"""One way through the whole API, every operation of it once: what the examples in the OpenAPI file are taken from."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

BASE = "/api/v1/"


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: Any
    """Read JSON, or bytes of anything else."""


@dataclass
class Walk:
    """``send(method, address, body, headers)`` gives an ``Answer``; ``tokens`` by role."""

    send: Callable[[str, str, Any, dict[str, str]], Answer]
    tokens: dict[str, str]
    said: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By operation: path parameters, what was sent, what was answered."""

    def call(
        self, operation: str, method: str, template: str, body: Any = None, *, who: str = "editor", seen: str = "", **names: Any
    ) -> Any:
        path, _mark, query = template.partition("?")
        headers = {"Authorization": f"Bearer {self.tokens[who]}"} if who else {}
        if method in {"PATCH", "DELETE"}:
            headers["If-Match"] = seen
        address = f"{BASE}{path.format(**names)}?lang=en{'&' if query else ''}{query}"
        answer = self.send(method, address, body, headers)
        assert 200 <= answer.status < 300, (operation, answer.status, answer.body)
        said: dict[str, Any] = {"path": {name: str(value) for name, value in names.items()}}
        if body is not None:
            said["request"] = body
        if isinstance(answer.body, dict | list):
            said["response"] = answer.body
        self.said.setdefault(operation, said)
        return answer.body if method == "DELETE" else (answer.body, answer.headers.get("ETag", ""))

    def thing(self, name: str, path: str, new: dict[str, Any], change: dict[str, Any], *, code: str) -> None:
        """A kind of thing: read, added to, changed, and what was added removed again."""
        self.call(f"{name}_list", "GET", f"{path}/?page_size=1", who="")
        self.call(f"{name}_detail", "GET", f"{path}/{{code}}/", who="", code=code)
        _made, seen = self.call(f"{name}_add", "POST", f"{path}/", new)
        _changed, seen = self.call(f"{name}_change", "PATCH", f"{path}/{{code}}/", change, seen=seen, code=new["code"])
        self.call(f"{name}_remove", "DELETE", f"{path}/{{code}}/", seen=seen, code=new["code"])


def finding(**more: Any) -> dict[str, Any]:
    evidence = {"url": "https://sample.example/one", "title": "A sample page", "kind": "official", "stance": "supports"}
    said = {"status": "in_progress", "summary": "Sample: work goes on.", "language": "en", "effective_on": "2026-11-01"}
    return said | {"evidence": [evidence]} | more


def walk(send: Callable[[str, str, Any, dict[str, str]], Answer], tokens: dict[str, str]) -> dict[str, dict[str, Any]]:
    """RK2030 is loaded; ``tokens`` are of an analyst, an editor and an administrator, with all scopes that each can have."""
    one = Walk(send, tokens)
    for operation, path in (("root", ""), ("summary", "summary/"), ("timeline", "timeline/"), ("changes", "changes/?limit=1")):
        one.call(operation, "GET", path, who="")
    one.call("me", "GET", "me/")
    things(one)
    assessments(one)
    plan(one)
    one.call("compare", "GET", "compare/?from=at:1", who="")
    account(one)
    return one.said


SAMPLE = {"ru": "Образец", "en": "A sample", "kk": "Үлгі"}
ONLY = {"ru": "Только образец.", "en": "Only a sample.", "kk": "Тек үлгі."}


def things(one: Walk) -> None:
    named, described = {"title_i18n": SAMPLE}, {"description_i18n": ONLY}
    sample = named | {"report": "RK2030"}
    report = {"code": "SAMPLE", **named, "summary_i18n": ONLY, "publisher_i18n": SAMPLE, "published_on": "2026-01-15", "language": "en"}
    one.thing("reports", "reports", report, {"summary": "Nothing but a sample."}, code="RK2030")
    organisation = {"code": "SAMPLE-ORG", "name_i18n": SAMPLE, "side": "RU", "kind": "think_tank"}
    one.thing("organisations", "organisations", organisation, {"short_name_i18n": SAMPLE}, code="RU-PA")
    proposal = {
        "code": "SAMPLE", **sample, "short_title_i18n": SAMPLE, "summary_i18n": ONLY, "kind": "institution", "strength": "inferred", "lead": ["RU-PA"],
        "passages": ["1.1"], "diagnosis": ["1.2"],
    }  # fmt: skip
    one.thing("proposals", "proposals", proposal, {"flagship": True}, code="AF")
    one.thing("risks", "risks", {"code": "R99", **sample, **described, "passages": ["1.1"]}, {"proposals": ["AF"]}, code="R01")
    event = {"code": "SAMPLE-EVENT", **sample, **described, "starts": {"date": "2027-03-31", "precision": "quarter"}, "passages": ["1.1"]}
    one.thing("context_events", "context-events", event, {"ends": {"date": "2027-12-31", "precision": "year"}}, code="CE-2018-JOINT-STUDY")
    indicator = {"code": "SAMPLE-IND", **sample, **described, "unit_i18n": SAMPLE, "basis": "planning", "target": {"value": 12}}
    one.thing("indicators", "indicators", indicator, {"target": {"value": 24}}, code="IND-BORDER-LENGTH")
    series = {"code": "SAMPLE-SERIES", **named, "proposal": "AF", "first_year": 2026, "last_year": 2030}
    one.thing("series", "series", series, {"rotation": ["RU", "KZ"]}, code="AF-FORUM")
    milestone = {
        "code": "AF-99", **named, "short_title_i18n": SAMPLE, **described, "criterion_i18n": ONLY, "proposal": "AF",
        "stage": "preparation", "lead": ["RU-PA"], "support": ["KZ-PA"], "due": {"date": "2027-06-30", "precision": "quarter"},
    }  # fmt: skip
    moved = {"due": {"date": "2027-09-30", "precision": "quarter"}, "reason": {"category": "dependency", "note": "A sample reason."}}
    _found, seen = one.call("milestones_detail", "GET", "milestones/{code}/", who="", code="AF-03")
    one.call("milestones_move_preview", "POST", "milestones/{code}/move-preview/", {"due": moved["due"]}, code="AF-03")
    one.call("milestones_proof", "GET", "milestones/{code}/proof/", who="", code="AF-03")
    one.call("milestones_change", "PATCH", "milestones/{code}/", moved, seen=seen, code="AF-03")
    one.thing("milestones", "milestones", milestone, {"lead_assumed": True}, code="AF-03")
    value = {"date": {"date": "2026-10-31", "precision": "month"}, "value": 3, "source_title": "A sample page"}
    one.call("indicators_record", "POST", "indicators/{code}/values/", value, code="IND-BORDER-LENGTH")
    one.call("indicators_values", "GET", "indicators/{code}/values/", who="", code="IND-BORDER-LENGTH")
    one.call("risks_assess", "POST", "risks/{code}/assessments/", {"likelihood": 3, "impact": 4, "note": "A sample."}, code="R01")
    one.call("risks_assessments", "GET", "risks/{code}/assessments/", who="", code="R01")


def assessments(one: Walk) -> None:
    """A finding goes its way: recorded, changed, handed in, returned, handed in again, published, confirmed."""
    found, seen = one.call("milestones_record", "POST", "milestones/{code}/updates/", finding(), who="analyst", code="AF-03")
    uid = found["id"]
    one.call("updates_detail", "GET", "updates/{uid}/", who="analyst", uid=uid)
    one.call("updates_change", "PATCH", "updates/{uid}/", {"summary": "Sample: work began."}, who="analyst", seen=seen, uid=uid)
    one.call("updates_submit", "POST", "updates/{uid}/submit/", who="analyst", uid=uid)
    one.call("updates_return", "POST", "updates/{uid}/return/", {"comment": "Say since when."}, uid=uid)
    one.call("updates_submit", "POST", "updates/{uid}/submit/", who="analyst", uid=uid)
    one.call("updates_publish", "POST", "updates/{uid}/publish/", uid=uid)
    said = {"language": "kk", "summary": "Мысал: жұмыс басталды."}
    one.call("updates_translate", "POST", "updates/{uid}/translations/", said, who="analyst", uid=uid)
    one.call("milestones_confirm", "POST", "milestones/{code}/confirm/", {"note": "Nothing new."}, who="analyst", code="AF-03")
    draft, seen = one.call("milestones_record", "POST", "milestones/{code}/updates/", finding(), who="analyst", code="AF-01")
    one.call("updates_delete", "DELETE", "updates/{uid}/", who="analyst", seen=seen, uid=draft["id"])
    many = [finding(milestone="SM-01", action="submit"), finding(milestone="SM-02", action="submit")]
    batch, _seen = one.call("milestones_batch_updates", "POST", "milestones/batch-updates/", many, who="analyst")
    made, _seen = one.call(
        "rounds_open", "POST", "rounds/", {"name": "A sample round", "updates": [item["id"] for item in batch["updates"]]}
    )
    one.call("rounds_publish", "POST", "rounds/{uid}/publish/", uid=made["id"])
    one.call("rounds_detail", "GET", "rounds/{uid}/", who="", uid=made["id"])
    one.call("rounds_list", "GET", "rounds/?page_size=1", who="")
    for operation, path in (("updates", "updates/"), ("history", "history/"), ("plan_changes", "plan-changes/")):
        one.call(f"milestones_{operation}", "GET", f"milestones/{{code}}/{path}?page_size=1", who="", code="AF-03")
    one.call("updates_list", "GET", "updates/?page_size=1", who="")
    piece = {"url": "https://sample.example/two", "title": "Another sample page", "kind": "press"}
    kept, seen = one.call("evidence_add", "POST", "evidence/", piece, who="analyst")
    one.call("evidence_change", "PATCH", "evidence/{uid}/", {"publisher": "A sample"}, who="analyst", seen=seen, uid=kept["id"])
    one.call("evidence_list", "GET", "evidence/?page_size=1", who="analyst")
    one.call("evidence_detail", "GET", "evidence/{uid}/", who="analyst", uid=kept["id"])


def plan(one: Walk) -> None:
    one.call("baselines_set", "POST", "baselines/", {"report": "RK2030", "name": "A sample baseline"})
    one.call("baselines_list", "GET", "baselines/?page_size=1", who="")


def account(one: Walk) -> None:
    made, seen = one.call("tokens_make", "POST", "tokens/", {"name": "A sample", "scopes": ["read"], "days": 30}, who="administrator")
    one.call("tokens_detail", "GET", "tokens/{uid}/", who="administrator", uid=made["id"])
    one.call("tokens_list", "GET", "tokens/?page_size=1", who="administrator")
    one.call("tokens_revoke", "DELETE", "tokens/{uid}/", who="administrator", seen=seen, uid=made["id"])
    hook = {"name": "A sample", "address": "https://8.8.8.8/hook", "events": ["assessment.published"]}
    made, seen = one.call("webhooks_add", "POST", "webhooks/", hook)
    uid = made["id"]
    one.call("webhooks_list", "GET", "webhooks/?page_size=1")
    _changed, seen = one.call("webhooks_change", "PATCH", "webhooks/{uid}/", {"name": "Sample"}, seen=seen, uid=uid)
    sent, _seen = one.call("webhooks_test", "POST", "webhooks/{uid}/test/", uid=uid)
    one.call("webhooks_deliveries", "GET", "webhooks/{uid}/deliveries/?page_size=1", uid=uid)
    one.call("webhooks_retry", "POST", "webhooks/{uid}/deliveries/{delivery}/retry/", uid=uid, delivery=sent["id"])
    one.call("webhooks_rotate", "POST", "webhooks/{uid}/rotate/", uid=uid)
    _found, seen = one.call("webhooks_detail", "GET", "webhooks/{uid}/", uid=uid)
    one.call("webhooks_remove", "DELETE", "webhooks/{uid}/", seen=seen, uid=uid)


def read(status: int, headers: dict[str, str], content: bytes) -> Answer:
    return Answer(status, headers, json.loads(content) if content and "json" in headers.get("Content-Type", "") else content)
