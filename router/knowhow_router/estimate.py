"""From evidence to P(success): arm → region → neighbours, each shrunk towards the one before.

An arm's estimate on a problem starts at the arm's mean over all problems. In the problem's region
it moves by how hard the region is for everybody (`difficulty`), and by what this arm did there
beyond that (`advantage`); both are shrunk by their effective sample size. The averages over all
partitions are the first *expert*. Two more move on to the outcomes of the nearest problems,
trusting those a little or a lot. The same three again start half-way between regions and slopes,
and, where the caller names the type of problem, from what the arms did on that type. `experts` are
weighed against each other elsewhere.

Pure functions of sums; knows nothing about choosing, time or storage.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from knowhow_router.observation import Floats, Ints, Neighbours
from knowhow_router.tables import RegionTable, Totals

ARM_PRIOR = 2.0
"""An arm starts with this many outcomes' worth of the mean of all arms."""

DIFFICULTY_PRIOR = 4.0
ADVANTAGE_PRIOR = 5.0
"""Outcomes a region must show before it counts half. An advantage needs more than a difficulty:
choosing on a lucky one costs, and it rests on one arm's share of the outcomes."""

NEIGHBOUR_PRIORS = (25.0, 3.0)
"""How many close neighbours outweigh the regions, one expert each: where the borders between good
and bad are sharp few suffice, where outcomes are noise none should be believed."""

NEIGHBOUR_WIDTH = 0.05
"""Cosine by which a neighbour may be further away than the nearest before it counts 1/e."""

BACKFITS = 3
"""Rounds of fitting arms and regions to each other; each starts from raw means again."""

BASES = 3
"""By region, by region and slopes alike, and by the type of problem where callers name it. Slopes
alone are sure too soon of arms that were hardly tried: they kept asking one that had broken."""

EXPERTS = BASES * (1 + len(NEIGHBOUR_PRIORS))


@dataclass(frozen=True, slots=True)
class Estimates:
    """What is known about every arm on one problem.

    `experts` has one row an expert; `general` is each arm's mean over all problems. `support` is
    the effective number of outcomes like this one; the spreads say how much is left to find out
    about each arm, on all problems, on the type that the caller named and in the regions around:
    variances per unit of noise, times neglect.
    """

    experts: Floats
    general: Floats
    support: Floats
    global_spread: Floats
    type_spread: Floats
    region_spread: Floats
    familiarity: float
    """Cosine to the nearest problem seen; 1 when no neighbours were looked up."""


def estimate(
    totals: Totals,
    table: RegionTable | None,
    regions: Ints | None,
    neighbours: Neighbours | None,
    told: Totals | None = None,
    sloped: Floats | None = None,
) -> Estimates:
    """`told` are the sums of the type of problem that the caller named, if they did; `sloped` is
    what slopes say of every arm, once they are drawn."""
    pooled = totals.usual
    general = _general(totals.reward, totals.weight, pooled)
    if table is None or regions is None:
        base, support = general, totals.weight
        region_spread = np.zeros_like(general)
    else:
        general = _like_for_like(totals, table, len(regions), general, pooled)
        weight, reward = table.weight[regions], table.reward[regions]
        base = _from_regions(weight, reward, general)
        support = weight.mean(axis=0)
        region_spread = _spread(weight, ADVANTAGE_PRIOR).mean(axis=0)
    both = base if sloped is None else (base + sloped) / 2.0
    bases, type_spread = [base, both], np.zeros_like(general)
    if told is not None:
        bases.append(_from_regions(told.weight[None], told.reward[None], base))
        support = np.maximum(support, told.weight)
        type_spread = _spread(told.weight, ADVANTAGE_PRIOR)
    experts, mass, familiarity = _from_neighbours(np.array(bases), neighbours)
    return Estimates(
        experts=experts,
        general=general,
        support=np.maximum(support, mass),
        global_spread=_spread(totals.weight, ARM_PRIOR),
        type_spread=type_spread,
        region_spread=region_spread,
        familiarity=familiarity,
    )


def _general(reward: Floats, weight: Floats, pooled: float) -> Floats:
    return np.asarray((reward + ARM_PRIOR * pooled) / (weight + ARM_PRIOR))


def _like_for_like(
    totals: Totals, table: RegionTable, partitions: int, general: Floats, pooled: float
) -> Floats:
    """Each arm's mean as if all arms had met the same problems: an arm that is only asked where it
    is easy must not look good elsewhere, nor one bad that is kept for what is hard."""
    weight, reward = table.weight.sum(axis=1), table.reward.sum(axis=1)
    for _ in range(BACKFITS):
        difficulty = (reward - table.weight @ general) / (weight + DIFFICULTY_PRIOR)
        met = difficulty @ table.weight / partitions
        general = _general(totals.reward - met, totals.weight, pooled)
    return general


def _spread(weight: Floats, prior: float) -> Floats:
    return np.asarray(neglect(weight) / (weight + prior))


def neglect(weight: Floats) -> Floats:
    """How far an arm is behind its fair share of the outcomes, on a logarithmic scale; 0 once it
    has it. Uncertainty times this is worth trying: an arm that had its share is known enough."""
    arms = weight.shape[-1]
    total = weight.sum(axis=-1, keepdims=True)
    return np.asarray(np.maximum(np.log((total + arms) / (arms * (weight + 1.0))), 0.0))


def _from_regions(weight: Floats, reward: Floats, general: Floats) -> Floats:
    """Rows are partitions, columns arms; returns the mean over partitions."""
    surprise = reward.sum(axis=1) - weight @ general
    difficulty = surprise / (weight.sum(axis=1) + DIFFICULTY_PRIOR)
    level = general + difficulty[:, None]
    advantage = (reward - weight * level) / (weight + ADVANTAGE_PRIOR)
    return np.asarray((level + advantage).mean(axis=0))


def _from_neighbours(bases: Floats, neighbours: Neighbours | None) -> tuple[Floats, Floats, float]:
    if neighbours is None or len(neighbours) == 0:
        return np.repeat(bases, 1 + len(NEIGHBOUR_PRIORS), axis=0), np.zeros(bases.shape[1]), 1.0
    arms = bases.shape[1]
    closeness = closeness_of(neighbours)
    mass, reward = (
        np.asarray(np.bincount(neighbours.arm, values, arms), dtype=np.float64)
        for values in (closeness, closeness * neighbours.reward)
    )
    moved = [(reward + prior * bases) / (mass + prior) for prior in NEIGHBOUR_PRIORS]
    experts = np.stack([bases, *moved], axis=1).reshape(-1, arms)
    return experts, mass, float(neighbours.similarity.max())


def closeness_of(neighbours: Neighbours) -> Floats:
    """Weight of each neighbour: near ones count, repeats of one problem by one arm count less."""
    similarity = neighbours.similarity.astype(np.float64)
    kernel = np.exp((similarity - similarity.max()) / NEIGHBOUR_WIDTH)
    return np.asarray(kernel * neighbours.weight / _repeats(neighbours))


def _repeats(neighbours: Neighbours) -> Floats:
    """n copies of one outcome count as 1 + ln n, not as n."""
    pair = neighbours.problem * (int(neighbours.arm.max()) + 1) + neighbours.arm
    _, group, counts = np.unique(pair, return_inverse=True, return_counts=True)
    copies = counts[group].astype(np.float64)
    return np.asarray(copies / (1.0 + np.log(copies)))
