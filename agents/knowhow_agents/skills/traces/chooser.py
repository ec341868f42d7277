"""Which specialist a problem sounds like, learnt from outcomes: an opinion for the router.

What hunches see of a text is held against what went well with whom: the vectors of its sentences,
what is counted in them, and who comes up where. What tells a discount from a race is how it is
told, not what is sold. It is told only what came of those who were asked: a success speaks for that
specialist and against the others; after a failure it is likely to have been one of the others, and
the more so the more it seems so from everything else. What its opinion is worth, the router learns.
Knows nothing about models.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from knowhow_agents.skills.traces.alike import Alike, Floats
from knowhow_agents.skills.traces.divider import Vectors
from knowhow_agents.skills.traces.hunches import features
from knowhow_agents.skills.traces.marks import look
from knowhow_memory.errors import InputError

RIDGE = 0.1
"""How dear large weights are, beside texts that are as alike as can be."""
UNKNOWN = 0.2
"""The chance of somebody who was never asked anything like it."""
SHARPENED = 2
"""Power of the beliefs that are learnt from where nothing else is known."""
TIMES = 2
"""That beliefs are formed anew from what they lead to."""
LEAST = 1e-3
"""That is believed of anybody who has not failed."""
REFIT_EVERY, EARLY = 10, 50
"""Outcomes between two looks at all of them; before so many, every one is looked at."""
FEWEST = 5
"""Outcomes before it has an opinion."""
RECENT = 80
"""Outcomes that say how far it can be believed."""
NEWTON_STEPS = 5
SUREST = 0.98
"""That any belief counts as."""


class Chooser:
    def __init__(self, arms: Sequence[str], vectors: Vectors) -> None:
        self.arms = tuple(arms)
        self._vectors = vectors
        self._seen: list[Floats] = []
        self._asked: list[int] = []
        self._rewards: list[float] = []
        self._thought: list[float] = []
        """Log-odds of the one that was asked, before its outcome was known."""
        self._fitted: tuple[Alike, Floats] | None = None
        """To the texts that were seen, and what each of them says of every arm."""
        self._calibration = (0.0, 1.0)

    def opinion(self, problem: str, arms: Sequence[str]) -> Mapping[str, float]:
        """Silent about arms it does not know, and before the first outcomes."""
        if len(self._seen) < FEWEST:
            return {}
        believed = self._believe(self._look(problem))
        level, slope = self._calibration
        return {
            arm: 1 / (1 + math.exp(-level - slope * _log_odds(believed[self.arms.index(arm)])))
            for arm in arms
            if arm in self.arms
        }

    def learn(self, problem: str, arm: str, reward: float) -> None:
        """What came of the one that was asked."""
        if arm not in self.arms:
            raise InputError(f"no arm {arm!r}: there are {', '.join(self.arms)}")
        seen = self._look(problem)
        self._thought.append(_log_odds(self._believe(seen)[self.arms.index(arm)]))
        self._seen.append(seen)
        self._asked.append(self.arms.index(arm))
        self._rewards.append(reward)
        self._calibration = self._calibrated()
        if len(self._seen) < EARLY or len(self._seen) % REFIT_EVERY == 0:
            self._refit()

    def _look(self, problem: str) -> Floats:
        [row] = features([look(problem).text], self._vectors)
        return np.asarray(row, np.float64)

    def _believe(self, seen: Floats) -> Floats:
        if self._fitted is None:
            return np.full(len(self.arms), UNKNOWN)
        alike, weights = self._fitted
        [row] = alike.to(seen[None])
        return np.asarray(UNKNOWN + row @ weights)

    def _calibrated(self) -> tuple[float, float]:
        """What its latest thoughts were worth: it gets better, and should not be judged by what it
        thought when it knew nothing."""
        sides = np.column_stack([np.ones(len(self._thought)), self._thought])[-RECENT:]
        rewards = np.array(self._rewards[-RECENT:])
        found = np.array([0.0, 1.0])
        for _ in range(NEWTON_STEPS):
            chances = 1 / (1 + np.exp(-np.clip(sides @ found, -20, 20)))
            bend = (sides * (chances * (1 - chances))[:, None]).T @ sides + np.eye(2)
            pull = sides.T @ (rewards - chances) - (found - [0.0, 1.0])
            found = found + np.linalg.solve(bend, pull)
        return float(found[0]), float(found[1])

    def _refit(self) -> None:
        """Least squares: first over what was seen of every arm, then with what that leads to
        believe about the others where one failed."""
        seen, asked, rewards = map(np.array, (self._seen, self._asked, self._rewards))
        alike = Alike(seen)
        firm = alike.among + RIDGE * np.eye(len(seen))
        wanted = np.zeros((len(seen), len(self.arms)))
        wanted[np.arange(len(seen)), asked] = rewards
        weights: Floats = np.zeros_like(wanted)
        for arm in range(len(self.arms)):
            told = np.flatnonzero((asked == arm) | (rewards == 1))
            weights[told, arm] = np.linalg.solve(
                firm[np.ix_(told, told)], wanted[told, arm] - UNKNOWN
            )
        for _ in range(TIMES if len(seen) >= EARLY else 0):
            wanted = _most_likely_right(UNKNOWN + alike.among @ weights, asked, rewards)
            weights = np.asarray(np.linalg.solve(firm, wanted - UNKNOWN), np.float64)
        self._fitted = alike, weights


def _most_likely_right(believed: Floats, asked: NDArray[np.intp], rewards: Floats) -> Floats:
    """Shares of the arms in every outcome: of the one that was asked as far as it went well; the
    rest goes to the others, as far as they are believed in."""
    each = np.arange(len(asked))
    others = np.maximum(believed, LEAST) ** SHARPENED
    others[each, asked] = 0
    every = np.maximum(others.sum(axis=1, keepdims=True), LEAST)
    shares = (1 - rewards)[:, None] * others / every
    shares[each, asked] = rewards
    return np.asarray(shares)


def _log_odds(share: float) -> float:
    share = min(max(float(share), 1 - SUREST), SUREST)
    return math.log(share / (1 - share))
