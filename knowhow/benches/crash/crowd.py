"""Many writers in several processes on one store, and nobody crashes: do they get along?

Each writer records outcomes one by one and keeps when it asked, when it was answered and which
sequence number it got.
"""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path

from knowhow.benches.crash.clients import ARMS, EMBEDDER
from knowhow.benches.crash.processes import end, start
from knowhow_memory.memory import Memory
from knowhow_memory.models import OutcomeCreate

PROCESSES = 4
THREADS = 8
PROBLEMS = 500
REPORT_EVERY = 100


@dataclass(frozen=True)
class Answer:
    asked: float
    answered: float
    seq: int


@dataclass
class Tally:
    writers: int = PROCESSES * THREADS
    answers: list[Answer] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    seconds: float = 0.0
    rows: int = 0
    consecutive: bool = False
    overtaken: int = 0


def crowd(store: Path, *, each: int, report: Callable[[str], None]) -> Tally:
    Memory.open(store, embedder=EMBEDDER).close()
    tally = Tally()
    began = time.monotonic()
    writers = [start(write, store, number, each) for number in range(PROCESSES)]
    pipes = [pipe for _, pipe in writers]
    while pipes:
        for pipe in wait(pipes):
            assert isinstance(pipe, Connection)
            try:
                message = pipe.recv()
            except EOFError:
                pipes.remove(pipe)
                pipe.close()
                continue
            (tally.answers if isinstance(message, Answer) else tally.errors).append(message)
            if len(tally.answers) % REPORT_EVERY == 0:
                report(f"crowd: {len(tally.answers):,} of {tally.writers * each:,}")
    tally.seconds = time.monotonic() - began
    for process, _ in writers:
        end(process)
    with Memory.open(store, embedder=EMBEDDER) as memory:
        tally.rows = memory.count()
    seqs = sorted(answer.seq for answer in tally.answers)
    tally.consecutive = seqs == list(range(1, len(seqs) + 1))
    tally.overtaken = overtaken(tally.answers)
    return tally


def overtaken(answers: Iterable[Answer]) -> int:
    """How many were asked only after a later number had been given out and answered."""
    count = 0
    earliest = float("inf")
    for answer in sorted(answers, key=lambda answer: -answer.seq):
        count += earliest < answer.asked
        earliest = min(earliest, answer.answered)
    return count


def write(pipe: Connection, store: Path, process: int, each: int) -> None:
    memory = Memory.open(store, embedder=EMBEDDER)
    speaking = threading.Lock()

    def tell(message: object) -> None:
        with speaking:
            pipe.send(message)

    def work(thread: int) -> None:
        for number in range(each):
            new = OutcomeCreate(
                problem=f"problem {(number * THREADS + thread) % PROBLEMS}",
                arm=ARMS[number % len(ARMS)],
                reward=number % 2,
                content_id=f"{process}-{thread}-{number}",
            )
            asked = time.monotonic()
            try:
                seq = memory.record(new).seq
            except Exception as error:  # noqa: BLE001  any error that a caller hears is counted
                tell(f"{type(error).__name__}: {error}")
            else:
                tell(Answer(asked, time.monotonic(), seq))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    memory.close()
