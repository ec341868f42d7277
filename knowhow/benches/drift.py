"""Does the router notice that an arm is no longer what it was, and only then?

In each world, for each seed (an order of the problems), under bandit feedback:

- **broken**: after a warm-up the best single arm silently fails nine times in ten. `noticed_after`
  counts outcomes of all arms from the break to the alarm (as many as were played when there was
  none). Two twins start from the router's state at the break and meet the same problems: `unaware`
  goes on as if nothing had happened and is paid what its choices then bring; `told` never chooses
  the broken arm again. What `told` earns more than `unaware` is the loss; `won_back` is the share
  of it that the router earned, in the last 300 of the 1,000 decisions and, as `won_back_in_all`,
  in all of them. `best_single_after` is the best arm in hindsight after the break.
- **better**: the runner-up suddenly succeeds at 19 of 20. `used` is its share in the last 300.
- **quiet**: nothing changes. Alarms per 10,000 outcomes, once with problems in random order and
  once with the mix of their types shifting from one half of the types to the other.
- **late**: the best single arm joins after the warm-up. `Home` are the problems of the types where
  it is better than every other by LEAST_EDGE on average; it has arrived when more than half of the
  last 20 problems at home went to it. `arrived_after` counts all outcomes since it joined
  (all that were played when it never arrived), `arrived_after_at_home` those at home.

Intervals are bootstrapped over seeds, those of alarms are Poisson's.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowhow.benches._world import Floats, Live, Rows, World, worlds
from knowhow.figures import Figures

SEEDS, QUICK_SEEDS = 10, 2
WARM_UP, AFTER, LAST = 1_500, 1_000, 300
NOTICED_WITHIN = 300
QUICK_ROWS = 1_400
STILL_SUCCEEDS = 0.1
SUCCEEDS_NOW = 0.95
LEAST_EDGE = 0.05
WINDOW = 20
PER = 10_000

Report = Callable[[str], None]


def run(
    *,
    seed: int,
    quick: bool,
    report: Report,
    data: Sequence[Path] | None = None,
    seeds: int | None = None,
) -> Figures:
    rounds = seeds or (QUICK_SEEDS if quick else SEEDS)
    figures = Figures("drift", seed=seed, n=rounds, notes=[(__doc__ or "").strip()])
    for world in worlds(data, seed, QUICK_ROWS if quick else None, report):
        lives = range(seed, seed + rounds)
        measures = (_measure_broken, _measure_better, _measure_quiet, _measure_late)
        for measure in measures:
            measure(figures, world, lives, report)
    return figures


def _measure_broken(figures: Figures, world: World, seeds: Iterable[int], report: Report) -> None:
    arm = world.ranked[0]
    noticed, sums = [], []
    for seed in seeds:
        report(f"{world.name}: breaking {world.arms[arm]!r}, seed {seed}")
        rewards = world.rewards.copy()
        spared = np.random.default_rng([seed, 1]).random(len(world)) < STILL_SUCCEEDS
        rewards[~spared, arm] = 0.0
        live, rest = _warmed_up(world, seed)
        unaware, told = live.twin(), live.twin()
        others = [other for other in range(len(world.arms)) if other != arm]
        known = len(live.drifts)
        earned = rewards[rest, _live_on(live, rest, rewards)]
        ignored = rewards[rest, _live_on(unaware, rest, world.rewards)]
        avoided = rewards[rest, _live_on(told, rest, rewards, others)]
        single = rewards[rest].mean(axis=0).max()
        noticed.append(_first_alarm(live, known, world.arms[arm], len(rest)))
        sums.append([_parts(each) for each in (earned, ignored, avoided)] + [(single, single)])
    totals: Floats = np.array(sums)  # seeds × (router, unaware, told, single) × (all, last)
    key = f"{world.name}.broken"
    _median(figures, f"{key}.noticed_after", noticed)
    figures.mean(f"{key}.noticed_within_{NOTICED_WITHIN}", _within(noticed, NOTICED_WITHIN))
    _share(figures, f"{key}.won_back", totals[:, :3, 1])
    _share(figures, f"{key}.won_back_in_all", totals[:, :3, 0])
    for at, name in enumerate(("router", "unaware", "told", "best_single_after")):
        figures.mean(f"{key}.reward.{name}", totals[:, at, 0].tolist())


def _measure_better(figures: Figures, world: World, seeds: Iterable[int], report: Report) -> None:
    arm = world.ranked[1]
    noticed, used = [], []
    for seed in seeds:
        report(f"{world.name}: improving {world.arms[arm]!r}, seed {seed}")
        rewards = world.rewards.copy()
        rewards[:, arm] = np.random.default_rng([seed, 2]).random(len(world)) < SUCCEEDS_NOW
        live, rest = _warmed_up(world, seed)
        known = len(live.drifts)
        chosen = _live_on(live, rest, rewards)
        noticed.append(_first_alarm(live, known, world.arms[arm], len(rest)))
        used.append(float((chosen[-LAST:] == arm).mean()))
    _median(figures, f"{world.name}.better.noticed_after", noticed)
    figures.mean(f"{world.name}.better.used", used)


def _measure_quiet(figures: Figures, world: World, seeds: Sequence[int], report: Report) -> None:
    for name, order in (("shuffled", _shuffled), ("shifting", _shifting)):
        alarms = 0
        for seed in seeds:
            report(f"{world.name}: nothing happens, {name}, seed {seed}")
            live = Live(world, range(len(world.arms)), seed)
            _live_on(live, order(world, seed), world.rewards)
            alarms += len(live.drifts)
        _rate(figures, f"{world.name}.quiet.{name}.false_alarms", alarms, len(seeds) * len(world))


def _measure_late(figures: Figures, world: World, seeds: Iterable[int], report: Report) -> None:
    arm = world.ranked[0]
    others = [other for other in range(len(world.arms)) if other != arm]
    home = _home(world, arm, others)
    if not home.any():
        figures.notes.append(f"{world.name}: {world.arms[arm]!r} is at home nowhere, so never late")
        return
    arrived, at_home = [], []
    for seed in seeds:
        report(f"{world.name}: {world.arms[arm]!r} comes late, seed {seed}")
        live, rest = _warmed_up(world, seed, others)
        live.add_arm(arm)
        chosen = _live_on(live, rest, world.rewards)
        there = np.flatnonzero(home[rest])
        reached = _arrival(chosen[there] == arm)
        arrived.append(len(rest) if reached is None else int(there[reached]) + 1)
        at_home.append(len(there) if reached is None else reached + 1)
    _median(figures, f"{world.name}.late.arrived_after", arrived)
    _median(figures, f"{world.name}.late.arrived_after_at_home", at_home)
    figures.set(f"{world.name}.late.home", float(home.mean()))


def _warmed_up(world: World, seed: int, arms: Collection[int] | None = None) -> tuple[Live, Rows]:
    """A router that has seen the first problems, and the problems that come next."""
    order = _shuffled(world, seed)
    first = min(WARM_UP, len(world) - min(AFTER, len(world) // 2))
    live = Live(world, range(len(world.arms)) if arms is None else arms, seed)
    _live_on(live, order[:first], world.rewards)
    return live, order[first : first + AFTER]


def _live_on(live: Live, rows: Rows, rewards: Floats, arms: Collection[int] | None = None) -> Rows:
    """Decide and learn, problem by problem; the arms that were chosen."""
    chosen = np.empty(len(rows), dtype=np.intp)
    for step, row in enumerate(rows.tolist()):
        arm = live.choose(row, arms)
        live.learn(row, arm, float(rewards[row, arm]))
        chosen[step] = arm
    return chosen


def _shuffled(world: World, seed: int) -> Rows:
    return np.random.default_rng(seed).permutation(len(world))


def _shifting(world: World, seed: int) -> Rows:
    """Problems of one half of the types become rarer and those of the other half more frequent."""
    rng = np.random.default_rng([seed, 3])
    types = int(world.kinds.max()) + 1
    late = rng.permutation(types) < types / 2
    when = rng.random(len(world)) ** np.where(late[world.kinds], 1 / 3, 3.0)
    return np.argsort(when, kind="stable")


def _home(world: World, arm: int, others: Sequence[int]) -> NDArray[np.bool_]:
    """The problems of the types on which this arm is better than every other."""
    home = np.zeros(len(world), dtype=np.bool_)
    for kind in np.unique(world.kinds):
        here = world.kinds == kind
        means = world.rewards[here].mean(axis=0)
        home[here] = means[arm] >= means[others].max() + LEAST_EDGE
    return home


def _arrival(used: NDArray[np.bool_]) -> int | None:
    """The first problem at home at which the last WINDOW of them went mostly to the newcomer."""
    for last in range(WINDOW, len(used) + 1):
        if used[last - WINDOW : last].sum() > WINDOW / 2:
            return last - 1
    return None


def _first_alarm(live: Live, known: int, arm: str, none: int) -> int:
    """Outcomes since the change until this arm's alarm; `none` when there was none."""
    start = live.brain.learned - none
    for drift in live.drifts[known:]:
        if live.brain.arms[drift.arm] == arm:
            return drift.seq - start
    return none


def _parts(rewards: Floats) -> tuple[float, float]:
    return float(rewards.mean()), float(rewards[-LAST:].mean())


def _within(values: Sequence[int], limit: int) -> list[float]:
    return [float(value <= limit) for value in values]


def _median(figures: Figures, key: str, values: Sequence[int]) -> None:
    figures.statistic(key, np.array(values, dtype=float), lambda drawn: np.median(drawn, axis=-1))


def _share(figures: Figures, key: str, earned: Floats) -> None:
    """Of router, unaware and told, one row a seed: the part of the loss that was won back."""

    def won_back(drawn: Floats) -> Floats:
        router, unaware, told = np.moveaxis(drawn.mean(axis=-2), -1, 0)
        return np.asarray((router - unaware) / (told - unaware))

    figures.statistic(key, earned, won_back)


def _rate(figures: Figures, key: str, alarms: int, outcomes: int) -> None:
    """Per 10,000 outcomes, with Poisson's exact interval."""
    from scipy.stats import chi2

    low = chi2.ppf(0.025, 2 * alarms) / 2 if alarms else 0.0
    high = chi2.ppf(0.975, 2 * alarms + 2) / 2
    per = PER / outcomes
    interval = [float(low * per), float(high * per)]
    figures.values[key] = {"mean": alarms * per, "ci95": interval, "n": outcomes}
