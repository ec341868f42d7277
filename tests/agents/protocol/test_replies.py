"""What models say, read."""

import pytest

from knowhow_agents.protocol.replies import read_answer, read_choice, read_verdict


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        ("fits: yes\nanswer: 28", "28"),
        ("25 + 3 = 28\n\n**Answer:** 28 pears\n", "28 pears"),
        ("answer: 1\nNo, wait.\nanswer: 2", "2"),
        ("Antwort: 28", None),
        ("", None),
        ("answer:", None),
        ("The answer: is unclear", None),
    ],
)
def test_an_answer_stands_behind_its_word(reply: str, answer: str | None) -> None:
    assert read_answer(reply) == answer


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        ("fits: yes\nanswer: 3", True),
        ("Fits: No.", False),
        ("right", True),
        ("verdict: wrong\nanswer: 3", False),
        ("That is a rightful question", None),
        ("", None),
    ],
)
def test_a_verdict(reply: str, verdict: bool | None) -> None:
    assert read_verdict(reply) is verdict


@pytest.mark.parametrize(
    ("reply", "options", "number"),
    [("B", 3, 1), ("choice: C\nanswer: 3", 3, 2), ("(A)", 2, 0), ("D", 3, None), ("none", 3, None)],
)
def test_a_choice(reply: str, options: int, number: int | None) -> None:
    assert read_choice(reply, options) == number
