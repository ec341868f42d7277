"""Plans are read strictly and within bounds, and written as they are read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowhow_agents.skills.rooms.language import (
    DAY,
    MAX_LETTERS,
    Meeting,
    Plan,
    PlanRefused,
    Way,
    join,
    parse,
)

meetings = st.tuples(st.integers(0, DAY), st.integers(0, DAY)).filter(lambda t: t[0] < t[1])
plans = st.builds(
    Plan,
    st.none() | st.integers(0, 99),
    st.lists(st.builds(lambda t: Meeting(*t), meetings), max_size=8).map(tuple),
    st.none() | st.sampled_from(Way),
)


@given(plans)
def test_what_is_written_is_read(plan: Plan) -> None:
    assert parse(str(plan)) == plan


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        plan = parse(text)
    except PlanRefused:
        return
    assert parse(str(plan)) == plan


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("- 10:00-09:00", "ends after it starts"),
        ("- 22:00-02:00", "on the same day"),
        ("- 09:00-09:00", "ends after it starts"),
        ("- 24:30-24:45", "24 hours"),
        ("- 9:00-10:00", "not a line of a plan"),
        ("rooms: two", "not a line of a plan"),
        ("rooms: 2\nrooms: 2", "given twice"),
        ("by: magic", "no way 'magic'"),
        ("rooms: 1\n\n- 09:00-10:00", "not a line of a plan"),
        ("unclear", "cannot be read"),
        ("- 10:99-11:00", "not a line of a plan"),
        ("x" * (MAX_LETTERS + 1), "at most"),
        ("\n".join(["- 09:00-10:00"] * 501), "at most 500"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(PlanRefused, match=reason):
        parse(text)


def test_pieces_make_a_whole() -> None:
    pieces = [parse("rooms: 2\n- 09:00-10:00"), parse("nothing"), parse("- 09:30-11:00")]
    assert str(join(pieces, Way.ENDS_FIRST)) == (
        "rooms: 2\n- 09:00-10:00\n- 09:30-11:00\nby: sweep, ends first"
    )


def test_pieces_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(PlanRefused, match="several numbers of rooms: 2, 3"):
        join([Plan(rooms=2), Plan(rooms=3)], Way.ENDS_FIRST)
