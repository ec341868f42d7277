"""How likely each reward is right, given how plausible a model finds the answer.

If rewards are sometimes wrong, the answers that a model finds least plausible still fail most, but
not always: what succeeds among them tells how many rewards lie. A logistic curve from surprise to
reward gives both ends, and Bayes' rule the rest. Where surprise tells successes and failures not
apart, or rewards never lie, every reward is believed. Knows nothing about texts or models.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CLEAR = 3.0
"""Standard errors by which the curve must fall before anything is doubted."""
STEPS = 30
"""Of Newton's method; it settles in less than ten."""
RIDGE = 1e-2
"""Keeps the curve finite where successes and failures are cleanly apart."""
ENDS = 0.1
"""The share of the least and of the most plausible answers that counts as an end."""
HIGHEST_LIES = 0.49
"""If half of all rewards lied, they would say nothing."""


def believe(surprise: Sequence[float], success: Sequence[bool]) -> list[float]:
    """The probability that each reward is right."""
    rewards = np.asarray(success, np.float64)
    if not 0 < rewards.mean() < 1:
        return [1.0] * len(rewards)
    places = _places(np.asarray(surprise, np.float64))
    curve, slope, error = _fit(places, rewards)
    if slope > -CLEAR * error:
        return [1.0] * len(rewards)
    order = np.argsort(places)
    end = max(1, int(len(order) * ENDS))
    lies = min(1 - curve[order[:end]].mean(), curve[order[-end:]].mean(), HIGHEST_LIES)
    right = np.clip((curve - lies) / (1 - 2 * lies), 0, 1)
    """Of the answer, not of its reward."""
    agreeing = np.where(rewards > 0, right, 1 - right) * (1 - lies)
    against = np.where(rewards > 0, 1 - right, right) * lies
    return [float(value) for value in agreeing / np.maximum(agreeing + against, 1e-12)]


def _places(surprise: Floats) -> Floats:
    """The order of the values, from -1 to 1: their scale says nothing."""
    ranks = np.empty(len(surprise))
    ranks[np.argsort(surprise, kind="stable")] = np.arange(len(surprise))
    return 2 * (ranks + 0.5) / len(surprise) - 1


def _fit(places: Floats, rewards: Floats) -> tuple[Floats, float, float]:
    """The logistic curve at each place, its slope and the slope's standard error."""
    design = np.stack([np.ones_like(places), places], axis=1)
    weights = np.zeros(2)
    for _ in range(STEPS):
        curve = 1 / (1 + np.exp(-design @ weights))
        spread = curve * (1 - curve)
        hessian = design.T @ (design * spread[:, None]) + RIDGE * np.eye(2)
        weights = weights + np.linalg.solve(hessian, design.T @ (rewards - curve) - RIDGE * weights)
    return curve, float(weights[1]), float(np.sqrt(np.linalg.inv(hessian)[1, 1]))
