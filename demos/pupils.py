"""Specialists whose adapters learn while a story is played.

A first version reads a few worked examples. From then on only outcomes teach: what led to a right
answer becomes a lesson for whoever said it. A version is trained on from the one that serves, and
takes over where the gate sees, on held-out problems, that it is better. Knows nothing about routing
and about what is learnt.
"""

import hashlib
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from knowhow_adapters.bank import Bank
from knowhow_adapters.base.load import load_base
from knowhow_adapters.decode.engine import Decoder
from knowhow_adapters.gate import Pair, judge
from knowhow_adapters.learn.examples import Example
from knowhow_adapters.learn.train import Job, Settings
from knowhow_adapters.registry.lineage import Lineage
from knowhow_adapters.registry.registry import Registry
from knowhow_agents.skills.traces.learning import learn
from knowhow_agents.skills.traces.team import Said

if TYPE_CHECKING:
    from knowhow_adapters.adapter import Adapter

SETTINGS = Settings(rank=16, alpha=32.0, rate=3e-3, epochs=1, rows=8)
"""Few lessons make few steps, so these are large."""
ENOUGH = 12
"""New lessons that start a training."""
READ = 240
"""Lessons read in a training that goes on from a version: the new ones, and some of the others."""
BANK_BYTES = 2**27

Exam = Callable[[Decoder, str], list[float]]
"""What a version gets on held-out problems, each time the same ones."""


@dataclass(frozen=True)
class Pupil:
    name: str
    worked: Sequence[Said]
    """Verified examples to begin with."""
    readings: int
    """How often each is read at first."""
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
        new = [pupil for pupil in self._pupils.values() if not self.version(pupil.name)]
        jobs = {pupil.name: list(pupil.worked) * pupil.readings for pupil in new}
        for agent, adapter in self._train(jobs).items():
            ref = self.registry.publish(adapter, self.base, Lineage(origin="trained"))
            self._promote(agent, ref, f"{len(self._lessons[agent])} examples to begin with")

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
        due = {
            name: lessons
            for name, lessons in self._lessons.items()
            if len(lessons) - self._learnt[name] >= ENOUGH
        }
        report(f"training {', '.join(due)}")
        trained = self._train({name: self._mixed(name) for name in due})
        judged: list[Judged] = []
        for agent, adapter in trained.items():
            report(f"examining {agent}")
            judged.append(self._judge(agent, adapter))
            self._learnt[agent] = len(self._lessons[agent])
        return judged

    def _mixed(self, agent: str) -> list[Said]:
        """All that is new, among older lessons, so that these are not forgotten."""
        lessons, known = self._lessons[agent], self._learnt[agent]
        rng = random.Random(f"{agent}:{len(lessons)}")
        new = lessons[known:][-READ // 2 :]
        return [*new, *rng.choices(lessons[:known], k=READ - len(new))]

    def _train(self, lessons: Mapping[str, Sequence[Said]]) -> "dict[str, Adapter]":
        if not lessons:
            return {}
        starts = {agent: self.version(agent) for agent in lessons}
        jobs = [
            Job(
                agent,
                [Example(one.prompt, one.answer, 1.0, agent, 0, None) for one in read],
                self.registry.verify(start, self.base) if (start := starts[agent]) else None,
                SETTINGS,
            )
            for agent, read in lessons.items()
        ]
        # What is trained from what: a story that was stopped finds its own half-trained adapters.
        told = repr([(agent, starts[agent], len(self._lessons[agent])) for agent in lessons])
        return learn(self.base, jobs, self._folder / hashlib.sha256(told.encode()).hexdigest()[:12])

    def _judge(self, agent: str, adapter: "Adapter") -> Judged:
        champion = self.version(agent)
        assert champion is not None  # everybody begins with one
        lineage = Lineage(origin="trained", parent=champion)
        ref = self.registry.publish(adapter, self.base, lineage)
        exam = self._pupils[agent].exam
        before, after = exam(self.decoder, champion), exam(self.decoder, ref)
        pairs = [
            Pair(str(number), old, new)
            for number, (old, new) in enumerate(zip(before, after, strict=True))
        ]
        verdict = judge(pairs)
        if verdict.promotes:
            self._promote(agent, ref, verdict.reasons[0])
        return Judged(
            agent, ref, verdict.promotes, sum(before) / len(before), sum(after) / len(after)
        )

    def _promote(self, agent: str, ref: str, cause: str) -> None:
        seen = self.registry.aliases(agent).revision
        self.registry.promote(agent, ref, expect_revision=seen, cause=cause)
