"""Problems divided, written and put together, by a voice that knows every lesson by heart."""

import itertools
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

import pytest

from knowhow_agents.skills.traces.baselines import Usual
from knowhow_agents.skills.traces.items import training_items
from knowhow_agents.skills.traces.language import parse
from knowhow_agents.skills.traces.learning import gather
from knowhow_agents.skills.traces.marks import look
from knowhow_agents.skills.traces.reward import grade
from knowhow_agents.skills.traces.solver import run
from knowhow_agents.skills.traces.sums import NotTold
from knowhow_agents.skills.traces.team import DIVIDER, Question, Said, Team, lessons
from knowhow_agents.skills.traces.telling import Item
from knowhow_memory.errors import InputError, KnowhowError

ITEMS = training_items(120, seed=4)
SHOP = "Kofi buys 3 pens for $2 each. The bill is lowered by 50 percent. What is it after that?"


class Scripted:
    """Says what is written for each agent, one thing after the other, and then again."""

    def __init__(self, **answers: Sequence[str | KnowhowError]) -> None:
        self._answers = {agent: itertools.cycle(found) for agent, found in answers.items()}

    def answer(
        self, questions: Sequence[Question], *, temperature: float, seed: int
    ) -> list[str | KnowhowError]:
        return [next(self._answers[question.agent]) for question in questions]


class ByHeart:
    """Says what it was told for the same question, and nothing to others."""

    def __init__(self, told: Sequence[Said]) -> None:
        self._told = {(said.agent, said.prompt): said.answer for said in told}

    def answer(
        self, questions: Sequence[Question], *, temperature: float, seed: int
    ) -> list[str | KnowhowError]:
        return [self._told.get((asked.agent, asked.prompt), "") for asked in questions]


def test_whoever_knows_the_lessons_by_heart_solves_what_they_are_from() -> None:
    shown = {said for found in gather(ITEMS).values() for one in found for said in one.said}
    told = [item for item in ITEMS if _is_told(item)]
    attempts = Team(ByHeart(list(shown))).attempt([item.problem for item in told])
    for item, attempt in zip(told, attempts, strict=True):
        found = grade(attempt.trace, answer=item.answer, specialists=item.specialists)
        assert found.reward == 1, attempt
    assert len(told) > 100


def _is_told(item: Item) -> bool:
    try:
        return bool(lessons(look(item.problem), parse(item.trace)))
    except NotTold:
        return False


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
    "divided",
    [
        ["more"] * 3,
        ["nothing"] * 3,
        ["nothing", "more", "more"],
        ["astrology", "more", "more"],
        ["arithmetic", "", "more"],
    ],
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


def test_arithmetic_is_read_in_stretches_and_what_does_not_matter_by_nobody() -> None:
    problem = "A dial shows 40. It rises by 5. It is 9 degrees outside. It is doubled. What is it?"
    divided = ["arithmetic", "more", "nothing", "arithmetic", "more"]
    voice = Scripted(divider=divided, arithmetic=["47 + 84", "prev * 2"])
    [attempt] = Team(voice).attempt([problem])
    assert grade(attempt.trace, answer=Fraction(90), specialists=["arithmetic"]).reward == 1
    read = [said.prompt.partition("\n")[0] for said in attempt.said if said.agent != DIVIDER]
    assert read == [
        "A dial shows 47. It rises by 84. / It is doubled.",
        "/ It is doubled. What is it?",
    ]


def test_one_specialist_alone_reads_what_matters_or_everything() -> None:
    problem = "It is 9 degrees outside. Kofi buys 3 pens for $2 each. What does he pay?"
    divided = ["nothing", "arithmetic", "arithmetic"]
    voice = Scripted(divider=divided, rate_equation=["47 * 84"])
    [part] = Team(voice).attempt([problem], specialist="rate_equation")
    [whole] = Team(voice).attempt([problem], specialist="rate_equation", whole=True)
    assert (run(part.trace).answer, run(whole.trace).answer) == (6, 27)
    assert [said.agent for said in whole.said] == ["rate_equation"]


def test_nobody_is_asked_the_same_twice_but_with_heat() -> None:
    class Noting(Scripted):
        def answer(
            self, questions: Sequence[Question], *, temperature: float, seed: int
        ) -> list[str | KnowhowError]:
            asked.extend(question.agent for question in questions)
            return super().answer(questions, temperature=temperature, seed=seed)

    asked: list[str] = []
    divided = ["arithmetic", "percentage", "more"]
    voice = Noting(divider=divided, arithmetic=["47 * 84"], percentage=["prev - 47%"])
    team = Team(voice)
    one, two = team.attempt([SHOP, SHOP])
    assert [one, two] == [team.attempt([SHOP])[0]] * 2
    assert Counter(asked) == {DIVIDER: 3, "arithmetic": 1, "percentage": 1}
    team.attempt([SHOP, SHOP], temperature=1.0)
    assert Counter(asked) == {DIVIDER: 9, "arithmetic": 3, "percentage": 3}


def test_what_cannot_be_carried_out_is_read_again_with_heat() -> None:
    divided = ["arithmetic", "percentage", "more"]
    voice = Scripted(divider=divided, arithmetic=["47 / #7", "47 * 84"], percentage=["prev - 47%"])
    [attempt] = Team(voice).attempt([SHOP])
    assert run(attempt.trace).answer == 3
    cold = Scripted(divider=divided, arithmetic=["47 / #7", "47 * 84"], percentage=["prev - 47%"])
    [drawn] = Team(cold).attempt([SHOP], temperature=1.0)
    assert "7" in drawn.reason, "whoever draws wants to see what was drawn"
