"""Everything the statistics know about a selection of outcomes, put together once.

The overview is what pages and consoles draw; it computes nothing that `statistics` doesn't.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from knowhow_router.statistics import (
    GroupsOfProblems,
    Outcomes,
    Point,
    Statistics,
    series,
    summarise,
)


@dataclass(frozen=True, slots=True)
class DriftEvent:
    """An arm's success rate changed by about so much, as the router noticed while it learned."""

    at: float
    arm: str
    change: float


@dataclass(frozen=True, slots=True)
class GroupArms:
    """How the arms did on one group of problems."""

    label: str
    statistics: Statistics


@dataclass(frozen=True)
class Overview:
    """`curve` is success over time beside the best single arm's, the one best assured by now."""

    arms: Statistics
    curve: list[Point]
    groups: list[GroupArms]
    drift: Sequence[DriftEvent]


def overview(
    outcomes: Outcomes, groups: GroupsOfProblems, drift: Sequence[DriftEvent] = ()
) -> Overview:
    arms = summarise(outcomes)
    best = arms.best.name if arms.best else None
    return Overview(arms, series(outcomes, best), _arms_by_group(outcomes, groups), drift)


def _arms_by_group(outcomes: Outcomes, groups: GroupsOfProblems) -> list[GroupArms]:
    """The group with the most tries first."""
    codes = groups.of(outcomes.problem)
    found = [
        GroupArms(groups.labels[code], summarise(outcomes.only(codes == code)))
        for code in np.unique(codes[codes >= 0]).tolist()
    ]
    return sorted(found, key=lambda group: (-group.statistics.overall.rate.tries, group.label))
