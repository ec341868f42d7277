"""What was written, weighed against what else could have been meant.

Three who know nothing of each other have their say: the adapters of the specialists, hunches of
what a text sounds like, and what makes sense as a result. Where a division is in doubt, where a
text sounds like other sums than were written, or where these come to nothing sensible, the
likeliest hunches are shown to the specialists too. Of all that can be put together that is taken
which everybody together finds likeliest: log-probabilities are added. So what comes out still
depends on the adapter that serves. Knows nothing about how any of them learnt.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Protocol

from knowhow_adapters.learn.examples import Example
from knowhow_adapters.learn.rating import surprise_of
from knowhow_agents.skills.traces.divider import Divider
from knowhow_agents.skills.traces.division import Division
from knowhow_agents.skills.traces.hunches import Hunches
from knowhow_agents.skills.traces.language import TraceRefused
from knowhow_agents.skills.traces.marks import Sight
from knowhow_agents.skills.traces.sense import Sense
from knowhow_agents.skills.traces.team import (
    Attempt,
    Draft,
    Question,
    Said,
    Written,
    spell_out,
)
from knowhow_agents.skills.traces.together import Worth, in_order_of_worth

if TYPE_CHECKING:
    from knowhow_adapters.adapter import Adapter
    from knowhow_adapters.base.load import Base

MOST_HUNCHES = 6
MOST_TRACES = 24
"""That are put together from a division."""
UNHEARD = -8.0
"""The log-probability of sums that were never right elsewhere, and of all from the untaught."""
SENSELESS = -1.0
"""What makes less sense is thought over."""


class Judge(Protocol):
    """How likely everybody finds what somebody could say, as log-probabilities."""

    def __call__(self, said: Sequence[Said]) -> list[float]: ...


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


Hunch = Mapping[str, float]
Thoughts = Mapping[tuple[str, str], Hunch]
"""Who is asked what → what it sounds like."""


@dataclass(frozen=True)
class Weighing:
    """Whom a team turns to in doubt."""

    divider: Divider
    hunches: Hunches
    judge: Judge
    sense: Sense

    def divisions(self, sight: Sight) -> Sequence[tuple[float, Division]]:
        return self.divider.divisions(sight)

    def choose(self, written: Sequence[Sequence[Written]]) -> list[Attempt]:
        drafts = [draft for own in written for draft, _ in own]
        thoughts = self._think([question for draft in drafts for question in draft.questions])
        sure = [self._sure(own, thoughts) for own in written]
        doubtful = [own for own, found in zip(written, sure, strict=True) if found is None]
        weighed = iter(self._weigh(doubtful, thoughts))
        return [found or next(weighed) for found in sure]

    def _think(self, questions: Sequence[Question]) -> Thoughts:
        found: dict[tuple[str, str], Hunch] = {}
        for agent in {question.agent for question in questions}:
            asked = list(dict.fromkeys(one.prompt for one in questions if one.agent == agent))
            hunches = self.hunches.of(agent, asked)
            found |= {(agent, prompt): hunch for prompt, hunch in zip(asked, hunches, strict=True)}
        return found

    def _sure(self, own: Sequence[Written], thoughts: Thoughts) -> Attempt | None:
        """What there is no reason to think over, be it that nothing can be made of it."""
        [(draft, answers), *others] = own
        if others:
            return None
        attempt = draft.finish(answers)
        words = [answer for answer in answers if isinstance(answer, str)]
        if draft.reason or len(words) < len(answers):
            return attempt
        hunches = [thoughts[question.agent, question.prompt] for question in draft.questions]
        agreed = all(
            not hunch or max(hunch, key=hunch.__getitem__) == answer
            for hunch, answer in zip(hunches, words, strict=True)
        )
        sense = self._sense(draft, words)
        return attempt if agreed and sense is not None and sense > SENSELESS else None

    def _weigh(self, doubtful: Sequence[Sequence[Written]], thoughts: Thoughts) -> list[Attempt]:
        choices = [[list(_choices(one, thoughts)) for one in own] for own in doubtful]
        said = [one for own in choices for draft in own for part in draft for one in part]
        new = list(dict.fromkeys(said))
        liked = dict(zip(new, self.judge(new), strict=True)) if new else {}

        def worth(one: Said) -> Worth:
            sounds = thoughts[one.agent, one.prompt].get(one.answer, UNHEARD)
            return liked[one] + sounds, one.answer

        valued = [
            [[sorted(map(worth, part), reverse=True) for part in draft] for draft in own]
            for own in choices
        ]
        return list(map(self._likeliest, doubtful, valued))

    def _likeliest(
        self, own: Sequence[Written], choices: Sequence[Sequence[Sequence[Worth]]]
    ) -> Attempt:
        """Of all that can be carried out; if nothing can be, what was written first."""
        found: list[tuple[float, Draft, Sequence[str]]] = []
        for (draft, _), parts in zip(own, choices, strict=True):
            for worth, words in islice(in_order_of_worth(parts), MOST_TRACES):
                sense = self._sense(draft, words)
                if sense is not None:
                    found.append((draft.worth + worth + sense, draft, words))
        if not found:
            draft, answers = own[0]
            return draft.finish(answers)
        _, best, likeliest = max(found, key=lambda one: one[0])
        return best.finish(likeliest)

    def _sense(self, draft: Draft, words: Sequence[str]) -> float | None:
        try:
            return self.sense.of(spell_out(draft.shares, words))
        except TraceRefused:
            return None


def _choices(written: Written, thoughts: Thoughts) -> Iterator[list[Said]]:
    """For every part what was said and what else it could be; nothing where nothing was said."""
    draft, answers = written
    for question, answer in zip(draft.questions, answers, strict=True):
        hunch = thoughts[question.agent, question.prompt]
        likely = sorted(hunch, key=hunch.__getitem__, reverse=True)[:MOST_HUNCHES]
        options = dict.fromkeys([answer, *likely]) if isinstance(answer, str) else ()
        yield [Said(question.agent, question.prompt, words) for words in options]
