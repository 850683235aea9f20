"""The Celery application: worker and beat. Tasks live in each app's ``tasks.py``."""

import logging.config

from celery import Celery
from celery.schedules import crontab
from celery.signals import beat_init, celeryd_init, setup_logging, worker_init, worker_process_init, worker_ready
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from prometheus_client import start_http_server

from common.passing import limit_waiting
from roadmap.checks import refuse_unsafe_start
from roadmap.telemetry import report

app = Celery("roadmap")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["operations"], related_name="retention")
app.autodiscover_tasks(["operations.backup"])
app.conf.beat_schedule = {
    "verify the record each night": {"task": "record.tasks.verify_record", "schedule": crontab(hour="3", minute="10")},
    "sign a checkpoint when the record has moved": {
        "task": "record.tasks.publish_checkpoint",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "look at the addresses of evidence each night": {
        "task": "milestones.tasks.check_evidence_links",
        "schedule": crontab(hour="4", minute="10"),
    },
    "send the mail that waits": {"task": "notifications.tasks.send_waiting_mail", "schedule": 60.0},
    "tell webhooks": {"task": "notifications.tasks.deliver_webhooks", "schedule": 15.0, "options": {"expires": 15}},
    "forget answers that are a day old": {"task": "accounts.tasks.forget_answers", "schedule": crontab(minute="40")},
    "write digests": {"task": "notifications.tasks.write_digests", "schedule": crontab(minute="5")},
    "write reminders": {"task": "notifications.tasks.write_reminders", "schedule": crontab(minute="15")},
    "make the files that wait": {"task": "exports.tasks.make_waiting_exports", "schedule": 60.0, "options": {"expires": 60}},
    "forget old files": {"task": "exports.tasks.forget_exports", "schedule": crontab(minute="50")},
    "forget who never confirmed": {"task": "notifications.tasks.forget", "schedule": crontab(hour="3", minute="50")},
    "forget what is old each night": {"task": "operations.retention.forget_what_is_old", "schedule": crontab(hour="3", minute="30")},
    "forget old sessions each night": {"task": "accounts.tasks.clear_sessions", "schedule": crontab(hour="3", minute="40")},
}
BY_DAY = {"expires": 12 * 3600}
"""Work of a night that nobody took is not done by day."""
if settings.BACKUP_TO:
    app.conf.beat_schedule |= {
        "back up each night": {
            "task": "operations.backup.tasks.make_backup",
            "schedule": crontab(hour="2", minute="10"),
            "options": BY_DAY,
        },
        "rehearse a restore each week": {
            "task": "operations.backup.tasks.rehearse_restore",
            "schedule": crontab(hour="4", minute="40", day_of_week="sunday"),
            "options": BY_DAY,
        },
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


@celeryd_init.connect
@setup_logging.connect
def log_as_all_do(**_signal: object) -> None:
    """Celery has forms of its own for its lines, unless somebody answers the second; it warns between the first and that."""
    logging.config.dictConfig(settings.LOGGING)
    logging.captureWarnings(True)  # noqa: FBT003 - the name of the argument is not ours


@worker_process_init.connect
def report_from_worker(**_signal: object) -> None:
    report("worker")


@worker_ready.connect
def answer_watchers(**_signal: object) -> None:
    """What this worker counts of its work; figures of the database are asked of ``web``, so that nothing here needs one."""
    from common.metrics import Counted, together  # noqa: PLC0415 - the settings decide how it counts

    host, _colon, port = settings.METRICS_BIND.rpartition(":")
    if port:
        start_http_server(int(port), host or "127.0.0.1", registry=together(Counted()))
