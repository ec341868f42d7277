"""kill -9 under load, again and again on the same store.

Client processes write with several threads until they are killed at a random moment; then the store
is opened and held against what the clients had been promised. Every other time there are two
processes, and the second goes on writing over what the first left behind.
"""

import contextlib
import random
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from knowhow.benches.crash.clients import EMBEDDER, Client
from knowhow.benches.crash.inspection import inspect
from knowhow.benches.crash.ledger import Findings, Ledger, Note
from knowhow.benches.crash.processes import end, received, start

THREADS = 3
LIVES = 20
"""Opened, written to and killed so often, one store after the other."""
MOST_NOTES = 40
"""A process lives until it has said 0 to this many things, and some milliseconds more."""
LAST_WORDS_S = 0.01
PATIENCE_S = 60.0
INDEX_EVERY = 8
"""Actions of a thread between two index files: saving has to be hit by some of the kills."""


@dataclass
class Tally:
    kills: int = 0
    confirmations: int = 0
    findings: Findings = field(default_factory=Findings)


def kill_repeatedly(folder: Path, *, kills: int, seed: int, report: Callable[[str], None]) -> Tally:
    rng = random.Random(seed)
    tally = Tally()
    while tally.kills < kills:
        store = folder / f"store-{tally.kills}"
        ledger = Ledger()
        for life in range(LIVES):
            _one_life(store, f"{seed}-{life}", 1 + life % 2, ledger, rng, tally)
            tally.findings.add(inspect(store, ledger))
            report(f"kill -9: {tally.kills} of {kills}")
            if tally.kills >= kills:
                break
        tally.confirmations += ledger.confirmations
    return tally


def _one_life(
    store: Path, name: str, count: int, ledger: Ledger, rng: random.Random, tally: Tally
) -> None:
    """Start processes and kill one after the other, each at a moment of its own."""
    alive = [start(write_until_killed, store, f"{name}-{number}") for number in range(count)]

    def take(message: Any) -> None:
        if isinstance(message, Note):
            ledger.take(message)
        else:
            tally.findings.damage.append(f"a client heard: {message}")

    while alive:
        process, pipe = alive[0]
        _listen(pipe, [pipe for _, pipe in alive], rng.randrange(MOST_NOTES), take)
        time.sleep(rng.random() * LAST_WORDS_S)
        process.kill()
        for message in received(pipe):
            take(message)
        code = end(process)
        if code == -signal.SIGKILL:
            tally.kills += 1
        else:
            tally.findings.damage.append(f"a process ended by itself: {code}")
        del alive[0]


def _listen(
    own: Connection, pipes: list[Connection], messages: int, take: Callable[[Any], None]
) -> None:
    """Until `own` has said that many things, or nothing any more."""
    deadline = time.monotonic() + PATIENCE_S
    with contextlib.suppress(EOFError):
        while messages > 0 and time.monotonic() < deadline:
            for pipe in wait(pipes, timeout=1):
                assert isinstance(pipe, Connection)
                take(pipe.recv())
                messages -= pipe is own


def write_until_killed(pipe: Connection, store: Path, name: str) -> None:
    from knowhow_memory import derived
    from knowhow_memory.memory import Memory

    derived.SAVE_AFTER_CHANGES = 1
    memory = Memory.open(store, embedder=EMBEDDER)
    speaking = threading.Lock()

    def tell(message: Any) -> None:
        with speaking:
            pipe.send(message)

    def work(client: Client) -> None:
        try:
            while True:
                client.act()
                if client.said % INDEX_EVERY == 0:
                    memory.check()
                    memory.derived.save()
        except Exception as error:
            tell(f"{type(error).__name__}: {error}")
            raise

    clients = [Client(memory, tell, f"{name}-{number}") for number in range(THREADS)]
    threads = [threading.Thread(target=work, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
