"""What can happen to an operation on its way to the disk: it is written down, or it goes wrong.

`Recorder` keeps everything for a later power cut. `Breakdown` lets the n-th operation be the last
one of this process, or the one that the disk refuses. Knows nothing about the store.
"""

import errno
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from knowhow.benches.crash import python_files, vfs
from knowhow.benches.crash.operations import Kind, Operation, Role, Tap

Perform = Callable[[Operation], None]


class Mishap(StrEnum):
    """What goes wrong at a failpoint."""

    CRASH_BEFORE = "crash_before"
    CRASH_HALFWAY = "crash_halfway"
    CRASH_AFTER = "crash_after"
    IO_ERROR = "io_error"
    DISK_FULL = "disk_full"


ERRNO = {Mishap.IO_ERROR: errno.EIO, Mishap.DISK_FULL: errno.ENOSPC}
GROWING = (Kind.CREATE, Kind.MAKE_FOLDER, Kind.WRITE)
"""A full disk refuses these; syncing, shortening and deleting go on."""


class Recorder:
    """Writes the operations down, each file under an identity of its own.

    The inode would not do: a deleted file's number is given out again. What else has to be kept in
    order with them is noted in between.
    """

    def __init__(self) -> None:
        self.steps: list[Any] = []
        self._identities: dict[int, int] = {}
        self._lock = threading.RLock()

    def note(self, remark: object) -> None:
        with self._lock:
            self.steps.append(remark)

    def through(self, operation: Operation, perform: Perform) -> None:
        with self._lock:
            perform(operation)
            inode = operation.file
            if operation.kind is Kind.CREATE:
                inode = operation.path.stat().st_ino
                self._identities[inode] = len(self.steps) + 1
            self.steps.append(replace(operation, file=self._identities.get(inode, 0)))


class Breakdown:
    """Something goes wrong at the n-th operation after `arm` (from 1); 0 only keeps `asked`.

    A disk that is full stays full until `disarm`; an I/O error comes once.
    """

    def __init__(self) -> None:
        self.asked: list[tuple[Role, Kind]] = []
        self._armed = False
        self._at = 0
        self._mishap = Mishap.IO_ERROR
        self._full = False
        self._lock = threading.RLock()

    def arm(self, at: int, mishap: Mishap) -> None:
        self._armed, self._at, self._mishap = True, at, mishap

    def disarm(self) -> None:
        self._armed = self._full = False

    def through(self, operation: Operation, perform: Perform) -> None:
        with self._lock:
            if not self._armed:
                perform(operation)
                return
            self.asked.append((operation.role, operation.kind))
            if len(self.asked) == self._at:
                self._strike(operation, perform)
            elif self._full and operation.kind in GROWING:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            else:
                perform(operation)

    def _strike(self, operation: Operation, perform: Perform) -> None:
        match self._mishap:
            case Mishap.CRASH_BEFORE:
                die()
            case Mishap.CRASH_HALFWAY:
                perform(replace(operation, data=operation.data[: len(operation.data) // 2]))
                die()
            case Mishap.CRASH_AFTER:
                perform(operation)
                die()
            case Mishap.DISK_FULL:
                self._full = True
        if operation.kind is Kind.WRITE:
            perform(replace(operation, data=operation.data[: len(operation.data) // 2]))
        code = ERRNO[self._mishap]
        raise OSError(code, os.strerror(code), str(operation.path))


def observe(tap: Tap, folder: Path) -> None:
    """Put the tap in front of SQLite's and of Python's files. There is no way back."""
    vfs.install(tap)
    python_files.install(tap, folder)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
