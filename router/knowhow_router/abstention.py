"""When to say that nobody is likely enough: a threshold found from the router's own predictions.

Every outcome of the arm that would have been chosen is filed under the score it had before it was
known. The threshold is the highest score below which abstaining would have cost at most
GIVEN_UP of all reward, and below which more was lost than won. Knows nothing about arms.
"""

from __future__ import annotations

import numpy as np

GIVEN_UP = 0.02
"""Part of the reward that abstaining may cost: the price of not guessing on the rest."""

MORE_LOST = 0.5
"""Where abstaining is right, the mean reward is at most this."""

BINS = 400
LEAST_OUTCOMES = 300


class Abstention:
    def __init__(self) -> None:
        self._count = np.zeros(BINS)
        self._reward = np.zeros(BINS)

    def learn(self, score: float, reward: float, weight: float) -> None:
        at = _bin(score)
        self._count[at] += weight
        self._reward[at] += weight * reward

    def abstains(self, score: float) -> bool:
        return score < self.threshold()

    def threshold(self) -> float:
        """0 while there is too little to tell, so that nothing is below it."""
        if self._count.sum() < LEAST_OUTCOMES:
            return 0.0
        count, reward = np.cumsum(self._count), np.cumsum(self._reward)
        cheap = reward <= GIVEN_UP * reward[-1]
        losing = reward <= MORE_LOST * count
        fits = np.flatnonzero(cheap & losing & (count > 0.0))
        return float((fits[-1] + 1) / BINS) if len(fits) else 0.0


def _bin(score: float) -> int:
    return min(max(int(score * BINS), 0), BINS - 1)
