"""``Idempotency-Key``: a POST that is sent again does nothing again and gets the first answer.

The act, its answer and the key are one transaction, under a lock that only this key takes and that ends with it: while the first
still runs a repeat is told so, and when its process is killed neither the act nor the answer is there and the repeat is the first.
An act that others wait for returns what it has ``Done``: only that is kept with it, and the answer is made after the commit, by the
repeat if the first was killed between.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import orjson
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.response import Response

from accounts.models import KeptAnswer
from accounts.permissions import user_of
from common.api.problems import KeyReused, StillRunning, UnknownParameter
from common.api.renderers import OPTIONS, default

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from rest_framework.request import Request
    from rest_framework.views import APIView

    from accounts.models import User

KEPT = timedelta(hours=24)
KEY = re.compile(r"[\x21-\x7e]{1,255}")
REPEATED = ("ETag", "Location")
TRANSIENT = frozenset({401, 403, 404, 409, 429})
"""What may be otherwise a moment later: not an answer to keep."""


UNSAID = "null"
"""The body of an answer that has not been made yet; words that were forgotten leave none at all."""


@dataclass(frozen=True)
class Done:
    """What a POST made or changed, by its name, from which ``answered`` of its view makes the answer. ``thing`` spares that a look-up."""

    name: str
    status: int
    thing: Any = None


def idempotent(post: Callable[..., Response | Done]) -> Callable[..., Response]:
    """For the ``post`` of a view that only signed-in readers reach."""

    @wraps(post)
    def once(view: APIView, request: Request, *args: object, **kwargs: object) -> Response:
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return _answered(view, request, post(view, request, *args, **kwargs))
        if not KEY.fullmatch(key):
            raise UnknownParameter({"Idempotency-Key": [_("Write 1 to 255 visible ASCII characters.")]}, code="unknown_value")
        asked, user = _digest(request), user_of(request)
        with transaction.atomic():
            if not _hold(f"{request.user.pk}:{key}"):
                raise StillRunning(_("The first request with this key has not ended yet. Ask again in a moment."))
            kept = KeptAnswer.objects.filter(user=user, key=key).first()
            if kept and timezone.now() - kept.made_at > KEPT:
                kept.delete()
                kept = None
            again = kept is not None
            done = _again(kept, asked) if kept else _answer(view, post, request, *args, **kwargs)
            kept = kept or _keep(user, key, asked, done)
        response = _answered(view, request, done)
        if isinstance(done, Done) and kept:
            _fill(kept, response)
        if again:
            response.headers["Idempotency-Replayed"] = "true"
        return response

    return once


def _answered(view: Any, request: Request, done: Response | Done) -> Response:
    response: Response = view.answered(request, done) if isinstance(done, Done) else done
    return response


def _answer(view: APIView, post: Callable[..., Response | Done], request: Request, *args: object, **kwargs: object) -> Response | Done:
    """A refusal is an answer too. What failed in the database is rolled back by then, but for the lock."""
    try:
        with transaction.atomic():
            return post(view, request, *args, **kwargs)
    except Exception as exc:  # noqa: BLE001 - the view's own handler tells what it is, and raises what it does not know
        return view.handle_exception(exc)


def _hold(name: str) -> bool:
    """Take the lock of this name to the end of the transaction, or not at all: nobody waits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [lock_number(name)])
        return bool(cursor.fetchone()[0])


def lock_number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)


def _digest(request: Request) -> str:
    """Of what is asked for. A multipart body is told by its parts: the boundary between them is another each time."""
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if not request.content_type.startswith("multipart/"):
        digest.update(request._request.body)
        return digest.hexdigest()
    data: Any = request.data
    for name in sorted(data):
        for value in data.getlist(name):
            size = value.size if hasattr(value, "chunks") else len(str(value))
            digest.update(f"\n{name!r}={size} {getattr(value, 'name', '')!r} {getattr(value, 'content_type', '')!r}\n".encode())
            if hasattr(value, "chunks"):
                for chunk in value.chunks():
                    digest.update(chunk)
                value.seek(0)
            else:
                digest.update(str(value).encode())
    return digest.hexdigest()


def _keep(user: User, key: str, asked: str, done: Response | Done) -> KeptAnswer | None:
    """What may be otherwise a moment later is no answer to keep."""
    kept = KeptAnswer(user=user, key=key, request=asked, made_at=timezone.now())
    if isinstance(done, Done):
        kept.status, kept.headers, kept.body = done.status, {"done": done.name}, UNSAID
    elif done.status_code in TRANSIENT or done.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return None
    else:
        kept.status, kept.headers, kept.body = done.status_code, *_said(key, done)
    kept.save(force_insert=True)
    return kept


def _said(key: str, response: Response) -> tuple[dict[str, str], str]:
    """The headers and the body to keep."""
    headers = {name: response.headers[name] for name in REPEATED if name in response.headers}
    if response.content_type:
        headers["Content-Type"] = response.content_type
    if version := getattr(response, "version", None):
        headers["ETag"] = f'"{version}.{key_tag(key)}"'
    shown_once = dict.fromkeys(getattr(response, "secrets", ()))
    return headers, "" if response.data is None else orjson.dumps(response.data | shown_once, default=default, option=OPTIONS).decode()


def _fill(kept: KeptAnswer, response: Response) -> None:
    """Keep the answer of what was done already, unless words were to be forgotten meanwhile."""
    headers, body = _said(kept.key, response)
    KeptAnswer.objects.filter(pk=kept.pk, body=UNSAID).update(headers=headers, body=body)


def key_tag(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:24]


def _again(kept: KeptAnswer, asked: str) -> Response | Done:
    if kept.request != asked:
        raise KeyReused(_("This key was used for another request within the last day. Take a new one."))
    headers = dict(kept.headers)
    name = headers.pop("done", None)
    if name and kept.body == UNSAID:
        return Done(name, kept.status)
    content_type = headers.pop("Content-Type", None)
    return Response(
        orjson.loads(kept.body) if kept.body else None,
        status=kept.status,
        headers=headers,
        content_type=content_type,
    )


def forget_words() -> None:
    """Empty the bodies of all answers that are kept: after a withdrawal, one of them may hold what was withdrawn. The acts stay done."""
    KeptAnswer.objects.exclude(body="").update(body="")


def forget(now: datetime) -> int:
    """Delete the answers whose day is over."""
    return KeptAnswer.objects.filter(made_at__lt=now - KEPT).delete()[0]
