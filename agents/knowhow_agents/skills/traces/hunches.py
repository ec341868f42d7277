"""What sums a text sounds like, by sentence vectors alone: a second opinion on what was written.

A small model that read some thousand lessons knows their turns of phrase and few others; a frozen
embedder knows what means nearly the same. For every specialist a network with one hidden layer
learns which sums went with which text: the vectors of its sentences, what is counted in them, and
who and which quantity comes up where. It has hunches only of sums that were right elsewhere. Knows
nothing about small models and what they wrote.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from knowhow_agents.skills.traces.divider import COUNT_WEIGHT, OWN_WEIGHT, Vectors, counted
from knowhow_agents.skills.traces.marks import (
    ANY_MARK,
    MARKS,
    NAMES,
    SENTENCE,
    SPLIT,
    exchange,
    in_order,
)
from knowhow_agents.skills.traces.network import Floats, Layers, Reading, learn, think
from knowhow_agents.skills.traces.team import ASK, Said

STROKE = SPLIT.lstrip()
FIRST = 4
"""Sentences that are told apart, beside the last one."""
PEOPLE, QUANTITIES = NAMES[:4], MARKS[:5]
"""Of whom it is seen where they come up."""
LENGTH_WEIGHT = 0.3
LEAST_OFTEN, MANY = 3, 100
"""What was right less often is no class of its own; of fewer lessons than so many everything is."""
READ = 60_000
"""Lessons that are read in a training, within these bounds of readings of each."""
FEWEST_TIMES, MOST_TIMES = 10, 60
HIDDEN, ROWS = 256, 32


@dataclass(frozen=True)
class Mind:
    """Of one specialist."""

    answers: tuple[str, ...]
    layers: Layers


class Hunches:
    def __init__(self, vectors: Vectors, minds: Mapping[str, Mind]) -> None:
        self._vectors, self._minds = vectors, minds

    def of(self, agent: str, prompts: Sequence[str]) -> list[dict[str, float]]:
        """Sums and their log-probabilities, for each prompt; nothing of whom it does not know."""
        mind = self._minds.get(agent)
        if mind is None or not prompts:
            return [{} for _ in prompts]
        thoughts = think(mind.layers, features(prompts, self._vectors))
        return [dict(zip(mind.answers, map(float, row), strict=True)) for row in thoughts]


def learn_hunches(said: Sequence[Said], vectors: Vectors, *, seed: int = 0) -> Hunches:
    """`said`: what everybody should have said."""
    minds: dict[str, Mind] = {}
    for agent in sorted({one.agent for one in said}):
        own = [one for one in said if one.agent == agent]
        counts = Counter(one.answer for one in own)
        least = min(LEAST_OFTEN, 1 + len(own) // MANY)
        answers = tuple(sorted(words for words, times in counts.items() if times >= least))
        if answers:
            known = [one for one in own if one.answer in answers]
            minds[agent] = Mind(answers, _learn(known, answers, vectors, seed))
    return Hunches(vectors, minds)


def _learn(known: Sequence[Said], answers: Sequence[str], vectors: Vectors, seed: int) -> Layers:
    rows = features([one.prompt for one in known], vectors)
    reading: Reading = (rows, np.array([answers.index(one.answer) for one in known]))
    times = min(max(READ // len(known), FEWEST_TIMES), MOST_TIMES)
    return learn(
        [reading] * times,
        columns=len(answers),
        hidden=HIDDEN,
        at_once=ROWS,
        steps=times * (len(known) // ROWS + 1),
        seed=seed,
    )


def features(prompts: Sequence[str], vectors: Vectors) -> Floats:
    """A row for each prompt, or text with marks."""
    texts = [prompt.removesuffix(ASK.format(text="")) for prompt in prompts]
    told = [SENTENCE.split(text.strip()) for text in texts]
    plain = [[_alone(sentence) for sentence in sentences] for sentences in told]
    vectors.of([sentence for sentences in plain for sentence in sentences])  # all at once
    rows = [_row(*both, vectors.of(both[1])) for both in zip(told, plain, strict=True)]
    return np.array(rows, np.float32)


def _row(told: Sequence[str], alone: Sequence[str], vectors: Floats) -> Floats:
    counts = COUNT_WEIGHT * np.array([counted(sentence) for sentence in alone], np.float32)
    places = COUNT_WEIGHT * np.array([_who_comes_up(sentence) for sentence in told], np.float32)
    strokes = [sentence.startswith(STROKE) for sentence in (told[0], told[-1])]
    blocks = [
        *(OWN_WEIGHT * _first_and_last(vectors), vectors.mean(axis=0)),
        *(_first_and_last(counts), counts.sum(axis=0), _first_and_last(places)),
        np.array([LENGTH_WEIGHT * len(told), *strokes], np.float32),
    ]
    return np.concatenate(blocks)


def _first_and_last(rows: Floats) -> Floats:
    """In one row, with nothing where there are not so many."""
    slots = np.zeros((FIRST + 1, rows.shape[1]), np.float32)
    slots[: min(len(rows), FIRST)] = rows[:FIRST]
    slots[FIRST] = rows[-1]
    return slots.ravel()


def _alone(sentence: str) -> str:
    """With marks of its own, as whoever divides sees it."""
    plain = sentence.removeprefix(STROKE)
    return exchange(plain, in_order(plain))


def _who_comes_up(sentence: str) -> list[bool]:
    words = ANY_MARK.findall(sentence)
    people = [word for word in words if word in PEOPLE]
    return [
        *(person in people for person in PEOPLE),
        *(person == people[0] if people else False for person in PEOPLE),
        *(number in words for number in QUANTITIES),
    ]
