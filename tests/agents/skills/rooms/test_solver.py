"""Counting rooms: the reference against brute force, the other ways where they go wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowhow_agents.journal.skill import REFUSED, RIGHT, WRONG, WRONG_NUMBER, Answer, grade
from knowhow_agents.skills.rooms.language import Meeting, Plan, Way
from knowhow_agents.skills.rooms.solver import (
    solve,
    solve_pieces,
    truth,
)

days = st.lists(
    st.tuples(st.integers(0, 40), st.integers(1, 20)).map(lambda t: Meeting(t[0], t[0] + t[1])),
    min_size=1,
    max_size=12,
)


def _peak(way: Way, *times: tuple[int, int]) -> int | None:
    return solve(Plan(9, tuple(Meeting(*time) for time in times), way)).number


@given(days, st.integers(1, 5))
def test_the_reference_counts_what_brute_force_counts(day: list[Meeting], rooms: int) -> None:
    busiest = max(sum(m.start <= minute < m.end for m in day) for minute in range(61))
    assert truth(rooms, day) == Answer(busiest, busiest <= rooms)


@given(days)
def test_listing_uses_as_many_rooms_or_more(day: list[Meeting]) -> None:
    least = solve(Plan(9, tuple(day), Way.ENDS_FIRST)).number
    for way in (Way.STARTS_FIRST, Way.NEIGHBOURS, Way.AS_LISTED):
        found = solve(Plan(9, tuple(day), way)).number
        assert found is not None and least is not None and found >= least
    hours = solve(Plan(9, tuple(day), Way.HOURS)).number
    assert hours is not None and least is not None and hours <= least


def test_where_the_other_ways_go_wrong() -> None:
    touching = ((9, 10), (10, 11))
    assert (_peak(Way.ENDS_FIRST, *touching), _peak(Way.STARTS_FIRST, *touching)) == (1, 2)
    one_long = ((0, 9), (1, 2), (3, 4))
    assert (_peak(Way.ENDS_FIRST, *one_long), _peak(Way.NEIGHBOURS, *one_long)) == (2, 3)
    unsorted = ((0, 2), (6, 10), (5, 7), (1, 6))
    assert (_peak(Way.ENDS_FIRST, *unsorted), _peak(Way.AS_LISTED, *unsorted)) == (2, 3)
    lumped = ((0, 1), (0, 1), (0, 1), (9, 10))
    assert (_peak(Way.ENDS_FIRST, *lumped), _peak(Way.HOURS, *lumped)) == (3, 1)


@pytest.mark.parametrize(
    ("plan", "fault"),
    [
        (Plan(0, (Meeting(1, 2),), Way.ENDS_FIRST), "no rooms"),
        (Plan(None, (Meeting(1, 2),), Way.ENDS_FIRST), "no number of rooms"),
        (Plan(2, (), Way.ENDS_FIRST), "no meetings"),
        (Plan(2, (Meeting(1, 2),)), "no way to count"),
    ],
)
def test_what_cannot_be_counted_has_a_fault_and_no_answer(plan: Plan, fault: str) -> None:
    answer = solve(plan)
    assert (answer.number, answer.enough) == (None, None)
    assert fault in answer.fault
    assert grade(answer, Answer(1, True)) == REFUSED


def test_pieces_are_solved_together() -> None:
    found = solve_pieces(["rooms: 1", "- 09:00-10:00", "- 10:00-11:00"], Way.ENDS_FIRST)
    assert found == Answer(1, True)
    assert "on the same day" in solve_pieces(["rooms: 1\n- 23:00-01:00"], Way.ENDS_FIRST).fault


def test_number_and_verdict_both_count() -> None:
    right = Answer(3, False)
    assert grade(Answer(3, False), right) == RIGHT
    assert grade(Answer(4, False), right) == WRONG_NUMBER
    assert grade(Answer(2, True), right) == WRONG
