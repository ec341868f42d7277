"""What a team knows about its problem, and what is to be done next.

All of it is data, so a saved plan is a whole run: whoever loads it goes on with the same decisions.
A part may name an earlier one as `#1`: it waits for that answer, which takes the name's place.
Parts that name nobody wait for nobody. Knows nothing of AutoGen, routing and the log.
"""

import re
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, Field

from knowhow_agents.protocol.parts import parts_in
from knowhow_agents.protocol.spec import Spec
from knowhow_agents.protocol.turns import GUIDES
from knowhow_agents.protocol.whisper import Whisper
from knowhow_agents.team.orders import Job, Report, Work
from knowhow_agents.team.specialists import ANALYST, BIG_MODEL, EXECUTOR, VERIFIER
from knowhow_memory.models import ARM_SEPARATOR, split_arm

BY_THE_WHOLE = "whole"
COMBINES = f"{BIG_MODEL}{ARM_SEPARATOR}combines"
WHOLE = 0
"""The number of what the parts are put together to."""
REFERENCE = re.compile(r"#(\d+)\b")
GOOD_ENOUGH = 0.5
"""A reward below it counts as not solved, and somebody else is asked."""
TEAM = "team"
"""Who verified, where there was no answer to verify."""


class Stage(StrEnum):
    SPEAK = "speak"
    EXECUTE = "execute"
    VERIFY = "verify"
    DONE = "done"


class Part(BaseModel):
    number: int
    text: str

    @property
    def needs(self) -> set[int]:
        """Only earlier ones: nobody can wait for himself or for who waits for him."""
        return {n for n in map(int, REFERENCE.findall(self.text)) if 0 < n < self.number}


class Step(BaseModel):
    """One arm's attempt at one part, and what came of it."""

    id: str
    part: int
    problem: str
    arm: str
    stage: Stage
    decided: bool = True
    """Whether the log has a decision of this id."""
    abstained: bool = False
    record: str | None = None
    whisper: Whisper | None = None
    answer: str | None = None
    failure: str | None = None
    infra: bool = False
    reward: float | None = None
    verified_by: str = TEAM
    notes: list[str] = Field(default_factory=list)
    cost: float | None = None
    adapter_version: str | None = None
    trajectory: list[dict[str, Any]] = Field(default_factory=list)
    seconds: float = 0.0
    recorded: bool = False

    @classmethod
    def beginning(cls, name: str, part: int, problem: str, arm: str, **more: Any) -> "Step":
        by_big_model = split_arm(arm)[0] == BIG_MODEL
        stage = Stage.EXECUTE if by_big_model else Stage.SPEAK
        return cls(id=name, part=part, problem=problem, arm=arm, stage=stage, **more)

    @property
    def accepted(self) -> bool:
        """What nobody can check is believed."""
        held = self.reward is None or self.reward >= GOOD_ENOUGH
        return self.stage is Stage.DONE and self.answer is not None and held

    @property
    def unrecorded(self) -> bool:
        """Whether there is an outcome to keep still; that of the whole is its parts'."""
        known = self.infra or self.reward is not None
        return known and self.part != WHOLE and self.stage is Stage.DONE and not self.recorded

    def fail(self, why: str, *, infra: bool) -> None:
        self.stage, self.failure, self.infra = Stage.DONE, why, infra
        self.reward = None if infra else 0.0


class Plan(BaseModel):
    problem: str
    attempts: int
    """How many arms a part may be given to, one after the other."""
    spec: Spec | None = None
    parts: list[Part] = Field(default_factory=list)
    steps: list[Step] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list)
    """What went wrong beside the steps."""
    fault: str | None = None
    """Of the provider, before anybody was chosen."""
    fault_recorded: bool = False
    told: bool = False
    """Whether the answer was given."""

    def understand(self, spec: Spec) -> None:
        self.spec = spec
        texts = parts_in(self.problem, spec) or (self.problem,)
        self.parts = [Part(number=n, text=text) for n, text in enumerate(texts, 1)]

    @property
    def in_parts(self) -> bool:
        return len(self.parts) > 1

    def jobs(self) -> list[tuple[str, Job]]:
        """Who has to do what now; the same as long as nobody reports."""
        if self.spec is None:
            return [(ANALYST, Job(work=Work.ANALYSE, problem=self.problem))]
        return [self._job(step, self.spec) for step in self.steps if step.stage is not Stage.DONE]

    def _job(self, step: Step, whole: Spec) -> tuple[str, Job]:
        agent, strategy = split_arm(step.arm)
        member, work = {
            Stage.SPEAK: (agent, Work.WHISPER if strategy == GUIDES else Work.SOLVE),
            Stage.EXECUTE: (EXECUTOR, Work.EXECUTE if step.part else Work.COMBINE),
            Stage.VERIFY: (VERIFIER, Work.VERIFY),
        }[step.stage]
        job = Job(
            work=work,
            problem=step.problem,
            step=step.id,
            decision=step.id if step.decided else None,
            arm=step.arm,
            spec=Spec.plain() if self.in_parts and step.part else whole,
            record=step.record,
            whisper=step.whisper,
            answer=step.answer,
            parts=self._answers() if work is Work.COMBINE else (),
        )
        return member, job

    def _answers(self) -> tuple[tuple[str, str], ...]:
        return tuple((self.worded(part), self.answer_to(part.number) or "") for part in self.parts)

    def answer_to(self, number: int) -> str | None:
        return next((s.answer for s in self.steps if s.part == number and s.accepted), None)

    def tried(self, part: int) -> list[str]:
        return [step.arm for step in self.steps if step.part == part]

    def ready(self) -> list[Part]:
        """Parts that somebody has to be found for."""
        return [part for part in self.parts if self._open(part) and self._can_begin(part)]

    def _open(self, part: Part) -> bool:
        steps = [step for step in self.steps if step.part == part.number]
        if any(step.stage is not Stage.DONE or step.accepted for step in steps):
            return False
        return len(steps) < self.attempts

    def _can_begin(self, part: Part) -> bool:
        return all(self.answer_to(need) is not None for need in part.needs)

    def worded(self, part: Part) -> str:
        """With the answers that it waited for in their places."""

        def fill(found: re.Match[str]) -> str:
            number = int(found[1])
            answer = self.answer_to(number) if number in part.needs else None
            return found[0] if answer is None else answer

        return REFERENCE.sub(fill, part.text)

    @property
    def all_parts_solved(self) -> bool:
        return bool(self.parts) and all(self.answer_to(p.number) is not None for p in self.parts)

    @property
    def to_combine(self) -> bool:
        return self.in_parts and self.all_parts_solved and not self.tried(WHOLE)

    @property
    def _final(self) -> int:
        """Whose answer is the problem's."""
        return WHOLE if self.in_parts else 1

    @property
    def answer(self) -> str | None:
        return self.answer_to(self._final)

    @property
    def last(self) -> Step | None:
        """The step that the answer comes from, or the last that was tried."""
        accepted = [s for s in self.steps if s.accepted and s.part == self._final]
        found = accepted or self.steps
        return found[-1] if found else None

    def why_not(self) -> str:
        """Why there is no answer, in one line."""
        open_parts = [p for p in self.parts if self.answer_to(p.number) is None]
        told = [self._why_part(part) for part in open_parts]
        if not told:
            told = [_why(step) for step in self.steps if step.part == WHOLE]
        return "; ".join([*told, *self.notes]) or "nobody was there to ask"

    def _why_part(self, part: Part) -> str:
        steps = [_why(step) for step in self.steps if step.part == part.number]
        named = f"#{part.number}: " if self.in_parts else ""
        waits = sorted(need for need in part.needs if self.answer_to(need) is None)
        if waits and not steps:
            return f"{named}waits for {', '.join(f'#{need}' for need in waits)}"
        return named + (", ".join(steps) or "nobody was there to ask")

    @property
    def unrecorded(self) -> bool:
        fault = self.fault is not None and not self.fault_recorded
        return fault or any(step.unrecorded for step in self.steps)

    def hear(self, report: Report) -> None:
        """What comes twice, or for a step that has gone on, is not heard."""
        if report.work is Work.ANALYSE:
            if self.spec is None:
                self._hear_analysis(report)
            return
        step = next((step for step in self.steps if step.id == report.step), None)
        if step is None or _expected(step) != report.work:
            return
        step.seconds += report.seconds
        step.notes += report.notes
        if report.work is Work.VERIFY:
            _hear_verdict(step, report)
            if step.part == WHOLE:
                self._share(step)
        elif report.work is Work.WHISPER:
            _hear_whisper(step, report)
        else:
            _hear_answer(step, report)

    def _share(self, whole: Step) -> None:
        """Parts that nobody could check share the fate of the whole."""
        for step in self.steps:
            if step.part != WHOLE and step.accepted and step.reward is None and not step.infra:
                step.reward, step.verified_by = whole.reward, BY_THE_WHOLE

    def _hear_analysis(self, report: Report) -> None:
        if report.failure is not None:
            self.notes.append(f"{ANALYST}: {report.failure}")
            self.fault = report.failure if report.infra else None
        self.understand(report.spec or Spec.plain())


def _expected(step: Step) -> Work | None:
    if step.stage is Stage.SPEAK:
        return Work.WHISPER if split_arm(step.arm)[1] == GUIDES else Work.SOLVE
    if step.stage is Stage.EXECUTE:
        return Work.EXECUTE if step.part else Work.COMBINE
    return Work.VERIFY if step.stage is Stage.VERIFY else None


def _hear_whisper(step: Step, report: Report) -> None:
    """Whoever has nothing to whisper leaves the big model to itself, and is not blamed for it."""
    step.whisper, step.stage = report.whisper, Stage.EXECUTE
    if report.failure is not None:
        step.notes.append(report.failure)


def _hear_answer(step: Step, report: Report) -> None:
    step.answer, step.cost = report.answer, report.cost
    step.adapter_version, step.trajectory = report.adapter_version, report.trajectory
    if report.failure is not None:
        step.fail(report.failure, infra=report.infra)
    elif report.answer is None:
        step.fail("has no answer", infra=False)
    else:
        step.stage = Stage.VERIFY


def _hear_verdict(step: Step, report: Report) -> None:
    step.stage, step.reward, step.infra = Stage.DONE, report.reward, report.infra
    step.verified_by = report.verified_by or step.verified_by
    if report.failure is not None:
        step.notes.append(report.failure)


def _why(step: Step) -> str:
    if step.failure is not None:
        return f"{step.arm} {step.failure}"
    return f"{step.arm} was wrong" if step.reward is not None else f"{step.arm} is not finished"
