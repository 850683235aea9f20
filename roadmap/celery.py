"""The Celery application: worker and beat. Tasks live in each app's ``tasks.py``."""

import os

from celery import Celery
from celery.schedules import crontab
from celery.signals import beat_init, worker_init
from django.core.exceptions import ImproperlyConfigured

from common.passing import limit_waiting
from roadmap.checks import refuse_unsafe_start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "roadmap.settings")
app = Celery("roadmap")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    "verify the record each night": {"task": "record.tasks.verify_record", "schedule": crontab(hour="3", minute="10")},
    "look at the addresses of evidence each night": {
        "task": "milestones.tasks.check_evidence_links",
        "schedule": crontab(hour="4", minute="10"),
    },
    "send the mail that waits": {"task": "notifications.tasks.send_waiting_mail", "schedule": 60.0},
    "tell webhooks": {"task": "notifications.tasks.deliver_webhooks", "schedule": 15.0, "options": {"expires": 15}},
    "forget answers that are a day old": {"task": "accounts.tasks.forget_answers", "schedule": crontab(minute="40")},
    "write digests": {"task": "notifications.tasks.write_digests", "schedule": crontab(minute="5")},
    "write reminders": {"task": "notifications.tasks.write_reminders", "schedule": crontab(minute="15")},
    "make the files that wait": {"task": "exports.tasks.make_waiting_exports", "schedule": 60.0},
    "forget old files": {"task": "exports.tasks.forget_exports", "schedule": crontab(minute="50")},
    "forget who never confirmed": {"task": "notifications.tasks.forget", "schedule": crontab(hour="3", minute="50")},
    "forget old sessions each night": {"task": "accounts.tasks.clear_sessions", "schedule": crontab(hour="3", minute="40")},
}


@worker_init.connect
def limit(**_signal: object) -> None:
    limit_waiting(statements=False)


@worker_init.connect
@beat_init.connect
def refuse_unsafe(**_signal: object) -> None:
    """Celery swallows what a signal's receiver raises, except an exit."""
    try:
        refuse_unsafe_start()
    except ImproperlyConfigured as error:
        raise SystemExit(str(error)) from error
