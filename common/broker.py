"""The message broker of `make run`: kombu's folder of files, with a put that cannot be half read.

The stock transport writes a message straight under its final name, so a consumer may pick up
an empty file and lose the task (kombu issue 1551). Here the message is written aside and then
renamed, which is atomic inside one folder.
"""

from __future__ import annotations

import os
import uuid
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from kombu.transport import filesystem
from kombu.utils.json import dumps
from typing_extensions import override

if TYPE_CHECKING:
    from kombu import Connection

LONGEST_WAIT = 0.5  # seconds


class Channel(filesystem.Channel):
    @override
    def _put(self, queue: str, payload: object, **kwargs: object) -> None:  # type: ignore[override] # as in kombu
        folder = Path(self.data_folder_out)
        name = f"{round(monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        aside = folder / f".{name}.part"
        with aside.open("wb") as file:
            file.write(dumps(payload).encode())
            file.flush()
            os.fsync(file.fileno())
        aside.rename(folder / name)


class Transport(filesystem.Transport):
    Channel = Channel

    def drain_events(self, connection: Connection, timeout: float | None = None, **more: object) -> None:
        """Looks up twice a second, so that a worker that is told to stop does so at once."""
        super().drain_events(connection, timeout=min(timeout or LONGEST_WAIT, LONGEST_WAIT), **more)
