"""What is derived from the log and kept in step with it: columns of live outcomes and the vector
index over their problems.

All of it can be thrown away: the files are caches, checked against the log at every open and made
anew from it when they do not fit. One lock guards it.
"""

import contextlib
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowhow_memory import columns_file, index_file
from knowhow_memory.columns import Columns
from knowhow_memory.database import RESTORE_HINT, Database
from knowhow_memory.durable import remove_file
from knowhow_memory.errors import EmbedderError, KnowhowError, StoreDamagedError, StoreError
from knowhow_memory.head import Facts
from knowhow_memory.index import IndexSizes, VectorIndex, row_digests, vector_hash
from knowhow_memory.log import Position, Reader, nothing_collected, vectors_of
from knowhow_memory.sealed import SealBroken

COLUMNS_FILE = "columns.bin"
CACHE_FILES = ("index-*.bin", "routing-*.bin", COLUMNS_FILE)
"""All that is derived from the log and kept on the disk, by whatever room."""
SAVE_AFTER_CHANGES = 1000
SAVE_AFTER_SHARE = 0.05
"""Saving costs a pass over what is saved; reading a few rows back at the next open costs less."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Check:
    """Does the index hold exactly what the rows say?"""

    outcomes: int
    problems: int
    indexed: int
    same_ids: bool
    same_vectors: bool

    @property
    def ok(self) -> bool:
        return self.same_ids and self.same_vectors


class Derived:
    def __init__(
        self,
        database: Database,
        cache: Path | None,
        facts: Facts,
        *,
        sizes: IndexSizes | None = None,
    ) -> None:
        self.lock = threading.RLock()
        self.rebuilt_because: str | None = None
        self._database = database
        self._cache = cache
        self._facts = facts
        self._sizes = sizes
        self._reader = Reader(database)
        self._may_resume = cache is not None
        self._start_over()

    def _start_over(self) -> None:
        """Forget all of it: half in step with the log would be worse than nothing."""
        self.columns = Columns()
        self._reader.start_over()
        self._kept = Position()
        self._index: VectorIndex | None = None
        self._changes = 0
        self._filters: dict[tuple[int, int | None], NDArray[np.uint8]] = {}

    @property
    def seq(self) -> int:
        return self._reader.seq

    @contextlib.contextmanager
    def current(self) -> Iterator[Columns]:
        """The columns, in step with the log, held still."""
        with self.lock:
            self.refresh()
            yield self.columns

    def refresh(self) -> None:
        with self.lock:
            try:
                self._follow()
            except BaseException:
                self._start_over()
                raise

    def _follow(self) -> None:
        if self._may_resume:
            self._may_resume = False
            self._resume()
        tail = self._reader.read()
        if tail is None:
            return
        self._refuse_other_store(tail.facts)
        if tail.whole:
            self.columns = Columns()
            self._filters.clear()
        if tail.purged:
            self.forget_files()
            self._index = None  # its cells would still be shaped by what went
        with nothing_collected():
            touched = self.columns.apply(tail.rows)
        if touched:
            self._filter_again(touched)
        if self._index is not None:
            self._settle(self._index, None if tail.whole else touched)

    def _resume(self) -> None:
        """Start with the columns as they were kept, if the log still holds what is in them."""
        assert self._cache is not None
        path = self._cache.with_name(COLUMNS_FILE)
        try:
            columns, position = columns_file.load(path, self._secret)
        except SealBroken:
            return
        if self._reader.resume(position):
            self.columns, self._kept = columns, position
        else:  # it may be older than a purge
            remove_file(path)

    def _refuse_other_store(self, facts: Facts) -> None:
        if facts.store_id != self._facts.store_id:
            raise StoreError(f"{self._database.name!r} was restored meanwhile: open it again")
        if facts.embedder != self._facts.embedder:
            raise EmbedderError(
                f"the store was re-embedded with {facts.embedder_name!r} meanwhile: open it again"
            )

    @contextlib.contextmanager
    def searching(self) -> Iterator[VectorIndex]:
        """The index, in step with the log, held still."""
        with self.lock:
            self.refresh()
            if self._index is None:
                index = self._open_index()
                self._settle(index, None)
                self._index = index
            yield self._index

    def filter(self, *, tenant: int, arm: int | None) -> NDArray[np.uint8]:
        key = (tenant, arm)
        if key not in self._filters:
            self._filters[key] = self.columns.bitmap(tenant=tenant, arm=arm)
        return self._filters[key]

    def _filter_again(self, touched: set[int]) -> None:
        """Set or clear the touched problems' bits; making a filter anew would read every row."""
        problems = np.array(sorted(touched), np.int64)
        rows, positions = self.columns.rows_of(problems)
        places, masks = problems >> 3, (1 << (problems & 7)).astype(np.uint8)
        for (tenant, arm), bits in self._filters.items():
            use = self.columns["tenant"][rows] == tenant
            if arm is not None:
                use &= self.columns["arm"][rows] == arm
            on = np.bincount(positions[use], minlength=len(problems)) > 0
            if places[-1] >= len(bits):
                bits = np.concatenate([bits, np.zeros(max(len(bits), places[-1]), np.uint8)])
                self._filters[tenant, arm] = bits
            np.bitwise_or.at(bits, places[on], masks[on])
            np.bitwise_and.at(bits, places[~on], ~masks[~on])

    def save(self) -> None:
        """Write the files of which enough has changed; never what was purged meanwhile."""
        with self.lock:
            if self._reader.position == Position() or self._cache is None:
                return
            try:
                self.refresh()
                self._write_columns(self._cache.with_name(COLUMNS_FILE))
                if self._index is not None:
                    self._write_index(self._index, self._cache)
                self.refresh()  # a purge during the write did not see the files yet
            except EmbedderError:
                log.debug("nothing to save: the store went on with another embedder")
            except KnowhowError as error:
                log.warning("the index was not saved: %s", error)

    def _write_columns(self, path: Path) -> None:
        position = self._reader.position
        due = max(SAVE_AFTER_CHANGES, int(SAVE_AFTER_SHARE * position.events))
        if position.events - self._kept.events >= due:
            columns_file.save(self.columns, position, path, self._secret)
            self._kept = position

    def _write_index(self, index: VectorIndex, cache: Path) -> None:
        due = max(SAVE_AFTER_CHANGES, int(SAVE_AFTER_SHARE * len(index)))
        if self._changes < min(due, len(index) or due):
            return
        stamp = index_file.Stamp.of(
            index, store_id=self._facts.store_id, embedder=self._facts.embedder, seq=self.seq
        )
        index_file.save(index, cache, stamp, self._secret)
        self._changes = 0

    def forget_files(self) -> None:
        """After a purge nothing of what went may stay on the disk, under no earlier embedder."""
        if self._cache is not None:
            for pattern in CACHE_FILES:
                for path in self._cache.parent.glob(pattern):
                    remove_file(path)
        self._changes = self.columns.size
        self._kept = Position()

    def _open_index(self) -> VectorIndex:
        facts = self._facts
        if self._cache is not None:
            try:
                origin = index_file.Origin(facts.store_id, facts.embedder, facts.dim)
                return index_file.load(self._cache, origin, self._secret, sizes=self._sizes)
            except index_file.IndexUnusable as error:
                self.rebuilt_because = str(error)
        return VectorIndex(facts.dim, sizes=self._sizes)

    def _settle(self, index: VectorIndex, touched: set[int] | None) -> None:
        """Make the index hold exactly the problems that have something to learn from."""
        if touched is None:
            wanted = self.columns.problems()
            present = index.ids()
            gone = np.setdiff1d(present, wanted, assume_unique=True)
            new = np.setdiff1d(wanted, present, assume_unique=True)
            if len(gone):  # the file may be older than a purge
                self.forget_files()
        else:
            changed = [p for p in sorted(touched) if (p in index) != self.columns.is_routable(p)]
            gone = np.array([p for p in changed if p in index], np.int64)
            new = np.array([p for p in changed if p not in index], np.int64)
        if len(gone):
            index.remove(gone)
        for ids, vectors in self._vectors(new):
            index.add(ids, vectors)
        self._changes += len(gone) + len(new)

    def check(self) -> Check:
        """Compare the index with the rows: every id, every vector."""
        with self.searching() as index:
            wanted = self.columns.problems()
            digests = [row_digests(ids, vectors) for ids, vectors in self._vectors(wanted)]
            expected = vector_hash(np.concatenate(digests)) if digests else 0
            return Check(
                outcomes=self.columns.live_count,
                problems=len(wanted),
                indexed=len(index),
                same_ids=bool(np.array_equal(index.ids(), wanted)),
                same_vectors=expected == index.vector_hash(),
            )

    def _vectors(
        self, problems: NDArray[np.int64]
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
        facts, found = self._facts, 0
        for ids, vectors in vectors_of(
            self._database, problems.tolist(), facts.embedder, facts.dim
        ):
            found += len(ids)
            yield ids, vectors
        if found < len(problems) and not self._reader.purged_meanwhile():
            raise StoreDamagedError(
                f"{len(problems) - found} embeddings are missing from {self._database.name!r}: "
                f"{RESTORE_HINT}"
            )

    @property
    def _secret(self) -> bytes:
        return bytes.fromhex(self._facts.secret)
