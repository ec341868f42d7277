"""The journal as it lies in the memory: attempts, reflections and strategies, each a step of an
outcome's trajectory, durable as soon as it is written.

Whoever opens the diary of the same skill, teacher and seed again finds what was written and goes on
from there. Attempts are outcomes of `journal/teacher::way`, or without a way where none was named,
so they are statistics like any others. Knows nothing about how problems are solved.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from knowhow_agents.journal.skill import WRONG_NUMBER, Answer
from knowhow_agents.journal.strategy import Strategy
from knowhow_memory.memory import Memory
from knowhow_memory.models import ARM_SEPARATOR, Fault, OutcomeCreate

CHECKER = "checker"
ARM = "journal/{teacher}"
"""Whose outcomes these are: no specialist's name, so no adapter is trained from them unasked."""


@dataclass(frozen=True)
class Try:
    """One attempt at a problem."""

    way: str | None
    """In which it was counted, where somebody said so."""
    answer: Answer
    reward: float = 0.0
    asked: str = ""
    """What a model was asked and what it said."""
    said: str = ""


class Diary:
    def __init__(self, memory: Memory, skill: str, teacher: str, seed: int) -> None:
        self.memory, self.skill, self.teacher = memory, skill, teacher
        self.arm = ARM.format(teacher=teacher)
        self.source = f"journal of {skill} by {teacher}, seed {seed}"
        self.tries: dict[int, list[Try]] = {}
        """By the number of the problem."""
        self.reflections: dict[int, str] = {}
        """By the number of problems that had been attempted."""
        self.strategies: dict[int, Strategy] = {}
        for outcome in memory.outcomes(trajectories=True):
            if outcome.source == self.source and outcome.fault == Fault.AGENT:
                self._read(outcome.trajectory or [])

    def tried(self, number: int, problem: str, tries: Sequence[Try]) -> None:
        """All tries at one problem, in one transaction."""
        self._write(
            OutcomeCreate(
                problem=problem,
                arm=self.arm if one.way is None else self.arm + ARM_SEPARATOR + one.way,
                reward=one.reward,
                trajectory=[{"problem": number, **asdict(one)}],
                content_id=self._id("try", number, at),
                **self._common(),
            )
            for at, one in enumerate(tries)
        )
        self.tries[number] = list(tries)

    def failed(self, problem: str) -> None:
        """A provider gave no answer, which says nothing about the teacher."""
        outcome = OutcomeCreate(problem=problem, arm=self.arm, fault=Fault.INFRA, **self._common())
        self.memory.record(outcome)

    def reflected(self, after: int, text: str) -> None:
        self._note("reflection", after, {"text": text})
        self.reflections[after] = text

    def distilled(self, after: int, strategy: Strategy) -> None:
        self._note("strategy", after, asdict(strategy))
        self.strategies[after] = strategy

    def right(self, upto: int) -> float:
        """The share of tries at the first so many problems whose verdict was."""
        rewards = [one.reward for n in range(upto) for one in self.tries.get(n, [])]
        return sum(reward >= WRONG_NUMBER for reward in rewards) / len(rewards) if rewards else 0.0

    def _note(self, kind: str, after: int, told: dict[str, Any]) -> None:
        self._write(
            [
                OutcomeCreate(
                    problem=f"{self.source}: {kind} after {after} problems",
                    arm=self.arm,
                    reward=self.right(after),
                    trajectory=[{kind: after, **told}],
                    content_id=self._id(kind, after, 0),
                    **self._common(),
                )
            ]
        )

    def _read(self, trajectory: Sequence[dict[str, Any]]) -> None:
        for step in trajectory:
            match step:
                case {"problem": int(number), "answer": dict(answer), **told}:
                    found = Try(**{**told, "answer": Answer(**answer)})
                    self.tries.setdefault(number, []).append(found)
                case {"reflection": int(after), "text": str(text)}:
                    self.reflections[after] = text
                case {"strategy": int(after), **told}:
                    self.strategies[after] = Strategy(**told)

    def _write(self, outcomes: Iterable[OutcomeCreate]) -> None:
        self.memory.record_many(list(outcomes))

    def _common(self) -> dict[str, Any]:
        return {"task": self.skill, "source": self.source, "verified_by": CHECKER}

    def _id(self, kind: str, number: int, at: int) -> str:
        told = f"{self.source}\0{kind}\0{number}\0{at}"
        return hashlib.sha256(told.encode()).hexdigest()
