"""The log as static-like answers, in the forms of https://c2sp.org: no account, no language but in what says what is wrong."""

from __future__ import annotations

import re
from functools import wraps
from http import HTTPStatus
from typing import TYPE_CHECKING

from django.core.cache import cache
from django.http import HttpResponse, HttpResponseNotAllowed
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from record.log import tree
from record.log.models import Checkpoint
from record.log.notes import encoded
from record.log.proofs import NotProven, newest_checkpoint, tlog_proof
from record.log.tiles import WIDTH, Missing, Tiles
from record.models import Event
from record.pages import KEPT

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

TEXT, BYTES = "text/plain; charset=utf-8", "application/octet-stream"
MOST_DIGITS, MOST_LEVELS = 18, 8
INDEX = re.compile(r"(x[0-9]{3}/){0,5}[0-9]{3}")
SOON, FOR_EVER = "public, max-age=5", "public, max-age=31536000, immutable"


class Refusal(Exception):
    """What is asked for wrongly, or is not there; the text says what would do."""

    def __init__(self, status: HTTPStatus, text: str) -> None:
        self.status = status
        super().__init__(text)


def static_like(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Read only, for any program of any site; what is wrong is said in a line of text."""

    @wraps(view)
    def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        try:
            response = view(request, *args, **kwargs)
        except Refusal as refusal:
            response = _refused(refusal.status, str(refusal))
        except (NotProven, Missing):
            response = _refused(HTTPStatus.NOT_FOUND, _("The record does not agree with what was signed here."))
        response["Access-Control-Allow-Origin"] = "*"
        return response

    return csrf_exempt(answer)  # it takes no form


def _refused(status: HTTPStatus, text: str) -> HttpResponse:
    return HttpResponse(f"{text}\n", status=status, content_type=TEXT, headers={"Cache-Control": "no-store"})


def _answer(content: str | bytes, *, kept: str) -> HttpResponse:
    return HttpResponse(content, content_type=TEXT if isinstance(content, str) else BYTES, headers={"Cache-Control": kept})


def _newest() -> Checkpoint:
    if (checkpoint := newest_checkpoint()) is None:
        raise Refusal(HTTPStatus.NOT_FOUND, _("This installation has signed no checkpoint."))
    return checkpoint


def _number(text: str, name: str) -> int:
    """A whole number as texts of logs have it: no sign, no idle zeros."""
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS) or (text[0] == "0" and text != "0"):
        raise Refusal(HTTPStatus.BAD_REQUEST, _("%(name)s is a whole number.") % {"name": name})
    return int(text)


def _asked(request: HttpRequest, *names: str) -> None:
    if unknown := sorted(set(request.GET) - {*names, "lang"}):
        raise Refusal(HTTPStatus.BAD_REQUEST, _("There is no such parameter here: %(name)s.") % {"name": unknown[0][:100]})


@static_like
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The newest checkpoint that was signed, with the lines of the witnesses."""
    _asked(request)
    return _answer(_newest().note, kept=SOON)


@static_like
def keys(request: HttpRequest) -> HttpResponse:
    """Every key that has signed a checkpoint here, one a line, those of the newest first."""
    _asked(request)
    return _answer(str(cache.get_or_set(f"log-keys:{_newest().pk}", _all_keys, KEPT)), kept=SOON)


def _all_keys() -> str:
    said = Checkpoint.objects.order_by("keys", "-pk").distinct("keys").values_list("pk", "keys")
    lines = [line for _pk, lines in sorted(said, reverse=True) for line in lines.splitlines()]
    return "".join(f"{line}\n" for line in dict.fromkeys(lines))


@static_like
def proof(request: HttpRequest, position: str) -> HttpResponse:
    """That the event at a position is in the tree of the newest checkpoint, or of one that was signed at ``?size=``."""
    _asked(request, "size")
    number, checkpoint = _number(position, "position"), _newest()
    if size := request.GET.get("size"):
        checkpoint = _signed_at(_number(size, "size"))
    if not 1 <= number <= checkpoint.size:
        raise Refusal(HTTPStatus.NOT_FOUND, _("Positions from 1 to %(size)d are under this checkpoint.") % {"size": checkpoint.size})
    return _answer(tlog_proof(number, checkpoint), kept=SOON)


def _signed_at(size: int) -> Checkpoint:
    if (checkpoint := Checkpoint.objects.filter(size=size).first()) is None:
        raise Refusal(HTTPStatus.NOT_FOUND, _("No checkpoint was signed at this size."))
    return checkpoint


@static_like
def consistency(request: HttpRequest) -> HttpResponse:
    """That the tree of ``?from=`` events is how the one of ``?to=`` begins (by default the newest signed): a hash a line."""
    _asked(request, "from", "to")
    newest = _newest().size
    old, new = _number(request.GET.get("from", ""), "from"), _number(request.GET.get("to", str(newest)), "to")
    if not old <= new <= newest:
        raise Refusal(HTTPStatus.BAD_REQUEST, _("from is at most to, and to at most %(size)d, which was signed last.") % {"size": newest})
    hashes = Tiles(newest).answer(lambda node: tree.consistency_proof(node, old, new))
    return _answer("".join(f"{encoded(one)}\n" for one in hashes), kept=FOR_EVER if "to" in request.GET else SOON)


@static_like
def tile(request: HttpRequest, level: str, place: str) -> HttpResponse:
    """256 hashes of a level, or the texts of 256 events; fewer where ``.p/`` and their number stand behind the place."""
    _asked(request)
    index, _part, width = place.partition(".p/")
    tiles, number = Tiles(_newest().size), _index(index)
    height = 0 if level == "entries" else _number(level, "level")
    wanted = _width(width, tiles.width(height, number) if height < MOST_LEVELS else 0)
    return _answer(_bundle(number, wanted) if level == "entries" else b"".join(tiles.hashes(height, number)[:wanted]), kept=FOR_EVER)


def _index(text: str) -> int:
    """``x001/x234/067`` is 1234067."""
    if not INDEX.fullmatch(text):
        raise Refusal(HTTPStatus.NOT_FOUND, _("The number of a tile is written in threes: x001/x234/067."))
    return int(re.sub(r"\D", "", text))


def _width(text: str, there: int) -> int:
    """How many are asked for: all 256, or fewer where ``.p/`` says so; all of them under the newest checkpoint."""
    asked = _number(text, "width") if text else WIDTH
    if not 1 <= asked <= there:
        raise Refusal(HTTPStatus.NOT_FOUND, _("The newest checkpoint has no such tile."))
    return asked


def _bundle(number: int, width: int) -> bytes:
    """The texts of the events, each with its length in two bytes before it."""
    start = number * WIDTH
    events = Event.objects.filter(position__gt=start, position__lte=start + width).order_by("position")
    texts = [text.encode() for text in events.values_list("text", flat=True)]
    return b"".join(len(text).to_bytes(2) + text for text in texts)
