"""What a big model's own sums come to, when somebody who can calculate does them."""

from fractions import Fraction

import pytest

from knowhow_agents.protocol.looks import MAX_STEPS, done_again, read_outline


@pytest.mark.parametrize(
    ("said", "result"),
    [
        ("25 + 3", 28),
        ("4 * 4; 143 - #1", 127),
        ("- 1,200 / 5\n- #1 × 2.5\n", 600),
        ("1. 4 * 4\n2) 143 - #1", 127),
        ("#1: 4 * 4\n#2: 143 - #1", 127),
        ("1.5 * 4", 6),
        ("12 ÷ 8; 3 − #1", Fraction(3, 2)),
    ],
)
def test_an_outline_is_carried_out(said: str, result: Fraction | int) -> None:
    assert read_outline(said)[-1].result == result


@pytest.mark.parametrize(
    "said",
    [
        "",
        "no idea",
        "25 + 3 pears",
        "25 + 3 = 28",
        "25 + #1",
        "1 + 1; #2 * 2",
        "1 + 1; #0 * 2",
        "1 + 1; #1.5 * 2",
        "25 / 0",
        "25 + 3; then ask again",
        "; ".join(["1 + 1"] * (MAX_STEPS + 1)),
    ],
)
def test_what_is_no_outline_says_nothing(said: str) -> None:
    assert not read_outline(said)


@pytest.mark.parametrize(
    ("reply", "result"),
    [
        ("25 + 3 = 28\nanswer: 28 pears", 28),
        ("25 + 3 = 29\nanswer: 29", 28),
        ("4 * 4 = 18\n143 - 18 = 120\nanswer: 120 litres", 127),
        ("10 / 3 = 3.33\n3.33 * 3 = 9.99\nanswer: 9.99", Fraction("9.99")),
        ("25 + 3 = 29\nIn all it is 31.\nanswer: 31", 31),  # no sum leads to it
        ("answer: 28", 28),
        ("25 / 0 = 4\nanswer: 4", None),
        ("25 + 3 = 28", None),
        ("25 + 3 = 28\nanswer: between 28 and 30", None),
    ],
)
def test_a_replys_sums_are_done_again(reply: str, result: Fraction | int | None) -> None:
    assert done_again(reply) == result
