"""The calls to a big model: what a problem is, and an attempt at it, guided or not.

    what_how = WhatHow(BigModel("embedded/big-planner"), style=Style.BRIEF)
    spec = await what_how.analyse(problem)
    attempt = await what_how.execute(problem, spec, [Guidance("25 + 3 = 28", source="sums@…")])

Any `ChatCompletionClient` will do; it never gets a tool. Guidance that does not hold up is left
aside, and the attempt says why. A fault of the provider is raised as it is. Knows nothing of
routing, adapters and outcomes.
"""

from collections.abc import Sequence

from autogen_core.models import ChatCompletionClient

from knowhow_agents.protocol.attempt import Attempt
from knowhow_agents.protocol.checks import check
from knowhow_agents.protocol.guidance import Guidance, fenced, neutral
from knowhow_agents.protocol.line import Line
from knowhow_agents.protocol.replies import read_answer
from knowhow_agents.protocol.soundness import objection
from knowhow_agents.protocol.spec import Spec, SpecRefused, read_spec
from knowhow_agents.protocol.ways import MAX_QUOTED, WAYS, Case, Way, alone
from knowhow_agents.protocol.wording import Style
from knowhow_memory.errors import InputError

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
        self._line, self._way = Line(model, style), way

    async def analyse(self, problem: str) -> Spec:
        """The spec; repaired once if it cannot be read, and plain if it still cannot."""
        asked = readable(problem)
        first = await self._line.ask("analyse", problem=asked)
        try:
            return read_spec(first.said)
        except SpecRefused as refused:
            why, reply = str(refused), fenced(first.said[:MAX_QUOTED])
        second = await self._line.ask("repair", problem=asked, why=neutral(why), reply=reply)
        try:
            return read_spec(second.said)
        except SpecRefused:
            return Spec.plain()

    async def execute(self, problem: str, spec: Spec, guidance: Sequence[Guidance] = ()) -> Attempt:
        case = Case(readable(problem), spec)
        doubts = [_doubt(case, each) for each in guidance]
        sound = [each for each, doubt in zip(guidance, doubts, strict=True) if doubt is None]
        attempt = await (
            WAYS[self._way](self._line, case, sound) if sound else alone(self._line, case)
        )
        return attempt.objecting(doubt for doubt in doubts if doubt)

    async def combine(self, problem: str, spec: Spec, parts: Sequence[tuple[str, str]]) -> Attempt:
        """An answer to the whole from sub-problems and their answers."""
        told = fenced("\n".join(f"{part}\nresult: {answer}" for part, answer in parts))
        call = await self._line.ask(
            "combine", problem=readable(problem), spec=spec.written(), parts=told
        )
        return Attempt(read_answer(call.said), call.said, (call,))


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
