"""The memory: everything that happened, durable when the call returns, searchable by likeness.

    with Memory.open("~/notes") as memory:
        memory.record(OutcomeCreate(problem="2+2?", arm="calculator", reward=1.0))
        memory.similar("3+3?")

Thread safe; several processes may have the same store open, each follows the log by itself.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_path
from pydantic import BaseModel, ValidationError

from knowhow_memory import log, purge, store
from knowhow_memory.database import Database
from knowhow_memory.derived import Check, Derived
from knowhow_memory.durable import make_folder
from knowhow_memory.embedder import Embedder, load_embedder
from knowhow_memory.errors import EmbedderError, InputError, NotFoundError
from knowhow_memory.head import Head, initialise, read_facts
from knowhow_memory.index import IndexSizes
from knowhow_memory.migrate import prepare
from knowhow_memory.models import (
    DecisionCreate,
    Fault,
    OutcomeCreate,
    OutcomePublic,
    Receipt,
    check_problem,
)
from knowhow_memory.texts import (
    Vectors,
    VectorsMissingError,
    embedded_digests,
    find_tenant,
    text_digest,
)
from knowhow_memory.validation import one_line
from knowhow_memory.writer import Writer

T = TypeVar("T")
DEFAULT_EMBEDDER = "all-MiniLM-L6-v2"
MAX_NEIGHBOURS = 1000
NOBODY = -1
"""No tenant's key."""


class Similar(BaseModel):
    """A problem that was met before, and what came of it."""

    problem_id: int
    problem: str
    similarity: float
    outcomes: list[OutcomePublic]


class Memory:
    def __init__(
        self, database: Database, embedder: str | Embedder, *, sizes: IndexSizes | None = None
    ) -> None:
        self.database = database
        self._embedder = embedder
        self._writer = Writer(database)
        with database.reading() as connection:
            self.facts = read_facts(connection)
        self._refuse_other_embedder()
        index = self.cache_path(f"index-{self.facts.embedder[:12]}.bin")
        self.derived = Derived(database, index, self.facts, sizes=sizes)

    @classmethod
    def open(
        cls,
        location: str | Path,
        *,
        embedder: str | Embedder = DEFAULT_EMBEDDER,
        create: bool = True,
        sizes: IndexSizes | None = None,
    ) -> Self:
        """Open the store in a folder, a `.db` file or a PostgreSQL database."""
        database = Database(location)
        if not create and database.path is not None and not database.path.exists():
            raise NotFoundError(
                f"no store at {database.name!r}: record an outcome first, or set memory.location"
            )

        def introduce(connection: Any) -> None:
            chosen = load_embedder(embedder) if isinstance(embedder, str) else embedder
            initialise(connection, fingerprint=chosen.fingerprint, name=chosen.name, dim=chosen.dim)

        try:
            prepare(database, introduce)
            return cls(database, embedder, sizes=sizes)
        except BaseException:
            database.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Save the index if it is worth it and let the database go."""
        if self.database.usable:
            self.derived.save()
        self.database.close()

    @property
    def embedder(self) -> Embedder:
        """Loaded when first needed: most commands never embed."""
        if isinstance(self._embedder, str):
            self._embedder = load_embedder(self._embedder)
            self._refuse_other_embedder()
        return self._embedder

    def record(self, outcome: OutcomeCreate) -> Receipt:
        """Keep one outcome; durable when this returns."""
        return self.record_many([outcome])[0]

    def record_many(
        self, outcomes: Sequence[OutcomeCreate], *, decisions: Sequence[DecisionCreate] = ()
    ) -> list[Receipt]:
        """Keep all of them in one transaction, or none; `decisions` that are new go in first."""
        texts = [o.problem for o in outcomes if o.problem and not o.decision_id]
        texts += [decision.problem for decision in decisions]

        def work(head: Head, vectors: Vectors) -> list[Receipt]:
            store.append_missing_decisions(head, decisions, vectors, self.database.name)
            return store.append_outcomes(head, outcomes, vectors, self.database.name)

        return self._write_embedded(texts, work)

    def decide(self, decision: DecisionCreate) -> Receipt:
        """Keep a decision, so that its outcome can arrive days later."""

        def work(head: Head, vectors: Vectors) -> Receipt:
            return store.append_decision(head, decision, vectors, self.database.name)

        return self._write_embedded([decision.problem], work)

    def correct(
        self,
        outcome_id: str,
        *,
        reward: float | None = None,
        fault: Fault | None = None,
        verified_by: str = "user",
    ) -> Receipt:
        """Say what the outcome really was; the earlier word stays in the log."""

        def work(head: Head) -> Receipt:
            return store.correct_outcome(
                head,
                outcome_id,
                self.database.name,
                reward=reward,
                fault=fault,
                verified_by=verified_by,
            )

        try:
            return self._writer.run(work)
        except ValidationError as error:
            raise InputError(one_line(error)) from error

    def undo(self, outcome_id: str) -> Receipt:
        """Take an outcome out of everything that is learned from."""
        name = self.database.name
        return self._writer.run(lambda head: store.undo_outcome(head, outcome_id, name))

    def purge(self, *, tenant: str | None = None, principal: str | None = None) -> int:
        """Delete everything a tenant or a principal ever brought in; returns the rows removed."""
        name = self.database.name
        removed = self._writer.run(
            lambda head: purge.purge(head, name, tenant=tenant, principal=principal)
        )
        self.derived.forget_files()
        return removed

    def outcome(self, outcome_id: str) -> OutcomePublic:
        seen = self.derived.seq
        with self.database.reading() as connection:
            seq = store.live_seq(connection, outcome_id, self.database.name)
        seqs = [] if seq is None else [seq]
        for outcome in log.outcomes_at(self.database, seqs, seen=seen, trajectories=True):
            return outcome
        raise NotFoundError(f"no live outcome {outcome_id!r}: `knowhow outcome list` shows them")

    def outcomes(
        self,
        *,
        tenant: str | None = None,
        after: int = 0,
        batch: int = 1000,
        trajectories: bool = False,
    ) -> Iterator[OutcomePublic]:
        """All outcomes that are live now, in sequence order, streamed."""
        seqs, seen = self._live_seqs(tenant)
        later = seqs[np.searchsorted(seqs, after, side="right") :].tolist()
        return log.outcomes_at(
            self.database, later, seen=seen, page=batch, trajectories=trajectories
        )

    def newest(self, limit: int, *, tenant: str | None = None) -> list[OutcomePublic]:
        """The live outcomes that were recorded last, the newest first."""
        seqs, seen = self._live_seqs(tenant)
        newest = seqs[::-1][:limit].tolist()
        return list(log.outcomes_at(self.database, newest, seen=seen))

    def _live_seqs(self, tenant: str | None) -> tuple[NDArray[np.int64], int]:
        """Of the live outcomes, ascending; and how far the log had come."""
        tenant_id = None if tenant is None else self._tenant_id(tenant)
        with self.derived.current() as columns:
            live = columns["live"]
            if tenant is not None:
                live = live & (columns["tenant"] == (tenant_id or NOBODY))
            return np.sort(columns["seq"][live]), self.derived.seq

    def similar(
        self, problem: str, *, k: int = 10, tenant: str = "default", arm: str | None = None
    ) -> list[Similar]:
        """The most similar problems met before, with their live outcomes."""
        if not 1 <= k <= MAX_NEIGHBOURS:
            raise InputError(f"k is {k}: choose between 1 and {MAX_NEIGHBOURS}")
        vector = self.embed(problem)
        with self.derived.lock:
            scores, problems = self.nearest(vector, k=k, tenant=tenant, arm=arm)
            columns = self.derived.columns
            rows, places = columns.rows_of(problems)
            if arm is not None:
                use = columns["arm"][rows] == columns.names["arm"].find(arm)
                rows, places = rows[use], places[use]
            seqs = columns["seq"][rows].tolist()
            read = log.outcomes_at(self.database, seqs, seen=self.derived.seq)
        met: dict[int, list[OutcomePublic]] = {}
        where = dict(zip(seqs, places.tolist(), strict=True))
        for outcome in read:
            met.setdefault(where[outcome.seq], []).append(outcome)
        return [
            Similar(
                problem_id=int(problems[place]),
                problem=outcomes[0].problem,
                similarity=float(scores[place]),
                outcomes=outcomes,
            )
            for place, outcomes in sorted(met.items())
        ]

    def nearest(
        self,
        vector: NDArray[np.float32],
        *,
        k: int,
        tenant: str = "default",
        arm: str | None = None,
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Similarities and problem ids, the most similar first; needs no text."""
        tenant_id = self._tenant_id(tenant)
        with self.derived.searching() as index:
            code = None if arm is None else self.derived.columns.names["arm"].find(arm)
            if tenant_id is None or not len(index) or (arm is not None and code is None):
                return np.zeros(0, np.float32), np.zeros(0, np.int64)
            allowed = self.derived.filter(tenant=tenant_id, arm=code)
            scores, ids = index.search(vector[None, :], k, allowed=allowed)
        found = ids[0] >= 0
        return scores[0][found], ids[0][found]

    def embed(self, problem: str) -> NDArray[np.float32]:
        try:
            return self.embedder.embed(check_problem(problem))
        except ValueError as error:
            raise InputError(str(error)) from error

    def count(self) -> int:
        """How many live outcomes there are, infrastructure faults included."""
        with self.derived.current() as columns:
            return columns.live_count

    def refresh(self) -> None:
        self.derived.refresh()

    def check(self) -> Check:
        """Compare the index with the rows, every id and every vector."""
        return self.derived.check()

    def _tenant_id(self, name: str) -> int | None:
        with self.database.reading() as connection:
            return find_tenant(connection, name, self.database.name)

    def _write_embedded(self, texts: Sequence[str], work: Callable[..., T]) -> T:
        """Write with the vectors of these texts at hand; new texts are embedded before the lock."""
        digests = {text_digest(text): text for text in texts}
        with self.database.reading() as connection:
            known = embedded_digests(connection, self.facts.embedder, digests)
        missing = {digest: text for digest, text in digests.items() if digest not in known}
        try:
            return self._writer.run(partial(work, vectors=self._embed_all(missing)))
        except VectorsMissingError:  # purged since we looked
            return self._writer.run(partial(work, vectors=self._embed_all(digests)))

    def _embed_all(self, texts: dict[str, str]) -> Vectors:
        by_digest: dict[str, bytes] = {}
        if len(texts) == 1:
            [(digest, text)] = texts.items()
            by_digest[digest] = _blob(self.embedder.embed(text))
        elif texts:
            rows = self.embedder.embed_many(list(texts.values()))
            by_digest = {d: _blob(row) for d, row in zip(texts, rows, strict=True)}
        return Vectors(self.facts.embedder, by_digest)

    def _refuse_other_embedder(self) -> None:
        """A store mixes no vectors of different models; asked by name before anything is loaded."""
        asked = self._embedder
        name = asked if isinstance(asked, str) else asked.name
        fingerprint = None if isinstance(asked, str) else asked.fingerprint
        if fingerprint not in (None, self.facts.embedder) or (
            fingerprint is None and name != self.facts.embedder_name
        ):
            raise EmbedderError(
                f"the store was embedded with {self.facts.embedder_name!r}, not with {name!r}: "
                "set embedder.model back, or run `knowhow db reembed`"
            )

    def cache_path(self, name: str) -> Path:
        """Where a file derived from the log may lie; a purge deletes all of them."""
        if self.database.path is not None:
            return self.database.path.parent / name
        folder = user_cache_path("knowhow") / self.facts.store_id[:12]
        make_folder(folder)
        return folder / name


def _blob(vector: NDArray[np.float32]) -> bytes:
    return np.ascontiguousarray(vector, "<f4").tobytes()
