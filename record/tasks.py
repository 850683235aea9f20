"""Background work of the record."""

import logging

from celery import shared_task

from record import verify

logger = logging.getLogger(__name__)


@shared_task
def verify_record() -> None:
    """Changes nothing; each fault is an ERROR in the log, which the operator watches."""
    for fault in verify.verify_record():
        logger.error("record: %s", fault)
