"""Success rates and their intervals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowhow_memory.rates import Rate, Sums, difference

rewards_lists = st.lists(st.floats(0, 1), min_size=1, max_size=60)


@pytest.mark.parametrize(
    ("successes", "tries", "low", "high"),
    [
        (12, 14, 0.6006, 0.9599),
        (12, 12, 0.7575, 1.0),
        (0, 2, 0.0, 0.6576),
        (81, 263, 0.2553, 0.3662),
    ],
)
def test_rewards_of_nothing_or_all_give_wilsons_interval(
    successes: int, tries: int, low: float, high: float
) -> None:
    rate = Rate.of([1.0] * successes + [0.0] * (tries - successes))
    assert rate.rate == pytest.approx(successes / tries)
    assert (rate.low, rate.high) == pytest.approx((low, high), abs=5e-5)


@given(rewards_lists)
def test_the_rate_lies_in_its_interval_and_that_between_0_and_1(rewards: list[float]) -> None:
    rate = Rate.of(rewards)
    assert rate.rate is not None
    assert 0 <= rate.low <= rate.rate + 1e-9
    assert rate.rate <= rate.high + 1e-9
    assert rate.high <= 1


@given(rewards_lists)
def test_graded_rewards_are_never_less_certain_than_a_coin_with_their_mean(
    rewards: list[float],
) -> None:
    mean, n = float(np.mean(rewards)), len(rewards)
    coin = Sums(*(np.array([value]) for value in (float(n), n * mean, n * mean)))
    _, low, high = coin.intervals()
    rate = Rate.of(rewards)
    assert low[0] - 1e-9 <= rate.low
    assert rate.high <= high[0] + 1e-9


@pytest.mark.parametrize("n", [3, 10, 40, 300])
@pytest.mark.parametrize(("a", "b"), [(2, 2), (8, 2), (0.5, 0.2)])
def test_the_interval_of_graded_rewards_covers_their_true_mean(a: float, b: float, n: int) -> None:
    runs = 4000
    drawn = np.random.default_rng(0).beta(a, b, (runs, n))
    lines = np.repeat(np.arange(runs), n)
    _, low, high = Sums.of(drawn.ravel(), lines, runs).intervals()
    covered = float(np.mean((low <= a / (a + b)) & (a / (a + b) <= high)))
    assert covered >= 0.93


def test_many_graded_rewards_give_a_narrower_interval_than_a_coin() -> None:
    graded = Rate.of(np.random.default_rng(0).beta(8, 8, 400))
    coin = Rate.of([1.0, 0.0] * 200)
    assert graded.high - graded.low < 0.5 * (coin.high - coin.low)


def test_no_tries_mean_no_rate_and_everything_possible() -> None:
    rate = Rate.of([])
    assert (rate.tries, rate.rate, rate.low, rate.high) == (0, None, 0.0, 1.0)
    assert str(rate) == "no tries"


def test_a_rate_reads_as_people_say_it() -> None:
    assert str(Rate.of([1.0] * 12 + [0.0] * 2)) == "12/14 (86%, 60–96%)"
    assert Rate.of([0.5, 1.0]).share_of_tries == "1.5/2"


def test_a_difference_of_equal_rates_has_zero_inside_and_of_far_ones_not() -> None:
    def one(*rewards: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return Sums.of(np.array(rewards)).intervals()

    _, low, high = difference(one(1, 1, 0), one(1, 1, 0))
    assert low[0] < 0 < high[0]
    gap, low, high = difference(one(*[1] * 20), one(*[0] * 20))
    assert gap[0] == 1
    assert low[0] > 0.7
