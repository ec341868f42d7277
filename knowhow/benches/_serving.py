"""What running processes see while versions are published, moved and removed beside them.

They look without a model: is what is visible whole, is the champion there, and when did they know?
"""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from knowhow.benches.crash.processes import end, received, start
from knowhow.benches.crash.publishing import AGENT, Life
from knowhow_memory.errors import ConflictError, InternalError, KnowhowError

LIMIT_S = 600.0
"""A process that has waited so long for a move waits in vain."""


@dataclass
class Watched:
    looks: int = 0
    partial: list[str] = field(default_factory=list)
    """What was visible and not whole, or named champion and not there."""
    seen_at: dict[int, float] = field(default_factory=dict)
    """Revision → when it was first seen, on the clock that all processes share."""


def race(root: Path, refs: Sequence[str], rounds: int) -> list[int]:
    """Two processes promote different versions from the same revision; how many won each round."""
    first = _revision(root)
    rivals = [start(_promote_each, root, refs[i : i + 2], first, rounds) for i in (0, 2)]
    won = [message for _, pipe in rivals for message in received(pipe)]
    codes = [end(process) for process, _ in rivals]
    if any(codes) or len(won) < len(rivals):
        raise InternalError("a process that promotes failed: see stderr")
    return [sum(number in wins for wins in won) for number in range(rounds)]


def _promote_each(
    pipe: Connection, root: Path, refs: Sequence[str], first: int, rounds: int
) -> None:
    from knowhow_adapters.registry.registry import Registry

    registry, wins = Registry(root), set()
    for number in range(rounds):
        _await(root, first + number)
        try:
            registry.promote(
                AGENT, refs[number % 2], expect_revision=first + number, cause="a race"
            )
            wins.add(number)
        except ConflictError:
            continue
    pipe.send(wins)


def watch_moves(
    life: Life, root: Path, numbers: Sequence[int]
) -> tuple[Watched, dict[int, float], list[int]]:
    """Publish, promote, roll back and prune while another process looks; when each move returned,
    and which of them were rollbacks."""
    from knowhow_adapters.registry.registry import Registry

    registry = Registry(root)
    moved_at, rollbacks = {}, []
    last = _revision(root) + 2 * len(numbers)
    process, pipe = start(_watch, root, last)
    pipe.recv()  # it looks from now on
    for number in numbers:
        life.publish_one(registry, number)
        life.promote_one(registry, number)
        revision = registry.rollback(AGENT, cause="a bench").revision
        moved_at[revision] = time.monotonic()
        rollbacks.append(revision)
        registry.forget(AGENT)
    told = received(pipe)
    if end(process) or not told:
        raise InternalError("the process that watches failed: see stderr")
    return told[0], moved_at, rollbacks


def _watch(pipe: Connection, root: Path, last: int) -> None:
    from knowhow_adapters.registry import versions
    from knowhow_adapters.registry.registry import Registry

    registry, watched = Registry(root), Watched()
    pipe.send("ready")
    deadline = time.monotonic() + LIMIT_S
    while last not in watched.seen_at:
        if time.monotonic() > deadline:
            raise InternalError(f"revision {last} never came")
        aliases = registry.aliases(AGENT)
        watched.seen_at.setdefault(aliases.revision, time.monotonic())
        watched.looks += 1
        for ref in registry.refs(AGENT):
            try:
                versions.check(registry.folder_of(ref))
            except KnowhowError as error:
                if registry.folder_of(ref).exists():  # else it was removed meanwhile
                    watched.partial.append(str(error))
        if aliases.champion and not registry.folder_of(aliases.champion).exists():
            watched.partial.append(f"the champion {aliases.champion!r} is not there")
    pipe.send(watched)


def time_commands(root: Path, runs: int) -> list[float]:
    """Seconds that whole `knowhow adapters rollback` processes take."""
    from knowhow_adapters.registry.registry import Registry

    registry, seconds = Registry(root), []
    environment = os.environ | {"KNOWHOW_MEMORY__LOCATION": str(root.parent)}
    arguments = [sys.executable, "-m", "knowhow", "adapters", "rollback", AGENT, "--json"]
    for _ in range(runs):
        aliases = registry.aliases(AGENT)
        ref = next(ref for ref in registry.refs(AGENT) if ref != aliases.champion)
        registry.promote(AGENT, ref, expect_revision=aliases.revision, cause="a bench")
        begin = time.perf_counter()
        subprocess.run(arguments, env=environment, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
        seconds.append(time.perf_counter() - begin)
        if registry.champion(AGENT) != aliases.champion:
            raise InternalError("the rollback is not seen")
    return seconds


def _revision(root: Path) -> int:
    from knowhow_adapters.registry.registry import Registry

    return Registry(root).aliases(AGENT).revision


def _await(root: Path, revision: int) -> None:
    from knowhow_adapters.registry.registry import Registry

    registry, deadline = Registry(root), time.monotonic() + LIMIT_S
    while registry.aliases(AGENT).revision < revision:
        if time.monotonic() > deadline:
            raise InternalError(f"revision {revision} never came")
