"""Everybody who can be asked in the mixed story, and what each makes of a problem.

A planner with six ways to plan, five specialists that read word problems, one that reads of
meetings and may count in five ways, and a big model. What an attempt comes to does not depend on
when it is made, so they are made for many problems at once, which is several times as fast; the
team looks them up. Whoever is asked about another department's problem has no answer. Knows nothing
about who is chosen.
"""

import asyncio
import json
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from demos import meetings, readers
from demos.meetings import Asked
from demos.pupils import Pupils
from knowhow_agents.protocol.spec import Spec
from knowhow_agents.protocol.turns import ALONE
from knowhow_agents.protocol.whathow import WhatHow
from knowhow_agents.skills.planning import specialist as planner
from knowhow_agents.skills.planning.items import Item as Plan
from knowhow_agents.skills.planning.items import draw_items
from knowhow_agents.skills.traces.language import SPECIALISTS
from knowhow_agents.skills.traces.team import Said
from knowhow_agents.skills.traces.telling import Item as Words
from knowhow_agents.team.specialists import Answer, Specialist
from knowhow_memory.models import ARM_SEPARATOR

Part = Words | Plan | Asked
PLANS = (
    "makes plans: packs boxes and bags, finds short tours, colours maps, places queens on boards, "
    "assigns shifts and jobs, finds numbers with a given sum"
)
LONGEST = 320
"""Characters of a planning problem."""
SPARE = 3
"""Drawn for one that is short enough."""
TEN = ("plan",) * 4 + ("words",) * 3 + ("meetings",) * 2 + ("several",)
"""Of every ten problems."""
PARTS = (2, 3)


def arm(agent: str, way: str) -> str:
    return f"{agent}{ARM_SEPARATOR}{way}"


READING = {name: arm(name, readers.READS) for name in SPECIALISTS}
COUNTING = {way: arm(meetings.AGENT, way) for way in meetings.SKILL.ways}
ARMS = (*planner.ARMS, *READING.values(), *COUNTING.values(), ALONE)


@dataclass(frozen=True)
class Problem:
    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        if len(self.parts) == 1:
            return self.parts[0].problem
        return "\n".join(f"({n}) {part.problem}" for n, part in enumerate(self.parts, 1))


@dataclass(frozen=True)
class Tried:
    answer: str | None
    reward: float
    said: tuple[Said, ...] = ()
    """What an adapter wrote for it, and may learn from where it was right."""


def draw(count: int, seed: int) -> list[Problem]:
    """Plans, word problems, meetings, and some that are made of two or three of these."""
    rng = random.Random(f"mixed:{seed}")
    plans = [plan for plan in draw_items(SPARE * count, seed) if len(plan.problem) <= LONGEST]
    stock: dict[str, list[Part]] = {
        "plan": [*plans],
        "words": [*readers.draw(count, seed)],
        "meetings": [*meetings.draw(count, seed)],
    }
    kinds: list[str] = []
    while len(kinds) < count:
        kinds += rng.sample(TEN, len(TEN))
    made = []
    for kind in kinds[:count]:
        wanted = [kind] if kind in stock else rng.sample(list(stock), rng.choice(PARTS))
        made.append(Problem(tuple(stock[each].pop() for each in wanted)))
    return made


@dataclass
class Staff:
    pupils: Pupils
    big: WhatHow
    ask_everything: bool
    """The big model may be asked about every problem, to see what it alone would have got."""
    verdicts: dict[str, float] = field(default_factory=dict)
    """Of the last answer to each problem that the team had checked."""
    _found: dict[str, dict[str, Tried]] = field(default_factory=dict)
    _parts: dict[str, Part] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path, big: WhatHow, *, ask_everything: bool) -> "Staff":
        pupils = Pupils(folder, [*readers.pupils(), meetings.pupil()])
        return cls(pupils, big, ask_everything)

    def prepare(self, problems: Iterable[Problem]) -> None:
        """Have everybody make up their minds about these problems."""
        self._parts = {part.problem: part for problem in problems for part in problem.parts}
        self._found = {text: {} for text in self._parts}
        self._plan([part for part in self._parts.values() if isinstance(part, Plan)])
        self._read([part for part in self._parts.values() if isinstance(part, Words)])
        self._meet([part for part in self._parts.values() if isinstance(part, Asked)])
        if self.ask_everything:
            said = asyncio.run(_asked(self.big, self._parts))
            for text, answer in zip(self._parts, said, strict=True):
                self._try(text, ALONE, answer)

    def tried(self, problem: str) -> dict[str, Tried]:
        """Arm → its attempt; who is not in it has no answer."""
        return self._found[problem]

    def specialists(self) -> list[Specialist]:
        plans = {str(way): self._looked_up(each) for each, way in planner.ARMS.items()}
        counts = {way: self._looked_up(each) for way, each in COUNTING.items()}
        return [
            Specialist(planner.AGENT, PLANS, plans),
            *(
                Specialist(name, readers.PURPOSES[name], {readers.READS: self._looked_up(each)})
                for name, each in READING.items()
            ),
            Specialist(meetings.AGENT, meetings.PURPOSE, counts),
        ]

    def verify(self, problem: str, answer: str) -> float:
        """For the team, whose own answers these are."""
        self.verdicts[problem] = float(self._is_answer(problem, answer))
        return self.verdicts[problem]

    def _plan(self, plans: Sequence[Plan]) -> None:
        for plan in plans:
            for each in planner.ARMS:
                found = planner.attempt(plan.problem, each).answer
                self._try(plan.problem, each, None if found is None else json.dumps(found))

    def _read(self, words: Sequence[Words]) -> None:
        texts = [item.problem for item in words]
        versions = self._versions(SPECIALISTS)
        for name, found in readers.attempt(self.pupils.decoder, versions, texts).items():
            for text, one in zip(texts, found, strict=True):
                self._try(text, READING[name], one.answer, one.said)

    def _meet(self, asked: Sequence[Asked]) -> None:
        version = self._versions([meetings.AGENT])[meetings.AGENT]
        for one, reading in zip(
            asked, meetings.attempt(self.pupils.decoder, version, asked), strict=True
        ):
            said = () if reading.fault else meetings.lessons(one, reading)
            for way, answer in meetings.answers(reading).items():
                self._try(one.problem, COUNTING[way], answer, tuple(said))

    def _try(
        self, problem: str, each: str, answer: str | None, said: tuple[Said, ...] = ()
    ) -> None:
        right = answer is not None and self._is_answer(problem, answer)
        self._found[problem][each] = Tried(answer, float(right), said)

    def _is_answer(self, problem: str, answer: str) -> bool:
        part = self._parts[problem]
        if isinstance(part, Words):
            return readers.is_answer(part, answer)
        if isinstance(part, Asked):
            return meetings.is_answer(part, answer)
        try:
            plan = _frozen(json.loads(answer))
            return isinstance(plan, tuple) and planner.check(part, plan) == 1
        except (ValueError, TypeError, LookupError):  # a big model may write anything
            return False

    def _versions(self, agents: Iterable[str]) -> Mapping[str, str]:
        return {agent: ref for agent in agents if (ref := self.pupils.version(agent))}

    def _looked_up(self, each: str) -> Callable[[str], Answer | None]:
        def answer(problem: str) -> Answer | None:
            tried = self._found[problem].get(each)
            if tried is None or tried.answer is None:
                return None
            return Answer(tried.answer, trajectory=[vars(one) for one in tried.said])

        return answer


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


async def _asked(big: WhatHow, problems: Iterable[str]) -> list[str | None]:
    async def ask(problem: str) -> str | None:
        return (await big.execute(problem, Spec.plain())).answer

    return list(await asyncio.gather(*map(ask, problems)))
