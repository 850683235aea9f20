"""Background work of the accounts."""

from celery import shared_task
from django.core.management import call_command
from django.utils import timezone

from accounts import idempotency, services, sign_ins


@shared_task
def send_password_resets(user_ids: list[int]) -> None:
    """A second run sends a second mail, which does no harm."""
    services.send_password_resets(user_ids)


@shared_task
def clear_sessions() -> None:
    call_command("clearsessions")
    sign_ins.forget(timezone.now())


@shared_task
def forget_answers() -> None:
    idempotency.forget(timezone.now())
