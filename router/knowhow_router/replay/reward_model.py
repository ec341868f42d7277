"""A plain model of what each arm earns on a problem, for doubly robust estimates.

Per arm, its mean (shrunk to the overall mean) and a ridge regression of the rest on the problem's
components. It need not be right: it only makes an estimate narrower. Knows nothing about logs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from knowhow_router.replay.matrix import Floats

RIDGE = 1.0
PRIOR_WEIGHT = 2.0
"""Of the overall mean in an arm's mean: an arm tried once is not known."""


def predict_rewards(
    features: Floats, tried: NDArray[np.intp], rewards: Floats, asked: Floats, arms: int
) -> Floats:
    """Learn from (features, tried, rewards); predict every arm on the asked features."""
    overall = float(rewards.mean())
    predictions = np.empty((len(asked), arms))
    for arm in range(arms):
        x, y = features[tried == arm], rewards[tried == arm]
        mean = (y.sum() + PRIOR_WEIGHT * overall) / (len(y) + PRIOR_WEIGHT)
        gram = x.T @ x + RIDGE * np.eye(x.shape[1])
        weights = np.linalg.solve(gram, x.T @ (y - mean))
        predictions[:, arm] = mean + asked @ weights
    return np.clip(predictions, 0, 1)
