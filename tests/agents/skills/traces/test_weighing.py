"""Adapter, hunches and sense: all decide together, and none alone."""

from collections.abc import Mapping, Sequence

from knowhow_adapters.base.load import load_base
from knowhow_agents.skills.traces import division
from knowhow_agents.skills.traces.division import Division, Share
from knowhow_agents.skills.traces.marks import look
from knowhow_agents.skills.traces.sense import Looks, Sense
from knowhow_agents.skills.traces.solver import run
from knowhow_agents.skills.traces.team import Attempt, Draft, Said
from knowhow_agents.skills.traces.weighing import UNHEARD, Weighing, judge_of
from knowhow_memory.errors import InputError, KnowhowError
from tests.agents.skills.traces.kit import PARTS, SHOP, WHOLE, Divides, Thinks

SIGHT = look(SHOP)
WRITTEN, HUNCH = "47 * 84; #1 / 32", "47 * 84; #1 - 32"
NO_SENSE = Sense()


def draft(divided: Division = WHOLE, worth: float = 0.0) -> Draft:
    shares = list(zip(divided, division.excerpts(SIGHT, divided), strict=True))
    return Draft(SHOP, shares, worth)


def decided(
    *written: tuple[Draft, Sequence[str | KnowhowError]],
    thoughts: Mapping[str, Mapping[str, float]],
    liked: Mapping[str, float],
    sense: Sense = NO_SENSE,
) -> Attempt:
    """`liked`: by the specialists; who is asked about anything else is asked too much."""

    def judge(said: Sequence[Said]) -> list[float]:
        assert len({*said}) == len(said), "nobody is asked the same twice"
        return [liked[one.answer] for one in said]

    [attempt] = Weighing(Divides(), Thinks(thoughts), judge, sense).choose([written])
    return attempt


def said(
    thoughts: Mapping[str, float],
    liked: Mapping[str, float],
    written: str = WRITTEN,
    sense: Sense = NO_SENSE,
) -> str:
    attempt = decided(
        (draft(), [written]), thoughts={"arithmetic": thoughts}, liked=liked, sense=sense
    )
    [found] = attempt.said
    return found.answer


def test_both_opinions_count() -> None:
    thoughts = {HUNCH: -0.1, WRITTEN: -2.5}
    assert said(thoughts, {WRITTEN: -0.7, HUNCH: -0.9}) == HUNCH
    assert said(thoughts, {WRITTEN: -0.1, HUNCH: -4.0}) == WRITTEN


def test_sums_of_which_there_is_no_hunch_have_to_be_likely() -> None:
    assert said({HUNCH: -0.1}, {WRITTEN: -0.1, HUNCH: -3.0}) == HUNCH
    assert said({HUNCH: -0.1}, {WRITTEN: -0.1, HUNCH: UNHEARD - 2}) == WRITTEN


def test_where_all_agree_nobody_is_asked_again() -> None:
    assert said({WRITTEN: -0.1, HUNCH: -2.0}, {}) == WRITTEN
    assert said({}, {}) == WRITTEN


SUBTRACTED = ("sub", Looks.NEGATIVE)
"""3 * 2, less 50."""


def test_what_makes_no_sense_has_to_be_likelier_than_what_does() -> None:
    thoughts = {HUNCH: -0.1, WRITTEN: -2.5}
    for liked, worse, expected in [(-0.1, -4.0, WRITTEN), (-0.1, -1.5, HUNCH), (-4.0, -4.0, HUNCH)]:
        sense = Sense({SUBTRACTED: worse})
        assert said(thoughts, {WRITTEN: liked, HUNCH: -0.1}, HUNCH, sense) == expected


def test_what_everybody_says_is_thought_over_where_it_makes_no_sense() -> None:
    thoughts = {HUNCH: -0.1, WRITTEN: -1.0}
    assert said(thoughts, {}, HUNCH, Sense({SUBTRACTED: -0.5})) == HUNCH
    liked = {HUNCH: -0.1, WRITTEN: -0.2}
    assert said(thoughts, liked, HUNCH, Sense({SUBTRACTED: -5.0})) == WRITTEN


def test_what_cannot_be_carried_out_is_never_chosen_where_something_else_can() -> None:
    broken = "47 / #7"
    liked = {broken: 0.0, HUNCH: -9.0}
    assert said({broken: -0.1, HUNCH: -9.0}, liked, broken) == HUNCH
    assert said({broken: -0.1}, {broken: 0.0}, broken) == broken


def test_where_nothing_was_written_nothing_is_weighed() -> None:
    thoughts = {"arithmetic": {HUNCH: -0.1}}
    failed = decided((draft(), [InputError("too long")]), thoughts=thoughts, liked={})
    assert failed.reason == "too long"
    refused = decided((Draft(SHOP, reason="too odd"), []), thoughts=thoughts, liked={})
    assert (refused.trace, refused.reason) == ("", "too odd")


def test_whoever_has_no_hunches_says_what_was_written() -> None:
    stranger = (Share("percentage", (0, 1, 2)),)
    attempt = decided(
        (draft(stranger), ["47 - 84%"]), thoughts={"arithmetic": {HUNCH: -0.1}}, liked={}
    )
    assert [one.answer for one in attempt.said] == ["47 - 84%"]


def test_divisions_count_as_far_as_they_and_what_was_made_of_them_are_likely() -> None:
    liked = {"47 * 84": -0.5, "prev - 47%": -0.5, WRITTEN: -3.0}
    thoughts = {
        "arithmetic": {"47 * 84": 0.0},
        "percentage": {"prev - 47%": 0.0},
        "comparison": {WRITTEN: 0.0},
    }
    whole_by_one = (Share("comparison", (0, 1, 2)),)
    for parts, whole, agents in [(-1.0, -0.5, 2), (-4.0, -0.5, 1)]:
        attempt = decided(
            (draft(PARTS, parts), ["47 * 84", "prev - 47%"]),
            (draft(whole_by_one, whole), [WRITTEN]),
            thoughts=thoughts,
            liked=liked,
        )
        assert len(attempt.said) == agents, (parts, whole)


def test_a_division_of_which_nothing_can_be_made_is_not_thought_of() -> None:
    attempt = decided(
        (draft(WHOLE), ["47 / #7"]),
        (draft(PARTS, -5.0), ["47 * 84", "prev - 47%"]),
        thoughts={},
        liked={"47 / #7": -0.1, "47 * 84": -1.0, "prev - 47%": -1.0},
    )
    assert run(attempt.trace).answer == 3


def test_a_division_of_which_a_part_failed_is_not_thought_of() -> None:
    attempt = decided(
        (draft(WHOLE), [InputError("too long")]),
        (draft(PARTS, -5.0), ["47 * 84", "prev - 47%"]),
        thoughts={"arithmetic": {"47 * 84": -0.1}},
        liked={"47 * 84": -1.0, "prev - 47%": -1.0},
    )
    assert run(attempt.trace).answer == 3


def test_nobody_is_asked_twice_about_parts_that_divisions_share() -> None:
    parts = (draft(PARTS), ["47 * 84", "prev - 47%"])
    attempt = decided(parts, parts, thoughts={}, liked={"47 * 84": -1.0, "prev - 47%": -1.0})
    assert run(attempt.trace).answer == 3


def test_divisions_are_those_of_whoever_divides() -> None:
    found = [(-0.1, PARTS), (-2.0, WHOLE)]
    weighing = Weighing(Divides(*found), Thinks({}), lambda said: [], NO_SENSE)
    assert weighing.divisions(SIGHT) == found


def test_whoever_was_taught_nothing_finds_nothing_likely() -> None:
    said = [Said("arithmetic", "How many are left?", WRITTEN)] * 2
    assert judge_of(load_base(), {})(said) == [UNHEARD] * 2
