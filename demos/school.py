"""Specialists for word problems that learn while they work.

Everybody's first adapter knows twenty worked examples. From then on only outcomes teach: what was
said in attempts that came to the right answer becomes a lesson, a new version is trained from all
lessons, and the gate lets it serve if held-out problems show that it is better. Knows nothing about
routing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from knowhow_adapters.bank import Bank
from knowhow_adapters.base.load import load_base
from knowhow_adapters.decode.engine import Decoder
from knowhow_adapters.gate import Pair, judge
from knowhow_adapters.learn.examples import Example
from knowhow_adapters.learn.train import Job
from knowhow_adapters.registry.lineage import Lineage
from knowhow_adapters.registry.registry import Registry
from knowhow_agents.skills.traces.items import COMPOSED, Cell, exam_items, training_items
from knowhow_agents.skills.traces.language import SPECIALISTS
from knowhow_agents.skills.traces.learning import SETTINGS, gather, learn
from knowhow_agents.skills.traces.solver import is_right, run
from knowhow_agents.skills.traces.team import AGENTS, DIVIDER, Adapted, Attempt, Said, Team
from knowhow_agents.skills.traces.telling import Item

if TYPE_CHECKING:
    from knowhow_adapters.adapter import Adapter

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
EXAM = 80
BANK_BYTES = 2**27


@dataclass(frozen=True)
class Tried:
    reward: float
    cost: float
    """Characters read and written, in millions, times the model's size in small ones."""
    said: tuple[Said, ...]


@dataclass(frozen=True)
class Judged:
    """What came of a training."""

    agent: str
    version: str
    promoted: bool
    before: float
    after: float
    """Shares of held-out problems."""


class School:
    def __init__(self, folder: Path) -> None:
        self.base, big = load_base(), load_base(BIG_MODEL)
        self.registry = Registry(folder / "adapters")
        self._folder = folder / "training"
        self._decoder = Decoder(self.base, Bank(self.base, self.registry.folder_of, BANK_BYTES))
        self._big = Team(Adapted(Decoder(big), {}))
        self._big_size = big.model.num_parameters() / self.base.model.num_parameters()
        worked = training_items(FIRST_EXAMPLES * 20, FIRST_SEED)
        self.lessons: dict[str, list[Said]] = {
            agent: [said for one in shown for said in one.said if said.agent == agent]
            for agent, shown in gather(worked, at_most=FIRST_EXAMPLES).items()
        }
        self._learnt = {agent: len(found) for agent, found in self.lessons.items()}

    def begin(self) -> None:
        """Everybody's first version, unless some serve already."""
        if self.champions():
            return
        found = self._train(AGENTS, "first", FIRST_READ)
        for adapter in found.values():
            self._serve(adapter, f"{FIRST_EXAMPLES} examples to begin with")

    def champions(self) -> dict[str, str]:
        return {agent: ref for agent in AGENTS if (ref := self.registry.champion(agent))}

    def attempt(self, items: Sequence[Item]) -> list[dict[str, Tried]]:
        """What every arm makes of each problem."""
        team = Team(Adapted(self._decoder, self.champions()))
        problems = [item.problem for item in items]
        by_arm = {BIG: self._big.attempt(problems, specialist="arithmetic")}
        by_arm |= {name: team.attempt(problems, specialist=name) for name in SPECIALISTS}
        by_arm[TOGETHER] = team.attempt(problems)
        return [
            {arm: self._tried(arm, attempts[at], item) for arm, attempts in by_arm.items()}
            for at, item in enumerate(items)
        ]

    def hear(self, said: Sequence[Said]) -> None:
        """What was said in an attempt that came to the right answer."""
        for one in said:
            if one not in self.lessons[one.agent]:
                self.lessons[one.agent].append(one)

    def remember_training(self, lessons: Mapping[str, int]) -> None:
        """How many lessons everybody had at the last training, of a run that goes on."""
        self._learnt |= lessons

    def learn(self, name: str, report: Callable[[str], None]) -> list[Judged]:
        """Train everybody who heard enough that is new, and judge what they have become."""
        heard = {agent: len(found) for agent, found in self.lessons.items()}
        due = [agent for agent in AGENTS if heard[agent] - self._learnt[agent] >= ENOUGH]
        if not due:
            return []
        report(f"training {', '.join(due)}")
        found = self._train(due, name, READ)
        judged: list[Judged] = []
        for agent, adapter in found.items():
            report(f"examining {agent}")
            judged.append(self._judge(agent, adapter))
            self._learnt[agent] = heard[agent]
        return judged

    def standing(self) -> dict[str, int]:
        return dict(self._learnt)

    def _tried(self, arm: str, attempt: Attempt, item: Item) -> Tried:
        length = sum(len(said.prompt) + len(said.answer) for said in attempt.said)
        size = self._big_size if arm == BIG else 1.0
        # The big model's words are nobody's lessons: it is not ours to train.
        said = () if arm == BIG else attempt.said
        return Tried(_right(attempt, item), length * size / 1e6, said)

    def _train(self, agents: Sequence[str], name: str, read: int) -> "dict[str, Adapter]":
        champions = self.champions()
        jobs = []
        for agent in agents:
            lessons = self.lessons[agent]
            examples = [Example(one.prompt, one.answer, 1.0, agent, 0, None) for one in lessons]
            ref = champions.get(agent)
            start = self.registry.verify(ref, self.base) if ref else None
            settings = replace(SETTINGS, epochs=max(1, read // len(lessons)))
            jobs.append(Job(agent, examples, start, settings))
        return learn(self.base, jobs, self._folder / name)

    def _judge(self, agent: str, adapter: "Adapter") -> Judged:
        """Champion and candidate on the same held-out problems."""
        champions = self.champions()
        ref = self.registry.publish(adapter, self.base, self._lineage(agent))
        of = COMPOSED if agent == DIVIDER else agent
        items = exam_items(Cell.NUMBERS, EXAM, FIRST_SEED, of=of)
        before = self._examine(champions, items)
        after = self._examine({**champions, agent: ref}, items)
        pairs = [
            Pair(item.problem, old, new)
            for item, old, new in zip(items, before, after, strict=True)
        ]
        verdict = judge(pairs)
        if verdict.promotes:
            self._promote(agent, ref, verdict.reasons[0])
        return Judged(agent, ref, verdict.promotes, sum(before) / EXAM, sum(after) / EXAM)

    def _examine(self, versions: Mapping[str, str], items: Sequence[Item]) -> list[float]:
        attempts = Team(Adapted(self._decoder, versions)).attempt([item.problem for item in items])
        return [_right(attempt, item) for attempt, item in zip(attempts, items, strict=True)]

    def _serve(self, adapter: "Adapter", cause: str) -> None:
        ref = self.registry.publish(adapter, self.base, self._lineage(adapter.agent))
        self._promote(adapter.agent, ref, cause)

    def _promote(self, agent: str, ref: str, cause: str) -> None:
        seen = self.registry.aliases(agent).revision
        self.registry.promote(agent, ref, expect_revision=seen, cause=cause)

    def _lineage(self, agent: str) -> Lineage:
        return Lineage(origin="trained", parent=self.registry.champion(agent), seed=SETTINGS.seed)


def _right(attempt: Attempt, item: Item) -> float:
    answer = run(attempt.trace).answer
    return float(answer is not None and is_right(answer, item.answer))
