"""What the evidence says, in a sentence: "12/14 on similar problems (86%, 60–96%); when not to:
schemas without keys, 1/6".

Pure functions over the outcomes of similar problems and the conditions (groups of problems, task
labels) those fall under; faults of the infrastructure must be left out before. Knows nothing about
how similar problems are found, and decides nothing: this is a record, not an estimate.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowhow_memory.columns import NONE
from knowhow_memory.rates import CONFIDENCE, Codes, Rate, Sums, difference

FEWEST_TRIES = 3
"""On both sides of "worse here than elsewhere": a warning needs more than one bad day."""
MOST_WARNINGS = 2
"""A sentence is read, a list is not."""


@dataclass(frozen=True, slots=True)
class Warned:
    """A condition under which an arm did markedly worse; `here` if the problem asked about is one
    of these."""

    condition: str
    rate: Rate
    here: bool

    def __str__(self) -> str:
        return f"{self.condition}, {self.rate.share_of_tries}"


@dataclass(frozen=True, slots=True)
class Advice:
    """One arm's record on similar problems; the tries behind a warning are not counted in it."""

    arm: str
    rate: Rate
    warnings: tuple[Warned, ...] = ()

    @property
    def applicable(self) -> Rate:
        """The record that speaks about the problem asked about."""
        return next((warned.rate for warned in self.warnings if warned.here), self.rate)

    def __str__(self) -> str:
        tries = f"{self.rate.share_of_tries} on similar problems"
        text = f"{tries} {str(self.rate).partition(' ')[2]}"
        for said, here in (("not here", True), ("when not to", False)):
            which = ", ".join(str(warned) for warned in self.warnings if warned.here is here)
            text += f"; {said}: {which}" if which else ""
        return text


def advise(
    arms: Codes,
    rewards: NDArray[np.float64],
    names: Sequence[str],
    *,
    conditions: Codes | None = None,
    labels: Sequence[str] = (),
    here: int = NONE,
) -> list[Advice]:
    """The arms tried on similar problems, the best assured first.

    One entry an outcome: its arm (a place in `names`), its reward, and the condition it falls
    under (a place in `labels`, or −1). `here` is the condition of the problem asked about.
    """
    under = np.full(len(arms), NONE, np.int64) if conditions is None else conditions
    found = []
    for arm in np.unique(arms).tolist():
        tried = arms == arm
        warnings = _warnings(rewards[tried], under[tried], labels, here)
        apart = np.isin(under[tried], list(warnings))
        found.append(Advice(names[arm], Rate.of(rewards[tried][~apart]), tuple(warnings.values())))
    return sorted(found, key=lambda a: (-a.applicable.low, -a.applicable.tries, a.arm))


def _warnings(
    rewards: NDArray[np.float64], under: Codes, labels: Sequence[str], here: int
) -> dict[int, Warned]:
    """The conditions under which these rewards are markedly lower than under the others."""
    known = under != NONE
    inside = Sums.of(rewards[known], under[known], len(labels))
    whole = Sums.of(rewards)
    outside = Sums(
        whole.tries - inside.tries, whole.rewards - inside.rewards, whole.squares - inside.squares
    )
    candidates = np.minimum(inside.tries, outside.tries) >= FEWEST_TRIES
    strict = 1 - (1 - CONFIDENCE) / max(int(candidates.sum()), 1)
    _, _, most = difference(inside.intervals(strict), outside.intervals(strict))
    rates = inside.rates()
    found = [
        (i, Warned(labels[i], rates[i], i == here))
        for i in np.flatnonzero(candidates & (most < 0)).tolist()
    ]
    return dict(sorted(found, key=lambda item: _gravity(item[1]))[:MOST_WARNINGS])


def _gravity(warned: Warned) -> tuple[bool, float, str]:
    """What concerns this problem first, then where it failed most surely."""
    return (not warned.here, warned.rate.high, warned.condition)
