"""Rewards are doubted where a model's surprise says so, and nowhere else."""

import random

import pytest

from knowhow_adapters.learn.trust import believe


def world(lies: float, apart: float, *, right: float = 0.6, count: int = 600) -> tuple[
    list[float], list[bool], list[bool]
]:  # fmt: skip
    """Surprise, rewards and the truth; `apart` in standard deviations."""
    rng = random.Random(f"{lies}{apart}{right}")
    truth = [rng.random() < right for _ in range(count)]
    surprise = [rng.gauss(0 if good else apart, 1) for good in truth]
    return surprise, [good != (rng.random() < lies) for good in truth], truth


@pytest.mark.parametrize("lies", [0.1, 0.2, 0.4])
def test_rewards_that_lie_are_found(lies: float) -> None:
    surprise, rewards, truth = world(lies, apart=4)
    beliefs = believe(surprise, rewards)
    lying = [b for b, r, t in zip(beliefs, rewards, truth, strict=True) if r != t]
    honest = [b for b, r, t in zip(beliefs, rewards, truth, strict=True) if r == t]
    assert sum(b < 0.5 for b in lying) > 0.6 * len(lying)
    assert sum(b < 0.5 for b in honest) < 0.12 * len(honest)


@pytest.mark.parametrize("right", [0.2, 0.5, 0.8])
def test_where_none_lies_hardly_any_is_doubted(right: float) -> None:
    surprise, rewards, _ = world(0.0, apart=3, right=right)
    assert sum(b < 0.5 for b in believe(surprise, rewards)) < 0.03 * len(rewards)


@pytest.mark.parametrize("right", [0.2, 0.5, 0.8])
def test_a_model_that_cannot_tell_doubts_nothing(right: float) -> None:
    surprise, rewards, _ = world(0.2, apart=0, right=right)
    assert set(believe(surprise, rewards)) == {1.0}


def test_one_class_is_believed() -> None:
    assert believe([1.0, 2.0], [True, True]) == [1.0, 1.0]
    assert believe([], []) == []
