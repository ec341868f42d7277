"""The data: solvable, repeatable, and no strategy or family that decides everything."""

from collections import defaultdict

import pytest

from knowhow_agents.skills.planning.items import Item, draw_items
from knowhow_agents.skills.planning.specialist import ARMS, attempt, check

COUNT = 96
"""Four of each kind."""
MOST_BEST = 0.45
"""Share of the problems on which a strategy may be best."""
FAMILY_KNOWS = 0.95
"""What knowing the family alone may get of the oracle's success, at most."""


@pytest.fixture(scope="module")
def items() -> list[Item]:
    return draw_items(COUNT, 1)


@pytest.fixture(scope="module")
def rewards(items: list[Item]) -> list[dict[str, float]]:
    return [{arm: check(item, attempt(item.problem, arm).answer) for arm in ARMS} for item in items]


def test_items_follow_from_their_seed_and_differ(items: list[Item]) -> None:
    assert draw_items(24, 5) == draw_items(24, 5)
    assert len({item.problem for item in items}) == COUNT
    assert len({(item.family, item.kind) for item in items}) == COUNT // 4
    held = {item.problem for item in draw_items(24, 5, held=True)}
    assert not held & {item.problem for item in draw_items(24, 5)}


def test_nearly_every_problem_can_be_solved_and_none_by_all(
    rewards: list[dict[str, float]],
) -> None:
    assert sum(max(found.values()) for found in rewards) / COUNT > 0.9
    assert sum(min(found.values()) for found in rewards) / COUNT < 0.1


def test_no_strategy_is_best_on_too_many(rewards: list[dict[str, float]]) -> None:
    """Who shares a success shares being best."""
    best = defaultdict(float)
    for found in rewards:
        winners = [arm for arm, reward in found.items() if reward == max(found.values()) > 0]
        for arm in winners:
            best[arm] += 1 / len(winners) / COUNT
    assert max(best.values()) <= MOST_BEST
    assert min(best.values()) > 0.02


def test_the_family_alone_does_not_decide(
    items: list[Item], rewards: list[dict[str, float]]
) -> None:
    by_family = defaultdict(list)
    for item, found in zip(items, rewards, strict=True):
        by_family[item.family].append(found)
    told = sum(max(sum(r[arm] for r in found) for arm in ARMS) for found in by_family.values())
    assert told <= FAMILY_KNOWS * sum(max(found.values()) for found in rewards)
