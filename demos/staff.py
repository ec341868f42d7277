"""Everybody who can be asked in the mixed story, and what each makes of a problem.

A planner with six ways to plan, the word problems' specialists of `school`, and a big model. What
an attempt comes to does not depend on when it is made, so they are made for many problems at once,
which is several times as fast; the team looks them up. Knows nothing about who is chosen.
"""

import asyncio
import json
import random
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from demos.school import MILLION, School, length
from knowhow_agents.protocol.spec import Spec
from knowhow_agents.protocol.turns import ALONE
from knowhow_agents.protocol.whathow import WhatHow
from knowhow_agents.skills.planning import specialist as planner
from knowhow_agents.skills.planning.items import Item as Plan
from knowhow_agents.skills.planning.items import draw_items
from knowhow_agents.skills.traces.items import training_items
from knowhow_agents.skills.traces.learning import Shown
from knowhow_agents.skills.traces.solver import is_right
from knowhow_agents.skills.traces.solver import run as carry_out
from knowhow_agents.skills.traces.team import Attempt
from knowhow_agents.skills.traces.telling import Item as Words
from knowhow_agents.team.specialists import Answer, Specialist
from knowhow_memory.models import ARM_SEPARATOR

READERS, READS = "readers", "read"
"""Word problems' five specialists, and who divides a problem among them, speak with one voice here:
`knowhow demo math` tells how the router learns whom of them to ask."""
MOST_NUMBERS = 10
"""A text with more of them is no word problem, and is not read as one."""
LONGEST = 320
"""Characters of a planning problem."""
SPARE = 3
"""Drawn for one that is short enough."""
TEN = ("plan",) * 5 + ("words",) * 4 + ("both",)
"""Of every ten problems."""


READING = f"{READERS}{ARM_SEPARATOR}{READS}"
ARMS = (*planner.ARMS, READING, ALONE)


@dataclass(frozen=True)
class Problem:
    parts: tuple[Words | Plan, ...]

    @property
    def text(self) -> str:
        if len(self.parts) == 1:
            return self.parts[0].problem
        return "\n".join(f"({n}) {part.problem}" for n, part in enumerate(self.parts, 1))


@dataclass(frozen=True)
class Tried:
    answer: str | None
    reward: float
    cost: float = 0.0
    shown: Shown | None = None
    """What a specialist may learn from it, where it was right."""


def draw(count: int, seed: int) -> list[Problem]:
    """Plans, word problems, and some that are made of two or three of these."""
    rng = random.Random(f"mixed:{seed}")
    words = iter(training_items(2 * count, seed))
    plans = iter([p for p in draw_items(SPARE * count, seed) if len(p.problem) <= LONGEST])
    kinds: list[str] = []
    while len(kinds) < count:
        kinds += rng.sample(TEN, len(TEN))
    made = {
        "plan": lambda: (next(plans),),
        "words": lambda: (next(words),),
        "both": lambda: rng.choice(
            [(next(words), next(plans)), (next(plans), next(words), next(plans))]
        ),
    }
    return [Problem(made[kind]()) for kind in kinds[:count]]


@dataclass
class Staff:
    school: School
    big: WhatHow
    ask_everything: bool
    """The big model may be asked about every problem, to see what it alone would have got."""
    verdicts: dict[str, float] = field(default_factory=dict)
    """Of the answers that the team had checked."""
    _found: dict[str, dict[str, Tried]] = field(default_factory=dict)
    _items: dict[str, Words | Plan] = field(default_factory=dict)

    def prepare(self, problems: Sequence[Problem]) -> None:
        """Have everybody make up their minds about these problems."""
        items = [part for problem in problems for part in problem.parts]
        self._items |= {item.problem: item for item in items}
        found: dict[str, dict[str, Tried]] = {item.problem: self._plans(item) for item in items}
        short = [item.problem for item in items if _numbers(item.problem) <= MOST_NUMBERS]
        for problem, attempt in zip(short, self.school.read_together(short), strict=True):
            found[problem][READING] = self._read(problem, attempt)
        if self.ask_everything:
            said = asyncio.run(_asked(self.big, [item.problem for item in items]))
            for item, answer in zip(items, said, strict=True):
                found[item.problem][ALONE] = Tried(answer, self.check(item.problem, answer))
        self._found = found

    def tried(self, problem: str) -> dict[str, Tried]:
        """Arm → its attempt; who is not in it has no answer."""
        return self._found[problem]

    def specialists(self) -> list[Specialist]:
        ways = {str(way): self._looked_up(arm) for arm, way in planner.ARMS.items()}
        return [
            Specialist(planner.AGENT, "makes plans", ways),
            Specialist(READERS, "read word problems", {READS: self._looked_up(READING)}),
        ]

    def verify(self, problem: str, answer: str) -> float:
        """For the team, whose own answers these are."""
        self.verdicts[problem] = self.check(problem, answer)
        return self.verdicts[problem]

    def check(self, problem: str, answer: str | None) -> float:
        """What an answer is worth, whoever gave it."""
        item = self._items[problem]
        if answer is None:
            return 0.0
        if isinstance(item, Words):
            return float((value := _number(answer)) is not None and is_right(value, item.answer))
        try:
            plan = _frozen(json.loads(answer))
            return planner.check(item, plan) if isinstance(plan, tuple) else 0.0
        except (ValueError, TypeError, LookupError):  # a big model may write anything
            return 0.0

    def _plans(self, item: Words | Plan) -> dict[str, Tried]:
        self._items[item.problem] = item
        found = {arm: planner.attempt(item.problem, arm).answer for arm in planner.ARMS}
        told = {arm: None if plan is None else json.dumps(plan) for arm, plan in found.items()}
        return {arm: Tried(plan, self.check(item.problem, plan)) for arm, plan in told.items()}

    def _read(self, problem: str, attempt: Attempt) -> Tried:
        value = carry_out(attempt.trace).answer
        answer = None if value is None else str(value)
        shown = Shown(problem, attempt.trace, attempt.said)
        return Tried(answer, self.check(problem, answer), length(attempt) / MILLION, shown)

    def _looked_up(self, arm: str) -> Callable[[str], Answer | None]:
        def answer(problem: str) -> Answer | None:
            tried = self._found[problem].get(arm)
            if tried is None or tried.answer is None:
                return None
            said = [] if tried.shown is None else [vars(one) for one in tried.shown.said]
            return Answer(tried.answer, cost=tried.cost, trajectory=said)

        return answer


def _numbers(text: str) -> int:
    return len(re.findall(r"\d+", text))


def _number(text: str) -> Fraction | None:
    try:
        return Fraction(text.replace(",", ""))
    except (ValueError, ZeroDivisionError):
        return None


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


async def _asked(big: WhatHow, problems: Iterable[str]) -> list[str | None]:
    async def ask(problem: str) -> str | None:
        return (await big.execute(problem, Spec.plain())).answer

    return list(await asyncio.gather(*map(ask, problems)))
