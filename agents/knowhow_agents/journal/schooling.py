"""From verified problems and a strategy to the adapter of a specialist.

    examples → a version that reads → and the strategy → one that also says how → gate → champion

Examples count once the solver, in the strategy's way, comes to the right answer from them. The
strategy goes into the weights last, on top of a version that reads, so that another strategy costs
seconds; older examples are read again meanwhile. Knows nothing about how a strategy came about.
"""

import random
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from knowhow_adapters.adapter import Adapter
from knowhow_adapters.artefact import write_adapter
from knowhow_adapters.bank import Bank
from knowhow_adapters.decode.engine import Decoder
from knowhow_adapters.gate import Pair, Verdict, judge
from knowhow_adapters.learn.examples import Example
from knowhow_adapters.learn.train import Job, train
from knowhow_adapters.registry.lineage import Gate, Lineage
from knowhow_adapters.registry.registry import Registry
from knowhow_agents.journal.skill import Exercise, Skill, grade
from knowhow_agents.journal.specialist import answer_all, choose_way, examples
from knowhow_agents.journal.strategy import Strategy

if TYPE_CHECKING:
    from knowhow_adapters.base.load import Base

BANK_BYTES = 2**27
COPIES, READ_ALONG = 96, 416
"""In a lesson about the strategy: of the strategy, and of other examples."""
STRATEGY_RATE, STRATEGY_EPOCHS = 0.3, 1
"""Of the rate at which reading is learnt, and how often the lesson is read."""

Report = Callable[[str], None]


@dataclass(frozen=True)
class Taught:
    reader: Adapter
    """Has read the examples and knows no strategy."""
    specialist: Adapter
    """Says how, too; the same as the reader where the strategy names no way."""
    verified: int
    examples: int


def teach(
    skill: Skill,
    base: "Base",
    exercises: Sequence[Exercise],
    strategy: Strategy,
    folder: Path,
    report: Report,
    *,
    seed: int,
) -> Taught:
    """Goes on in the same folder where it was stopped."""
    verified = verify(skill, exercises, strategy)
    learnt = examples(skill, verified, seed)
    settings = replace(skill.training, seed=seed)
    reader = _train(base, Job(skill.name, learnt, settings=settings), folder / "reading", report)
    if strategy.way is None:
        return Taught(reader, reader, len(verified), len(learnt))
    along = random.Random(seed).sample(learnt, min(len(learnt), READ_ALONG))
    lesson = [*along, *[_how(skill, strategy.way)] * COPIES]
    gently = replace(settings, rate=settings.rate * STRATEGY_RATE, epochs=STRATEGY_EPOCHS)
    job = Job(skill.name, lesson, reader, gently)
    return Taught(
        reader, _train(base, job, folder / "strategy", report), len(verified), len(learnt)
    )


def verify(skill: Skill, exercises: Sequence[Exercise], strategy: Strategy) -> Sequence[Exercise]:
    """Those that come to the right answer in the strategy's way, if it names one."""
    way = strategy.way
    if way is None:
        return exercises
    return [one for one in exercises if skill.solve(one.pieces, way) == one.answer]


@dataclass(frozen=True)
class Judged:
    version: str
    champion: str | None
    verdict: Verdict
    before: float
    after: float
    """Mean rewards on the problems of the gate."""


def graduate(
    skill: Skill,
    base: "Base",
    adapter: Adapter,
    registry: Registry,
    exam: Sequence[Exercise],
    *,
    seed: int,
) -> Judged:
    """Publish it, and let it serve where the gate sees that it is better than who serves."""
    champion = registry.champion(skill.name)
    with tempfile.TemporaryDirectory() as place:
        write_adapter(adapter, base, Path(place))
        own = {adapter.ref: Path(place) / adapter.ref}
        bank = Bank(base, lambda ref: own.get(ref) or registry.folder_of(ref), BANK_BYTES)
        decoder = Decoder(base, bank)
        before, after = (rewards(skill, decoder, ref, exam) for ref in (champion, adapter.ref))
    pairs = [Pair(one.problem, old, new) for one, old, new in zip(exam, before, after, strict=True)]
    verdict = judge(pairs)
    lineage = Lineage(origin="trained", gate=_gate(verdict, champion), seed=seed)
    ref = registry.publish(adapter, base, lineage)
    if verdict.promotes and ref != champion:
        seen = registry.aliases(skill.name).revision
        registry.promote(skill.name, ref, expect_revision=seen, cause=verdict.reasons[0])
    means = (sum(found) / len(exam) for found in (before, after))
    return Judged(ref, champion, verdict, *means)


def rewards(
    skill: Skill, decoder: Decoder, ref: str | None, exercises: Sequence[Exercise]
) -> list[float]:
    """Of a specialist on its own: it reads, and says which way to count."""
    way = choose_way(skill, decoder, ref)
    answers = answer_all(skill, decoder, ref, [one.problem for one in exercises], way)
    return [grade(said, one.answer) for said, one in zip(answers, exercises, strict=True)]


def _gate(verdict: Verdict, champion: str | None) -> Gate:
    return Gate(
        verdict=verdict.verdict,
        champion=champion,
        evidence=verdict.evidence,
        n=verdict.gain.n,
        gain=verdict.gain.mean,
        gain_low=verdict.gain.low,
        gain_high=verdict.gain.high,
        reasons=verdict.reasons,
    )


def _how(skill: Skill, way: str) -> Example:
    return Example(skill.ask_way(), way, 1.0, f"{skill.name} strategy", 0, None)


def _train(base: "Base", job: Job, folder: Path, report: Report) -> Adapter:
    [trained] = train(
        base,
        [job],
        folder,
        report=lambda done, planned, _: report(f"{folder.name}, {done}/{planned}"),
    )
    if trained.adapter is None:
        assert trained.error is not None
        raise trained.error
    return trained.adapter
