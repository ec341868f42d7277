"""From enough new outcomes to a version that serves: the loop nobody has to start by hand.

    count → choose examples → train → examine on held-out problems → judge → publish → promote

For one specialist at a time and by one process at a time. What a run looks at is fixed when it
begins (`ledger.Order`): after a kill the same call goes on where training stood and ends with the
same verdict. Outcomes count from the last one that a finished run looked at, whatever came of it.
Knows nothing about commands or schedules.
"""

import hashlib
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from knowhow_adapters.adapter import Adapter
from knowhow_adapters.artefact import write_adapter
from knowhow_adapters.bank import Bank
from knowhow_adapters.decode.engine import Decoder
from knowhow_adapters.errors import AdapterBroken
from knowhow_adapters.gate import LEVEL, Pair, Verdict, judge
from knowhow_adapters.learn.attempts import Attempt, read_attempts
from knowhow_adapters.learn.examine import (
    Verifier,
    examine,
    held_out_problems,
    recorded_verifier,
)
from knowhow_adapters.learn.examples import Choice, Example, NothingToLearn, select_examples
from knowhow_adapters.learn.ledger import (
    Ledger,
    Order,
    Report,
    only_learner,
    read_ledger,
    write_ledger,
)
from knowhow_adapters.learn.replay import keep_for_replay
from knowhow_adapters.learn.train import Job, Settings, train
from knowhow_adapters.registry.lineage import Data, Gate, Lineage, source_digest
from knowhow_memory.errors import ConflictError

if TYPE_CHECKING:
    from knowhow_adapters.base.load import Base
    from knowhow_adapters.registry.registry import Registry
    from knowhow_memory.memory import Memory

ENOUGH = 500
"""New outcomes that start a run."""
REPLAYED = 250
"""Older examples that are learnt again in each run, however long the history is."""
BANK_BYTES = 64 * 2**20
RUN = "run"

Bar = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]
"""Opens a progress bar of so many parts."""


@dataclass(frozen=True)
class Specialist:
    """Who learns, and who says what its answers are worth; by default the log does."""

    agent: str
    verify: Verifier | None = None
    frozen: Sequence[Attempt] = ()
    """Problems that users never feed and that no version may get worse at."""


@dataclass(frozen=True)
class Terms:
    enough: int = ENOUGH
    replayed: int = REPLAYED
    choice: Choice = Choice.FILTERED
    level: float = LEVEL
    training: Settings = field(default_factory=Settings)


@dataclass(frozen=True)
class Standing:
    """What `learn status` says of one specialist."""

    agent: str
    new: int
    enough: int
    ledger: Ledger
    champion: str | None

    @property
    def due(self) -> bool:
        return self.ledger.order is not None or self.new >= self.enough


class Learner:
    def __init__(
        self, memory: "Memory", base: "Base", registry: "Registry", terms: Terms | None = None
    ) -> None:
        self.memory, self.base, self.registry = memory, base, registry
        self.terms = terms or Terms()

    def standing(self, agent: str) -> Standing:
        ledger = read_ledger(self.registry.folder(agent))
        new = sum(1 for _ in read_attempts(self.memory, agent, after=ledger.learnt))
        champion = self.registry.champion(agent)
        return Standing(agent, new, self.terms.enough, ledger, champion)

    def learn(self, specialist: Specialist, *, now: bool = False, bar: Bar | None = None) -> Report | None:
        """One run if it is due, or `now`; None if there was nothing to do."""
        folder = self.registry.folder(specialist.agent)
        with only_learner(folder, specialist.agent):
            standing = self.standing(specialist.agent)
            order = standing.ledger.order
            if order is None:
                if not (standing.due or now):
                    return None
                order = self._order(standing)
                write_ledger(folder, standing.ledger.model_copy(update={"order": order}))
            report = _Run(self, specialist, order, folder / RUN, bar or _no_bar).report()
            done = Ledger(learnt=order.until, runs=standing.ledger.runs + 1, last=report)
            write_ledger(folder, done)
            shutil.rmtree(folder / RUN, ignore_errors=True)
        return report

    def _order(self, standing: Standing) -> Order:
        after = standing.ledger.learnt
        seqs = [a.seq for a in read_attempts(self.memory, standing.agent, after=after)]
        return Order(
            after=after,
            until=max(seqs, default=after),
            outcomes=len(seqs),
            champion=standing.champion,
            seed=standing.ledger.runs,
        )


class _Run:
    """One run of one specialist, as ordered."""

    def __init__(
        self, learner: Learner, specialist: Specialist, order: Order, folder: Path, bar: Bar
    ) -> None:
        self.learner, self.specialist, self.order = learner, specialist, order
        self.folder, self.bar = folder, bar
        self.base, self.registry, self.terms = learner.base, learner.registry, learner.terms
        self.attempts = [
            attempt
            for attempt in read_attempts(learner.memory, specialist.agent)
            if attempt.seq <= order.until
        ]

    def report(self) -> Report:
        started = time.time()
        ref: str | None = None
        try:
            examples = self._examples()
            adapter = self._train(examples)
            verdict, pairs = self._judge(adapter)
            ref = self._publish(adapter, verdict, pairs)
            result, reasons = verdict.verdict, verdict.reasons
            if verdict.promotes:
                self._promote(ref, reasons)
        except NothingToLearn as error:
            result, reasons = "nothing to learn", (str(error),)
        except AdapterBroken as error:
            result, reasons = "broken", (str(error),)
        return Report(
            until=self.order.until,
            outcomes=self.order.outcomes,
            result=result,
            champion=self.order.champion,
            candidate=ref,
            reasons=reasons,
            seconds=time.time() - started,
            finished_at=time.time(),
        )

    def _examples(self) -> tuple[Example, ...]:
        """The new ones, and of the older ones as many as the budget allows."""
        frozen = [attempt.prompt for attempt in self.specialist.frozen]
        chosen = select_examples(self.attempts, self.terms.choice, held_out=frozen).examples
        new = tuple(e for e in chosen if e.seq > self.order.after)
        older = (e for e in chosen if e.seq <= self.order.after)
        return (*keep_for_replay(older, self.terms.replayed), *new)

    def _train(self, examples: Sequence[Example]) -> Adapter:
        settings = replace(self.terms.training, seed=self.order.seed)
        champion = self.order.champion
        start = None if champion is None else self.registry.read(champion)
        job = Job(self.specialist.agent, examples, start, settings)
        with self.bar(f"training {self.specialist.agent}", 100) as tick:
            try:
                (trained,) = self._trained(job, tick)
            except ConflictError:
                # Outcomes were corrected or purged since: what was learnt from them must go.
                shutil.rmtree(self.folder)
                (trained,) = self._trained(job, tick)
        if trained.adapter is None:
            raise trained.error or AdapterBroken("training gave no adapter")
        return trained.adapter
