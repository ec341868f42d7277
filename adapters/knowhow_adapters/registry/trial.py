"""A version on trial beside the champion: does it fall short? Known after 50 requests at most.

Each of its rewards is held against the mean of the champion's since the one before, so a change in
what is asked harms neither. Two looks share the level: a wager on the differences, which may be
read after every request (E[Π(1+λd)] ≤ 1 while the version is no worse), ends a bad trial early; one
t-test at the deadline finds what the wager missed. A version as good as the champion fails with a
chance of at most the level. Pure: knows nothing about versions, requests or files.
"""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

REQUESTS = 50
LEVEL = 0.05
MAX_SHARE = 0.5
"""The champion gets at least as many requests, or there would be nothing to compare with."""
BETS = (0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 0.95)
"""Staked on the next difference, side by side; below 1, so that none is ever ruined."""

State = Literal["open", "fell short", "held"]


@dataclass(frozen=True)
class Ruling:
    state: State
    requests: int
    """Of the version on trial."""
    gap: float
    """How much more the champion gets, on average."""
    evidence: float
    """What the wager of 1 has become; rarely large unless the version is worse."""

    @property
    def reason(self) -> str:
        side = "below" if self.gap > 0 else "above"
        return (
            f"{self.state}: {abs(self.gap):.3f} {side} the champion after {self.requests} "
            f"requests (evidence {self.evidence:.3g})"
        )


class Trial:
    """Tell it the rewards in the order in which they came; its ruling stands once it is made."""

    def __init__(self, *, requests: int = REQUESTS, level: float = LEVEL) -> None:
        self._deadline, self._level = requests, level
        self._champion: list[float] = []
        """Its rewards since the last difference."""
        self._waiting: deque[float] = deque()
        """Rewards of the version that have nothing to be held against yet."""
        self._differences: list[float] = []
        self._stakes = [1.0] * len(BETS)
        self._requests = 0
        self._state: State = "open"

    @property
    def ruling(self) -> Ruling:
        gap = math.fsum(self._differences) / max(1, len(self._differences))
        return Ruling(self._state, self._requests, gap, self._evidence)

    def add_champion(self, reward: float) -> None:
        if self._state == "open":
            self._champion.append(reward)
            self._compare()

    def add_shadow(self, reward: float) -> None:
        if self._state == "open":
            self._requests += 1
            self._waiting.append(reward)
            self._compare()

    @property
    def _evidence(self) -> float:
        return math.fsum(self._stakes) / len(BETS)

    def _compare(self) -> None:
        if self._champion and self._waiting:
            mean = math.fsum(self._champion) / len(self._champion)
            self._champion.clear()
            difference = mean - self._waiting.popleft()
            self._differences.append(difference)
            self._stakes = [
                stake * (1 + bet * difference)
                for stake, bet in zip(self._stakes, BETS, strict=True)
            ]
        self._state = self._rule()

    def _rule(self) -> State:
        each = self._level / 2
        if self._evidence >= 1 / each:
            return "fell short"
        if self._requests < self._deadline or 2 * len(self._differences) < self._deadline:
            return "open"
        return "fell short" if _p_value(self._differences) <= each else "held"


def _p_value(differences: Sequence[float]) -> float:
    """Of the t-test against "on average not above zero"."""
    from scipy.special import stdtr

    n = len(differences)
    mean = math.fsum(differences) / n
    deviation = math.sqrt(math.fsum((d - mean) ** 2 for d in differences) / (n - 1))
    if not deviation:
        return 0.0 if mean > 0 else 1.0
    return float(stdtr(n - 1, -mean / deviation * math.sqrt(n)))
