"""Tasks are named where they are sent: a name of none would be found out by a worker only."""

import re
from itertools import chain
from pathlib import Path

from roadmap.celery import app

ROOT = Path(__file__).parents[2]
SENT = re.compile(r'\b(?:wake|send)\(\s*"(\w+\.tasks\.\w+)"')


def test_there_is_a_task_of_each_name_that_is_sent_or_stands_in_the_schedule():
    app.loader.import_default_modules()
    sources = (path.read_text() for path in ROOT.glob("*/**/*.py") if "tests" not in path.parts and ".venv" not in path.parts)
    sent = set(chain.from_iterable(map(SENT.findall, sources)))
    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert sent == {
        "accounts.tasks.send_password_resets",
        "exports.tasks.make_export",
        "notifications.tasks.deliver_webhooks",
        "notifications.tasks.send_mail",
    }
    assert sent | scheduled <= set(app.tasks)
