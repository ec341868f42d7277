"""How likely each reward is right, given how surprising a model finds the answer.

If rewards never lied, the most surprising answers would all have failed and the least surprising
ones succeeded; how many did not tells how many rewards lie. A falling curve from surprise to reward
and Bayes' rule do the rest. Where surprise does not tell successes from failures, every reward is
believed. Knows nothing about texts or models.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CLEAR = 2.0
"""Standard errors by which successes must be less surprising before anything is doubted."""
ENDS = 0.1
"""The share of the most and of the least surprising answers that counts as an end."""
HIGHEST_LIES = 0.45
"""If half of all rewards lied, they would say nothing."""


def believe(surprise: Sequence[float], success: Sequence[bool]) -> list[float]:
    """The probability that each reward is right."""
    order = np.argsort(np.asarray(surprise, np.float64), kind="stable")
    rewards = np.asarray(success, np.float64)[order]
    if not _clearly_apart(rewards):
        return [1.0] * len(rewards)
    end = max(1, round(len(rewards) * ENDS))
    lies = _lies(min(1 - rewards[:end].mean(), rewards[-end:].mean()), end)
    right = np.clip((_falling(rewards) - lies) / (1 - 2 * lies), 0, 1)
    """Of the answers, not of their rewards."""
    agreed = np.where(rewards > 0, right, 1 - right) * (1 - lies)
    lied = np.where(rewards > 0, 1 - right, right) * lies
    beliefs = np.ones(len(rewards))
    # Where there are no lies, both are nothing for what is least likely: it is believed.
    np.divide(agreed, agreed + lied, out=beliefs, where=agreed + lied > 0)
    found = np.empty(len(rewards))
    found[order] = beliefs
    return [float(belief) for belief in found]


def _lies(seen: float, count: int) -> float:
    """A standard error above what the purer end shows: of two, the smaller is mostly too small."""
    return min(float(seen + (seen * (1 - seen) / count) ** 0.5), HIGHEST_LIES)


def _clearly_apart(rewards: Floats) -> bool:
    """The rank-sum test; `rewards` in the order of surprise."""
    good = rewards.sum()
    bad = len(rewards) - good
    if not (good and bad):
        return False
    expected = good * (len(rewards) - 1) / 2
    error = (good * bad * (len(rewards) + 1) / 12) ** 0.5
    return bool(expected - np.flatnonzero(rewards).sum() > CLEAR * error)


def _falling(rewards: Floats) -> Floats:
    """The best fit that never rises."""
    from scipy.optimize import isotonic_regression

    fitted: Floats = isotonic_regression(rewards, increasing=False).x
    return fitted
