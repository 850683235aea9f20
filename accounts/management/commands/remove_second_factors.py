"""Remove the second factors of an account: for an administrator who has lost theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.factors import remove_all
from accounts.models import User
from accounts.sign_ins import end_all

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = "Remove the second factors of an account and end its sessions."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", help="login of the account")

    def handle(self, *_args: object, **options: Any) -> None:
        user = User.objects.filter(username=options["user"]).first()
        if user is None or not remove_all(user, now=timezone.now()):
            raise CommandError(f"There is no account {options['user']!r} with a second factor.")
        end_all(user)
