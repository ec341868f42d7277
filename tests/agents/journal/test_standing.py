"""What stands in a text: numbers, words for them, and times as people write them."""

import pytest

from knowhow_agents.journal.standing import missing, times, wholes


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("choir from 9 to 10:30", ["09:00", "10:30"]),
        ("choir: 2pm-3:15pm", ["14:00", "15:15"]),
        ("12am until 12 p.m.", ["00:00", "12:00"]),
        ("Starting 08:55: yoga until 24:00", ["08:55", "24:00"]),
        ("Two rooms, 5 halls", ["2", "5"]),
        ("coins of 1, 4 and 9 cents", ["1", "4", "9"]),
    ],
)
def test_what_stands_there_is_found(text: str, wanted: list[str]) -> None:
    assert missing(wanted, text) is None


@pytest.mark.parametrize(
    ("text", "wanted", "which"),
    [
        ("choir from 9 to 10:30", ["09:30"], "09:30"),
        ("4pm, done at 4:55pm", ["16:55", "16:55"], "16:55"),
        ("from 9 to 10", ["09:00", "10:00", "9"], "9"),
        ("done at 4:55pm", ["04:55"], "04:55"),
        ("room 15:50", ["15"], "15"),
        ("nobody", ["1"], "1"),
    ],
)
def test_what_does_not_is_named(text: str, wanted: list[str], which: str) -> None:
    assert missing(wanted, text) == which


def test_times_and_other_numbers() -> None:
    assert sorted(times("two halls: choir 9 - 10:30, 25 people")) == ["02:00", "09:00", "10:30"]
    assert sorted(wholes("two halls: choir 9 - 10:30")) == ["2", "9"]
