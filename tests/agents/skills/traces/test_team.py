"""Problems divided, written and put together, by a voice that knows every lesson by heart."""

from collections.abc import Sequence
from fractions import Fraction

import pytest

from knowhow_agents.skills.traces.baselines import Nearest, Usual
from knowhow_agents.skills.traces.items import training_items
from knowhow_agents.skills.traces.language import parse
from knowhow_agents.skills.traces.learning import gather
from knowhow_agents.skills.traces.marks import look
from knowhow_agents.skills.traces.reward import grade
from knowhow_agents.skills.traces.sums import NotTold
from knowhow_agents.skills.traces.team import DIVIDER, Question, Team, lessons
from knowhow_memory.errors import InputError, KnowhowError

ITEMS = training_items(120, seed=4)
SHOP = "Kofi buys 3 pens for $2 each. The bill is lowered by 50 percent. What is it after that?"


class Scripted:
    """Says what is written for each agent, one thing after the other."""

    def __init__(self, **answers: Sequence[str | KnowhowError]) -> None:
        self._answers = {agent: iter(found) for agent, found in answers.items()}

    def answer(
        self, questions: Sequence[Question], *, temperature: float, seed: int
    ) -> list[str | KnowhowError]:
        return [next(self._answers[question.agent]) for question in questions]


def test_whoever_knows_the_lessons_by_heart_solves_what_they_are_from() -> None:
    team = Team(Nearest(gather(ITEMS)))
    right = told = 0
    for item, attempt in zip(ITEMS, team.attempt([i.problem for i in ITEMS]), strict=True):
        try:
            lessons(look(item.problem), parse(item.trace))
        except NotTold:
            continue
        told += 1
        found = grade(attempt.trace, answer=item.answer, specialists=item.specialists)
        right += found.reward == 1
    assert right == told > 100


def test_the_usual_answer_is_right_at_times() -> None:
    team = Team(Usual(gather(ITEMS)))
    rates = [item for item in ITEMS if item.specialists == ("rate_equation",)]
    attempts = team.attempt([item.problem for item in rates], specialist="rate_equation")
    assert all(attempt.trace.startswith("expert: rate_equation") for attempt in attempts)


def test_parts_are_put_together_by_their_division() -> None:
    team = Team(
        Scripted(
            divider=["arithmetic", "percentage", "more"],
            arithmetic=["47 * 84"],
            percentage=["prev - 47%"],
        )
    )
    [attempt] = team.attempt([SHOP])
    found = grade(attempt.trace, answer=Fraction(3), specialists=["arithmetic", "percentage"])
    assert found.reward == 1, attempt
    assert [said.agent for said in attempt.said] == [*[DIVIDER] * 3, "arithmetic", "percentage"]
    middle = attempt.said[1].prompt.split("\n")[1]
    before, _, here = middle.partition(" / ")
    assert before.startswith("Ben buys") and here.startswith("The bill"), middle


@pytest.mark.parametrize(
    "divided", [["more"] * 3, ["astrology", "more", "more"], ["arithmetic", "", "more"]]
)
def test_what_divides_nothing_is_a_reason(divided: list[str]) -> None:
    [attempt] = Team(Scripted(divider=divided, arithmetic=["47 * 84"])).attempt([SHOP])
    assert attempt.trace == ""
    assert "no specialist" in attempt.reason


def test_what_fails_says_so_and_harms_no_other() -> None:
    divided = ["arithmetic", "more", "more"]
    team = Team(Scripted(divider=divided, arithmetic=[InputError("no room")]))
    [empty, failed, endless] = team.attempt(["  ", SHOP, "pens " * 10_000])
    assert "empty" in empty.reason
    assert failed.reason == "no room"
    assert "longer" in endless.reason
