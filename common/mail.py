"""Mail as apps below the outbox write it, and whose mailbox an address is."""

from __future__ import annotations

from typing import Any

from django.core.mail import EmailMessage


class KeyedMessage(EmailMessage):
    """A mail with the ``key`` under which the outbox writes the same only once."""

    def __init__(self, *args: Any, key: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.key = key


def mailbox_of(address: str) -> str:
    """The mailbox that an address leads to, as far as the address tells: ``A.Name+list@`` is ``aname@``.

    For counting only: a few addresses of different people may come out as one.
    """
    local, _at, host = address.lower().rpartition("@")
    return f"{local.partition('+')[0].replace('.', '')}@{'gmail.com' if host == 'googlemail.com' else host}"
