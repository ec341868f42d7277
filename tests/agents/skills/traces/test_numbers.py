"""Numbers as people write them, read exactly."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowhow_agents.skills.traces.numbers import find_numbers, read_number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("80,000", "80000"), ("1,234,567.5", "1234567.5"), ("$1.50", "1.5"), ("$ 20", "20"),
        ("1/3", "1/3"), ("2 1/2", "5/2"), (".5", "1/2"), ("0.05", "1/20"), ("-3", "-3"),
        ("150%", "150"), ("12.5 percent", "12.5"), ("half", "1/2"), ("two thirds", "2/3"),
        ("one third", "1/3"), ("a third", "1/3"), ("one quarter", "1/4"),
        ("twice", "2"), ("triple", "3"),
        ("a dozen", "12"), ("three dozen", "36"), ("4 dozen", "48"), ("twenty-five", "25"),
        ("two hundred", "200"), ("five thousand", "5000"), ("1.5 million", "1500000"),
        ("two thousand five hundred", "2500"), ("Seven", "7"), ("١٢", "12"),
    ],
)  # fmt: skip
def test_a_number_reads(text: str, value: str) -> None:
    assert read_number(text) == Fraction(value)


@pytest.mark.parametrize(
    "text", ["", "x", "one", "the third", "1/0", "9" * 16, "3 and 4", "10^100", "a", "-"]
)
def test_what_is_no_single_number_is_none(text: str) -> None:
    assert read_number(text) is None


def test_a_text_gives_its_numbers_in_order() -> None:
    text = (
        "On the third day 1,200 guests paid $3.50 each, 150% of the usual price; two dozen of "
        "them stayed for half of 3 1/2 hours, and one left twice. In 12,34 rows sat 5,000."
    )
    assert [reading.value for reading in find_numbers(text)] == [
        Fraction(number) for number in ("1200", "3.5", 150, 24, "1/2", "7/2", 2, 12, 34, 5000)
    ]
    assert [text[r.start : r.end] for r in find_numbers(text) if r.percent] == ["150%"]


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    for reading in find_numbers(text):
        assert 0 <= reading.start < reading.end <= len(text)
        assert reading.value >= 0


@given(st.integers(0, 10**15 - 1), st.integers(0, 99))
def test_a_written_amount_is_read_back(whole: int, cents: int) -> None:
    assert read_number(f"${whole:,}") == whole
    if whole < 10**12:
        assert read_number(f"${whole:,}.{cents:02}") == whole + Fraction(cents, 100)
