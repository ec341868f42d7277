"""Simulated rewards of a champion and a candidate on the same held-out problems.

Problems take turns in five patterns, or more on which these repeat themselves. Champion and
candidate solve each with stated chances, and what one solves the other tends to solve. Graded
rewards are the share of four parts that came out right; on every other problem the parts stand or
fall together.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowhow_adapters.gate import FROZEN, Pair

Floats = NDArray[np.float64]

CHAMPION = (0.5, 0.6, 0.7, 0.8, 0.85)
"""Of the patterns: what it solves of each."""
CORRELATION = 0.6
"""Between being right here and there: a retrained adapter still solves most of what the old one
did. At an accuracy of 0.7 one answer in six turns out differently."""
FROZEN_ONES = 100
FROZEN_ACCURACY = 0.8
PARTS = 4


@dataclass(frozen=True)
class Kind:
    """A kind of candidate: what it gains on each pattern, in shares of its problems."""

    gains: tuple[float, ...]
    correlation: float = CORRELATION
    graded: bool = False

    @property
    def worth(self) -> float:
        """What it truly gains on average."""
        return sum(self.gains) / len(self.gains)


def everywhere(
    gain: float, *, patterns: int = 5, correlation: float = CORRELATION, graded: bool = False
) -> Kind:
    return Kind((gain,) * patterns, correlation, graded)


def one_slice(gain: float, rest: float, *, patterns: int = 5) -> Kind:
    """The middle one of the patterns differs from the rest."""
    return Kind(tuple(gain if at == patterns // 2 else rest for at in range(patterns)))


def draw_pairs(rng: np.random.Generator, kind: Kind, n: int) -> list[Pair]:
    """On `n` problems of two months, and on a frozen set where nothing is gained."""
    champion = np.resize(CHAMPION, n)
    gains = np.resize(kind.gains, n)
    old, new = draw_rewards(rng, champion, gains, kind)
    pairs = [
        Pair(
            f"held out {at}",
            float(old[at]),
            float(new[at]),
            (f"pattern:{at % len(kind.gains)}", f"month:{at * 2 // n}"),
        )
        for at in range(n)
    ]
    accuracy = np.full(FROZEN_ONES, FROZEN_ACCURACY)
    old, new = draw_rewards(rng, accuracy, np.zeros(FROZEN_ONES), kind)
    frozen = (
        Pair(f"frozen {at}", float(old[at]), float(new[at]), (FROZEN,)) for at in range(FROZEN_ONES)
    )
    return [*pairs, *frozen]


def draw_rewards(
    rng: np.random.Generator, champion: Floats, gains: Floats, kind: Kind
) -> tuple[Floats, Floats]:
    candidate = np.clip(champion + gains, 0.0, 1.0)
    both = chance_of_both(champion, candidate, kind.correlation)[:, None]
    only_old, only_new = champion[:, None] - both, candidate[:, None] - both
    luck = rng.random((len(champion), PARTS if kind.graded else 1))
    if kind.graded:
        whole = rng.random(len(champion)) < 0.5
        luck[whole] = luck[whole, :1]
    old = luck < both + only_old
    new = (luck < both) | ((luck >= both + only_old) & (luck < both + only_old + only_new))
    return old.mean(axis=1), new.mean(axis=1)


def chance_of_both(one: Floats, other: Floats, correlation: float) -> Floats:
    """That both are right, as far as two such chances can be correlated."""
    scatter = np.sqrt(one * (1 - one) * other * (1 - other))
    return np.minimum(one * other + correlation * scatter, np.minimum(one, other))


def mean_gain(pairs: Sequence[Pair]) -> float:
    """What is seen where gains count: without the frozen set."""
    return float(np.mean([p.candidate - p.champion for p in pairs if FROZEN not in p.slices]))
