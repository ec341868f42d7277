"""What else the parts could have been, in the order of how likely that is, until it is right."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

import pytest

from knowhow_agents.skills.traces.divider import Divider, Vectors
from knowhow_agents.skills.traces.divider_learning import learn_division
from knowhow_agents.skills.traces.division import Division, Share
from knowhow_agents.skills.traces.hunches import Hunches, learn_hunches
from knowhow_agents.skills.traces.items import COMPOSED, by_turns, training_items
from knowhow_agents.skills.traces.language import parse
from knowhow_agents.skills.traces.learning import everything, gather, said_by
from knowhow_agents.skills.traces.marks import Sight
from knowhow_agents.skills.traces.reward import RIGHT, grade
from knowhow_agents.skills.traces.second_thoughts import SecondThoughts
from knowhow_agents.skills.traces.solver import run
from knowhow_memory.embedder import HashEmbedder

SHOP = "Kofi buys 3 pens for $2 each. The bill is lowered by 50 percent. What is it after that?"
PARTS = (Share("arithmetic", (0,)), Share("percentage", (1, 2)))
WHOLE = (Share("arithmetic", (0, 1, 2)),)
HUNCHES = {
    "arithmetic": {"47 + 84": -0.2, "47 * 84": -2.0, "47 * 84; #1 - 32": -5.0},
    "percentage": {"prev + 47%": -0.1, "prev - 47%": -3.0},
}


class Divides(Divider):
    def __init__(self, *found: tuple[float, Division]) -> None:
        self._found = list(found)

    def divisions(
        self, sight: Sight, most: int = 1, doubt: float = 0.0
    ) -> list[tuple[float, Division]]:
        return self._found


class Thinks(Hunches):
    def __init__(self, thoughts: Mapping[str, Mapping[str, float]]) -> None:
        self._thoughts = thoughts

    def of(self, agent: str, prompts: Sequence[str]) -> list[dict[str, float]]:
        return [dict(self._thoughts.get(agent, {})) for _ in prompts]


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
