"""A short life of a store, step by step, and the portrait of what it holds after each.

Every kind of change occurs once. A portrait leaves out what differs from run to run (random ids,
times, keys), so two runs that got equally far give equal portraits. It is read with SQLite alone.
"""

import contextlib
import hashlib
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from knowhow.benches.crash.clients import EMBEDDER
from knowhow_memory import backup, derived
from knowhow_memory.database import DATABASE_FILE, Database
from knowhow_memory.head import COUNTERS
from knowhow_memory.memory import Memory
from knowhow_memory.models import DecisionCreate, OutcomeCreate

STORE = "store"
BACKUP = "backups/monday.db"
LEAVER = "principal-who-leaves"
RANDOM_COLUMNS = {
    "id", "decision_id", "outcome_id", "checksum", "created_at", "recorded_at", "occurred_at"
}  # fmt: skip
RANDOM_FACTS = ("store_id", "secret", COUNTERS)
SIDE_FILES = ("-journal", "-wal")


@dataclass
class Life:
    """`ids` carries what a later step needs to know, so that each step can be lived alone."""

    folder: Path
    ids: dict[str, str] = field(default_factory=dict)
    memory: Memory = field(init=False)
    is_open: bool = False

    def open(self) -> None:
        derived.SAVE_AFTER_CHANGES = 1  # so that a small store saves its index, too
        self.memory = Memory.open(self.folder / STORE, embedder=EMBEDDER)
        self.is_open = True

    def decide(self) -> None:
        decision = DecisionCreate(
            problem="how far is the moon?", cause="estimate", arm="astronomer", propensity=0.25
        )
        self.ids["decision"] = self.memory.decide(decision).id

    def record(self) -> None:
        self.ids["first"] = self.memory.record(outcome("first")).id

    def answer(self) -> None:
        self.memory.record(OutcomeCreate(decision_id=self.ids["decision"], reward=1.0))

    def record_many(self) -> None:
        news = [outcome(f"many {n}", principal=LEAVER if n % 2 else None) for n in range(6)]
        self.ids["one of many"] = self.memory.record_many(news)[2].id

    def correct(self) -> None:
        self.memory.correct(self.ids["first"], reward=0.25)

    def undo(self) -> None:
        self.memory.undo(self.ids["one of many"])

    def record_elsewhere(self) -> None:
        self.memory.record(outcome("elsewhere", tenant="other house"))

    def save_index(self) -> None:
        self.memory.check()
        self.memory.derived.save()

    def back_up(self) -> None:
        backup.backup(self.memory.database, self.folder / BACKUP)

    def purge(self) -> None:
        self.memory.purge(principal=LEAVER)

    def replace_backup(self) -> None:
        self.back_up()

    def record_after_backup(self) -> None:
        self.memory.record(outcome("after the backup"))

    def close(self) -> None:
        self.memory.check()
        self.is_open = False
        self.memory.close()

    def restore(self) -> None:
        backup.restore(self.folder / BACKUP, Database(self.folder / STORE))


STEPS: tuple[Callable[[Life], None], ...] = (
    Life.open,
    Life.decide,
    Life.record,
    Life.answer,
    Life.record_many,
    Life.correct,
    Life.undo,
    Life.save_index,
    Life.back_up,
    Life.record_elsewhere,
    Life.purge,
    Life.replace_backup,
    Life.record_after_backup,
    Life.close,
    Life.restore,
)
ON_A_CLOSED_STORE = (Life.open, Life.restore)


def outcome(name: str, *, tenant: str = "default", principal: str | None = None) -> OutcomeCreate:
    return OutcomeCreate(
        problem=f"how to do {name}",
        arm="planner::greedy",
        reward=0.5,
        tenant=tenant,
        principal=principal,
        content_id=name,
        trajectory=[{"step": 1, "text": name * 800}],
    )


def portrait(folder: Path) -> str:
    """What the store and its backup hold. Reads copies, so that looking changes nothing."""
    backup_file = folder / BACKUP
    parts = [_portrait_of(folder / STORE / DATABASE_FILE)]
    parts.append(_portrait_of(backup_file) if backup_file.exists() else "no backup")
    return " | ".join(parts)


def _portrait_of(database: Path) -> str:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / database.name
        for suffix in ("", *SIDE_FILES):
            file = database.with_name(database.name + suffix)
            if file.exists():
                shutil.copyfile(file, copy.with_name(file.name))
        with contextlib.closing(sqlite3.connect(copy)) as connection:
            tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            lines = [f"{name}: {_rows(connection, name)}" for (name,) in sorted(tables)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _rows(connection: sqlite3.Connection, table: str) -> list[str]:
    cursor = connection.execute(f'SELECT * FROM "{table}"')  # noqa: S608  from sqlite_master
    names = [column[0] for column in cursor.description]
    shown = [i for i, name in enumerate(names) if name not in RANDOM_COLUMNS]
    rows = [str([row[i] for i in shown]) for row in cursor if row[0] not in RANDOM_FACTS]
    return sorted(rows)
