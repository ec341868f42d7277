"""What specialists say they are for, as an opinion, with the shipped embedder."""

import pytest

from knowhow_agents.team.purposes import Purposes
from knowhow_memory.embedder import load_embedder

CLAIMS = {
    "rooms": "finds out how many meetings overlap",
    "change": "gives change with as few coins as possible",
}
ARMS = ["rooms::sweep", "rooms::hours", "change::greedy", "big-model::alone"]


@pytest.fixture(scope="module")
def purposes() -> Purposes:
    return Purposes(load_embedder().embed, CLAIMS)


@pytest.mark.parametrize(
    ("problem", "whose"),
    [
        ("Pay 63 cents with the smallest number of coins.", "change"),
        ("Meetings: 9 to 10, 9:30 to 11, 10 to 12. Are two rooms enough?", "rooms"),
    ],
)
def test_a_problem_sounds_like_what_somebody_is_for(
    purposes: Purposes, problem: str, whose: str
) -> None:
    said = purposes.opinion(problem, ARMS)
    assert set(said) == set(ARMS[:3])
    assert said["rooms::sweep"] == said["rooms::hours"]
    assert said["rooms::sweep"] + said["change::greedy"] == pytest.approx(1)
    assert all((said[arm] > 0.5) is arm.startswith(whose) for arm in said)


def test_where_nobody_is_to_be_told_apart_nothing_is_said(purposes: Purposes) -> None:
    assert purposes.opinion("Are two rooms enough?", ARMS[:2]) == {}
    assert purposes.opinion("Are two rooms enough?", ["somebody", "big-model::alone"]) == {}
