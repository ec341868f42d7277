"""The whole way of one problem: analyse, route, whisper, execute, check, remember.

    asker = Asker(memory, router, WhatHow(model), whisperer, big_model="embedded/big-planner")
    asked = await asker.ask("A set of cups costs $80, 20% off. Sale price?")

One outcome at most comes of it: a reward where a check knows the answer to be right or wrong,
`fault="infra"` where the provider failed, which moves no statistic; else it is left to whoever can
tell, by the decision's id. Knows nothing of settings and of the command line.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from knowhow_agents.big_model.errors import ProviderFault
from knowhow_agents.protocol.attempt import Attempt
from knowhow_agents.protocol.parts import parts_in
from knowhow_agents.protocol.spec import Spec
from knowhow_agents.protocol.turns import (
    ALONE,
    CHECKED,
    GUIDES,
    guidance_for,
    kept,
    worth,
)
from knowhow_agents.protocol.whathow import WhatHow
from knowhow_agents.protocol.whisper import Whisper, Whisperer
from knowhow_memory.memory import Memory
from knowhow_memory.models import ARM_SEPARATOR, Fault, OutcomeCreate
from knowhow_router.router import Routed, Router


@dataclass(frozen=True)
class Asked:
    problem: str
    spec: Spec
    routed: Routed
    attempt: Attempt
    whispered: Whisper | None = None
    reward: float | None = None
    parts: tuple["Asked", ...] = field(default=())
    """Of a problem that was solved in parts."""

    def document(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "problem": self.problem,
            "answer": self.attempt.answer,
            "text": self.attempt.text,
            "decision": self.routed.id,
            "arm": self.routed.fallback,
            "cause": self.routed.cause,
            "p": self.routed.chosen.p,
            "reward": self.reward,
            "spec": self.spec.model_dump(mode="json"),
            "guidance": self.whispered.guidance.text if self.whispered else None,
            "followed": self.attempt.followed,
            "objections": list(self.attempt.objections),
            "calls": self.attempt.trajectory(),
            "parts": [part.document() for part in self.parts],
        }


class Asker:
    def __init__(
        self,
        memory: Memory,
        router: Router,
        what_how: WhatHow,
        whisperer: Whisperer,
        *,
        big_model: str,
    ) -> None:
        self._memory, self._router = memory, router
        self._what_how, self._whisperer = what_how, whisperer
        self._big_model = big_model

    async def ask(self, problem: str) -> Asked:
        started = time.monotonic()
        try:
            spec = await self._what_how.analyse(problem)
        except ProviderFault as fault:
            # Nobody was chosen yet, so it is nobody's: the row names the arm that was sure to act.
            self._record_fault(fault, started, problem=problem, arm=ALONE)
            raise
        routed = await asyncio.to_thread(self._route, problem)
        try:
            asked = await self._solve(problem, spec, routed)
        except ProviderFault as fault:
            self._record_fault(fault, started, decision_id=routed.id, arm=_arm_of(routed))
            raise
        if asked.reward is not None:
            self._record(asked, started)
        return asked

    def ask_and_wait(self, problem: str) -> Asked:
        """The same for programs that are not asynchronous."""
        return asyncio.run(self.ask(problem))

    def _route(self, problem: str) -> Routed:
        ours = [f"{agent}{ARM_SEPARATOR}{GUIDES}" for agent in self._whisperer.specialists()]
        self._router.follow()
        arms = dict.fromkeys([ALONE, *ours, *self._router.arms])
        return self._router.route(problem, arms=list(arms))

    async def _solve(self, problem: str, spec: Spec, routed: Routed) -> Asked:
        if told := parts_in(problem, spec):
            return await self._solve_parts(problem, spec, routed, told)
        whispered = await asyncio.to_thread(self._whisper, problem, routed)
        record = None if routed.evidence is None else str(routed.evidence)
        guidance = guidance_for(routed.fallback, record, whispered)
        attempt = await self._what_how.execute(problem, spec, guidance)
        reward = worth(problem, spec, attempt.answer)
        return Asked(problem, spec, routed, attempt, whispered, reward)

    async def _solve_parts(
        self, problem: str, spec: Spec, routed: Routed, told: Sequence[str]
    ) -> Asked:
        """Each part goes its own way, one level deep; then they are put together."""
        parts: list[Asked] = []
        for part in told:
            chosen = await asyncio.to_thread(self._route, part)
            parts.append(await self._solve(part, Spec.plain(), chosen))
        answers = [(one.problem, one.attempt.answer or one.attempt.text) for one in parts]
        attempt = await self._what_how.combine(problem, spec, answers)
        reward = worth(problem, spec, attempt.answer)
        return Asked(problem, spec, routed, attempt, reward=reward, parts=tuple(parts))

    def _whisper(self, problem: str, routed: Routed) -> Whisper | None:
        agent, _, _ = routed.fallback.partition(ARM_SEPARATOR)
        return self._whisperer.whisper(agent, problem)

    def _record(self, asked: Asked, started: float) -> None:
        version = asked.whispered.guidance.source if asked.whispered else None
        self._keep(
            started,
            decision_id=asked.routed.id,
            arm=_arm_of(asked.routed),
            reward=asked.reward,
            verified_by=CHECKED,
            adapter_version=version,
            trajectory=kept(asked.attempt, asked.whispered),
        )

    def _record_fault(self, fault: ProviderFault, started: float, **of: Any) -> None:
        if fault.infra:
            self._keep(started, fault=Fault.INFRA, trajectory=[{"fault": fault.kind}], **of)

    def _keep(self, started: float, **outcome: Any) -> None:
        self._memory.record(
            OutcomeCreate(
                tenant=self._router.tenant,
                big_model=self._big_model,
                latency_s=time.monotonic() - started,
                **outcome,
            )
        )


def _arm_of(routed: Routed) -> str | None:
    """Only an abstention leaves open which arm acted."""
    return routed.fallback if routed.arm is None else None
