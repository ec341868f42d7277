"""The words for what a program asks of a disk, and the tap through which it asks.

An `Operation` is one change of one file or folder. A `Tap` sits in front of the real disk: every
operation goes through it, and what it does there (write it down, stop the process, refuse) is the
whole difference between the crash benches. Knows nothing about SQLite or about what is stored.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol


class Kind(StrEnum):
    CREATE = "create"
    WRITE = "write"
    TRUNCATE = "truncate"
    SYNC = "sync"
    DELETE = "delete"
    RENAME = "rename"
    LINK = "link"
    MAKE_FOLDER = "make_folder"
    REMOVE_FOLDER = "remove_folder"
    SYNC_FOLDER = "sync_folder"


class Role(StrEnum):
    """On whose behalf the disk is asked; a missing fsync is tried out for each of them."""

    DATABASE = "database"
    JOURNAL = "journal"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Operation:
    """One change; `file` is the file's identity, which a rename does not alter."""

    kind: Kind
    role: Role
    path: Path
    file: int = 0
    offset: int = 0
    data: bytes = b""
    size: int = 0
    target: Path | None = None


class Tap(Protocol):
    def through(self, operation: Operation, perform: Callable[[Operation], None]) -> None:
        """Do it, or raise the OSError that the disk would answer with, or end the process."""
