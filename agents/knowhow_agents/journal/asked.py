"""A big model as a teacher: it attempts problems, reflects on what the checker says, and distils.

Any `ChatCompletionClient` will do. Embedded models understand short questions of the kind they grew
up with, and are asked so; what they make of a reflection is theirs. What is quoted to a model is
data in a fence. A fault of the provider is raised as it is. Knows nothing about ways to count but
what the skill says of them.
"""

import re
from collections.abc import Mapping, Sequence

from autogen_core.models import ChatCompletionClient, UserMessage

from knowhow_agents.journal.diary import Diary, Try
from knowhow_agents.journal.loop import BATCHES, Tried
from knowhow_agents.journal.skill import RIGHT, WRONG_NUMBER, Answer, Exercise, Skill
from knowhow_agents.journal.strategy import MAX_WORDS, named_way
from knowhow_agents.protocol.guidance import fenced
from knowhow_agents.protocol.wording import SOURCE, Style

ATTEMPT = {
    Style.BRIEF: "{guided}{problem}\n{question} Answer yes or no.",
    Style.FULL: (
        "{guided}{problem}\n\nFind out {number}. {question} Ways to count, not all of which are "
        "right:\n{ways}\nEnd with three lines and nothing after them:\n"
        "way: the one you took, by its name\nnumber: what you counted\nanswer: yes or no"
    ),
}
GUIDED = "Strategy:\n{strategy}\n"
REFLECT = {
    Style.BRIEF: "{right} of {count} answers were right.\n{wrong}\nWhat went wrong?",
    Style.FULL: (
        "You attempted {count} problems, and {right} of your answers were right.\n{wrong}\n"
        "What does that teach about how such problems are solved? A few sentences."
    ),
}
WRONG = {
    Style.BRIEF: "Wrong: {said}. Right: {answer}.",
    Style.FULL: "A wrong one:\n{problem}\nYou said {said}; right is {answer}.",
}
DISTIL = {
    Style.BRIEF: "{reflections}\nHow are such problems solved?",
    Style.FULL: (
        "Your notes on {count} problems, {right:.0%} of which you got right:\n{reflections}\n"
        "Ways to count:\n{ways}\nWrite down the strategy to follow from now on, in at most "
        f"{MAX_WORDS} words. The first line names the best way: `way: NAME`.{{complaint}}"
    ),
}
SHOWN = {Style.BRIEF: 2, Style.FULL: 5}
"""Wrong attempts that are told of."""
ENOUGH = {Style.BRIEF: WRONG_NUMBER, Style.FULL: RIGHT}
"""The reward of an attempt that was right: who is asked for no number has none wrong."""
NOTES = {Style.BRIEF: 2, Style.FULL: BATCHES}
"""Reflections that a strategy is distilled from: embedded models read about 700 words."""
VERDICT = re.compile(r"\b(yes|no)\b")
LINE = {name: re.compile(rf"^{name}: *(.+?)[. ]*$", re.MULTILINE) for name in ("answer", "number")}


class Asked:
    """`strategy`, somebody's, stands in front of every problem."""

    def __init__(
        self, client: ChatCompletionClient, name: str, style: Style, strategy: str = ""
    ) -> None:
        self.name, self._client, self._style, self._strategy = name, client, style, strategy

    async def attempt(self, skill: Skill, exercise: Exercise) -> list[Try]:
        guided = GUIDED.format(strategy=fenced(self._strategy)) if self._strategy else ""
        asked = ATTEMPT[self._style].format(
            guided=guided,
            problem=exercise.problem,
            number=skill.number,
            question=skill.question,
            ways=_told(skill.ways),
        )
        said = await self._ask(asked)
        return [Try(named_way(said, skill.ways), read_answer(said), asked=asked, said=said)]

    async def reflect(self, skill: Skill, batch: Sequence[Tried]) -> str:
        pairs = [(tried.exercise, one) for tried in batch for one in tried.tries]
        wrong = [pair for pair in pairs if pair[1].reward < ENOUGH[self._style]]
        told = [
            WRONG[self._style].format(
                problem=fenced(exercise.problem),
                said=_said(one.answer),
                answer=_said(exercise.answer),
            )
            for exercise, one in wrong[: SHOWN[self._style]]
        ]
        return await self._ask(
            REFLECT[self._style].format(
                count=len(pairs), right=len(pairs) - len(wrong), wrong="\n".join(told)
            )
        )

    async def distil(self, skill: Skill, diary: Diary, complaint: str = "") -> str:
        newest = sorted(diary.reflections)[-NOTES[self._style] :]
        return await self._ask(
            DISTIL[self._style].format(
                count=len(diary.tries),
                right=diary.right(len(diary.tries)),
                reflections=fenced("\n".join(diary.reflections[after] for after in newest)),
                ways=_told(skill.ways),
                complaint=f" The last one was refused: {complaint}." if complaint else "",
            )
        )

    async def _ask(self, text: str) -> str:
        message = UserMessage(content=text, source=SOURCE)
        said = (await self._client.create([message])).content
        return said.strip() if isinstance(said, str) else ""  # nobody offered it a tool


def read_answer(said: str) -> Answer:
    """What stands in its lines; where it has none, the one verdict that it gives."""
    answered, counted = (found.findall(said) for found in LINE.values())
    verdicts = set(VERDICT.findall((answered[-1] if answered else said).lower()))
    number = int(counted[-1]) if counted and counted[-1].isdecimal() else None
    if len(verdicts) != 1:
        return Answer(number, None, "neither yes nor no, or both")
    return Answer(number, verdicts == {"yes"})


def _told(ways: Mapping[str, str]) -> str:
    return "\n".join(f"- {name}: {told}" for name, told in ways.items())


def _said(answer: Answer) -> str:
    verdict = {True: "yes", False: "no", None: "nothing that could be used"}[answer.enough]
    return verdict if answer.number is None else f"{verdict}, {answer.number}"
