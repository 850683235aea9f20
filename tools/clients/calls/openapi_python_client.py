"""The seven calls by the client that openapi-python-client makes."""

from __future__ import annotations

import importlib
import os
from typing import Any


def call(module: str, **options: Any) -> Any:
    """What an operation answers, status and parsed body."""
    return importlib.import_module(f"roadmap_tracker_client.api.{module}").sync_detailed(client=client, **options)


client = importlib.import_module("roadmap_tracker_client").Client(base_url=os.environ["ADDRESS"])
english = importlib.import_module("roadmap_tracker_client.models").MilestonesListLang.EN
listed = call("milestones.milestones_list", series=["AF-FORUM"], lang=english).parsed
answers = {
    "position": call("root.root").parsed.position > 0,
    "count": listed.count == len([milestone.title for milestone in listed.results]) == len(range(2024, 2031)),
    "precision": call("milestones.milestones_detail", code="AF-03").parsed.baseline_due.precision == "year",
    "missing": call("milestones.milestones_detail", code="NO-1").parsed.type_ == "/api/v1/problems/not-found/",
    "milestones": call("summary.summary").parsed.counts.milestones > 0,
    "event": call("changes.changes", limit=1).parsed.results[0].type_ == "roadmap.loaded",
    "me": call("account.me").parsed.type_ == "/api/v1/problems/not-authenticated/",
}
if faults := [name for name, good in answers.items() if not good]:
    raise SystemExit(f"openapi-python-client: not so: {', '.join(faults)}")
