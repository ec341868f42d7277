"""What happened in a story, a JSON line each, in a file that is only added to.

A story that was stopped reads it and goes on. Knows nothing about what is told.
"""

import json
from pathlib import Path
from typing import Any

import knowhow


class Diary:
    def __init__(self, path: Path, played: dict[str, Any]) -> None:
        self._path = path
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._write({"played": played})
        kept, _, torn = path.read_text().rpartition("\n")
        if torn:  # the power went while it was written
            path.write_text(f"{kept}\n")
        first, *self.rows = [json.loads(line) for line in kept.splitlines()]
        if first["played"] != played:
            raise knowhow.KnowhowError(
                f"{str(path)!r} holds another run, {first['played']}: go on with the same "
                "options, or give another --store"
            )

    def add(self, row: dict[str, Any]) -> None:
        self.rows.append(row)
        self._write(row)

    def _write(self, row: dict[str, Any]) -> None:
        with self._path.open("a") as file:
            file.write(json.dumps(row) + "\n")
