"""From enough new outcomes to a version that serves: the loop nobody has to start by hand.

    count → choose examples → train → examine on held-out problems → judge → publish → promote

For one specialist at a time and by one process at a time. What a run looks at is fixed when it
begins (`ledger.Order`): after a kill the same call goes on where training stood and ends with the
same verdict. Outcomes count from the last one that a finished run looked at, whatever came of it.
Knows nothing about commands or schedules.
"""

import hashlib
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from knowhow_adapters.adapter import Adapter
from knowhow_adapters.artefact import write_adapter
from knowhow_adapters.bank import Bank
from knowhow_adapters.decode.engine import Decoder
from knowhow_adapters.errors import AdapterBroken
from knowhow_adapters.gate import LEVEL, Pair, Verdict, judge
from knowhow_adapters.learn.attempts import Attempt, read_attempts
from knowhow_adapters.learn.counting import Standing, learning_folder, standing
from knowhow_adapters.learn.examine import (
    Verifier,
    examine,
    held_out_problems,
    recorded_verifier,
)
from knowhow_adapters.learn.examples import (
    SUCCESS,
    Choice,
    Example,
    NothingToLearn,
    Selection,
    select_examples,
)
from knowhow_adapters.learn.ledger import (
    Ledger,
    Order,
    Report,
    Result,
    only_learner,
    write_ledger,
)
from knowhow_adapters.learn.objective import Objective
from knowhow_adapters.learn.purged import sources_of
from knowhow_adapters.learn.rating import cross_fitted
from knowhow_adapters.learn.replay import keep_for_replay
from knowhow_adapters.learn.train import Job, Settings, Trained, estimate_seconds, train
from knowhow_adapters.registry.lineage import PREFERS, Data, Gate, Lineage
from knowhow_memory.errors import ConflictError

if TYPE_CHECKING:
    from knowhow_adapters.base.load import Base
    from knowhow_adapters.registry.registry import Registry
    from knowhow_memory.memory import Memory

ENOUGH = 500
"""New outcomes that start a run."""
REPLAYED = 1_000
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


class Backend(StrEnum):
    """Who does the training."""

    OWN = "own"
    TRL = "trl"


@dataclass(frozen=True)
class Terms:
    enough: int = ENOUGH
    replayed: int = REPLAYED
    choice: Choice = Choice.FILTERED
    backend: Backend = Backend.OWN
    level: float = LEVEL
    training: Settings = field(default_factory=Settings)


@dataclass(frozen=True)
class Preview:
    """What a run would learn from."""

    agent: str
    outcomes: int
    """New ones."""
    examples: int
    held_out: int
    """Problems that the examination would ask."""
    counts: dict[str, int]
    """What would become of the attempts."""
    seconds: float | None
    """Of training by the own loop, told from its first steps; the examination comes on top."""
    obstacle: str | None
    """Why there is nothing to learn."""


class Learner:
    def __init__(
        self,
        memory: "Memory",
        base: "Base",
        registry: "Registry",
        folder: Path,
        terms: Terms | None = None,
    ) -> None:
        self.memory, self.base, self.registry, self.folder = memory, base, registry, folder
        self.terms = terms or Terms()

    def standing(self, agent: str) -> Standing:
        return standing(self.memory, self.registry, self.folder, self.terms.enough, agent)

    def learn(
        self, specialist: Specialist, *, now: bool = False, bar: Bar | None = None
    ) -> Report | None:
        """One run if it is due, or `now`; None if there was nothing to do."""
        agent = specialist.agent
        folder = learning_folder(self.folder, agent)
        with only_learner(folder, agent):
            standing = self.standing(agent)
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

    def preview(self, specialist: Specialist) -> "Preview":
        """What a run would learn from now; nothing is trained or written."""
        order = self.standing(specialist.agent).ledger.order
        order = order or self._order(self.standing(specialist.agent))
        with tempfile.TemporaryDirectory() as folder:
            return _Run(self, specialist, order, Path(folder), _no_bar).preview()

    def _order(self, standing: Standing) -> Order:
        after = standing.ledger.learnt
        seqs = [a.seq for a in read_attempts(self.memory, standing.agent, after=after)]
        return Order(
            after=after,
            until=max(seqs, default=after),
            outcomes=len(seqs),
            champion=self._serving(standing.champion),
            seed=standing.ledger.runs,
        )

    def _serving(self, champion: str | None) -> str | None:
        """The champion, unless it was made for a base that is not there any more."""
        if champion is None:
            return None
        made_for = self.registry.show(champion).manifest.base_hash
        return champion if made_for == self.base.hash else None


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
        result: Result
        reasons: tuple[str, ...]
        try:
            examples = self._examples(self._selection())
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

    def preview(self) -> Preview:
        agent, held_out = self.specialist.agent, len(self._problems())
        try:
            selection = self._selection()
        except NothingToLearn as error:
            return Preview(agent, self.order.outcomes, 0, held_out, {}, None, str(error))
        examples = self._examples(selection)
        own = self.terms.backend is Backend.OWN
        seconds = estimate_seconds(self.base, self._job(examples)) if own else None
        return Preview(
            agent, self.order.outcomes, len(examples), held_out, selection.counts, seconds, None
        )

    def _selection(self) -> Selection:
        frozen = [attempt.prompt for attempt in self.specialist.frozen]
        rater = None
        if self.terms.choice is Choice.SELF_FILTERED:
            rater = cross_fitted(self.base, self._settings())
        return select_examples(self.attempts, self.terms.choice, held_out=frozen, rater=rater)

    def _examples(self, selection: Selection) -> tuple[Example, ...]:
        """The new ones, and of the older ones as many as the budget allows; none of it is spent on
        what would teach nothing."""
        uses = self._settings().objective.uses
        new = tuple(e for e in selection.examples if e.seq > self.order.after)
        older = (e for e in selection.examples if e.seq <= self.order.after and uses(e.weight))
        return (*keep_for_replay(older, self.terms.replayed), *new)

    def _train(self, examples: Sequence[Example]) -> Adapter:
        job = self._job(examples)
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

    def _job(self, examples: Sequence[Example]) -> Job:
        champion = self.order.champion
        start = None if champion is None else self.registry.verify(champion, self.base)
        return Job(self.specialist.agent, examples, start, self._pace())

    def _pace(self) -> Settings:
        settings = self._settings()
        return settings if self.order.champion is None else settings.gentler()

    def _settings(self) -> Settings:
        """Where all is about which way, failures teach, too: what failed was one of a few."""
        settings = replace(self.terms.training, seed=self.order.seed)
        fails = any(attempt.reward < SUCCESS for attempt in self.attempts)
        if fails and self.terms.backend is Backend.OWN and all(a.chooses for a in self.attempts):
            return replace(settings, objective=Objective.UNPAIRED)
        return settings

    def _trained(self, job: Job, tick: Callable[[int], None]) -> list[Trained]:
        def report(done: int, planned: int, _: list[float]) -> None:
            tick(100 * done // planned)

        if self.terms.backend is Backend.TRL:
            from knowhow_adapters.learn.trl_backend import train_with_trl

            return train_with_trl(self.base, [job], self.folder, report=report)
        return train(self.base, [job], self.folder, report=report)

    def _judge(self, adapter: Adapter) -> tuple[Verdict, list[Pair]]:
        """The candidate answers from the run's own folder: nobody else can see it yet."""
        write_adapter(adapter, self.base, self.folder)
        problems = self._problems()
        bank = Bank(self.base, self._place, max_bytes=BANK_BYTES)
        with self.bar(f"examining {adapter.ref}", 2 * len(problems)) as tick:
            pairs = examine(
                Decoder(self.base, bank),
                problems,
                self.specialist.verify or recorded_verifier(self.attempts),
                candidate=adapter.ref,
                champion=self.order.champion,
                frozen=self.specialist.frozen,
                report=tick,
            )
        return judge(pairs, level=self.terms.level), pairs

    def _problems(self) -> list[Attempt]:
        return held_out_problems(self.attempts, solved=self.specialist.verify is None)

    def _place(self, ref: str) -> Path:
        own = self.folder / ref
        return own if own.is_dir() else self.registry.folder_of(ref)

    def _publish(self, adapter: Adapter, verdict: Verdict, pairs: Sequence[Pair]) -> str:
        lineage = Lineage(
            origin="trained",
            parent=self.order.champion,
            data=_data(self.attempts),
            sources=tuple(sorted(sources_of(self.attempts))),
            gate=_gate(verdict, pairs, self.order.champion),
            seed=self.order.seed,
            settings={
                **_plain(self.terms, self._pace()),
                PREFERS: any(attempt.chooses for attempt in self.attempts),
            },
        )
        return self.registry.publish(adapter, self.base, lineage)

    def _promote(self, ref: str, reasons: Sequence[str]) -> None:
        aliases = self.registry.aliases(self.specialist.agent)
        if aliases.champion != ref:
            self.registry.promote(
                self.specialist.agent, ref, expect_revision=aliases.revision, cause=reasons[0]
            )


def _data(attempts: Sequence[Attempt]) -> Data:
    """What was learnt from, without a word of it."""
    digest = hashlib.sha256()
    for attempt in attempts:
        digest.update(f"{attempt.outcome_id}\0{attempt.seq}\0{attempt.reward}\n".encode())
    return Data(
        digest=digest.hexdigest(),
        first_seq=min((attempt.seq for attempt in attempts), default=0),
        last_seq=max((attempt.seq for attempt in attempts), default=0),
        n=len(attempts),
    )


def _gate(verdict: Verdict, pairs: Sequence[Pair], champion: str | None) -> Gate:
    return Gate(
        verdict=verdict.verdict,
        champion=champion,
        evidence=verdict.evidence,
        n=verdict.gain.n,
        gain=verdict.gain.mean,
        gain_low=verdict.gain.low,
        gain_high=verdict.gain.high,
        reasons=verdict.reasons,
        rewards={hashlib.sha256(p.problem.encode()).hexdigest(): p.candidate for p in pairs},
    )


def _plain(terms: Terms, training: Settings) -> dict[str, str | int | float | bool | None]:
    return {
        "choice": str(terms.choice),
        "backend": str(terms.backend),
        "replayed": terms.replayed,
        "level": terms.level,
        **asdict(training),
    }


def _no_bar(title: str, parts: int) -> AbstractContextManager[Callable[[int], None]]:
    return nullcontext(lambda done: None)
