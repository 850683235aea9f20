"""Keep a local copy of a roadmap's milestones in SQLite, by following /changes/. Standard library only.

    python sync.py http://localhost:8000 roadmap.sqlite

Run it as often as you like, stop it whenever you like: what was copied and the cursor up to which it was copied are one transaction,
so a run that is cut off is simply done again. Each milestone is kept as the JSON that the server answers at that position of its record.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import urllib.error
import urllib.request
from typing import Any

TABLES = """
CREATE TABLE IF NOT EXISTS cursor (only_one INTEGER PRIMARY KEY CHECK (only_one = 1), value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS milestones (code TEXT PRIMARY KEY, position INTEGER NOT NULL, content TEXT NOT NULL);
"""
PAGE = 500
ONE_BY_ONE = 50
"""More milestones than that at once are cheaper to read as a list."""


class Server:
    def __init__(self, address: str, open_: Any = urllib.request.urlopen) -> None:
        self.base, self.open = f"{address.rstrip('/')}/api/v1", open_

    def read(self, path: str) -> Any:
        """The answer as JSON; None where there is no such thing."""
        try:
            with self.open(f"{self.base}/{path}", timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise

    def all_milestones(self, position: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        page = 1
        while True:
            answer = self.read(f"milestones/?lang=en&page_size={PAGE}&page={page}&at={position}")
            found |= {one["code"]: one for one in answer["results"]}
            if answer["next"] is None:
                return found
            page += 1

    def milestones(self, codes: set[str], position: str) -> dict[str, Any]:
        """These milestones as they stood at a position, in the form that the list has; what was removed is missing."""
        found = {code: self.read(f"milestones/{code}/?lang=en&at={position}") for code in codes}
        return {code: one for code, one in found.items() if one is not None}


def sync(server: Server, database: sqlite3.Connection) -> int:
    """Copy what happened since the last run; returns how many events were read."""
    database.executescript(TABLES)
    row = database.execute("SELECT value FROM cursor").fetchone()
    cursor, seen = row[0] if row else "0", 0
    while True:
        page = server.read(f"changes/?after={cursor}&limit={PAGE}")
        events = page["results"]
        if not events:
            return seen
        cursor = page["next_cursor"]
        touched = {event["milestone"] for event in events}
        # An event that names no milestone can be about many: a load, a baseline, a series, a withdrawal.
        whole = None in touched or len(touched) > ONE_BY_ONE
        now = server.all_milestones(cursor) if whole else server.milestones(touched, cursor)
        with database:
            if whole:
                database.execute("DELETE FROM milestones")
            else:
                database.executemany("DELETE FROM milestones WHERE code = ?", [(code,) for code in touched])
            rows = [(code, one["position"], json.dumps(one, ensure_ascii=False)) for code, one in now.items()]
            database.executemany("INSERT INTO milestones VALUES (?, ?, ?)", rows)
            database.execute("INSERT INTO cursor VALUES (1, ?) ON CONFLICT (only_one) DO UPDATE SET value = excluded.value", (cursor,))
        seen += len(events)


def main() -> None:
    address, path = sys.argv[1:]
    database = sqlite3.connect(path)
    try:
        print(f"{sync(Server(address), database)} events read")
    finally:
        database.close()


if __name__ == "__main__":
    main()
