"""Who is asked for a part, and what is remembered of how it went.

Every decision is the router's and stands in the log before anybody works; where the router or the
store fails, the first arm that was not tried yet is taken instead, so that the team goes on. What
is recorded carries its step's name, so saying it twice, after a crash too, keeps one row. Blocks
while the store writes. Knows nothing of AutoGen.
"""

import difflib
import logging
import uuid
from collections.abc import Collection, Mapping

from knowhow_agents.protocol.spec import Spec
from knowhow_agents.protocol.turns import ALONE, GUIDES
from knowhow_agents.protocol.whisper import Whisperer
from knowhow_agents.team.plan import COMBINES, WHOLE, Part, Plan, Stage, Step
from knowhow_agents.team.purposes import Purposes
from knowhow_agents.team.spans import Spans
from knowhow_agents.team.specialists import BIG_MODEL, Specialist
from knowhow_memory.memory import Memory
from knowhow_memory.models import ARM_SEPARATOR, Fault, OutcomeCreate, split_arm
from knowhow_memory.validation import checked
from knowhow_router.router import Routed, Router

log = logging.getLogger(__name__)

SUGGESTION = "strategy"
"""What a big model calls it in its spec where it says, unasked, how to do it."""
MAX_SHOWN = 60


class Dispatcher:
    def __init__(
        self,
        memory: Memory,
        router: Router,
        specialists: Mapping[str, Specialist],
        *,
        whisperer: Whisperer | None,
        big_model: str | None,
        spans: Spans,
    ) -> None:
        self._memory, self._router = memory, router
        self._specialists, self._whisperer = specialists, whisperer
        self._big_model, self._spans = big_model, spans
        claims = {name: each.purpose for name, each in specialists.items() if each.purpose.strip()}
        self._purposes = Purposes(memory.embed, claims)

    def arms(self) -> list[str]:
        """What can be asked now; adapters come and go."""
        arms = [arm for each in self._specialists.values() for arm in each.arms]
        if self._big_model is None:
            return arms
        guiding = [name for name in self._speaking() if name in self._specialists]
        return [*arms, *(f"{name}{ARM_SEPARATOR}{GUIDES}" for name in guiding), ALONE]

    def _speaking(self) -> Collection[str]:
        if self._whisperer is None:
            return ()
        try:
            return self._whisperer.specialists()
        except Exception as error:  # noqa: BLE001  a team without adapters is still a team
            log.warning("nobody whispers, as the adapters cannot be looked at: %s", error)
            return ()

    def choose(self, plan: Plan, part: Part) -> Step | None:
        """The next attempt at a part, or None where everybody was asked."""
        tried = set(plan.tried(part.number))
        arms = [arm for arm in self.arms() if arm not in tried]
        if not arms:
            return None
        problem = plan.worded(part)
        with self._spans.routing(problem) as span:
            routed = self._routed(problem, arms)
            step = _step(part.number, problem, arms[0], routed)
            step.notes += suggestions(plan.spec, arms)
            span.chose(step, routed)
        return step

    def _routed(self, problem: str, arms: list[str]) -> Routed | None:
        try:
            opinion = self._purposes.opinion(problem, arms)
            return self._router.route(problem, arms=arms, opinion=opinion)
        except Exception as error:  # noqa: BLE001  a team without a router is still a team
            log.warning("%s is asked, as the router could not say whom to ask: %s", arms[0], error)
            return None

    def combining(self, plan: Plan) -> Step:
        """Puts the parts' answers together; without a big model they are put one below another."""
        step = Step.beginning(uuid.uuid4().hex, WHOLE, plan.problem, COMBINES, decided=False)
        if self._big_model is None:
            answers = [(part, plan.answer_to(part.number)) for part in plan.parts]
            step.answer = "\n".join(f"{part.number}. {answer}" for part, answer in answers)
            step.stage = Stage.VERIFY
        return step

    def remember(self, plan: Plan) -> None:
        """Keep what is known by now. What cannot be written is tried again the next time."""
        if plan.fault is not None and not plan.fault_recorded:
            # Nobody was chosen yet, so the row names the arm that was sure to act.
            plan.fault_recorded = self._kept(
                problem=plan.problem,
                arm=ALONE,
                fault=Fault.INFRA,
                trajectory=[{"fault": plan.fault}],
            )
        for step in plan.steps:
            if step.unrecorded:
                step.recorded = self._kept(**_outcome(step))

    def _kept(self, **outcome: object) -> bool:
        outcome |= {"tenant": self._router.tenant, "big_model": self._big_model}
        try:
            self._memory.record(checked(OutcomeCreate, **outcome))
        except Exception as error:  # noqa: BLE001  the answer is worth more than its record
            log.warning("an outcome was not kept: %s", error)
            return False
        return True


def _step(part: int, problem: str, first: str, routed: Routed | None) -> Step:
    if routed is None:
        return Step.beginning(uuid.uuid4().hex, part, problem, first, decided=False)
    return Step.beginning(
        routed.id,
        part,
        problem,
        routed.fallback,
        abstained=routed.arm is None,
        record=None if routed.evidence is None else str(routed.evidence),
    )


def _outcome(step: Step) -> dict[str, object]:
    whose = {"decision_id": step.id} if step.decided else {"problem": step.problem}
    # Only an abstention leaves open which arm acted.
    arm = step.arm if step.abstained or not step.decided else None
    return whose | {
        "arm": arm,
        "reward": step.reward,
        "fault": Fault.INFRA if step.infra else Fault.AGENT,
        "verified_by": step.verified_by,
        "cost": step.cost,
        "latency_s": step.seconds,
        "adapter_version": step.adapter_version,
        "content_id": f"team:{step.id}",
        "trajectory": [*step.trajectory, *_remarks(step)],
    }


def _remarks(step: Step) -> list[dict[str, str]]:
    failed = [] if step.failure is None else [{"failure": step.failure}]
    return [*failed, *({"note": note} for note in step.notes)]


def suggestions(spec: Spec | None, arms: list[str]) -> list[str]:
    """A strategy that the big model names is noted and not obeyed: the router knows better."""
    named = None if spec is None else spec.facts.get(SUGGESTION)
    if not isinstance(named, str) or not named.strip():
        return []
    known = {split_arm(arm)[1]: arm for arm in arms if split_arm(arm)[0] != BIG_MODEL}
    shown = repr(named[:MAX_SHOWN])
    if named in arms or named in known:
        return [f"the big model suggested {shown}"]
    close = difflib.get_close_matches(named, [name for name in known if name], n=1)
    nearest = f", the nearest is {close[0]!r}" if close else ""
    return [f"the big model suggested {shown}, which nobody offers{nearest}"]
