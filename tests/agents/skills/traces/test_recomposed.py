"""Lessons as parts of something longer: the sums stay what they were, of the same quantities."""

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowhow_agents.skills.traces.items import training_items
from knowhow_agents.skills.traces.language import SPECIALISTS
from knowhow_agents.skills.traces.learning import gather
from knowhow_agents.skills.traces.marks import ANY_MARK, MARKS, NAMES
from knowhow_agents.skills.traces.recomposed import Recomposer
from knowhow_agents.skills.traces.team import ASK, Said

TOTAL = "Ben has 47 ropes; Tom has 84 fewer. How many have both?"
SOLD = "Ben has 47 cups and Tom 84 more. / The number of cups that Ben and Tom have costs $32 each."


def lesson(agent: str, text: str, answer: str) -> Said:
    return Said(agent, ASK.format(text=text), answer)


def told(agent: str, text: str, answer: str, *others: Said) -> set[tuple[str, str]]:
    """All the ways in which it is told: text and answer."""
    recomposer, said = Recomposer(agent, others), lesson(agent, text, answer)
    ways = (recomposer.tell(said, random.Random(seed)) for seed in range(60))
    return {(way.prompt.removesuffix(ASK.format(text="")), way.answer) for way in ways}


def test_what_goes_on_elsewhere_from_the_same_result_stands_behind() -> None:
    sold = lesson("comparison", SOLD, "47 + 84; 47 + #1")
    ways = told("comparison", TOTAL, "47 - 84; 47 + #1", sold)
    behind = "The number of cups that Ben and Tom have costs $32 each."
    assert (f"Ben has 47 ropes; Tom has 84 fewer. / {behind}", "47 - 84; 47 + #1") in ways


def test_what_asks_for_something_else_is_not_put_behind() -> None:
    sold = lesson("comparison", SOLD, "47 + 84; 47 + #1")
    ways = told("comparison", TOTAL, "47 - 84; 47 - #1", sold)
    assert not any("cups" in text for text, _ in ways)


def test_new_people_and_numbers_behind_get_marks_of_their_own() -> None:
    other = lesson(
        "rate_equation",
        "84 cups at $47. / Nina adds 32 of that.",
        "84 * 47",
    )
    ways = told("rate_equation", "Ben buys 47 of 84 each. How much is it?", "47 * 84", other)
    assert ("Ben buys 47 of 84 each. / Tom adds 32 of that.", "47 * 84") in ways


@pytest.mark.parametrize(
    ("text", "answer", "begins", "told_answer"),
    [
        ("Of the 47 figs 84% rot. How many?", "47 * 84%", "/ Of ", "prev * 47%"),
        ("A coat of $47 costs 84% less. How much?", "47 - 84%", "/ A coat of ", "prev - 47%"),
    ],
)
def test_the_first_quantity_may_be_somebody_elses_result(
    text: str, answer: str, begins: str, told_answer: str
) -> None:
    anew = [way for way in told("percentage", text, answer) if way[1] != answer]
    assert anew and all(way[0].startswith(begins) and way[1] == told_answer for way in anew)
    assert all("the the" not in way[0] and "$" not in way[0] for way in anew)


def test_a_quantity_that_is_needed_twice_stays() -> None:
    text = "Ben has 47 figs, Tom 84 more than Ben. How many have both?"
    assert {answer for _, answer in told("comparison", text, "47 + 84; 47 + #1")} == {
        "47 + 84; 47 + #1"
    }


LESSONS = {
    agent: [said for shown in found for said in shown.said if said.agent == agent]
    for agent, found in gather(training_items(400, 0), at_most=60).items()
}


@given(st.sampled_from(SPECIALISTS), st.integers(0, 10_000), st.integers(0, 10_000))
def test_sums_keep_their_shape_and_all_that_they_need_is_said(
    agent: str, which: int, seed: int
) -> None:
    own = LESSONS[agent]
    said = own[which % len(own)]
    anew = Recomposer(agent, own).tell(said, random.Random(seed))
    assert anew.agent == agent and anew.prompt.endswith(ASK.format(text=""))
    words = set(ANY_MARK.findall(anew.prompt.removesuffix(ASK.format(text=""))))
    marks = {*MARKS, *NAMES}
    assert {word for word in ANY_MARK.findall(anew.answer) if word in marks} <= words
    assert shape(anew.answer) == shape(said.answer)
    assert ("prev" in anew.answer) <= anew.prompt.startswith("/")


def shape(answer: str) -> str:
    return re.sub(r"(?<!#)\b(?:prev|\d\d+)\b", "x", answer)
