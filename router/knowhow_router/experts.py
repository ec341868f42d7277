"""How much each expert is believed: by how well it predicted the outcomes so far.

Prequential (an expert is judged on an outcome before anybody learned from it) and slowly
forgetting, so that a mixture can change as evidence grows. The last experts may be silent on a
problem: the others then share their weight, and whoever was silent is judged as the mixture was, so
that silence is neither merit nor fault. Knows nothing about what experts are.
"""

from __future__ import annotations

import numpy as np

from knowhow_router.observation import Floats

MEMORY = 0.999
"""An outcome's verdict fades by half in about 700 outcomes."""

NOISE_PRIOR = (2.0, 8.0)
"""Squared error and outcomes assumed before the first: a coin's noise."""


class Mixture:
    """Weights of experts, and the noise that is left when the mixture has predicted."""

    def __init__(self, experts: int) -> None:
        self._loss = np.zeros(experts)
        self._squares, self._count = NOISE_PRIOR

    @property
    def noise(self) -> float:
        """Variance of a reward around its prediction."""
        return self._squares / self._count

    def weights(self, speaking: int) -> Floats:
        """Posterior of the first experts under Gaussian noise, alike before the first outcome."""
        loss = self._loss[:speaking]
        merit = np.exp((loss.min() - loss) / (2.0 * self.noise))
        return np.asarray(merit / merit.sum())

    def mix(self, predictions: Floats) -> Floats:
        """Predictions have one row an expert that speaks."""
        return np.asarray(self.weights(len(predictions)) @ predictions)

    def learn(self, predictions: Floats, reward: float, weight: float) -> None:
        mixed = float(self.mix(predictions))
        self._squares += weight * (reward - mixed) ** 2
        self._count += weight
        said = np.full(len(self._loss), mixed)
        said[: len(predictions)] = predictions
        self._loss = MEMORY * self._loss + weight * (reward - said) ** 2
