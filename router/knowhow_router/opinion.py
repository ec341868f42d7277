"""What somebody outside thinks of some arms, as one more estimate beside the evidence.

An opinion is a number from 0 to 1 about an arm, such as how likely a specialist's adapter finds a
strategy; nobody promises that it is a chance of success. What it adds to the evidence is learnt
from the outcomes of arms it was said of, in log-odds, beginning with nothing. Estimates with it and
without it are then weighed by how well each predicted so far. Arms that nobody spoke of keep what
the evidence says. Knows nothing about who has opinions.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from knowhow_router.experts import Mixture
from knowhow_router.observation import Floats, Opinion

SUREST = 0.02
"""Nearer to 0 or 1 neither side is believed to be: one more nine would outshout the other."""
PRIOR = 4.0
"""About as many outcomes as it takes to be moved from "the opinion says nothing"."""
MEMORY = 0.998
"""Of what was learnt about opinions: whoever has them changes, too."""


class Opinions:
    """How far opinions are believed, and what they make of an estimate."""

    def __init__(self) -> None:
        self._mixture = Mixture(2)
        self._slopes = np.array([0.0, 1.0, 0.0])  # nothing, the evidence, the opinion
        self._known = np.zeros((3, 3))

    def join(self, evident: Floats, said: Opinion, places: Mapping[str, int]) -> Floats:
        """P(success) of every arm; `places` are the arms' columns."""
        joined = evident.copy()
        for arm, thought in said.items():
            if arm in places:
                place = places[arm]
                joined[place] = self._mixture.mix(self._voices(float(evident[place]), thought))
        return joined

    def learn(self, evident: float, thought: float, reward: float, weight: float) -> None:
        """What came of an arm of which this was thought."""
        voices, sides = self._voices(evident, thought), _sides(evident, thought)
        self._mixture.learn(voices, reward, weight)
        added = voices[1]
        seen = weight * added * (1.0 - added) * np.outer(sides, sides)
        self._known = MEMORY * self._known + seen
        pull = weight * (reward - added) * sides
        self._slopes = self._slopes + np.linalg.solve(self._known + PRIOR * np.eye(3), pull)

    def _voices(self, evident: float, thought: float) -> Floats:
        """The evidence alone, and with the opinion."""
        odds = float(self._slopes @ _sides(evident, thought))
        return np.array([evident, 1.0 / (1.0 + math.exp(-odds))])


def _sides(evident: float, thought: float) -> Floats:
    return np.array([1.0, _log_odds(evident), _log_odds(thought)])


def _log_odds(p: float) -> float:
    p = min(max(p, SUREST), 1.0 - SUREST)
    return math.log(p / (1.0 - p))
