"""What was written, weighed against hunches of what else it could be.

Where what a text sounds like is not what its specialist wrote, the likeliest hunches are shown to
the specialist too, and that is said which both together find likeliest: the log-probabilities of
the adapter and of the hunch are added. So what is written still depends on the adapter that serves.
The same sum tells a team which of several divisions was the better one to write from. Knows nothing
about how either learnt.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from knowhow_adapters.learn.examples import Example
from knowhow_adapters.learn.rating import surprise_of
from knowhow_agents.skills.traces.hunches import Hunches
from knowhow_agents.skills.traces.team import Judge, Question, Said, Voice
from knowhow_memory.errors import KnowhowError

if TYPE_CHECKING:
    from knowhow_adapters.adapter import Adapter
    from knowhow_adapters.base.load import Base

MOST_HUNCHES = 6
UNHEARD = -8.0
"""The log-probability of sums that were never right elsewhere, and of all from the untaught."""


def judge_of(base: "Base", adapters: "Mapping[str, Adapter]") -> Judge:
    """The specialists' own adapters judge."""

    def judge(said: Sequence[Said]) -> list[float]:
        found: dict[Said, float] = {}
        for agent in {one.agent for one in said}:
            own = [one for one in said if one.agent == agent]
            if agent not in adapters:
                found |= dict.fromkeys(own, UNHEARD)
                continue
            examples = [Example(one.prompt, one.answer, 1.0, agent, 0, None) for one in own]
            surprises = surprise_of(base, [adapters[agent]], examples)
            found |= {one: -surprise for one, surprise in zip(own, surprises, strict=True)}
        return [found[one] for one in said]

    return judge


class Weighed:
    """A voice that asks itself whether it should have said something else."""

    def __init__(self, voice: Voice, hunches: Hunches, judge: Judge) -> None:
        self._voice, self._hunches, self._judge = voice, hunches, judge

    def answer(
        self, questions: Sequence[Question], *, temperature: float, seed: int
    ) -> list[str | KnowhowError]:
        """With heat, whatever the voice says."""
        answers = self._voice.answer(questions, temperature=temperature, seed=seed)
        if temperature:
            return answers
        hunches = self._hunches_of(questions)
        doubtful = {
            at: list(_choices(question, answer, hunch))
            for at, (question, answer, hunch) in enumerate(
                zip(questions, answers, hunches, strict=True)
            )
            if isinstance(answer, str) and hunch and max(hunch, key=hunch.__getitem__) != answer
        }
        worth = iter(self.like([said for choices in doubtful.values() for said in choices]))
        for at, choices in doubtful.items():
            answers[at] = max(choices, key=lambda _: next(worth)).answer
        return answers

    def like(self, said: Sequence[Said]) -> list[float]:
        """How likely everybody finds it, and how likely it sounds; log-probabilities."""
        hunches = self._hunches_of(said)
        sounds = (hunch.get(one.answer, UNHEARD) for one, hunch in zip(said, hunches, strict=True))
        return [liked + sound for liked, sound in zip(self._judge(said), sounds, strict=True)]

    def _hunches_of(self, questions: Sequence[Question | Said]) -> list[dict[str, float]]:
        found: list[dict[str, float]] = [{} for _ in questions]
        for agent in {question.agent for question in questions}:
            places = [at for at, question in enumerate(questions) if question.agent == agent]
            prompts = list(dict.fromkeys(questions[at].prompt for at in places))
            own = dict(zip(prompts, self._hunches.of(agent, prompts), strict=True))
            for at in places:
                found[at] = own[questions[at].prompt]
        return found


def _choices(question: Question, answer: str, hunch: Mapping[str, float]) -> Iterator[Said]:
    """What was said, and what else it could be."""
    likely = sorted(hunch, key=hunch.__getitem__, reverse=True)[:MOST_HUNCHES]
    for words in dict.fromkeys([answer, *likely]):
        yield Said(question.agent, question.prompt, words)
