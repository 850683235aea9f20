"""The seven calls by the Python client that openapi-generator makes."""

from __future__ import annotations

import importlib
import os
from http import HTTPStatus
from typing import Any

made: Any = importlib.import_module("openapi_client")
client = made.ApiClient(made.Configuration(host=os.environ["ADDRESS"]))
milestones = made.MilestonesApi(client)


def refused(call: Any, **options: Any) -> int:
    try:
        call(**options)
    except made.ApiException as error:
        return int(error.status)
    return 0


listed = milestones.milestones_list(series=["AF-FORUM"], lang="en")
answers = {
    "position": made.RootApi(client).root().position > 0,
    "count": listed.count == len([milestone.title for milestone in listed.results]) == len(range(2024, 2031)),
    "precision": milestones.milestones_detail(code="AF-03").baseline_due.precision == "year",
    "missing": refused(milestones.milestones_detail, code="NO-1") == HTTPStatus.NOT_FOUND,
    "milestones": made.SummaryApi(client).summary().counts.milestones > 0,
    "event": made.ChangesApi(client).changes(limit=1).results[0].type == "roadmap.loaded",
    "me": refused(made.AccountApi(client).me) == HTTPStatus.UNAUTHORIZED,
}
if faults := [name for name, good in answers.items() if not good]:
    raise SystemExit(f"openapi-generator: not so: {', '.join(faults)}")
