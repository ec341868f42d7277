"""Specialists for word problems that learn while they work.

Everybody's first adapter knows twenty worked examples. From then on only outcomes teach: attempts
that came to the right answer, the big model's too, become lessons for those who spoke, and so do
sums that were right elsewhere where they come to the answer of what nobody solved. A version is
trained on from the one that serves, and takes over where the gate sees, on held-out problems, that
it is better. Whoever divides problems among them learns anew from all of it, quickly. Knows
nothing about routing.
"""

import hashlib
import itertools
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from demos.pupils import Judged, decide, promote
from knowhow.settings import load_settings
from knowhow_adapters.bank import Bank
from knowhow_adapters.base.load import load_base
from knowhow_adapters.decode.engine import Decoder
from knowhow_adapters.learn.examples import Example
from knowhow_adapters.learn.train import Job
from knowhow_adapters.registry.lineage import Lineage
from knowhow_adapters.registry.registry import Registry
from knowhow_agents.skills.traces.divider import FILE, Divider, Vectors
from knowhow_agents.skills.traces.divider_learning import learn_division
from knowhow_agents.skills.traces.guesses import Guesser
from knowhow_agents.skills.traces.items import Cell, exam_items, training_items
from knowhow_agents.skills.traces.language import SPECIALISTS, parse
from knowhow_agents.skills.traces.learning import SETTINGS, Shown, everything, gather, learn
from knowhow_agents.skills.traces.marks import look
from knowhow_agents.skills.traces.rounds import Tried as Graded
from knowhow_agents.skills.traces.rounds import judge, verified
from knowhow_agents.skills.traces.solver import is_right, run
from knowhow_agents.skills.traces.sums import NotTold
from knowhow_agents.skills.traces.team import Adapted, Attempt, Team, lessons
from knowhow_agents.skills.traces.telling import Item
from knowhow_agents.skills.traces.variations import idle_sentences, vary
from knowhow_memory.embedder import load_embedder

if TYPE_CHECKING:
    from knowhow_adapters.adapter import Adapter
    from knowhow_adapters.base.load import Base

BIG, TOGETHER = "big-model", "together"
ARMS = (BIG, *SPECIALISTS, TOGETHER)
BIG_MODEL = "big-reckoner"
FIRST_EXAMPLES = 20
FIRST_SEED = 1_000
"""Of examples and examinations, away from the seeds of streams."""
ENOUGH = 8
"""New lessons that start a training."""
READ, FIRST_READ = 320, 400
"""Lessons read in a training; a few seconds each."""
FEW = replace(SETTINGS, rows=8, rate=3e-3)
"""So few lessons make too few steps of the usual size."""
ON = replace(FEW, rate=1e-3)
"""On from a version that serves: steps that big would undo what it can."""
EXAM = 80
BANK_BYTES = 2**27
MILLION = 1e6


@dataclass(frozen=True)
class Tried:
    reward: float
    cost: float
    """Characters read and written, in millions, times the model's size in small ones."""
    shown: Shown
    """What may be learnt from it, where it was right."""


class School:
    def __init__(self, folder: Path) -> None:
        self.base = load_base()
        self.registry = Registry(folder / "adapters")
        self._vectors = Vectors(load_embedder(load_settings().embedder.model))
        self._division = folder / "adapters" / FILE
        self._folder = folder / "training"
        self._decoder = Decoder(self.base, Bank(self.base, self.registry.folder_of, BANK_BYTES))
        worked = training_items(FIRST_EXAMPLES * 20, FIRST_SEED)
        self.taught = gather(worked, at_most=FIRST_EXAMPLES)
        self._learnt = {agent: len(found) for agent, found in self.taught.items()}

    def begin(self) -> None:
        """Everybody's first version, unless some serve already."""
        served = self.champions()
        if len(served) < len(SPECIALISTS):
            found = self._train(SPECIALISTS, {}, FIRST_READ)
            for agent in set(SPECIALISTS) - served.keys():
                self._serve(found[agent], f"{FIRST_EXAMPLES} examples to begin with")
        if self._division.exists():
            self._divider = Divider.load(self._division, self._vectors)
        else:
            self._learn_division()

    def champions(self) -> dict[str, str]:
        return {agent: ref for agent in SPECIALISTS if (ref := self.registry.champion(agent))}

    def attempt(self, items: Sequence[Item]) -> list[dict[str, Tried]]:
        """What every arm makes of each problem, the big model too."""
        problems = [item.problem for item in items]
        big = Team(Adapted(Decoder(self._big), {}))
        by_arm = {BIG: big.attempt(problems, specialist="arithmetic", whole=True)}
        team = self._team(self.champions())
        by_arm |= {name: team.attempt(problems, specialist=name) for name in SPECIALISTS}
        by_arm[TOGETHER] = team.attempt(problems)
        return [
            {arm: self._tried(arm, attempts[at], item) for arm, attempts in by_arm.items()}
            for at, item in enumerate(items)
        ]

    def guess(self, items: Sequence[Item]) -> list[Shown]:
        """What may be learnt from problems that nobody solved."""
        guesser = Guesser(self.taught)
        graded = [
            Graded(guess, judge(guess, item))
            for item in items
            for guess in guesser.guess(item.problem, item.answer)
        ]
        return list(verified(graded))

    def hear(self, shown: Shown) -> None:
        """An attempt, or a guess, that came to the right answer."""
        for agent, found in self.taught.items():
            if shown.concerns(agent) and shown not in found:
                found.append(shown)

    def remember_training(self, heard: Mapping[str, int]) -> None:
        """How many lessons everybody had at the last training, of a run that goes on."""
        self._learnt |= heard

    def learn(self, report: Callable[[str], None]) -> list[Judged]:
        """Train everybody who heard enough that is new, and judge what they have become; they are
        judged on what they are given by whoever divides from now on."""
        heard = {agent: len(found) for agent, found in self.taught.items()}
        due = [agent for agent in SPECIALISTS if heard[agent] - self._learnt[agent] >= ENOUGH]
        if not due:
            return []
        self._learn_division()
        report(f"training {', '.join(due)}")
        found = self._train(due, self.champions(), READ)
        judged: list[Judged] = []
        for agent, adapter in found.items():
            report(f"examining {agent}")
            judged.append(self._judge(agent, adapter))
            self._learnt[agent] = heard[agent]
        return judged

    def standing(self) -> dict[str, int]:
        return dict(self._learnt)

    @cached_property
    def _big(self) -> "Base":
        return load_base(BIG_MODEL)

    def _learn_division(self) -> None:
        self._divider = learn_division(everything(self.taught), self._vectors)
        self._divider.save(self._division)

    def _team(self, versions: Mapping[str, str]) -> Team:
        return Team(Adapted(self._decoder, versions), self._divider)

    def _tried(self, arm: str, attempt: Attempt, item: Item) -> Tried:
        sizes = [base.model.num_parameters() for base in (self._big, self.base)]
        size = sizes[0] / sizes[1] if arm == BIG else 1.0
        shown = Shown(item.problem, attempt.trace, attempt.said)
        return Tried(_right(attempt, item), length(attempt) * size / MILLION, shown)

    def _train(
        self, agents: Sequence[str], start: Mapping[str, str], read: int
    ) -> "dict[str, Adapter]":
        jobs = []
        for agent in agents:
            ref = start.get(agent)
            begin = self.registry.verify(ref, self.base) if ref else None
            jobs.append(
                Job(agent, _examples(agent, self.taught[agent], read), begin, ON if begin else FEW)
            )
        told = [(job.agent, start.get(job.agent), len(self.taught[job.agent])) for job in jobs]
        # What is trained from what: a run that was stopped finds its own half-trained adapters.
        name = hashlib.sha256(repr(told).encode()).hexdigest()[:12]
        return learn(self.base, jobs, self._folder / name)

    def _judge(self, agent: str, adapter: "Adapter") -> Judged:
        """Champion and candidate on the same held-out problems."""
        champions = self.champions()
        ref = self.registry.publish(adapter, self.base, self._lineage(agent))
        items = exam_items(Cell.NUMBERS, EXAM, FIRST_SEED, of=agent)
        before = self._examine(champions, items)
        after = self._examine({**champions, agent: ref}, items)
        return decide(self.registry, ref, before, after)

    def _examine(self, versions: Mapping[str, str], items: Sequence[Item]) -> list[float]:
        attempts = self._team(versions).attempt([item.problem for item in items])
        return [_right(attempt, item) for attempt, item in zip(attempts, items, strict=True)]

    def _serve(self, adapter: "Adapter", cause: str) -> None:
        ref = self.registry.publish(adapter, self.base, self._lineage(adapter.agent))
        promote(self.registry, ref, cause)

    def _lineage(self, agent: str) -> Lineage:
        return Lineage(origin="trained", parent=self.registry.champion(agent), seed=FEW.seed)


def _examples(agent: str, taught: Sequence[Shown], read: int) -> list[Example]:
    """Every lesson as it was, the newest first, and then told in other ways."""
    rng = random.Random(f"{agent}:{len(taught)}")
    idle = [s for one in taught for s in idle_sentences(one.problem, parse(one.trace))]
    said = [each for one in reversed(taught) for each in one.said if each.agent == agent]
    for one in itertools.cycle(taught):
        if len(said) >= read:
            break
        try:
            varied = lessons(look(vary(one.problem, idle, rng)), parse(one.trace))
        except NotTold:  # a sentence that was put in says one of the numbers too
            varied = list(one.said)
        told = [each for each in varied if each.agent == agent]
        said += told or [each for each in one.said if each.agent == agent]
    return [Example(each.prompt, each.answer, 1.0, agent, 0, None) for each in said[:read]]


def length(attempt: Attempt) -> int:
    """Characters read and written."""
    return sum(len(said.prompt) + len(said.answer) for said in attempt.said)


def _right(attempt: Attempt, item: Item) -> float:
    answer = run(attempt.trace).answer
    return float(answer is not None and is_right(answer, item.answer))
