"""Whether a candidate may replace the champion: both answered the same held-out problems, and the
rewards decide. Pure statistics; knows nothing about models, adapters or where rewards come from.

**Better** has to be shown. A gambler who believes in the candidate starts with 1 and stakes on
every problem, before looking, that it earns more than the champion there. If it is not better he
cannot expect to win, so he ever reaches 1/level with a chance of at most `level`: whatever the
rewards are (graded or not), and whenever one stops looking (Ville's inequality; his wealth is an
e-value). He plays for that goal and no more, on as many problems as are planned: he stakes what
would copy an option that pays where the usual test at that number of problems says "better". So
being allowed to stop at any time costs hardly any power.

**No slice regressed** has to be shown too: that a slice (a pattern, a month, a tenant, the frozen
set) lost less than `tolerance`, two over the root of its size: 20 points for 100 problems, 10 for
400. A second gambler bets on it, patiently, with several shares at once; of slices that lost as
much as that, at most half of `level` pass. As every slice must pass, many slices make this no
weaker; they only make refusals of good candidates more frequent. Slices below `SMALLEST` are
pooled; what is too small even then is refused only where it is shown to lose.

Problems are taken in an order that follows from a digest of their names: no order in which they are
given can matter, and none in which they were made.
"""

import hashlib
import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from knowhow_memory.errors import InputError

__all__ = ["FROZEN", "Finding", "Gain", "Pair", "Verdict", "in_gate_order", "judge", "tolerance"]

Floats = NDArray[np.float64]
Wealth = Callable[[Floats, float], float]
"""What somebody came to who bet that gains lie above a number."""
Ruling = Literal["better", "not shown", "worse"]
State = Literal["kept", "unclear", "lost", "too small"]

LEVEL = 0.05
"""Of candidates that are not better, at most so many are ever called better."""
SLICE_SHARE = 0.5
"""Slices are held to this part of the level. At the whole level, of candidates that lose 20 points
on a fifth of 500 problems and gain 10 on the rest, about one in a hundred got through."""
SMALLEST = 25
"""Problems a slice needs to be judged on its own: then 40 points are tolerated."""
FROZEN = "frozen"
"""The slice of problems that users never feed. They guard, but they are not where a gain counts."""
REST = "(small ones)"

POINTS = 100
"""Bounds are found to whole points."""
NORMAL = NormalDist()
MOST = 0.9
"""Of his wealth that the bold gambler stakes at most: he must survive a lost problem."""
RUINED = 1e-9
FIRST_SQUARE, FIRST_WEIGHT = 0.15, 8.0
"""How far rewards are expected to differ, squared, and for how many problems that counts."""
PATIENT_BETS = (0.1, 0.2, 0.3, 0.4, 0.5)
"""Of what the patient gambler could stake. Larger ones are ruined by the few problems that flip in
any retraining, smaller ones are too slow for a hundred problems."""


@dataclass(frozen=True, slots=True)
class Pair:
    """What champion and candidate earned on one held-out problem."""

    problem: str
    """Its name or digest: the same problem twice is no more evidence than once."""
    champion: float
    candidate: float
    slices: tuple[str, ...] = ()
    """Such as `pattern:percent_off`, `month:2026-11`, `tenant:default`, `frozen`."""

    def __post_init__(self) -> None:
        for who, reward in (("champion", self.champion), ("candidate", self.candidate)):
            if not 0 <= reward <= 1:
                raise InputError(
                    f"the {who}'s reward on {self.problem[:80]!r} is {reward}: "
                    "rewards are numbers from 0 to 1"
                )


@dataclass(frozen=True, slots=True)
class Gain:
    """The candidate's reward less the champion's, on average; each bound is wrong with a chance of
    at most the level it was asked at, whenever one stops."""

    n: int
    won: int
    lost: int
    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Finding:
    """About one slice."""

    slice: str
    state: State
    tolerance: float
    gain: Gain


@dataclass(frozen=True, slots=True)
class Verdict:
    verdict: Ruling
    level: float
    evidence: float
    """The e-value for "better": 1 says nothing; at 1/level it is shown, and betting ends."""
    counter_evidence: float
    """The same for "worse"."""
    gain: Gain
    slices: tuple[Finding, ...]
    reasons: tuple[str, ...]

    @property
    def promotes(self) -> bool:
        return self.verdict == "better"


def judge(pairs: Iterable[Pair], *, level: float = LEVEL, planned: int | None = None) -> Verdict:
    """Judge a candidate on all its pairs; a second judgement of it is a second chance and needs a
    level of its own.

    `planned` says of how many problems, without the frozen ones, `pairs` are the first in gate
    order: then "worse" may already be final, and "better" never is.
    """
    if not 0 < level <= 0.5:
        raise InputError(f"the level is {level}: it lies above 0 and not above 0.5")
    ordered = _in_order(pairs)
    open_ones = [pair for pair in ordered if FROZEN not in pair.slices]
    length = len(open_ones) if planned is None else planned
    if length < len(open_ones):
        raise InputError(f"{length} problems were planned, and there are {len(open_ones)}")
    gains = _gains(open_ones)
    goal = 1 / level

    def bold(values: Floats, null: float) -> float:
        return _bold_wealth(values, null, goal, length)

    gain = _measure(gains, bold, goal)
    slices = _judge_slices(ordered, level)
    return Verdict(
        verdict=_rule(gain, slices, whole=length == len(open_ones)),
        level=level,
        evidence=bold(gains, 0.0),
        counter_evidence=bold(-gains, 0.0),
        gain=gain,
        slices=slices,
        reasons=_reasons(gain, slices, length),
    )


def in_gate_order(problems: Iterable[str]) -> list[str]:
    """The order in which the gate takes problems, for whoever wants to stop early."""
    return sorted(problems, key=_rank)


def tolerance(size: int) -> float:
    """What a slice of that size may lose unnoticed, in whole points."""
    return math.ceil(round(2 * POINTS / math.sqrt(size), 6)) / POINTS


def _rank(problem: str) -> str:
    """Names may be numbered by time or by pattern; their digests follow nothing."""
    return hashlib.sha256(problem.encode()).hexdigest()


def _in_order(pairs: Iterable[Pair]) -> list[Pair]:
    ordered = sorted(pairs, key=lambda pair: _rank(pair.problem))
    for one, next_one in itertools.pairwise(ordered):
        if one.problem == next_one.problem:
            raise InputError(f"the problem {one.problem[:80]!r} is there twice: give each once")
    return ordered


def _gains(pairs: Sequence[Pair]) -> Floats:
    return np.array([pair.candidate - pair.champion for pair in pairs], dtype=np.float64)


def _measure(gains: Floats, wealth: Wealth, goal: float) -> Gain:
    return Gain(
        n=len(gains),
        won=int((gains > 0).sum()),
        lost=int((gains < 0).sum()),
        mean=float(gains.mean()) if len(gains) else 0.0,
        low=_lower_bound(gains, wealth, goal),
        high=0.0 - _lower_bound(-gains, wealth, goal),
    )


def _lower_bound(gains: Floats, wealth: Wealth, goal: float) -> float:
    """The largest number of whole points that the gains are shown to lie above.

    The search starts from zero, so that what is found about zero decides on which side it ends.
    """

    def shown(points: int) -> bool:
        # Who wins early and loses it all again has shown nothing.
        null = points / POINTS
        return float(gains.sum()) > null * len(gains) and wealth(gains, null) >= goal

    low, high = (0, POINTS) if shown(0) else (-POINTS, 0)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if shown(middle) else (low, middle)
    return low / POINTS


def _bold_wealth(gains: Floats, null: float, goal: float, planned: int) -> float:
    """Of a gambler who bets that gains lie above `null`, and who plays to reach `goal` within
    `planned` problems. If they do not lie above it, none of his bets is in his favour.

    His wealth over his goal is his chance to get there. With normal steps, that chance is kept by
    staking its slope: the density over the chance, over the scatter that is still to come.
    """
    wealth, squares, weight = 1.0, FIRST_SQUARE * FIRST_WEIGHT, FIRST_WEIGHT
    for at, step in enumerate((gains - null).tolist()):
        if not RUINED < wealth < goal:
            break
        chance = wealth / goal
        slope = NORMAL.pdf(NORMAL.inv_cdf(chance)) / chance
        stake = slope / math.sqrt(squares / weight * (planned - at))
        wealth *= 1 + min(stake, MOST / (1 + null)) * step
        squares, weight = squares + step * step, weight + 1
    return min(wealth, goal)


def _patient_wealth(gains: Floats, null: float) -> float:
    """The most that a gambler ever had who bets that gains lie above `null`, in several shares."""
    steps = (gains - null) / (1 + null)
    shares = np.cumsum(np.log1p(np.outer(PATIENT_BETS, steps)), axis=1)
    wealth = np.logaddexp.reduce(shares, axis=0) - math.log(len(PATIENT_BETS))
    return math.exp(min(float(wealth.max(initial=0.0)), 100.0))


def _judge_slices(pairs: Sequence[Pair], level: float) -> tuple[Finding, ...]:
    groups = _group(pairs)
    goal = 1 / (level * SLICE_SHARE)
    return tuple(_judge_slice(name, groups[name], goal, len(groups)) for name in sorted(groups))


def _group(pairs: Sequence[Pair]) -> dict[str, list[Pair]]:
    """The pairs of each slice; those of small slices together, by what kind of slice they are."""
    slices: dict[str, list[Pair]] = {}
    for pair in pairs:
        for name in set(pair.slices):
            slices.setdefault(name, []).append(pair)
    small = {name for name, members in slices.items() if len(members) < SMALLEST}
    groups = {name: members for name, members in slices.items() if name not in small}
    for pair in pairs:
        for kind in {name.partition(":")[0] for name in small.intersection(pair.slices)}:
            groups.setdefault(f"{kind}:{REST}", []).append(pair)
    return groups


def _judge_slice(name: str, pairs: Sequence[Pair], goal: float, slices: int) -> Finding:
    """That it lost is claimed of none of many slices by chance; that it kept, of each by itself."""
    gains = _gains(pairs)
    tolerated = tolerance(len(pairs))
    gain = _measure(gains, _patient_wealth, goal)
    state: State
    if _patient_wealth(-gains, 0.0) >= goal * slices:
        state = "lost"
    elif len(pairs) < SMALLEST:
        state = "too small"
    else:
        state = "kept" if gain.low >= -tolerated else "unclear"
    return Finding(name, state, tolerated, gain)


def _rule(gain: Gain, slices: Sequence[Finding], *, whole: bool) -> Ruling:
    states = {finding.state for finding in slices}
    if gain.high <= 0 or "lost" in states:
        return "worse"
    return "better" if gain.low >= 0 and whole and "unclear" not in states else "not shown"


def _reasons(gain: Gain, slices: Sequence[Finding], planned: int) -> tuple[str, ...]:
    if not planned:
        return ("there are no held-out problems to compare on",)
    return (_overall_reason(gain, planned), *_slice_reasons(slices))


def _overall_reason(gain: Gain, planned: int) -> str:
    if gain.low >= 0:
        said = "it earns more than the champion"
    elif gain.high <= 0:
        said = "it earns less than the champion"
    else:
        said = "that it earns more than the champion is not shown"
    seen = f"{gain.n} of {planned}" if gain.n < planned else f"{gain.n}"
    return (
        f"{said}: {_in_points(gain)} on {seen} held-out problems ({gain.won} won, {gain.lost} lost)"
    )


def _slice_reasons(slices: Sequence[Finding]) -> Iterable[str]:
    for finding in slices:
        about = f"{finding.slice!r} ({finding.gain.n} problems, {_in_points(finding.gain)})"
        allowed = f"{finding.tolerance * POINTS:.0f} points"
        if finding.state == "lost":
            yield f"it loses on {about}"
        elif finding.state == "unclear":
            yield f"it is not shown to lose less than {allowed} on {about}"
        elif finding.state == "too small":
            yield f"there are too few problems to guard {about}"


def _in_points(gain: Gain) -> str:
    low, mean, high = (POINTS * value for value in (gain.low, gain.mean, gain.high))
    return f"{mean:+.1f} points [{low:+.0f}, {high:+.0f}]"
