"""Background work of the accounts."""

from celery import shared_task
from django.core.management import call_command
from django.utils import timezone

from accounts import idempotency
from accounts.models import User
from accounts.services import mail_invitation, mail_password_reset


@shared_task(autoretry_for=(OSError,), retry_backoff=30, max_retries=8)
def send_invitation(user_id: int) -> None:
    """A second run sends a second mail with a fresh address, which does no harm."""
    user = User.objects.filter(pk=user_id, is_active=True).exclude(email="").first()
    if user and not user.has_usable_password():
        mail_invitation(user)


@shared_task(autoretry_for=(OSError,), retry_backoff=30, max_retries=8)
def send_password_reset(user_id: int) -> None:
    """A second run sends a second mail, which does no harm."""
    user = User.objects.filter(pk=user_id, is_active=True).exclude(email="").first()
    if user:
        mail_password_reset(user)


@shared_task
def clear_sessions() -> None:
    call_command("clearsessions")


@shared_task
def forget_answers() -> None:
    idempotency.forget(timezone.now())
