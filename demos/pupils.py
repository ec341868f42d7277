"""Specialists whose adapters learn while a story is played.

A first version reads a few worked examples. From then on only outcomes teach: what led to a right
answer becomes a lesson for whoever said it. Whoever has heard a third more is trained anew on all
of it, and the new version takes over where the gate sees, on held-out problems, that it is better.
Knows nothing about routing and about what is learnt.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

from knowhow_adapters.bank import Bank
from knowhow_adapters.base.load import load_base
from knowhow_adapters.decode.engine import Decoder
from knowhow_adapters.gate import Pair, judge
from knowhow_adapters.learn.examples import Example
from knowhow_adapters.learn.train import Job, Settings
from knowhow_adapters.names import agent_of
from knowhow_adapters.registry.lineage import Lineage
from knowhow_adapters.registry.registry import Registry
from knowhow_agents.skills.traces.learning import learn
from knowhow_agents.skills.traces.team import Said

if TYPE_CHECKING:
    from knowhow_adapters.adapter import Adapter

SETTINGS = Settings(rank=16, alpha=32.0, rate=3e-3, epochs=1, rows=8)
"""Few lessons make few steps, so these are large."""
GROWTH = 1.3
"""How many times the lessons of the last training start the next."""
READ = 700
"""Lessons read in a training at most."""
BANK_BYTES = 2**27

Exam = Callable[[Decoder, str], list[float]]
"""What a version gets on held-out problems, each time the same ones."""


@dataclass(frozen=True)
class Pupil:
    name: str
    worked: Sequence[Said]
    """Verified examples to begin with."""
    readings: int
    """How often each lesson is read, where they are few."""
    exam: Exam


@dataclass(frozen=True)
class Judged:
    """What came of a training."""

    agent: str
    version: str
    promoted: bool
    before: float
    after: float
    """Shares of held-out problems."""

    def told(self) -> str:
        verdict = "[bold green]promoted[/]" if self.promoted else "[dim]not shown to be better[/]"
        return f"{self.agent}: {self.before:.0%} → {self.after:.0%} of held-out problems, {verdict}"


class Pupils:
    def __init__(self, folder: Path, pupils: Sequence[Pupil]) -> None:
        self.base = load_base()
        self.registry = Registry(folder / "adapters")
        self.decoder = Decoder(self.base, Bank(self.base, self.registry.folder_of, BANK_BYTES))
        self._folder = folder / "training"
        self._pupils = {pupil.name: pupil for pupil in pupils}
        self._lessons = {pupil.name: list(pupil.worked) for pupil in pupils}
        self._learnt = {name: len(lessons) for name, lessons in self._lessons.items()}

    def begin(self) -> None:
        """Everybody's first version, unless some serve already."""
        new = [agent for agent in self._pupils if not self.version(agent)]
        for agent, adapter in self._train(new).items():
            ref = self.registry.publish(adapter, self.base, Lineage(origin="trained"))
            promote(self.registry, ref, f"{len(self._lessons[agent])} examples to begin with")

    def version(self, agent: str) -> str | None:
        return self.registry.champion(agent)

    def hear(self, said: Said) -> None:
        """Something that was part of a right answer."""
        lessons = self._lessons[said.agent]
        if said not in lessons:
            lessons.append(said)

    def standing(self) -> dict[str, int]:
        """How many lessons everybody had at the last training."""
        return dict(self._learnt)

    def remember(self, standing: Mapping[str, int]) -> None:
        """Of a story that goes on."""
        self._learnt |= standing

    def learn(self, report: Callable[[str], None]) -> list[Judged]:
        """Train everybody who heard enough that is new, and judge what they have become."""
        due = [
            agent
            for agent, lessons in self._lessons.items()
            if len(lessons) >= GROWTH * self._learnt[agent]
        ]
        if due:
            report(f"training {', '.join(due)}")
        judged: list[Judged] = []
        for agent, adapter in self._train(due).items():
            report(f"examining {agent}")
            judged.append(self._judge(agent, adapter))
            self._learnt[agent] = len(self._lessons[agent])
        return judged

    def _train(self, agents: Sequence[str]) -> "dict[str, Adapter]":
        jobs = [
            Job(
                agent,
                [Example(one.prompt, one.answer, 1.0, agent, 0, None) for one in self._read(agent)],
                settings=SETTINGS,
            )
            for agent in agents
        ]
        # Who learns from how much: a story that was stopped finds its own half-trained adapters.
        told = repr([(agent, len(self._lessons[agent])) for agent in agents])
        place = self._folder / hashlib.sha256(told.encode()).hexdigest()[:12]
        return learn(self.base, jobs, place)

    def _read(self, agent: str) -> list[Said]:
        """All lessons, each as often as there is room for."""
        lessons = self._lessons[agent]
        times = min(self._pupils[agent].readings, max(1, READ // len(lessons)))
        return (lessons * times)[-READ:]

    def _judge(self, agent: str, adapter: "Adapter") -> Judged:
        champion = self.version(agent)
        assert champion is not None  # everybody begins with one
        lineage = Lineage(origin="trained", parent=champion)
        ref = self.registry.publish(adapter, self.base, lineage)
        exam = self._pupils[agent].exam
        return decide(self.registry, ref, exam(self.decoder, champion), exam(self.decoder, ref))


def decide(registry: Registry, ref: str, before: Sequence[float], after: Sequence[float]) -> Judged:
    """The version serves where the gate sees, problem by problem, that it is better."""
    both = enumerate(zip(before, after, strict=True))
    verdict = judge([Pair(str(number), old, new) for number, (old, new) in both])
    if verdict.promotes:
        promote(registry, ref, verdict.reasons[0])
    return Judged(agent_of(ref), ref, verdict.promotes, fmean(before), fmean(after))


def promote(registry: Registry, ref: str, cause: str) -> None:
    agent = agent_of(ref)
    registry.promote(agent, ref, expect_revision=registry.aliases(agent).revision, cause=cause)
