"""The health checks of the containers: ``python -m deploy.health answers /readyz`` and ``… ticks``.

They say what is wrong on the standard output, which the container engine keeps, and end with 1.
The standard library is all they use: they run twice a minute, and loading Django would cost more
than what they look at.
"""

from __future__ import annotations

import os
import sys
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path

ANSWER_SECONDS = 4
OK = 200
# The scheduler wakes up every minute (``--max-interval``); two missed turns may be a busy machine.
PULSE_SECONDS = 180


def answers(path: str) -> str:
    """Empty when the server here answers 200, else what it did.

    The host is the first of ``ALLOWED_HOSTS``, since Django refuses any other.
    """
    host = os.environ.get("ALLOWED_HOSTS", "").split(",")[0].strip().lstrip(".")
    port = int(os.environ["BIND"].rpartition(":")[2])
    connection = HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", path, headers={"Host": host or "localhost"})
        response = connection.getresponse()
        said = response.read(500).decode(errors="replace")
    except (OSError, HTTPException) as error:
        return f"{path} does not answer: {error!r}"
    finally:
        connection.close()
    return "" if response.status == OK else f"{path} answers {response.status}: {said}"


def pulse() -> Path:
    """The file that the scheduler touches after each turn."""
    return Path(os.environ["VAR_DIR"]) / "beat-ticked"


def ticks() -> str:
    """Empty when the scheduler took a turn of late, else since when it has not.

    That its process is there would say nothing: the container ends with it.
    """
    try:
        age = time.time() - pulse().stat().st_mtime
    except FileNotFoundError:
        return "the scheduler has not taken a turn yet"
    return "" if age < PULSE_SECONDS else f"the scheduler took its last turn {age:.0f} s ago"


def main(arguments: list[str]) -> str:
    match arguments:
        case ["answers", path]:
            return answers(path)
        case ["ticks"]:
            return ticks()
    return "usage: python -m deploy.health answers PATH | ticks"


if __name__ == "__main__":
    fault = main(sys.argv[1:])
    sys.stdout.write(f"{fault}\n" if fault else "")
    sys.exit(1 if fault else 0)
