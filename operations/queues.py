"""What waits in the broker, by queue: how much, and how long the oldest has."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from celery import current_app
from kombu.exceptions import ChannelError, OperationalError

from operations.tasks_seen import SENT_AT

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 2


class Queue(NamedTuple):
    name: str
    waiting: int
    oldest: float
    """Seconds; 0 where nothing waits, and where the broker does not show what does."""


class Away(Exception):
    """The broker does not answer."""


def names() -> list[str]:
    routes = current_app.conf.task_routes or {}
    return sorted({str(current_app.conf.task_default_queue), *(route["queue"] for route in routes.values())})


def queues() -> list[Queue]:
    """Asked over a connection of its own, once and not again. Raises ``Away``."""
    client = current_app.connection_for_read(connect_timeout=SECONDS)
    away: tuple[type[BaseException], ...] = (OperationalError, OSError, *client.connection_errors)
    try:
        with client as connection:
            connection.connect()
            return [_queue(connection.channel(), name) for name in names()]
    except away as error:
        raise Away(type(error).__name__) from error


def _queue(channel: Any, name: str) -> Queue:
    try:
        waiting: int = channel.queue_declare(queue=name, passive=True).message_count
    except ChannelError:  # nothing was ever sent there, or all of it was taken
        waiting = 0
    sent = min(_oldest(channel, name), default=0.0) if waiting else 0.0
    return Queue(name, waiting, max(time.time() - sent, 0) if sent else 0.0)


def _oldest(channel: Any, name: str) -> Iterator[float]:
    """When the message that is next was sent, where the broker lets one look without taking it."""
    if hasattr(channel, "client"):  # Redis: put in at the left, taken at the right
        text = channel.client.lindex(name, -1)
        if text and (sent := json.loads(text)["headers"].get(SENT_AT)):
            yield sent
    elif folder := getattr(channel, "data_folder_in", None):
        yield from (path.stat().st_mtime for path in Path(folder).glob(f"*.{name}.msg"))
