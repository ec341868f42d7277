"""Holds a store that was opened again against what was promised.

Uses the store's public face, and reads the database once more past it with nothing but SQLite.
"""

import contextlib
import sqlite3
from pathlib import Path

from knowhow.benches.crash.clients import EMBEDDER
from knowhow.benches.crash.ledger import Findings, Ledger
from knowhow_memory.database import DATABASE_FILE
from knowhow_memory.errors import KnowhowError
from knowhow_memory.memory import Memory


def inspect(folder: Path, ledger: Ledger) -> Findings:
    """What is wrong with the store; afterwards the ledger says what the store says."""
    try:
        with Memory.open(folder, embedder=EMBEDDER) as memory:
            live = [(outcome.content_id or "", outcome.reward) for outcome in memory.outcomes()]
            checked = memory.check()
    except KnowhowError as error:
        return Findings(damage=[f"{type(error).__name__}: {error}"])
    findings = ledger.compare(live)
    ledger.settle(live)
    if not checked.ok:
        findings.damage.append(f"the index is not the rows: {checked}")
    if checked.outcomes != len(live):
        findings.damage.append(f"{checked.outcomes} outcomes are counted, {len(live)} are listed")
    findings.damage += integrity_faults(folder / DATABASE_FILE)
    return findings


def integrity_faults(database: Path) -> list[str]:
    with contextlib.closing(sqlite3.connect(database)) as connection:
        lines = connection.execute("PRAGMA integrity_check").fetchall()
        lines += connection.execute("PRAGMA foreign_key_check").fetchall()
    return [str(line) for line in lines if line != ("ok",)]
