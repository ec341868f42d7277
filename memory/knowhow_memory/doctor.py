"""Is the store well? Each finding says what was looked at, how it is, and what to do."""

import shutil
import sqlite3
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sqlalchemy import Connection, func, select, text

from knowhow_memory.audit import audit
from knowhow_memory.database import RESTORE_HINT, WAL_FIXED_IN, Database, wal_is_safe
from knowhow_memory.errors import KnowhowError
from knowhow_memory.memory import Memory
from knowhow_memory.tables import DECISION, EMBEDDING, OUTCOME, PROBLEM, TENANT

LOW_SPACE_BYTES = 500 * 2**20


class State(StrEnum):
    GOOD = "good"
    NOTE = "note"
    BAD = "bad"


@dataclass(frozen=True)
class Finding:
    what: str
    state: State
    detail: str
    advice: str = ""


def examine(memory: Memory) -> list[Finding]:
    """Everything, including a full read of the database: for a person, not for every start."""
    database = memory.database
    findings = [_engine(database), _integrity(database), *_sizes(database)]
    findings.append(_embedder(memory))
    if all(finding.state is not State.BAD for finding in findings):
        findings.append(_index(memory))
    if database.path is not None:
        findings.append(_space(database.path.parent))
    return findings


def _engine(database: Database) -> Finding:
    with database.reading() as connection:
        if not database.is_sqlite:
            return _postgres(connection, database.name)
        journal = connection.scalar(text("PRAGMA journal_mode"))
        synchronous = connection.scalar(text("PRAGMA synchronous"))
    detail = f"SQLite {sqlite3.sqlite_version}, journal {journal}, synchronous {synchronous}"
    if synchronous < 2:
        return Finding("database", State.BAD, detail, "synchronous must be FULL (2)")
    if journal == "wal" and not wal_is_safe():
        return Finding(
            "database", State.BAD, detail, "this SQLite may lose pages in WAL mode: close all users"
        )
    if not wal_is_safe():
        fixed = ".".join(map(str, WAL_FIXED_IN))
        note = f"safe; with SQLite {fixed} or newer commits would take a quarter of the time"
        return Finding("database", State.NOTE, detail, note)
    return Finding("database", State.GOOD, detail)


def _postgres(connection: Connection, name: str) -> Finding:
    shown = {
        setting: connection.scalar(text(f"SHOW {setting}"))
        for setting in ("server_version", "fsync", "synchronous_commit", "full_page_writes")
    }
    detail = f"PostgreSQL {shown.pop('server_version')} at {name}"
    off = [setting for setting, value in shown.items() if value == "off"]
    if off:
        advice = "set it to 'on', or a power cut loses outcomes"
        return Finding("database", State.BAD, f"{detail}, {' and '.join(off)} off", advice)
    return Finding("database", State.GOOD, detail)


def _integrity(database: Database) -> Finding:
    try:
        seq = audit(database)
    except KnowhowError as error:
        return Finding("integrity", State.BAD, str(error), RESTORE_HINT)
    return Finding("integrity", State.GOOD, f"all as it was written, up to event {seq:,}")


def _sizes(database: Database) -> list[Finding]:
    tables = {"outcome events": OUTCOME, "decisions": DECISION, "problems": PROBLEM}
    tables |= {"vectors": EMBEDDING, "tenants": TENANT}
    with database.reading() as connection:
        counts = {
            name: connection.scalar(select(func.count()).select_from(table)) or 0
            for name, table in tables.items()
        }
    detail = ", ".join(f"{count:,} {name}" for name, count in counts.items())
    findings = [Finding("contents", State.GOOD, detail)]
    if database.path is not None:
        size = database.path.stat().st_size / 2**20
        findings.append(Finding("size", State.GOOD, f"{size:,.1f} MiB in {str(database.path)!r}"))
    return findings


def _embedder(memory: Memory) -> Finding:
    name, stored = memory.facts.embedder_name, memory.facts.embedder
    try:
        fingerprint = memory.embedder.fingerprint
    except KnowhowError as error:
        return Finding("embedder", State.BAD, str(error), "set embedder.model to what is installed")
    detail = f"{name}, fingerprint {stored[:12]}"
    if fingerprint != stored:
        advice = "run `knowhow db reembed`"
        return Finding("embedder", State.BAD, f"{detail}, installed {fingerprint[:12]}", advice)
    return Finding("embedder", State.GOOD, detail)


def _index(memory: Memory) -> Finding:
    check = memory.check()
    detail = f"{check.indexed:,} of {check.problems:,} problems"
    if memory.derived.rebuilt_because:
        detail += f", rebuilt now: {memory.derived.rebuilt_because}"
    if check.ok:
        return Finding("index", State.GOOD, detail)
    return Finding("index", State.BAD, detail, "delete the index file: it is rebuilt from the rows")


def _space(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    detail = f"{free / 2**30:,.1f} GiB free in {str(folder)!r}"
    if free < LOW_SPACE_BYTES:
        return Finding("space", State.NOTE, detail, "free some space before the disk is full")
    return Finding("space", State.GOOD, detail)
