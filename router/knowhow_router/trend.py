"""Whether something got better or worse: the newest outcomes against those before.

One moment divides all lines of a table, so their trends speak of the same stretch of time. Knows
nothing about why: an event of drift with its cause is found by the router while it learns.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from knowhow_memory.rates import CONFIDENCE, Codes, Floats, Sums, difference

RECENT_SHARE = 0.2
"""The newest fifth of the outcomes: enough to see a change in, recent enough to matter."""
FEWEST_TRIES = 10
"""On each side; below that even an arm that broke for good could not be told from bad luck."""

Verdict = Literal["better", "worse", "steady"]


@dataclass(frozen=True, slots=True)
class Trend:
    """`change` in success rate with its 95% interval. The verdict allows for the number of lines
    that were looked at, so a table of unchanged arms says "steady" throughout 19 times in 20."""

    verdict: Verdict
    change: float
    low: float
    high: float
    recent_tries: int
    earlier_tries: int


def is_recent(occurred_at: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which outcomes belong to the newest fifth of the time-ordered ones."""
    if not len(occurred_at):
        return np.zeros(0, np.bool_)
    return occurred_at > np.quantile(occurred_at, 1 - RECENT_SHARE)


def trends(
    rewards: NDArray[Any], recent: NDArray[np.bool_], lines: Codes, count: int
) -> list[Trend | None]:
    """The trend of each line, None where there are too few tries on either side."""
    new = Sums.of(rewards[recent], lines[recent], count)
    old = Sums.of(rewards[~recent], lines[~recent], count)
    enough = np.minimum(new.tries, old.tries) >= FEWEST_TRIES
    strict = 1 - (1 - CONFIDENCE) / max(int(enough.sum()), 1)
    change, low, high = difference(new.intervals(), old.intervals())
    verdicts = _verdicts(new, old, strict)
    return [
        Trend(
            verdicts[i],
            float(change[i]),
            float(low[i]),
            float(high[i]),
            int(new.tries[i]),
            int(old.tries[i]),
        )
        if enough[i]
        else None
        for i in range(count)
    ]


def _verdicts(new: Sums, old: Sums, confidence: float) -> list[Verdict]:
    _, low, high = difference(new.intervals(confidence), old.intervals(confidence))
    return [_verdict(*ends) for ends in zip(low, high, strict=True)]


def _verdict(low: Floats, high: Floats) -> Verdict:
    if low > 0:
        return "better"
    return "worse" if high < 0 else "steady"
