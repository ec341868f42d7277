"""The calls to a big model: what a problem is, and an attempt at it, guided or not.

    what_how = WhatHow(BigModel("embedded/big-planner"), style=Style.BRIEF)
    spec = await what_how.analyse(problem)
    attempt = await what_how.execute(problem, spec, [Guidance("25 + 3 = 28", source="sums@…")])

Any `ChatCompletionClient` will do; it never gets a tool. Guidance that does not hold up, by itself
or against what the big model makes of the problem without it, is left aside, and the attempt says
why. A fault of the provider is raised as it is. Knows nothing of
routing, adapters and outcomes.
"""

from collections.abc import Sequence
from dataclasses import replace

from autogen_core.models import ChatCompletionClient

from knowhow_agents.protocol.attempt import Attempt
from knowhow_agents.protocol.checks import check
from knowhow_agents.protocol.guidance import Guidance, fenced, neutral
from knowhow_agents.protocol.line import Line
from knowhow_agents.protocol.looks import Case, against
from knowhow_agents.protocol.replies import read_answer
from knowhow_agents.protocol.soundness import objection
from knowhow_agents.protocol.spec import Spec, SpecRefused, read_spec
from knowhow_agents.protocol.ways import MAX_QUOTED, WAYS, Way, alone
from knowhow_agents.protocol.wording import Style
from knowhow_memory.errors import InputError

OTHERWISE = "asked without it, the big model comes twice to"
MAX_PROBLEM = 20_000
"""Characters."""
DEFAULT_WAY = Way.HINT
"""The one in which learnt guidance helped most: `knowhow eval guidance` compares them."""


class WhatHow:
    def __init__(
        self,
        model: ChatCompletionClient,
        *,
        style: Style = Style.FULL,
        way: Way = DEFAULT_WAY,
    ) -> None:
        self._model, self._style, self._way = model, style, way

    async def analyse(self, problem: str) -> Spec:
        """The spec; repaired once if it cannot be read, and plain if it still cannot."""
        asked, line = readable(problem), self._line()
        first = await line.ask("analyse", problem=asked)
        try:
            return read_spec(first.said)
        except SpecRefused as refused:
            why, reply = str(refused), fenced(first.said[:MAX_QUOTED])
        second = await line.ask("repair", problem=asked, why=neutral(why), reply=reply)
        try:
            return read_spec(second.said)
        except SpecRefused:
            return Spec.plain()

    async def execute(self, problem: str, spec: Spec, guidance: Sequence[Guidance] = ()) -> Attempt:
        case, line = Case(readable(problem), spec), self._line()
        own, doubts = None, list[str]()
        sound: list[Guidance] = []
        for each in guidance:
            why = _doubt(case, each)
            if why is None and (other := await against(line, case, each.answer)):
                own, why = other, f"{OTHERWISE} {other.answer}"
            if why is None:
                sound.append(each)
            else:
                doubts.append(why)
        attempt = await WAYS[self._way](line, case, sound) if sound else own
        attempt = attempt or await alone(line, case)
        return replace(attempt.objecting(doubts), calls=tuple(line.calls))

    async def combine(self, problem: str, spec: Spec, parts: Sequence[tuple[str, str]]) -> Attempt:
        """An answer to the whole from sub-problems and their answers."""
        told = fenced("\n".join(f"{part}\nresult: {answer}" for part, answer in parts))
        call = await self._line().ask(
            "combine", problem=readable(problem), spec=spec.written(), parts=told
        )
        return Attempt(read_answer(call.said), call.said, calls=(call,))

    def _line(self) -> Line:
        return Line(self._model, self._style)


def _doubt(case: Case, guidance: Guidance) -> str | None:
    """What speaks against guidance before any model is asked."""
    if why := objection(case.problem, guidance):
        return why
    if guidance.answer is not None and check(case.problem, case.spec, guidance.answer) is False:
        return "its result is not what the problem asks for"
    return None


def readable(problem: str) -> str:
    """A problem as prompts show it: its words, without what a terminal or a template would obey."""
    if len(problem) > MAX_PROBLEM:
        raise InputError(f"the problem is longer than {MAX_PROBLEM:,} characters: shorten it")
    words = neutral(problem, MAX_PROBLEM)
    if not words:
        raise InputError("the problem is empty: say what is to be solved")
    return words
