"""The vector index beside exact search: speed, recall, memory, while it grows and shrinks.

A million real problems are not at hand. So some thousand problems are made from word lists and
embedded for real, and the rest are stand-ins between and around them: mixtures of an embedded
problem with its nearest relatives, plus noise of the shape that real embeddings vary in, from
paraphrase-near to loosely related. Queries are made the same way from problems of their own.
"""

import gc
import os
import random
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowhow.figures import Figures
from knowhow_memory import index_file
from knowhow_memory.embedder import load_embedder
from knowhow_memory.index import IndexSizes, VectorIndex

Floats = NDArray[np.float32]
Ids = NDArray[np.int64]

SIZES, QUICK_SIZES = (10_000, 100_000, 1_000_000), (1_000, 4_000)
QUICK_THRESHOLDS = IndexSizes(scan=2_000, cell=128, probes=16)
"""So that the quick run passes through both stages too."""
K = 64
PROBLEMS, QUICK_PROBLEMS = 6_000, 300
QUERIES, QUICK_QUERIES = 1_000, 50
QUERY_SHARE = 0.2
"""Of the embedded problems, kept aside so that no query is in the index."""
CHURN = 20_000
"""Rows added and as many removed while searches run; at most a tenth of the index."""
CHURN_BLOCK = 16
FILTER_SHARES = (1.0, 0.1, 0.01)
"""A store with one tenant filters too, and leaves everything."""
BLOCK = 20_000
RELATIVES = 8
CONCENTRATION = 0.4
"""Of the mixture: most of the weight lies on one or two relatives."""
NOISE = (0.2, 1.2)
"""In standard deviations of the real embeddings; 0.7 alone has the recall curve of real ones."""
NOTE = (
    "index.*: {problems:,} generated problems embedded with {embedder}, filled up with mixtures of "
    "relatives plus noise of their covariance; queries from problems of their own; one thread. "
    "search_cpu is the processor time of the same searches."
)

PATTERNS = (
    "A {thing} costs ${n} and is {m}% off. What does it cost now?",
    "How many {thing}s can I buy for ${n} when one costs ${m}?",
    "{name} has {n} {thing}s and gives {m} of them to {other}. How many are left?",
    "Write a {language} function that {task}.",
    "Why does my {language} program crash when it {task}?",
    "Translate 'the {thing} of {name} is in {city}' into French.",
    "Book a flight from {city} to {place} on the {n}th for {name}.",
    "What is the weather like in {city} in {month}?",
    "Plan a trip of {n} days from {city} through {place} by {vehicle}.",
    "Deliver {n} {thing}s by {vehicle} from {city} to {place} in at most {m} hours.",
    "Which is heavier, {n} {thing}s or a {vehicle}?",
    "My {part} has hurt since {month}. What can it be?",
    "Is it safe to take {drug} with {food} for a sore {part}?",
    "Cook a meal for {n} people with {food} and no {spice}.",
    "How much {spice} goes into {n} grams of {food}?",
    "Can my landlord in {city} keep my deposit for a broken {thing}?",
    "Summarise the history of {place} since {n}00 in {m} sentences.",
    "Who ruled {place} when the {vehicle} was invented?",
    "Solve x^2 - {n}x + {m} = 0.",
    "What is the probability of drawing {m} {colour} balls out of {n}?",
    "Sort these {thing}s by size, then by how {colour} they are.",
    "Schedule {n} meetings with {name} and {other} before {month}.",
    "If all {thing}s are {colour} and this is a {thing}, what colour is it?",
    "Set an alarm for {n} past {m} and play {genre} in the kitchen.",
    "Recommend {n} {genre} albums for a drive through {place}.",
    "Find a query that lists customers from {city} who bought a {thing} in {month}.",
)
WORDS = {
    "thing": "cup book lamp phone chair carpet window violin camera jacket mirror printer tent",
    "name": "Ada Bruno Chen Dara Emeka Farah Goran Hana Ines Jonas Kofi Lena Mateo Nadia",
    "other": "Olga Pedro Qian Rosa Sven Tariq Uma Viktor Wanda Xenia Yusuf Zoe",
    "language": "Python Rust Haskell SQL Java Go C Kotlin R Lua",
    "city": "Lisbon Oslo Nairobi Lima Kyoto Quito Cairo Hanoi Perth Riga Denver Porto",
    "place": "Peru Norway Kenya Japan Egypt Portugal Iceland Vietnam Scotland Morocco",
    "vehicle": "train bicycle lorry ferry tram balloon canoe helicopter",
    "month": "January March April June July September October December",
    "part": "knee shoulder throat back ankle stomach wrist neck",
    "drug": "aspirin ibuprofen antihistamines antibiotics melatonin",
    "food": "rice lentils salmon pumpkin noodles chicken tofu spinach cheese",
    "spice": "salt cumin pepper sugar garlic ginger",
    "colour": "red green blue yellow black white",
    "genre": "jazz techno folk opera blues reggae",
}
TASKS = (
    "parses a date",
    "reverses a list",
    "opens a large file",
    "counts words",
    "sorts a table",
    "talks to a server",
    "draws a circle",
    "merges two queues",
    "checks a password",
    "finds prime numbers",
)


def measure(figures: Figures, *, seed: int, quick: bool, report: Callable[[str], None]) -> None:
    name = "hash:384" if quick else "all-MiniLM-L6-v2"
    problems = generate_problems(QUICK_PROBLEMS if quick else PROBLEMS, seed)
    report(f"embedding {len(problems):,} problems")
    base = load_embedder(name).embed_many(problems)
    figures.notes.append(NOTE.format(problems=len(problems), embedder=name))
    rng = np.random.default_rng(seed)
    kept = int(len(base) * QUERY_SHARE)
    queries = stand_ins(base[:kept], QUICK_QUERIES if quick else QUERIES, rng)
    thresholds = QUICK_THRESHOLDS if quick else IndexSizes()
    for size in QUICK_SIZES if quick else SIZES:
        report(f"making {size:,} vectors")
        vectors = stand_ins(base[kept:], size + churn_of(size), rng)
        run = IndexRun(figures, f"index.{size}", vectors, queries, thresholds, report)
        run.measure(size, rng)
        del run, vectors
        gc.collect()


def churn_of(size: int) -> int:
    return min(CHURN, size // 10)


class IndexRun:
    """One index of one size, and the figures it gives."""

    def __init__(
        self,
        figures: Figures,
        key: str,
        vectors: Floats,
        queries: Floats,
        thresholds: IndexSizes,
        report: Callable[[str], None],
    ) -> None:
        self.figures, self.key, self.report = figures, key, report
        self.vectors, self.queries = vectors, queries
        self.alive = np.zeros(len(vectors), np.bool_)
        self.index = VectorIndex(vectors.shape[1], sizes=thresholds)

    def measure(self, size: int, rng: np.random.Generator) -> None:
        self._build(size)
        self.report(f"searching among {size:,}")
        self._time_searches("search")
        self._churn(size, rng)
        self.report(f"searching {size:,} exactly, to compare")
        self._recall("recall_at_64", None)
        for share in FILTER_SHARES:
            self._filter(share, rng)
        self._file()

    def _build(self, size: int) -> None:
        before, start = resident_bytes(), time.perf_counter()
        for at in range(0, size, BLOCK):
            self.report(f"adding {at:,} of {size:,}")
            self._add(np.arange(at, min(at + BLOCK, size)))
        self.figures.set(f"{self.key}.build_s", time.perf_counter() - start)
        gc.collect()
        self.figures.set(f"{self.key}.bytes_per_row", (resident_bytes() - before) / size)

    def _add(self, ids: Ids) -> None:
        self.index.add(ids, self.vectors[ids])
        self.alive[ids] = True

    def _remove(self, ids: Ids) -> None:
        self.index.remove(ids)
        self.alive[ids] = False

    def _time_searches(self, name: str, allowed: NDArray[np.uint8] | None = None) -> None:
        wall, processor = [], []
        for query in self.queries:
            start, start_processor = time.perf_counter(), time.thread_time()
            self.index.search(query[None], K, allowed=allowed)
            wall.append(time.perf_counter() - start)
            processor.append(time.thread_time() - start_processor)
        self.figures.percentiles(f"{self.key}.{name}", wall)
        self.figures.percentiles(f"{self.key}.{name}_cpu", processor)

    def _churn(self, size: int, rng: np.random.Generator) -> None:
        """Searches while another thread adds and removes as fast as it can."""
        new = np.arange(size, len(self.vectors))
        old = rng.choice(size, len(new), replace=False)
        seconds: list[float] = []
        changes = threading.Thread(target=self._change, args=(new, old, seconds))
        waits: list[float] = []
        self.report(f"searching while {len(new):,} are added and removed")
        changes.start()
        while changes.is_alive():
            query = self.queries[len(waits) % len(self.queries)]
            start = time.perf_counter()
            self.index.search(query[None], K)
            waits.append(time.perf_counter() - start)
        changes.join()
        self.figures.percentiles(f"{self.key}.search_while_changing", waits)
        self.figures.set(f"{self.key}.search_while_changing.max_ms", max(waits) * 1000)
        self.figures.set(f"{self.key}.changes_per_s", 2 * len(new) / sum(seconds))

    def _change(self, new: Ids, old: Ids, seconds: list[float]) -> None:
        for at in range(0, len(new), CHURN_BLOCK):
            start = time.perf_counter()
            self._add(new[at : at + CHURN_BLOCK])
            self._remove(old[at : at + CHURN_BLOCK])
            seconds.append(time.perf_counter() - start)

    def _recall(self, name: str, allowed: NDArray[np.bool_] | None) -> None:
        counted = self.alive if allowed is None else self.alive & allowed
        truth = exact_nearest(self.queries, self.vectors, counted)
        bits = None if allowed is None else np.packbits(counted, bitorder="little")
        found = self.index.search(self.queries, K, allowed=bits)[1]
        recalls = [
            float(np.isin(best[best >= 0], ids).mean())
            for ids, best in zip(found, truth, strict=True)
        ]
        self.figures.mean(f"{self.key}.{name}", recalls)

    def _filter(self, share: float, rng: np.random.Generator) -> None:
        allowed = rng.random(len(self.vectors)) < share
        bits = np.packbits(allowed & self.alive, bitorder="little")
        self._time_searches(f"filter_{share}", bits)
        self._recall(f"filter_{share}.recall_at_64", allowed)

    def _file(self) -> None:
        self.report("saving and loading")
        with tempfile.TemporaryDirectory() as folder:
            path, secret = Path(folder) / "index.bin", os.urandom(32)
            start = time.perf_counter()
            stamp = index_file.Stamp.of(self.index, store_id="bench", embedder="bench", seq=0)
            index_file.save(self.index, path, stamp, secret)
            saved = time.perf_counter()
            index_file.load(path, stamp, secret)
            self.figures.set(f"{self.key}.save_s", saved - start)
            self.figures.set(f"{self.key}.load_s", time.perf_counter() - saved)
            self.figures.set(
                f"{self.key}.file_bytes_per_row", path.stat().st_size / len(self.index)
            )


def generate_problems(count: int, seed: int) -> list[str]:
    chance = random.Random(seed)
    made: dict[str, None] = {}
    while len(made) < count:
        words = {slot: chance.choice(choices.split()) for slot, choices in WORDS.items()}
        numbers = {"n": chance.randint(2, 60), "m": chance.randint(2, 30)}
        made[chance.choice(PATTERNS).format(**words, **numbers, task=chance.choice(TASKS))] = None
    return list(made)


def stand_ins(base: Floats, count: int, rng: np.random.Generator) -> Floats:
    relatives = np.argsort(-(base @ base.T), axis=1)[:, :RELATIVES]
    spread, directions = np.linalg.eigh(np.cov(base.T))
    shape = (directions * np.sqrt(np.maximum(spread, 0))).T.astype(np.float32)
    vectors = np.empty((count, base.shape[1]), np.float32)
    for start in range(0, count, BLOCK):
        size = min(BLOCK, count - start)
        centre = rng.integers(0, len(base), size)
        weights = rng.dirichlet(np.full(RELATIVES, CONCENTRATION), size).astype(np.float32)
        mixed = np.einsum("ij,ijk->ik", weights, base[relatives[centre]])
        noise = rng.standard_normal(mixed.shape, np.float32) @ shape
        mixed += rng.uniform(*NOISE, (size, 1)).astype(np.float32) * noise
        vectors[start : start + size] = mixed / np.linalg.norm(mixed, axis=1, keepdims=True)
    return vectors


def exact_nearest(queries: Floats, vectors: Floats, counted: NDArray[np.bool_]) -> Ids:
    """Block by block, keeping the best so far; -1 where fewer than K are counted."""
    best_scores = np.full((len(queries), K), -np.inf, np.float32)
    best = np.full((len(queries), K), -1, np.int64)
    for start in range(0, len(vectors), BLOCK):
        ids = start + np.flatnonzero(counted[start : start + BLOCK])
        for row, scores in enumerate(queries @ vectors[ids].T):
            better = np.flatnonzero(scores > best_scores[row].min())
            merged = np.concatenate([best_scores[row], scores[better]])
            top = np.argpartition(-merged, K - 1)[:K]
            best_scores[row] = merged[top]
            best[row] = np.concatenate([best[row], ids[better]])[top]
    return best


def resident_bytes() -> int:
    """Memory of this process that is really there; Linux only, as the rest of the bench is not."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
