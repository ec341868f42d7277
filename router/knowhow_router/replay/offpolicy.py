"""What a policy would have earned, estimated from a log of what another one did.

Each decision is compared with the log: where the policy takes the arm that was tried, the reward
is known and stands for all the times it was not tried (weight 1 / propensity). Three estimates:

- IPS: the weighted mean. Unbiased when the propensities are right; wide.
- SNIPS: divided by the sum of the weights. Slightly biased, narrower.
- doubly robust: a model's prediction for the chosen arm, corrected by IPS on the model's errors.
  Unbiased when the propensities or the model is right; the narrowest when both are good.

Plain functions of arrays; the intervals treat decisions as independent. Knows nothing about
policies, and nothing about how the model was fitted, except that it must not have seen the row.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowhow_router.replay.matrix import Floats
from knowhow_router.replay.metrics import Figure, figure


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Arrays over decisions on logged problems.

    `predicted_tried` and `predicted_chosen` are the reward model's predictions for the arm the
    log tried and for the arm the policy chooses.
    """

    matched: NDArray[np.bool_]
    propensities: Floats
    rewards: Floats
    predicted_tried: Floats
    predicted_chosen: Floats

    @property
    def weights(self) -> Floats:
        return self.matched / self.propensities

    @property
    def effective_size(self) -> float:
        """How many equally weighted outcomes the estimate rests on."""
        weights = self.weights
        squares = float((weights**2).sum())
        return float(weights.sum()) ** 2 / squares if squares else 0.0


def ips(evidence: Evidence) -> Figure:
    return figure(evidence.weights * evidence.rewards)


def snips(evidence: Evidence) -> Figure | None:
    """Self-normalised, its interval by the delta method; None when nothing matched."""
    weights = evidence.weights
    total = weights.mean()
    if total == 0:
        return None
    value = float((weights * evidence.rewards).mean() / total)
    # A ratio moves with each row by its own deviation, seen at the mean weight.
    return figure(value + weights * (evidence.rewards - value) / total)


def doubly_robust(evidence: Evidence) -> Figure:
    return figure(doubly_robust_terms(evidence))


def doubly_robust_terms(evidence: Evidence) -> Floats:
    """One unbiased value a decision, so that policies can be compared pair by pair."""
    errors = evidence.rewards - evidence.predicted_tried
    return evidence.predicted_chosen + evidence.weights * errors
