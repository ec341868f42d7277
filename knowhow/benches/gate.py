"""How often does the gate let through what it should not, and hold back what it should not?

Rewards are simulated: a champion right on 50 to 85% of five patterns in two months, 500 held-out
problems where nothing else is said and 100 frozen ones, a correlation of 0.6 between champion and
candidate. Adapters with NaN or of another base are real folders. Promoted means through the whole
gate, slices included.

- **worse.KIND.refused**: *poisoned* loses 10 points everywhere, *shuffled* 30, *slice* 20 on one of
  the patterns while the others gain 10; *nan* and *base* have to be stopped at every door between
  training and serving, and *plain_peft_takes* says what happens without; *sound.taken*, that others
  get through these doors.
- **equal**: false promotions, of a stated level of 5%: all or nothing, *graded*, and *lopsided*,
  where nine in ten problems are a little better and the tenth much worse.
- **better**: gains of 5 to 15 points; **power.nN.plusP**: exactly P points on N held-out problems.
- **slices.nN.minusP**: one of the five patterns loses P points, the others gain 10; *of20*, one of
  twenty. **good**: what gains 5 points everywhere, or 25 on one pattern alone, or 5 on each of
  twenty; *held_back_by_slices* is the price of guarding them.
- **life**: twenty retrainings in a row on 500 problems that stay the same; of the candidates 20%
  are worse by 10 points, 20% by 2, 30% equal, 30% better by 5. True accuracy at the end, which
  begins at 60%, and how many times the champion got *worse*.

Beside each: *if_higher* promotes what is higher on the same problems, *no_gate* whatever comes;
*sign_test* is the usual test, looked at once (*peeking*: after every 50 problems, until it shows
something); *without_slices* is the gate without them. *points* is what a candidate truly brought on
average: none where it was refused.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from knowhow.benches._rewards import (
    CORRELATION,
    Kind,
    chance_of_both,
    draw_pairs,
    everywhere,
    mean_gain,
    one_slice,
)
from knowhow.figures import Figures
from knowhow_adapters.gate import FROZEN, LEVEL, Pair, in_gate_order, judge

EACH, QUICK_EACH = 20, 2
EQUAL, QUICK_EQUAL = 100, 10
BETTER, QUICK_BETTER = 50, 5
MANY, QUICK_MANY = 100, 5
"""Candidates where a share is to be known well."""
MOST, QUICK_MOST = 300, 5
"""Where it is to be known to a percent."""
HELD_OUT = 500
SIZES = (200, 500, 1000)
LOOK_EVERY = 50
LIVES, QUICK_LIVES = 40, 2
RETRAININGS = 20
FIRST_ACCURACY = 0.6
CHANGES = (-0.1, -0.02, 0.0, 0.05)
CHANCES = (0.2, 0.2, 0.3, 0.3)
WORST_ACCURACY, BEST_ACCURACY = 0.05, 0.95
POINTS = 100.0

POISONED, SHUFFLED = everywhere(-0.1), everywhere(-0.3)
ONE_SLICE = one_slice(-0.2, 0.1)
SAME = everywhere(0.0)

Report = Callable[[str], None]


@dataclass(frozen=True)
class Trial:
    """One candidate, judged."""

    worth: float
    promoted: bool
    shown: bool
    """Better overall, whatever the slices say."""
    if_higher: bool
    sign_test: bool
    peeking: bool


def run(*, seed: int, quick: bool, report: Report) -> Figures:
    figures = Figures("gate", seed=seed, n=HELD_OUT, notes=[(__doc__ or "").strip()])
    figures.set("level", LEVEL)
    rng = np.random.default_rng(seed)
    refused = _measure_worse(figures, rng, QUICK_EACH if quick else EACH, report)
    refused += _measure_unfit(figures, seed, QUICK_EACH if quick else EACH, report)
    figures.share("worse.refused", refused)
    _measure_equal(figures, rng, quick, report)
    _measure_better(figures, rng, quick, report)
    _measure_slices(figures, rng, quick, report)
    _measure_lives(figures, seed, QUICK_LIVES if quick else LIVES, report)
    return figures


def _measure_worse(
    figures: Figures, rng: np.random.Generator, each: int, report: Report
) -> list[bool]:
    refused = []
    for name, kind in (("poisoned", POISONED), ("shuffled", SHUFFLED), ("slice", ONE_SLICE)):
        report(f"worse candidates: {name}")
        trials = [_try(rng, kind) for _ in range(each)]
        found = [not trial.promoted for trial in trials]
        figures.share(f"worse.{name}.refused", found)
        figures.share(f"worse.{name}.if_higher.refused", [not t.if_higher for t in trials])
        _points(figures, f"worse.{name}", trials)
        refused += found
    return refused


def _measure_unfit(figures: Figures, seed: int, each: int, report: Report) -> list[bool]:
    from knowhow.benches import _unfit
    from knowhow.benches._base import load_bench_base

    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        base = load_bench_base()
        other = _unfit.write_other_base(base, root / "other")
        figures.set("base", base.name)
        report("adapters with NaN, and of another base")
        seeds = range(seed, seed + each)
        nan = [_unfit.refuse_nan(base, root / f"nan {at}", at) for at in seeds]
        foreign = [_unfit.refuse_other_base(base, other, root / f"base {at}", at) for at in seeds]
        sound = [_unfit.take_sound(base, root / f"sound {at}", at) for at in seeds]
        folders = {
            "nan": [path for at in seeds for path in (root / f"nan {at}").iterdir()],
            "base": [path for at in seeds for path in (root / f"base {at}" / "honest").iterdir()],
        }
        for name, found in (("nan", nan), ("base", foreign)):
            taken = _unfit.plain_peft_takes(base, folders[name])
            figures.share(f"worse.{name}.refused", found)
            figures.share(f"worse.{name}.plain_peft_takes", taken)
        figures.share("sound.taken", sound)
    return nan + foreign


def _measure_equal(figures: Figures, rng: np.random.Generator, quick: bool, report: Report) -> None:
    report("equal candidates")
    count, many = (QUICK_EQUAL, QUICK_MANY) if quick else (EQUAL, MANY)
    _promotions(figures, "equal", [_try(rng, SAME) for _ in range(count)])
    for size in SIZES:
        report(f"equal candidates on {size} problems")
        often = (QUICK_MOST if quick else MOST) if size == HELD_OUT else many
        trials = [_try(rng, SAME, size) for _ in range(often)]
        _promotions(figures, f"equal.all_or_nothing.n{size}", trials)
    report("equal candidates, graded")
    graded = [_try(rng, everywhere(0.0, graded=True)) for _ in range(many)]
    _promotions(figures, "equal.graded", graded)
    lopsided = [_judge_all(_draw_lopsided(rng, HELD_OUT), 0.0) for _ in range(many)]
    _promotions(figures, "equal.lopsided", lopsided)


def _measure_better(
    figures: Figures, rng: np.random.Generator, quick: bool, report: Report
) -> None:
    report("better candidates")
    count, many = (QUICK_BETTER, QUICK_MANY) if quick else (BETTER, MANY)
    gains = rng.uniform(0.05, 0.15, count)
    found = [_try(rng, everywhere(gain)) for gain in gains.tolist()]
    _promotions(figures, "better", found)
    _points(figures, "better", found)
    for size in SIZES:
        for points in (5, 10):
            report(f"better by {points} points on {size} problems")
            trials = [_try(rng, everywhere(points / POINTS), size) for _ in range(many)]
            _promotions(figures, f"power.n{size}.plus{points}", trials)
    harder = {
        "graded": everywhere(0.05, graded=True),
        "correlation40": everywhere(0.05, correlation=0.4),
        "correlation80": everywhere(0.05, correlation=0.8),
    }
    for name, kind in harder.items():
        report(f"better candidates: {name}")
        trials = [_try(rng, kind) for _ in range(many)]
        _promotions(figures, f"power.n{HELD_OUT}.plus5.{name}", trials)


def _measure_slices(
    figures: Figures, rng: np.random.Generator, quick: bool, report: Report
) -> None:
    many, most = (QUICK_MANY, QUICK_MOST) if quick else (MANY, MOST)
    lost = {f"n{size}.minus20": (one_slice(-0.2, 0.1), size) for size in SIZES}
    lost |= {
        f"n{HELD_OUT}.minus10": (one_slice(-0.1, 0.1), HELD_OUT),
        f"n{HELD_OUT}.minus40": (one_slice(-0.4, 0.1), HELD_OUT),
        f"n{HELD_OUT}.minus40of20": (one_slice(-0.4, 0.1, patterns=20), HELD_OUT),
    }
    for name, (kind, size) in lost.items():
        report(f"a slice that loses: {name}")
        count = most if name == f"n{HELD_OUT}.minus20" else many
        trials = [_try(rng, kind, size) for _ in range(count)]
        figures.share(f"slices.{name}.refused", [not trial.promoted for trial in trials])
        figures.share(f"slices.{name}.without_slices.refused", [not t.shown for t in trials])
    good = {
        "everywhere5": everywhere(0.05),
        "one_pattern25": one_slice(0.25, 0.0),
        "everywhere5of20": everywhere(0.05, patterns=20),
    }
    for name, kind in good.items():
        report(f"good candidates: {name}")
        trials = [_try(rng, kind) for _ in range(many)]
        held = [trial.shown and not trial.promoted for trial in trials]
        figures.share(f"good.{name}.promoted", [trial.promoted for trial in trials])
        figures.share(f"good.{name}.held_back_by_slices", held)


def _measure_lives(figures: Figures, seed: int, lives: int, report: Report) -> None:
    policies: dict[str, Callable[[list[Pair], float], bool]] = {
        "gate": lambda pairs, change: judge(pairs).promotes,
        "if_higher": lambda pairs, change: mean_gain(pairs) > 0,
        "no_gate": lambda pairs, change: True,
        "oracle": lambda pairs, change: change > 0,
    }
    for name, promotes in policies.items():
        report(f"twenty retrainings in a row: {name}")
        ends = [_live(np.random.default_rng([seed, life]), promotes) for life in range(lives)]
        figures.mean(f"life.accuracy.{name}", [accuracy for accuracy, _ in ends])
        figures.mean(f"life.worse.{name}", [times for _, times in ends])


def _try(rng: np.random.Generator, kind: Kind, size: int = HELD_OUT) -> Trial:
    return _judge_all(draw_pairs(rng, kind, size), kind.worth)


def _judge_all(pairs: list[Pair], worth: float) -> Trial:
    verdict = judge(pairs)
    won, lost = _discordant(pairs)
    looks = [*range(LOOK_EVERY, len(won), LOOK_EVERY), len(won)]
    p_values = _sign_test(won.cumsum()[np.array(looks) - 1], lost.cumsum()[np.array(looks) - 1])
    return Trial(
        worth=worth,
        promoted=verdict.promotes,
        shown=verdict.gain.low >= 0,
        if_higher=mean_gain(pairs) > 0,
        sign_test=bool(p_values[-1] <= LEVEL),
        peeking=bool((p_values <= LEVEL).any()),
    )


def _discordant(pairs: Sequence[Pair]) -> tuple[np.ndarray, np.ndarray]:
    """Problem by problem, in the gate's order: is the candidate higher, is it lower."""
    gains = {p.problem: p.candidate - p.champion for p in pairs if FROZEN not in p.slices}
    ordered = np.array([gains[problem] for problem in in_gate_order(gains)])
    return ordered > 0, ordered < 0


def _sign_test(won: np.ndarray, lost: np.ndarray) -> np.ndarray:
    from scipy.stats import binom

    p_values: np.ndarray = binom.sf(won - 1, won + lost, 0.5)
    return p_values


def _draw_lopsided(rng: np.random.Generator, n: int) -> list[Pair]:
    much = rng.random(n) < 0.1
    return [Pair(str(at), 0.9, 0.0 if bad else 1.0) for at, bad in enumerate(much.tolist())]


def _promotions(figures: Figures, key: str, trials: Sequence[Trial]) -> None:
    for name in ("promoted", "if_higher", "sign_test", "peeking"):
        hits = [getattr(trial, name) for trial in trials]
        figures.share(f"{key}.{name}" + ("" if name == "promoted" else ".promoted"), hits)


def _points(figures: Figures, key: str, trials: Sequence[Trial]) -> None:
    figures.mean(f"{key}.points.gate", [POINTS * t.worth * t.promoted for t in trials])
    figures.mean(f"{key}.points.if_higher", [POINTS * t.worth * t.if_higher for t in trials])
    figures.mean(f"{key}.points.no_gate", [POINTS * t.worth for t in trials])


def _live(
    rng: np.random.Generator, promotes: Callable[[list[Pair], float], bool]
) -> tuple[float, int]:
    """The champion's answers stay what they were: who was promoted by luck looks good for long."""
    accuracy, times_worse = FIRST_ACCURACY, 0
    champion = rng.random(HELD_OUT) < accuracy
    for _ in range(RETRAININGS):
        change = float(rng.choice(CHANGES, p=CHANCES))
        after = min(max(accuracy + change, WORST_ACCURACY), BEST_ACCURACY)
        candidate = _retrain(rng, champion, accuracy, after)
        pairs = [
            Pair(str(at), float(old), float(new))
            for at, (old, new) in enumerate(zip(champion, candidate, strict=True))
        ]
        if promotes(pairs, after - accuracy):
            times_worse += after < accuracy
            accuracy, champion = after, candidate
    return accuracy, times_worse


def _retrain(
    rng: np.random.Generator, champion: np.ndarray, accuracy: float, after: float
) -> np.ndarray:
    """Which problems the candidate solves, by the chances given what the champion solves."""
    both = float(chance_of_both(np.array([accuracy]), np.array([after]), CORRELATION)[0])
    chances = np.where(champion, both / accuracy, (after - both) / (1 - accuracy))
    solved: np.ndarray = rng.random(HELD_OUT) < chances
    return solved
