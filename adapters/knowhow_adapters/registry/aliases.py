"""Which version of an agent serves: one small file, replaced whole, and the story of its moves.

    aliases.json    champion, those before it, shadow, a revision, and the move that led here
    history.jsonl   every move, a line each

A move is made under the agent's lock and only from the revision that its maker had seen. It counts
from the moment the file is replaced; the line in the history follows, and the next to hold the lock
writes one that a crash left out. Readers take no lock: what they read is a whole file. Knows
nothing about what a version is.
"""

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from knowhow_adapters.names import REF
from knowhow_memory import durable
from knowhow_memory.errors import (
    ConflictError,
    StoreBusyError,
    StoreDamagedError,
    StoreError,
)
from knowhow_memory.validation import one_line

ALIASES_FILE, HISTORY_FILE, LOCK_FILE = "aliases.json", "history.jsonl", ".lock"
BACK = 5
"""Champions that can be returned to, one after the other."""
LOCK_LIMIT_S, LOCK_PAUSE_S = 10.0, 0.01
UNSETTLED_NS = 50_000_000
"""A file this young could be replaced again within the same tick of the file system's clock, so its
time does not yet tell it from the next one."""

Kind = Literal[
    "published", "promoted", "rolled back", "withdrawn", "shadowed", "shadow ended", "removed"
]


class Move(BaseModel):
    """What was done to an agent's versions, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    revision: int
    """Of the aliases after it; publishing and removing leave them as they are."""
    move: Kind
    ref: str | None
    """The version it brought forward; None: the bare base."""
    cause: str
    at: AwareDatetime = Field(default_factory=lambda: datetime.now(UTC))


class Aliases(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    revision: int = Field(0, ge=0)
    champion: str | None = Field(None, pattern=REF)
    """None: the bare base serves."""
    former: tuple[str | None, ...] = ()
    """The champions before it, the latest first."""
    shadow: str | None = Field(None, pattern=REF)
    """On trial by a share of the requests."""
    share: float = Field(0.0, ge=0, le=1)
    last: Move | None = None

    @property
    def previous(self) -> str | None:
        return self.former[0] if self.former else None

    @property
    def named(self) -> set[str]:
        """Versions that must stay."""
        return {ref for ref in (self.champion, self.shadow, *self.former) if ref}

    def serving(self, draw: float) -> str | None:
        """The version for one request, by a number drawn evenly from 0 to 1."""
        return self.shadow if self.shadow and draw < self.share else self.champion


class AliasFile:
    """One agent's aliases and history; safe between threads and processes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: tuple[tuple[int, int, int], Aliases] | None = None

    def read(self) -> Aliases:
        """What counts now; costs a `stat` while nothing changes."""
        path = self._folder / ALIASES_FILE
        try:
            status = path.stat()
            mark = (status.st_ino, status.st_mtime_ns, status.st_size)
            if self._seen and self._seen[0] == mark:
                return self._seen[1]
            found = _parse(path.read_bytes(), path)
        except FileNotFoundError:
            return Aliases()
        # The file may have been replaced since the `stat`; then the mark is an old one, and the
        # next reading finds another.
        if time.time_ns() - status.st_mtime_ns > UNSETTLED_NS:
            self._seen = (mark, found)
        return found

    @contextlib.contextmanager
    def locked(self) -> Iterator[Aliases]:
        """The aliases, which nobody else moves until the block ends."""
        durable.make_folder(self._folder)
        with _lock(self._folder / LOCK_FILE):
            aliases = self.read()
            self._settle(aliases)
            yield aliases

    def replace(self, old: Aliases, move: Kind, ref: str | None, cause: str, **new: object) -> None:
        """Make a move; the caller holds the lock."""
        revision = old.revision + 1
        last = Move(revision=revision, move=move, ref=ref, cause=cause)
        aliases = Aliases.model_validate({**dict(old), **new, "revision": revision, "last": last})
        content = aliases.model_dump_json(indent=2).encode()
        durable.write_file(self._folder / ALIASES_FILE, content)
        with contextlib.suppress(StoreError):  # it has happened; the line is caught up on
            self._append(last)

    def note(self, aliases: Aliases, move: Kind, ref: str, cause: str) -> None:
        """Write down what leaves the aliases as they are; the caller holds the lock."""
        self._append(Move(revision=aliases.revision, move=move, ref=ref, cause=cause))

    def history(self) -> list[Move]:
        """Every move, the first one first."""
        last, path = self.read().last, self._folder / HISTORY_FILE
        try:
            lines = path.read_bytes().split(b"\n")[:-1]  # an unfinished line is none
        except FileNotFoundError:
            lines = []
        moves = [_parse_move(line, path) for line in lines]
        return moves if last is None or last in moves else [*moves, last]

    def _settle(self, aliases: Aliases) -> None:
        """Mend what a crash left of the history."""
        path = self._folder / HISTORY_FILE
        content = path.read_bytes() if path.exists() else b""
        whole = content[: content.rfind(b"\n") + 1]
        if whole != content:
            durable.write_file(path, whole)
        if aliases.last and _line(aliases.last) not in whole:
            self._append(aliases.last)

    def _append(self, move: Move) -> None:
        """Unbuffered: a buffer would write the line once more after half of it was refused."""
        path = self._folder / HISTORY_FILE
        new = not path.exists()
        with durable.explain_os_errors(path):
            handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
            try:
                line = _line(move)
                while line:
                    line = line[os.write(handle, line) :]
                os.fsync(handle)
            finally:
                os.close(handle)
            if new:
                durable.sync_folder(self._folder)


def refuse_stale(aliases: Aliases, seen: int, agent: str) -> None:
    """Who decided by what was there must not overwrite what came since."""
    if aliases.revision != seen:
        raise ConflictError(
            f"the versions of {agent!r} have moved since (revision {aliases.revision}, not "
            f"{seen}): look again and decide anew"
        )


@contextlib.contextmanager
def _lock(path: Path) -> Iterator[None]:
    """The system lets go of it when its holder dies."""
    with durable.explain_os_errors(path):
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        deadline = time.monotonic() + LOCK_LIMIT_S
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise StoreBusyError(
                        f"{str(path.parent)!r} is being changed by another process: try again"
                    ) from None
                time.sleep(LOCK_PAUSE_S)
        yield
    finally:
        os.close(handle)


def _line(move: Move) -> bytes:
    return move.model_dump_json().encode() + b"\n"


def _parse(content: bytes, path: Path) -> Aliases:
    try:
        return Aliases.model_validate(json.loads(content))
    except ValidationError as error:
        raise _damaged(path, one_line(error)) from None
    except ValueError as error:
        raise _damaged(path, str(error)) from None


def _parse_move(line: bytes, path: Path) -> Move:
    try:
        return Move.model_validate_json(line)
    except ValidationError as error:
        raise _damaged(path, one_line(error)) from None


def _damaged(path: Path, reason: str) -> StoreDamagedError:
    return StoreDamagedError(
        f"{str(path)!r} is damaged ({reason}): move it away, then promote what shall serve"
    )
