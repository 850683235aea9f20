"""The application's settings with the reference views beside it and without limits of requests, for all alike.

A rate of ``None`` takes the limiting out altogether: with a very high one it would keep a list of every
request of the run and grow slower with each, for the application and the viewsets but not for the bare view.
"""

from __future__ import annotations

from roadmap.settings import *  # noqa: F403 - all of them
from roadmap.settings import REST_FRAMEWORK

ROOT_URLCONF = "benchmarks.urls"
REST_FRAMEWORK = {**REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": {"anon": None, "user": None}}
FETCH_ALLOWED_NETWORKS = ["127.0.0.0/8"]
"""Where the receivers of webhooks are in a run."""
