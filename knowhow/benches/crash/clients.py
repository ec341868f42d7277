"""A client that uses a store the way an application does, and keeps its promises on record.

It records, corrects, undoes and purges at random; it announces each change before it asks for it
and confirms it when the receipt is back. Knows nothing about how the process around it will end.
"""

import contextlib
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from knowhow.benches.crash.ledger import Changes, Note
from knowhow_memory.memory import Memory
from knowhow_memory.models import DecisionCreate, OutcomeCreate

EMBEDDER = "hash:64"
"""The deterministic double: what is tested is the order of writes, not what a text means."""
ARMS = ("planner::greedy", "planner::thorough", "solver::direct")
SHARED_SHARE, SHARED_PROBLEMS = 0.5, 20
"""Some problems are posed again and again, so that their vectors outlive single outcomes."""
LARGEST_BATCH = 8
LONGEST_STEP = 6000
"""More than a page of the database, so that some rows overflow."""


@dataclass
class Client:
    memory: Memory
    tell: Callable[[Note], None]
    name: str
    ids: dict[str, str] = field(default_factory=dict)
    """Its live outcomes: content id → outcome id."""
    sent: int = 0
    said: int = 0

    def __post_init__(self) -> None:
        self.rng = random.Random(self.name)

    def act(self) -> None:
        self.rng.choices(
            (self.record, self.record_many, self.answer, self.correct, self.undo, self.purge),
            (10, 4, 3, 4, 2, 0.3),
        )[0]()

    def record(self) -> None:
        self._record([self._outcome()])

    def record_many(self) -> None:
        self._record([self._outcome() for _ in range(self.rng.randint(2, LARGEST_BATCH))])

    def answer(self) -> None:
        """A decision, and the outcome that answers it."""
        outcome = self._outcome()
        decision = DecisionCreate(
            problem=outcome.problem or "",
            cause="estimate",
            arm=outcome.arm,
            principal=self.name,
            propensity=0.5,
        )
        receipt = self.memory.decide(decision)
        self._record([outcome.model_copy(update={"decision_id": receipt.id})])

    def correct(self) -> None:
        if self.ids:
            key = self.rng.choice(sorted(self.ids))
            reward = self._reward()
            with self._promising({key: reward}):
                self.memory.correct(self.ids[key], reward=reward)

    def undo(self) -> None:
        if self.ids:
            key = self.rng.choice(sorted(self.ids))
            with self._promising({key: None}):
                self.memory.undo(self.ids.pop(key))

    def purge(self) -> None:
        """Everything of this client goes, also what it is unsure about."""
        if self.ids:
            self.ids.clear()
            with self._promising(dict.fromkeys(map(self._key, range(1, self.sent + 1)))):
                self.memory.purge(principal=self.name)

    @contextlib.contextmanager
    def _promising(self, changes: Changes) -> Iterator[None]:
        """Announce; confirm only if the store did not refuse."""
        self.said += 1
        number = self.said
        self.tell(Note(self.name, number, changes))
        yield
        self.tell(Note(self.name, number))

    def _record(self, outcomes: list[OutcomeCreate]) -> None:
        changes: Changes = {new.content_id or "": new.reward for new in outcomes}
        with self._promising(changes):
            receipts = self.memory.record_many(outcomes)
        self.ids.update((key, receipt.id) for key, receipt in zip(changes, receipts, strict=True))

    def _key(self, number: int) -> str:
        return f"{self.name}-{number}"

    def _outcome(self) -> OutcomeCreate:
        self.sent += 1
        shared = self.rng.random() < SHARED_SHARE
        about = f"shared {self.rng.randrange(SHARED_PROBLEMS)}" if shared else self._key(self.sent)
        return OutcomeCreate(
            problem=f"how to answer the question {about}",
            arm=self.rng.choice(ARMS),
            reward=self._reward(),
            principal=self.name,
            content_id=self._key(self.sent),
            trajectory=[{"step": 1, "text": "x" * self.rng.randrange(LONGEST_STEP)}],
        )

    def _reward(self) -> float:
        return self.rng.randrange(1001) / 1000
