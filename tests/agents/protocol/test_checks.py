"""Checks: an answer against what a spec says, where its facts stand in the problem."""

import pytest

from knowhow_agents.protocol.checks import check
from knowhow_agents.protocol.spec import Spec

SUMS = "Which of 3, 9, 4 and 4 add up to 12?"
TOUR = "Visit Oslo, Rome, Paris from Oslo: Oslo-Rome 5, Rome-Paris 7, Oslo-Paris 4."
ZOO = "Ann and Bob have a cat and a dog. Ann does not have the dog."


def subset(**facts: object) -> Spec:
    return Spec.model_validate({"domain": "planning", "type": "subset_sum", **facts})


ADD = subset(numbers=[3, 9, 4, 4], goal=12)
TRIP = Spec.model_validate(
    {"domain": "planning", "type": "tour", "stops": ["Oslo", "Rome", "Paris"], "distances": []}
)
PETS = Spec.model_validate(
    {
        "domain": "planning", "type": "logic_puzzle", "people": ["Ann", "Bob"],
        "values": ["cat", "dog"], "clues": [["Ann", "not", "dog"]],
    }
)  # fmt: skip


@pytest.mark.parametrize(
    ("problem", "spec", "answer", "met"),
    [
        (SUMS, ADD, "3 9", True),
        (SUMS, ADD, "4, 4 and 3", None),  # words where numbers belong: not for us to say
        (SUMS, ADD, "4 4 3", False),
        (SUMS, ADD, "3 3 3 3", False),
        (SUMS, ADD, "12", False),
        (SUMS, ADD, "", False),
        (TOUR, TRIP, "Oslo Rome Paris", None),
        (TOUR, TRIP, "Oslo Rome Paris Oslo", None),
        (TOUR, TRIP, "Rome Oslo Paris", False),
        (TOUR, TRIP, "Oslo Rome", False),
        (ZOO, PETS, "Ann cat, Bob dog", True),
        (ZOO, PETS, "Ann dog, Bob cat", False),
        (ZOO, PETS, "Ann cat, Bob cat", False),
    ],
)
def test_what_is_met(problem: str, spec: Spec, answer: str, met: bool | None) -> None:
    assert check(problem, spec, answer) is met


@pytest.mark.parametrize(
    "spec",
    [
        Spec.plain(),
        subset(numbers=[3, 9, 4, 5], goal=12),  # the 5 does not stand in the problem
        subset(numbers="3 9", goal=12),
        subset(numbers=[3, 9, 4], goal=None),
        subset(numbers=[3, 9, 4]),
        subset(numbers={"3": 9}, goal=[12]),
    ],
)
def test_a_spec_that_is_not_the_problems_checks_nothing(spec: Spec) -> None:
    assert check(SUMS, spec, "3 9") is None
