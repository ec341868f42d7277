"""What do wrong outcomes cost, and what does the router's caution buy?

In each world, for each seed, routers meet the same problems in the same order under bandit
feedback; all are paid the true rewards, and differences to the clean run are paired, in points:

- **flipped.Q**: of the outcomes the router is told, Q% say the opposite. Nobody can be blamed.
- **crafted**: while fifty principals tell the truth, one more brings a tenth of all outcomes, each
  on a random problem: the best arm failed, or the worst one succeeded. `open` is the same without
  saying who says what, so that nobody's share is capped.
- **fakes**: ten successes, all said by one principal of copies of one problem, beside a hundred
  honest outcomes of the worst arm on similar problems (neighbours of one). `influence` is how far
  they move the arm's stated chance on the way to certainty, on twenty more similar problems, and
  `influence_on_copies` on the copied problem itself; `open` as above.
- **liar.weight**, **honest.weight**: what an outcome counts from a source whose labels contradicted
  verified ones twenty times, and from one whose labels agreed as often.

Intervals are bootstrapped over seeds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from knowhow.benches._world import Live, Rows, World, worlds
from knowhow.figures import Figures

SEEDS, QUICK_SEEDS = 10, 2
QUICK_ROWS = 600
MOST_ROWS = 9_000
"""Problems a life has: with the crafted tenth these are 10,000 outcomes."""
FLIPPED = (5, 10, 20)
PRINCIPALS = 50
CRAFTED_PER_HONEST = 1 / 9
HONEST, FAKES, ASKED = 100, 10, 20
VERDICTS = 20
POINTS = 100.0

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
    notes = [(__doc__ or "").strip()]
    figures = Figures("poison", seed=seed, n=rounds, notes=notes)
    for world in worlds(data, seed, QUICK_ROWS if quick else None, report):
        lives = range(seed, seed + rounds)
        _measure_lives(figures, world, lives, report)
        _measure_fakes(figures, world, lives, report)
        _measure_sources(figures, world, lives, report)
    return figures


def _measure_lives(figures: Figures, world: World, seeds: Sequence[int], report: Report) -> None:
    earned: dict[str, list[float]] = {}
    for seed in seeds:
        report(f"{world.name}: seed {seed}")
        rows = np.random.default_rng(seed).permutation(len(world))[:MOST_ROWS]
        earned.setdefault("clean", []).append(_flipped_life(world, rows, seed, 0.0))
        for percent in FLIPPED:
            worth = _flipped_life(world, rows, seed, percent / 100)
            earned.setdefault(f"flipped.{percent}", []).append(worth)
        for name, said in (("crafted", True), ("crafted.open", False)):
            earned.setdefault(name, []).append(_crafted_life(world, rows, seed, said=said))
    clean = np.array(earned.pop("clean"))
    figures.mean(f"{world.name}.clean.reward", clean.tolist())
    for name, worths in earned.items():
        lost = POINTS * (clean - np.array(worths))
        figures.mean(f"{world.name}.{name}.points_lost", lost.tolist())


def _flipped_life(world: World, rows: Rows, seed: int, share: float) -> float:
    live = Live(world, range(len(world.arms)), seed)
    chance = np.random.default_rng([seed, 1])
    earned = 0.0
    for row in rows.tolist():
        arm = live.choose(row)
        reward = float(world.rewards[row, arm])
        earned += reward
        live.learn(row, arm, 1.0 - reward if chance.random() < share else reward)
    return earned / len(rows)


def _crafted_life(world: World, rows: Rows, seed: int, *, said: bool) -> float:
    live = Live(world, range(len(world.arms)), seed)
    chance = np.random.default_rng([seed, 2])
    best, worst = world.ranked[0], world.ranked[-1]
    earned = 0.0
    for row in rows.tolist():
        arm = live.choose(row)
        reward = float(world.rewards[row, arm])
        earned += reward
        honest = f"principal {chance.integers(PRINCIPALS)}"
        live.learn(row, arm, reward, principal=honest if said else None)
        if chance.random() < CRAFTED_PER_HONEST:
            target = int(chance.choice(rows))
            arm, claim = (best, 0.0) if chance.random() < 0.5 else (worst, 1.0)
            live.tell(target, arm, claim, principal="crafty" if said else None)
    return earned / len(rows)


def _measure_fakes(figures: Figures, world: World, seeds: Sequence[int], report: Report) -> None:
    for name, said in (("fakes", True), ("fakes.open", False)):
        report(f"{world.name}: {name}")
        moved = np.array([_influence_of_fakes(world, seed, said=said) for seed in seeds])
        figures.mean(f"{world.name}.{name}.influence", moved[:, 0].tolist())
        figures.mean(f"{world.name}.{name}.influence_on_copies", moved[:, 1].tolist())


def _influence_of_fakes(world: World, seed: int, *, said: bool) -> tuple[float, float]:
    rng = np.random.default_rng([seed, 3])
    nearness = world.vectors @ world.vectors[rng.integers(len(world))]
    alike = np.argsort(-nearness, kind="stable")[: HONEST + 1 + ASKED]
    copied, *rows = rng.permutation(alike).tolist()
    honest, asked = rows[:HONEST], rows[HONEST:]
    arm = world.ranked[-1]
    live = Live(world, range(len(world.arms)), seed)
    for at, row in enumerate(honest):
        principal = f"principal {at % PRINCIPALS}" if said else None
        live.tell(row, arm, float(world.rewards[row, arm]), principal=principal)
    probes = [*asked, copied]
    before = np.array([live.p(row, arm) for row in probes])
    for _ in range(FAKES):
        live.tell(copied, arm, 1.0, principal="faker" if said else None)
    moved = (np.array([live.p(row, arm) for row in probes]) - before) / (1.0 - before)
    return float(moved[:-1].mean()), float(moved[-1])


def _measure_sources(figures: Figures, world: World, seeds: Sequence[int], report: Report) -> None:
    weights: dict[str, list[float]] = {"liar": [], "honest": []}
    for seed in seeds:
        report(f"{world.name}: sources, seed {seed}")
        live = Live(world, range(len(world.arms)), seed)
        rows = np.random.default_rng([seed, 4]).permutation(len(world))[: VERDICTS + 1].tolist()
        for row in rows[:VERDICTS]:
            truth = float(world.rewards[row, 0])
            live.tell(row, 0, truth, verified=True)
            live.tell(row, 0, 1.0 - truth, source="liar")
            live.tell(row, 0, truth, source="honest")
        for source, found in weights.items():
            found.append(live.tell(rows[VERDICTS], 0, 1.0, source=source))
    for source, found in weights.items():
        figures.mean(f"{world.name}.{source}.weight", found)
