"""The gate: what it refuses to read, what no order or name can change, how often it is wrong."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowhow_adapters import gate
from knowhow_adapters.gate import FROZEN, SMALLEST, Finding, Pair, Verdict, in_gate_order, judge
from knowhow_memory.errors import InputError

REWARDS = st.sampled_from([0.0, 0.25, 0.5, 1.0]) | st.floats(0, 1)
SLICES = st.sets(st.sampled_from(["pattern:a", "pattern:b", "month:1", "tenant:x", FROZEN]))


@st.composite
def pair_lists(draw: st.DrawFn, slices: st.SearchStrategy[set[str]] = SLICES) -> list[Pair]:
    rewards = draw(st.lists(st.tuples(REWARDS, REWARDS, slices), max_size=60))
    copies = draw(st.integers(1, 4))
    return [
        Pair(f"{copy} {number}", champion, candidate, tuple(sorted(names)))
        for copy in range(copies)
        for number, (champion, candidate, names) in enumerate(rewards)
    ]


def drawn(
    seed: int,
    n: int,
    gains: Sequence[float] = (0.0,),
    *,
    accuracy: float = 0.7,
    flips: float = 0.16,
    slices: tuple[str, ...] = (),
) -> list[Pair]:
    """All-or-nothing rewards; problems take turns in so many patterns as gains are given, and
    `flips` of them turn out differently for the two."""
    rng = np.random.default_rng(seed)
    pairs = []
    for number in range(n):
        gain = gains[number % len(gains)]
        several = max(flips, abs(gain))
        luck = rng.random()
        won, lost = luck < (several + gain) / 2, (several + gain) / 2 <= luck < several
        both = not (won or lost) and rng.random() < accuracy
        names = (f"pattern:{number % len(gains)}", *slices)
        pairs.append(Pair(f"{seed} {number}", float(lost or both), float(won or both), names))
    return pairs


def swapped(pairs: Sequence[Pair]) -> list[Pair]:
    return [replace(p, champion=p.candidate, candidate=p.champion) for p in pairs]


def of(verdict: Verdict, name: str) -> Finding:
    (found,) = (finding for finding in verdict.slices if finding.slice == name)
    return found


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf, -1e-9, 1 + 1e-9])
def test_what_is_no_reward_is_refused(odd: float) -> None:
    with pytest.raises(InputError, match="champion's reward on 'p'"):
        Pair("p", odd, 1.0)
    with pytest.raises(InputError, match="candidate's reward on 'p'"):
        Pair("p", 0.0, odd)


def test_one_problem_counts_once() -> None:
    with pytest.raises(InputError, match="'p' is there twice"):
        judge([Pair("p", 0, 1), Pair("q", 0, 1), Pair("p", 0, 1)])


@pytest.mark.parametrize("level", [0.0, -1.0, 0.6, math.nan, math.inf])
def test_odd_levels_are_refused(level: float) -> None:
    with pytest.raises(InputError, match="the level is"):
        judge([], level=level)


def test_more_problems_than_planned_are_refused() -> None:
    with pytest.raises(InputError, match="2 problems were planned, and there are 3"):
        judge(drawn(0, 3), planned=2)


def test_nothing_shows_nothing() -> None:
    verdict = judge([])
    assert (verdict.verdict, verdict.evidence, verdict.counter_evidence) == ("not shown", 1.0, 1.0)
    assert (verdict.gain.low, verdict.gain.high) == (-1.0, 1.0)
    assert verdict.reasons == ("there are no held-out problems to compare on",)
    assert not verdict.promotes


@given(pair_lists(), st.randoms(use_true_random=False))
def test_the_order_in_which_pairs_come_is_nothing(pairs: list[Pair], chance: object) -> None:
    mixed = list(pairs)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert judge(mixed) == judge(pairs)


def test_the_order_in_which_problems_were_made_is_nothing() -> None:
    """Taken by their names, the first two hundred would have shown enough."""
    rewards = [(0, 1)] * 100 + [(1, 1)] * 200 + [(1, 0)] * 100
    pairs = [Pair(f"{number:03}", *two) for number, two in enumerate(rewards)]
    assert [pair.problem for pair in pairs] == sorted(pair.problem for pair in pairs)
    assert judge(pairs[:200]).promotes
    verdict = judge(pairs)
    assert verdict.verdict == "not shown"
    assert verdict.evidence < 1 / verdict.level


def test_who_wins_early_and_loses_it_again_has_shown_nothing() -> None:
    names = in_gate_order(str(number) for number in range(400))
    won, lost = (1.0, 0.0), (0.0, 1.0)
    pairs = [
        Pair(name, *(lost if number < 150 else won if number < 300 else (1.0, 1.0)))
        for number, name in enumerate(names)
    ]
    verdict = judge(pairs)
    assert verdict.evidence == 20
    assert verdict.verdict == "not shown"
    assert verdict.gain.low < 0


@given(pair_lists(slices=st.just(set())))
def test_swapped_they_are_judged_the_other_way_round(pairs: list[Pair]) -> None:
    one, other = judge(pairs), judge(swapped(pairs))
    mirrored = {"better": "worse", "worse": "better", "not shown": "not shown"}
    assert other.verdict == mirrored[one.verdict]
    assert (other.evidence, other.counter_evidence) == (one.counter_evidence, one.evidence)
    assert (other.gain.low, other.gain.high) == (-one.gain.high, -one.gain.low)
    assert (other.gain.won, other.gain.lost) == (one.gain.lost, one.gain.won)


@given(pair_lists())
def test_a_verdict_does_not_contradict_itself(pairs: list[Pair]) -> None:
    verdict = judge(pairs)
    for gain in (verdict.gain, *(finding.gain for finding in verdict.slices)):
        assert -1 <= gain.low <= gain.mean + 1e-9
        assert gain.mean - 1e-9 <= gain.high <= 1
    states = {finding.state for finding in verdict.slices}
    if verdict.promotes:
        assert verdict.gain.low >= 0
        assert verdict.evidence >= 1 / verdict.level
        assert not states & {"unclear", "lost"}
    assert (verdict.verdict == "worse") == (verdict.gain.high <= 0 or "lost" in states)
    assert 0 <= verdict.evidence <= 1 / verdict.level
    assert all(reason and "\n" not in reason for reason in verdict.reasons)


@given(pair_lists())
def test_a_candidate_that_is_nowhere_higher_is_not_better(pairs: list[Pair]) -> None:
    assert not judge([replace(p, candidate=min(p.champion, p.candidate)) for p in pairs]).promotes


@given(st.integers(0, 10**6), st.integers(60, 300))
def test_more_rewards_for_the_candidate_never_harm_it(seed: int, n: int) -> None:
    """Of the two gamblers only the patient one keeps this for every list, however contrived."""
    pairs = drawn(seed, n, (0.05, 0.1))
    rng = np.random.default_rng(seed)
    raised = [p if rng.random() < 0.9 else replace(p, candidate=1.0) for p in pairs]
    before, after = judge(pairs), judge(raised)
    ranks = {"worse": 0, "not shown": 1, "better": 2}
    assert ranks[after.verdict] >= ranks[before.verdict]
    for one, other in zip(before.slices, after.slices, strict=True):
        assert other.gain.low >= one.gain.low
        assert other.gain.high >= one.gain.high


@pytest.mark.parametrize("null", [0.0, -0.2])
@pytest.mark.parametrize(
    "steps", [{-1.0: 0.5, 1.0: 0.5}, {-0.9: 0.1, 0.1: 0.9}, {-1.0: 0.1, 0.0: 0.8, 1.0: 0.1}]
)
def test_nobody_can_expect_to_win_where_nothing_is_gained(
    steps: dict[float, float], null: float
) -> None:
    """Over all that can happen, weighed by its chance: graded and lopsided rewards as well."""
    assert sum(step * chance for step, chance in steps.items()) == pytest.approx(0)
    expected = 0.0
    for way in itertools.product(steps, repeat=8):
        chance = math.prod(steps[step] for step in way)
        gains = np.array(way) + null
        expected += chance * gate._bold_wealth(gains, null, goal=1e9, planned=8)
    assert expected == pytest.approx(1)


def test_equal_candidates_are_promoted_no_more_often_than_stated() -> None:
    lives = [drawn(seed, 200) for seed in range(300)]
    promoted = sum(judge(pairs).promotes for pairs in lives)
    if_higher = sum(sum(p.candidate - p.champion for p in pairs) > 0 for pairs in lives)
    assert 0 < promoted <= 0.05 * len(lives)
    assert 0.3 * len(lives) < if_higher < 0.5 * len(lives)


def test_the_level_is_the_callers() -> None:
    lives = [drawn(seed, 200) for seed in range(300)]
    assert sum(judge(pairs, level=0.2).promotes for pairs in lives) in range(20, 61)
    assert judge(drawn(1, 500, (0.05,)), level=1e-4).verdict == "not shown"


def test_better_ones_are_promoted() -> None:
    lives = [drawn(seed, 500, (0.08,) * 5) for seed in range(50)]
    assert sum(judge(pairs).promotes for pairs in lives) >= 45


def test_graded_rewards_that_gain_often_and_lose_much_are_not_better() -> None:
    """Nine in ten are higher and the mean is the same: a test on signs would promote them all."""
    promoted = 0
    for seed in range(100):
        luck = np.random.default_rng(seed).random(300)
        rewards = np.where(luck < 0.9, 0.9 + 0.1 * 0.9, 0.9 - 0.9 * 0.9)
        promoted += judge(
            [Pair(str(number), 0.9, reward) for number, reward in enumerate(rewards)]
        ).promotes
    assert promoted <= 5


def test_intervals_hold_the_truth() -> None:
    verdicts = [judge(drawn(seed, 300, (0.06,))) for seed in range(150)]
    missed_low = sum(verdict.gain.low > 0.06 for verdict in verdicts)
    missed_high = sum(verdict.gain.high < 0.06 for verdict in verdicts)
    assert missed_low <= 0.05 * 150
    assert missed_high <= 0.05 * 150
    assert np.mean([verdict.gain.high - verdict.gain.low for verdict in verdicts]) < 0.12


def test_a_slice_that_lost_holds_back_what_gained_elsewhere() -> None:
    harmed = [judge(drawn(seed, 500, (-0.2, 0.1, 0.1, 0.1, 0.1))) for seed in range(60)]
    assert not any(verdict.promotes for verdict in harmed)
    assert sum(verdict.gain.low >= 0 for verdict in harmed) > 20
    verdict = judge(drawn(0, 1000, (-0.4, 0.2, 0.2, 0.2, 0.2)))
    assert (verdict.verdict, of(verdict, "pattern:0").state) == ("worse", "lost")
    assert of(verdict, "pattern:1").state == "kept"
    assert any(r.startswith("it loses on 'pattern:0' (200 problems") for r in verdict.reasons)


def test_a_slice_must_be_shown_to_keep() -> None:
    verdict = judge(drawn(4, 500, (-0.1, 0.2, 0.2, 0.2, 0.2)))
    assert (verdict.verdict, of(verdict, "pattern:0").state) == ("not shown", "unclear")
    assert verdict.gain.low > 0
    assert verdict.reasons == (
        "it earns more than the champion: +11.8 points [+8, +16] on 500 held-out problems "
        "(73 won, 14 lost)",
        "it is not shown to lose less than 20 points on 'pattern:0' "
        "(100 problems, -11.0 points [-24, +1])",
    )


def test_tolerance_shrinks_with_the_root_of_the_size() -> None:
    sizes = {25: 0.4, 100: 0.2, 400: 0.1, 1600: 0.05, 60: 0.26}
    assert {size: gate.tolerance(size) for size in sizes} == sizes


def test_small_slices_are_judged_together() -> None:
    pairs = drawn(0, 20 * 10, (-0.4,) * 2 + (0.3,) * 18)
    verdict = judge(pairs)
    (found,) = verdict.slices
    assert (found.slice, found.gain.n) == ("pattern:(small ones)", 200)


def test_what_is_too_small_is_named_and_holds_nothing_back() -> None:
    pairs = [
        replace(pair, slices=("tenant:big",) if number else ("tenant:small",))
        for number, pair in enumerate(drawn(0, 300, (0.2,)))
    ]
    verdict = judge(pairs)
    assert verdict.promotes
    assert of(verdict, "tenant:(small ones)").state == "too small"
    assert of(verdict, "tenant:big").state == "kept"
    assert any(
        reason.startswith("there are too few problems to guard") for reason in verdict.reasons
    )


def test_even_a_small_slice_that_fails_altogether_is_noticed() -> None:
    small = [Pair(f"s {number}", 1, 0, ("tenant:small",)) for number in range(SMALLEST - 5)]
    verdict = judge([*small, *drawn(0, 500, (0.2,))])
    assert (verdict.verdict, of(verdict, "tenant:(small ones)").state) == ("worse", "lost")


def test_the_frozen_set_guards_but_does_not_count_as_gain() -> None:
    gained = drawn(1, 300, (0.3,), slices=(FROZEN,))
    verdict = judge([*gained, *drawn(2, 300)])
    assert verdict.gain.n == 300
    assert verdict.verdict == "not shown"
    forgotten = drawn(1, 200, (-0.3,), slices=(FROZEN,))
    verdict = judge([*forgotten, *drawn(2, 500, (0.15,))])
    assert (verdict.verdict, of(verdict, FROZEN).state) == ("worse", "lost")


def test_who_stops_early_learns_of_a_bad_candidate_and_not_of_a_good_one() -> None:
    for gain, early in ((-0.6, "worse"), (0.6, "not shown")):
        pairs = {pair.problem: pair for pair in drawn(0, 400, (gain,))}
        first = [pairs[problem] for problem in in_gate_order(pairs)[:200]]
        assert judge(first, planned=400).verdict == early
        evidence = judge(first, planned=400).evidence
        assert evidence == (20 if early == "not shown" else pytest.approx(0, abs=1e-6))
        assert "200 of 400 held-out problems" in judge(first, planned=400).reasons[0]
        assert judge(pairs.values(), planned=400) == judge(pairs.values())


def test_evidence_only_grows_by_what_comes_after() -> None:
    """Each look sees the same bets: looking often is no second chance."""
    pairs = {pair.problem: pair for pair in drawn(7, 400, (0.1,))}
    ordered = [pairs[problem] for problem in in_gate_order(pairs)]
    seen = [judge(ordered[:n], planned=400).evidence for n in range(0, 401, 50)]
    assert seen[0] == 1.0
    reached = [evidence >= 20 for evidence in seen]
    assert reached == sorted(reached)
    assert reached[-1]
