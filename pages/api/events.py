"""What each type of event says in its ``data``: the OpenAPI document describes by it what webhooks are sent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from milestones import choices, statuses
from milestones.event_words import EVENT_WORDS
from notifications.webhooks.registering import TEST
from proposals.choices import LANGUAGES

if TYPE_CHECKING:
    from common.json_types import JSONObject


def _text(said: str, **more: object) -> JSONObject:
    return {"type": "string", "description": said, **more}


def _whole(said: str) -> JSONObject:
    return {"type": "integer", "description": said}


def _texts(said: str) -> JSONObject:
    return {"type": "array", "items": {"type": "string"}, "description": said}


def _none_or(said: JSONObject) -> JSONObject:
    values = {"enum": [*said["enum"], None]} if "enum" in said else {}
    return said | {"type": [said["type"], "null"]} | values


def _any(said: str) -> JSONObject:
    return {"type": "object", "additionalProperties": True, "description": said}


CODE = {"code": _text("The code of the thing.")}
FIELDS = {"fields": _texts("The names of the fields that changed.")}
DIGEST = {"digest": _text("SHA-256 of what was said, sealed with it.")}
STATUSES = [value for value, _word in statuses.STATUS_CHOICES]
ON = {"type": "string", "format": "date"}
THINGS = ("series", "proposal", "report", "passage", "source", "organisation", "risk", "indicator", "context_event")

DATA: dict[str, JSONObject] = {
    "roadmap.loaded": {
        "counts": {"type": "object", "additionalProperties": {"type": "integer"}, "description": "How many things of each kind."},
        "baseline": _any("The dates that were frozen: `name` and `digest`."),
        "installation": _any("Which installation keeps the record."),
    },
    "plan.changed": {
        "field": _text("Which date.", enum=[value for value, _word in choices.MOVED_DATES]),
        "from": _none_or(_text("Before, such as `2027-Q2`.")),
        "to": _none_or(_text("After.")),
        "category": _text("The kind of reason.", enum=[value for value, _word in choices.REASON_CATEGORIES]),
        "slippage_days": _none_or(_whole("From the first due date to that of now.")),
        **DIGEST,
    },
    "milestone.added": FIELDS,
    "milestone.changed": FIELDS,
    "milestone.removed": {},
    **{f"{thing}.{verb}": CODE | FIELDS for thing in THINGS for verb in ("added", "changed")},
    **{f"{thing}.removed": CODE for thing in THINGS},
    "report.review_switched": CODE | {"needed": {"type": "boolean", "description": "Whether somebody else than its author publishes it."}},
    "assessment.published": {
        "id": _text("The id of the assessment.", format="uuid"),
        "from": _none_or(_text("The status before.", enum=STATUSES)),
        "status": _none_or(_text("The status from now on.", enum=STATUSES)),
        "effective_on": _none_or(_text("Since when it holds.", format="date")),
        "confidence": _none_or(_text("How sure the analyst is.", enum=[value for value, _word in choices.CONFIDENCES])),
        "forecast": _none_or(_text("When it is expected, such as `2027-Q2`.")),
        "corrects": _none_or(_text("The assessment that it corrects.", format="uuid")),
        "confirms": _none_or(_text("The assessment that it says again.", format="uuid")),
        "reviewed": {"type": "boolean", "description": "Whether somebody published it who neither wrote it nor edited it last."},
        **DIGEST,
    },
    "assessment.translated": {
        "assessment": _text("The id of the assessment.", format="uuid"),
        "language": _text("Into which language.", enum=[value for value, _word in LANGUAGES]),
        **DIGEST,
    },
    "milestones.assigned": {"milestones": _texts("The codes of the milestones.")},
    "round.published": {
        "id": _text("The id of the round.", format="uuid"),
        "name": _text("What it is called."),
        "updates": _whole("How many assessments it published."),
    },
    "baseline.set": {"name": _text("What it is called."), "milestones": _whole("How many dates it froze."), **DIGEST},
    "risk.assessed": CODE
    | {
        "likelihood": _whole("From 1 to 5."),
        "impact": _whole("From 1 to 5."),
        "assessed_on": _text("The day of the assessment.", format="date"),
        **DIGEST,
    },
    "indicator.measured": CODE | {"measured": _text("The date of the value, such as `2027-Q2`."), **DIGEST},
    "record.withheld": CODE
    | {
        "kind": _text("What kind of thing was withdrawn."),
        "reason": _text("Why.", enum=[value for value, _word in choices.WITHDRAWAL_REASONS]),
        "rows": _texts("The names of what was emptied."),
        "kept": {"description": "What of it is still held against the record."},
    },
    "record.covered": {"installation": _any("Which installation keeps the record.")},
    "clock.corrected": {
        "first": _whole("The first position that was written too early by the clock."),
        "last": _whole("The last of them."),
        "until": _text("The moment that the clock had come to.", format="date-time"),
    },
}
"""Properties of the data by type of event; none is there for sure: what was withdrawn has none left."""


def name_of(kind: str) -> str:
    """``assessment.published`` as a component: ``AssessmentPublished``."""
    return "".join(word.title() for word in re.split(r"[._]", kind))


def add_webhooks(document: JSONObject) -> None:
    """Each type of event as the body that is sent, and the test. All of it by name: generators know nothing of what stands here inline."""
    components = document["components"]
    said = {kind: _event(kind, data) for kind, data in DATA.items()}
    for kind, data in (said | {TEST: _any("Says that it is a test.")}).items():
        components["schemas"][f"{name_of(kind)}Sent"] = _body(kind, data)
    components["parameters"] = {
        "WebhookId": _header("webhook-id", "The same on every retry."),
        "WebhookTimestamp": _header("webhook-timestamp", "Seconds since 1970, when it was sent."),
        "WebhookSignature": _header("webhook-signature", "`v1,` and an HMAC-SHA256 in base64; two while a secret is replaced."),
    }
    words = EVENT_WORDS | {TEST: "A test that was asked for"}
    document["webhooks"] = {kind: {"post": _sent(kind, str(word))} for kind, word in words.items()}


def _event(kind: str, data: JSONObject) -> JSONObject:
    own = {"type": "object", "properties": data, "additionalProperties": True, "description": "What exactly happened."}
    narrowed = {"type": {"type": "string", "enum": [kind], "description": "What kind of event."}, "data": own}
    event = [{"$ref": "#/components/schemas/Change"}, {"type": "object", "properties": narrowed}]
    return {"allOf": event, "description": "The event, as in `/changes/`."}


def _body(kind: str, data: JSONObject) -> JSONObject:
    properties = {
        "type": {"type": "string", "enum": [kind], "description": "What kind of event."},
        "timestamp": {"type": "string", "format": "date-time", "description": "When it happened."},
        "data": data,
        "sample": {"type": "boolean", "description": "There, and true, where the installation is a demonstration."},
    }
    required = ["type", "timestamp", "data"]
    return {"type": "object", "description": "What is sent and signed.", "properties": properties, "required": required}


def _header(name: str, said: str) -> JSONObject:
    return {"in": "header", "name": name, "required": True, "description": said, "schema": {"type": "string"}}


def _sent(kind: str, summary: str) -> JSONObject:
    return {
        "operationId": "told_" + kind.replace(".", "_"),
        "summary": summary,
        "description": "Sent to each webhook that asks for events of this type, signed as Standard Webhooks says.",
        "tags": ["events"],
        "security": [],
        "parameters": [{"$ref": f"#/components/parameters/Webhook{name}"} for name in ("Id", "Timestamp", "Signature")],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name_of(kind)}Sent"}}},
        },
        "responses": {
            "2XX": {"description": "It was received."},
            "410": {"description": "Switches the webhook off."},
            "default": {"description": "It is tried again."},
        },
    }
