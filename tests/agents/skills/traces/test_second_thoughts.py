"""What else the parts could have been, in the order of how likely that is, until it is right."""

from fractions import Fraction

import pytest

from knowhow_agents.skills.traces.divider import Vectors
from knowhow_agents.skills.traces.divider_learning import learn_division
from knowhow_agents.skills.traces.division import Division, Share
from knowhow_agents.skills.traces.hunches import learn_hunches
from knowhow_agents.skills.traces.items import COMPOSED, by_turns, training_items
from knowhow_agents.skills.traces.language import parse
from knowhow_agents.skills.traces.learning import everything, gather, said_by
from knowhow_agents.skills.traces.reward import RIGHT, grade
from knowhow_agents.skills.traces.second_thoughts import SecondThoughts
from knowhow_agents.skills.traces.solver import run
from knowhow_memory.embedder import HashEmbedder
from tests.agents.skills.traces.kit import PARTS, SHOP, WHOLE, Divides, Thinks

HUNCHES = {
    "arithmetic": {"47 + 84": -0.2, "47 * 84": -2.0, "47 * 84; #1 - 32": -5.0},
    "percentage": {"prev + 47%": -0.1, "prev - 47%": -3.0},
}


def thought(answer: int, *found: tuple[float, Division]) -> list[str]:
    guessed = SecondThoughts(Divides(*found), Thinks(HUNCHES)).guess(SHOP, Fraction(answer))
    assert all(run(one.trace).answer == answer for one in guessed)
    return [part.expert for one in guessed for part in parse(one.trace)]


def test_the_likeliest_that_comes_to_the_answer_is_found() -> None:
    assert thought(3, (-0.1, PARTS)) == ["arithmetic", "percentage"], "3 * 2, less half of it"
    assert thought(6, (-0.1, PARTS)) == []
    assert thought(6, (-0.1, WHOLE)) == ["arithmetic"]


def test_divisions_count_as_far_as_they_are_likely() -> None:
    # Of the parts nobody makes 5; as a whole it is 3 + 2.
    assert thought(5, (-0.1, PARTS), (-3.0, WHOLE)) == ["arithmetic"]
    # 3 is 3 * 2, less half of it, and also 3 * 2 / 2.
    both = {
        "arithmetic": {"47 * 84": -1.0, "47 * 84; #1 / 84": -1.0},
        "percentage": {"prev - 47%": -1.0},
    }
    for worth, parts in [((-0.1, -3.0), 2), ((-9.0, -0.1), 1)]:
        found = list(zip(worth, (PARTS, WHOLE), strict=True))
        [guess] = SecondThoughts(Divides(*found), Thinks(both)).guess(SHOP, Fraction(3))
        assert len(parse(guess.trace)) == parts, worth


def test_of_whom_there_are_no_hunches_nothing_comes_to_mind() -> None:
    stranger = (Share("comparison", (0, 1, 2)),)
    assert thought(3, (-0.1, stranger)) == []


@pytest.mark.parametrize("kind", ["percentage", COMPOSED])
def test_problems_like_those_that_were_seen_are_solved(kind: str) -> None:
    taught = gather(by_turns(training_items(600, seed=0)), at_most=60)
    vectors = Vectors(HashEmbedder())
    divider = learn_division(everything(taught), vectors)
    thinker = SecondThoughts(divider, learn_hunches(said_by(taught), vectors))
    new = training_items(200, seed=9)
    items = [
        item
        for item in new
        if kind == (item.specialists[0] if len(item.specialists) == 1 else COMPOSED)
    ]
    right = 0
    for item in items:
        for guess in thinker.guess(item.problem, item.answer):
            graded = grade(guess.trace, answer=item.answer, specialists=item.specialists)
            right += graded.reward == RIGHT
    assert right > 0.6 * len(items) > 6
