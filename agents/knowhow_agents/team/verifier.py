"""The verifier: holds an answer against the checks there are, and says who knew.

Asked first is the team's own check, then the acting specialist's, then everybody else's, then what
the spec itself says; the first that can tell decides. One that raises or says what is no reward is
named and passed over. Where nobody could tell because a check failed, that is nobody's failure.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from knowhow_agents.big_model.errors import scrubbed
from knowhow_agents.protocol.turns import CHECKED, worth
from knowhow_agents.team.beside import in_thread
from knowhow_agents.team.members import Member
from knowhow_agents.team.orders import Job, Report
from knowhow_agents.team.spans import Spans
from knowhow_agents.team.specialists import VERIFIER, Check, Specialist
from knowhow_memory.models import split_arm


class Verifier(Member):
    # A check that never answers says nothing about the answer.
    asks_a_provider = True

    def __init__(
        self,
        specialists: Mapping[str, Specialist],
        check: Check | None,
        *,
        deadline_s: float,
        spans: Spans,
    ) -> None:
        super().__init__(VERIFIER, "checks answers", deadline_s=deadline_s, spans=spans)
        self._specialists, self._check = specialists, check

    async def work(self, job: Job) -> Report:
        return await in_thread(lambda: self._verdict(job))

    def told(self, report: Report) -> str:
        if report.reward is not None:
            return f"reward {report.reward:g} ({report.verified_by})"
        return "; ".join(["nobody can tell", *report.notes, *filter(None, [report.failure])])

    def _verdict(self, job: Job) -> Report:
        notes: list[str] = []
        for name, check in self._checks(job):
            try:
                reward = _as_reward(check(job.problem, job.answer or ""))
            except BaseException as error:  # noqa: BLE001  a check may raise anything
                notes.append(f"{name}'s check raised {type(error).__name__}: {scrubbed(error)}")
                continue
            if reward is not None:
                return self._report(job, notes, reward=reward, verified_by=name)
        return self._report(job, notes, infra=bool(notes))

    def _checks(self, job: Job) -> Iterator[tuple[str, Check]]:
        if self._check is not None:
            yield VERIFIER, self._check
        acting = split_arm(job.arm)[0]
        for name in sorted(self._specialists, key=lambda name: name != acting):
            if (check := self._specialists[name].check) is not None:
                yield name, check
        yield CHECKED, lambda problem, answer: worth(problem, job.spec, answer)

    def _report(self, job: Job, notes: list[str], **more: object) -> Report:
        found = {"verified_by": VERIFIER} | more
        return Report.model_validate({"work": job.work, "step": job.step, "notes": notes, **found})


@dataclass(frozen=True)
class _NoReward(Exception):
    said: str

    def __str__(self) -> str:
        return f"{self.said} is no reward between 0 and 1"


def _as_reward(said: object) -> float | None:
    if said is None:
        return None
    if not isinstance(said, int | float) or not (math.isfinite(said) and 0 <= said <= 1):
        raise _NoReward(repr(said)[:80])
    return float(said)
