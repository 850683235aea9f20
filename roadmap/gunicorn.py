"""How gunicorn serves the application, in ``make run`` and in production; the variables are in docs/settings.md."""

from __future__ import annotations

import gc
import os
from pathlib import Path

from common import logs

watchers = os.environ.get("METRICS_BIND")
bind = [os.environ.get("BIND") or f"127.0.0.1:{os.environ.get('PORT') or '8000'}", *([watchers] if watchers else [])]
# Threads answer: with a loop for that, too, connections to PostgreSQL are opened until it refuses. What reads is a loop.
worker_class = "roadmap.server.ReadingWorker"
workers = int(os.environ.get("WEB_CONCURRENCY") or "1")
threads = int(os.environ.get("WEB_THREADS") or "8")
# Several share what was loaded once, which halves what each begins with. One alone would only pay for the copies of what it changes.
preload_app = workers > 1
timeout = 60
graceful_timeout = 30
max_requests = int(os.environ.get("WEB_MAX_REQUESTS") or "0")
max_requests_jitter = max_requests // 10
accesslog = "-" if os.environ.get("ACCESS_LOG") == "1" else None
errorlog = "-"
# As in the processes that answer, where the settings say so too; a word that is none is theirs to complain of.
logconfig_dict = logs.configuration("json" if os.environ.get("LOG_FORMAT") == "json" else "line", "INFO")
control_socket_disable = True
# The heartbeat file: on a disk that is busy a worker would look dead.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - gunicorn makes it private


def when_ready(_server: object) -> None:
    """Before the first of several is made: a collection in one of them would change, and so copy, every page that they share."""
    gc.collect()
    gc.freeze()


def post_worker_init(_worker: object) -> None:
    """Put what the application has loaded out of the collector's sight: a full collection shows in p95."""
    gc.collect()
    gc.freeze()
