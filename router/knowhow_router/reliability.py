"""Were the stated chances of success true? Stated probabilities against what happened.

Plain functions of arrays; knows nothing about decisions or how the chances came about.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowhow_memory.rates import Rate, Sums

BINS = 10
"""Equal-width bins of stated probability, as calibration error is usually reported."""


@dataclass(frozen=True, slots=True)
class Bin:
    """The outcomes whose stated chance fell into one tenth of the scale."""

    stated: float
    realised: Rate


@dataclass(frozen=True, slots=True)
class Reliability:
    """`ece`: mean distance of the stated from the realised rate, bins weighted by their size.
    `brier`: mean squared distance of each stated chance from its reward; 0 is perfect."""

    n: int
    stated: float
    realised: float
    ece: float
    brier: float
    bins: list[Bin]


def reliability(stated: NDArray[Any], rewards: NDArray[Any]) -> Reliability | None:
    """None where no chance was stated; rows with a NaN in `stated` are left out."""
    given = ~np.isnan(stated)
    if not given.any():
        return None
    chances = np.clip(stated[given].astype(np.float64), 0.0, 1.0)
    happened = rewards[given].astype(np.float64)
    places = np.minimum((chances * BINS).astype(np.int64), BINS - 1)
    gaps = np.bincount(places, chances - happened, BINS)
    sizes = np.bincount(places, minlength=BINS)
    means = np.bincount(places, chances, BINS) / np.maximum(sizes, 1)
    realised = Sums.of(happened, places, BINS).rates()
    return Reliability(
        n=len(chances),
        stated=float(chances.mean()),
        realised=float(happened.mean()),
        ece=float(np.abs(gaps).sum() / len(chances)),
        brier=float(np.mean((chances - happened) ** 2)),
        bins=[Bin(float(means[i]), realised[i]) for i in np.flatnonzero(sizes)],
    )
