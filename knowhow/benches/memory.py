"""The memory's speed: appending, searching beside exact search, opening and rebuilding.

The store half is measured here, the index half in `_index`. Appending uses the hashing embedder:
what a model costs is the `embed` bench's figure, not the log's.
"""

import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowhow.benches import _index
from knowhow.figures import Figures
from knowhow_memory.embedder import Embedder, load_embedder
from knowhow_memory.memory import Memory
from knowhow_memory.models import OutcomeCreate

SINGLE, QUICK_SINGLE = 1000, 50
THREADS = 8
BATCH = 1000
ROWS, QUICK_ROWS = 100_000, 2_000
EMBEDDER = "hash:384"


def run(*, seed: int, quick: bool, report: Callable[[str], None]) -> Figures:
    rows = QUICK_ROWS if quick else ROWS
    figures = Figures(
        "memory",
        seed=seed,
        n=rows,
        notes=["append.* and open.*: the log's own work, with the hashing embedder (384 numbers)."],
    )
    with tempfile.TemporaryDirectory() as folder:
        _measure_appends(figures, folder, QUICK_SINGLE if quick else SINGLE, rows, report)
        _measure_opening(figures, folder, report)
    _index.measure(figures, seed=seed, quick=quick, report=report)
    return figures


def _measure_appends(
    figures: Figures, folder: str, single: int, rows: int, report: Callable[[str], None]
) -> None:
    with Memory.open(folder, embedder=EMBEDDER) as memory:
        report("appending one by one")
        outcomes = [_outcome(f"single {i}") for i in range(single)]
        seconds = [_timed(partial(memory.record, outcome)) for outcome in outcomes]
        figures.percentiles("append.single", seconds)
        figures.set("append.single.per_s", single / sum(seconds))

        report(f"appending from {THREADS} threads")
        waits: list[float] = []
        elapsed = _timed(partial(_from_threads, memory, single, waits))
        figures.percentiles(f"append.threads_{THREADS}", waits)
        figures.set(f"append.threads_{THREADS}.per_s", len(waits) / elapsed)

        seconds = []
        for start in range(0, rows, BATCH):
            report(f"appending in batches of {BATCH}: {start:,} of {rows:,}")
            batch = [_outcome(f"batched {i}") for i in range(start, start + BATCH)]
            seconds.append(_timed(partial(memory.record_many, batch)))
        figures.percentiles(f"append.batch_{BATCH}", seconds)
        figures.set(f"append.batch_{BATCH}.rows_per_s", rows / sum(seconds))


def _measure_opening(figures: Figures, folder: str, report: Callable[[str], None]) -> None:
    """First open builds the index from the rows, the second reads it from its file."""
    counting = CountingEmbedder(load_embedder(EMBEDDER))
    report("building the index from the rows")
    elapsed, problems = _open_and_verify(folder, counting)
    figures.set("rebuild.rows", problems)
    figures.set("rebuild.s", elapsed)
    figures.set("rebuild.embedded_again", counting.calls)
    report("opening with the index file")
    elapsed, problems = _open_and_verify(folder, counting)
    figures.set("open_and_verify.rows", problems)
    figures.set("open_and_verify.s", elapsed)


def _open_and_verify(folder: str, embedder: Embedder) -> tuple[float, int]:
    start = time.perf_counter()
    with Memory.open(folder, embedder=embedder) as memory:
        check = memory.check()
        elapsed = time.perf_counter() - start
        if not check.ok:
            raise AssertionError(f"the index does not hold what the rows say: {check}")
    if not list(Path(folder).glob("index-*.bin")):
        raise AssertionError("closing did not save the index")
    return elapsed, check.indexed


class CountingEmbedder:
    """Passes everything on and counts the texts."""

    def __init__(self, inner: Embedder) -> None:
        self._inner = inner
        self.name, self.dim, self.fingerprint = inner.name, inner.dim, inner.fingerprint
        self.calls = 0

    def embed(self, text: str) -> NDArray[np.float32]:
        self.calls += 1
        return self._inner.embed(text)

    def embed_many(
        self, texts: Sequence[str], *, report: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        self.calls += len(texts)
        return self._inner.embed_many(texts, report=report)


def _from_threads(memory: Memory, each: int, waits: list[float]) -> None:
    def work(name: int) -> None:
        for i in range(each // THREADS):
            waits.append(_timed(partial(memory.record, _outcome(f"thread {name} {i}"))))

    threads = [threading.Thread(target=work, args=(name,)) for name in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _outcome(problem: str) -> OutcomeCreate:
    return OutcomeCreate(problem=problem, arm=f"arm{len(problem) % 7}", reward=1.0, cost=0.001)


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
