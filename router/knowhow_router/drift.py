"""Notices that an arm is not what it was: two cumulative sums of surprise for each arm.

A sum grows by every standardised surprise beyond SLACK in its direction and is never below zero;
past LIMIT the arm has changed. Knows nothing about why, or what is done about it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

SLACK = 0.35
"""Standard deviations a mean may be off for good without being called drift: estimates of chosen
arms are a little too high, and no problem stream is perfectly even."""

LIMIT = 30.0
"""A drop by half of full scale is noticed after about 40 outcomes of the arm. Independent surprises
would hardly ever get here; real ones come in runs, and at 18 they did (3 in 200,000)."""

WARM_UP = 30
"""Outcomes of an arm before its surprises count: earlier ones say that the estimate was young."""

LEAST_NOISE = 0.02


@dataclass(frozen=True, slots=True)
class Drift:
    """An arm changed: noticed at outcome `seq`; `change` is its recent mean surprise."""

    arm: int
    seq: int
    change: float


@dataclass(slots=True)
class _Watch:
    seen: int = 0
    sums: tuple[float, float] = (0.0, 0.0)
    since: tuple[int, float] = (0, 0.0)


class DriftWatch:
    def __init__(self) -> None:
        self._watches: dict[int, _Watch] = {}

    def learn(
        self, arm: int, seq: int, stated: float, reward: float, noise: float, weight: float
    ) -> Drift | None:
        """`noise` is the variance of one outcome around the stated chance; an outcome that is
        trusted less alarms less."""
        watch = self._watches.setdefault(arm, _Watch())
        watch.seen += 1
        if watch.seen <= WARM_UP:
            return None
        surprise = (reward - stated) / math.sqrt(max(noise, LEAST_NOISE))
        up = max(0.0, watch.sums[0] + weight * (surprise - SLACK))
        down = max(0.0, watch.sums[1] - weight * (surprise + SLACK))
        started = up + down > 0.0 and sum(watch.sums) > 0.0
        count, total = watch.since if started else (0, 0.0)
        watch.sums, watch.since = (up, down), (count + 1, total + reward - stated)
        if max(up, down) < LIMIT:
            return None
        self._watches[arm] = _Watch()
        return Drift(arm=arm, seq=seq, change=watch.since[1] / watch.since[0])
