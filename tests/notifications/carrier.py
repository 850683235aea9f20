"""One worker of the mail: writes the digests that are due and sends what waits, until nothing is left or it is killed.

``python -m tests.notifications.carrier MOMENT``: the moment that it takes for now, in ISO 8601.
"""

import sys
from datetime import datetime


def main() -> None:
    import django

    django.setup()
    from notifications import following, outbox

    now = datetime.fromisoformat(sys.argv[1])
    for follower in following.due_for_digest(now):
        following.write_digest(follower, now=now)
    for mail in outbox.waiting(now):
        outbox.send(mail, now=now)


if __name__ == "__main__":
    main()
