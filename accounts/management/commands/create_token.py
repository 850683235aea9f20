"""Make an API token for an account, and print it: the only time that it can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import SCOPE_CHOICES, User
from accounts.tokens import make_token
from common.refusals import Refused

if TYPE_CHECKING:
    from argparse import ArgumentParser

SCOPES = [scope for scope, _label in SCOPE_CHOICES]


class Command(BaseCommand):
    help = "Make an API token for an account and print it once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", help="login of the account")
        parser.add_argument("--scope", action="append", choices=SCOPES, required=True, help="what it may do; can be given several times")
        parser.add_argument("--days", type=int, default=None, help="days until it ends; without them it does not")
        parser.add_argument("--name", default="made by the operator", help="what it is for")

    def handle(self, *_args: object, **options: Any) -> None:
        user = User.objects.filter(username=options["user"], is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active account {options['user']!r}.")
        try:
            _token, text = make_token(user=user, name=options["name"], scopes=options["scope"], days=options["days"], verified=True)
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(text)
