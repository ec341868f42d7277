"""Problems divided, written and put together, by a voice that knows every lesson by heart."""

import itertools
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

from knowhow_agents.skills.traces import division
from knowhow_agents.skills.traces.baselines import Nearest, Sounding, Usual
from knowhow_agents.skills.traces.divider import Vectors
from knowhow_agents.skills.traces.division import Division
from knowhow_agents.skills.traces.hunches import learn_hunches
from knowhow_agents.skills.traces.items import training_items
from knowhow_agents.skills.traces.language import parse
from knowhow_agents.skills.traces.learning import gather
from knowhow_agents.skills.traces.marks import Sight, look
from knowhow_agents.skills.traces.reward import grade
from knowhow_agents.skills.traces.solver import run
from knowhow_agents.skills.traces.sums import NotTold, grammar
from knowhow_agents.skills.traces.team import Attempt, Question, Said, Team, Written, lessons
from knowhow_agents.skills.traces.telling import Item
from knowhow_memory.embedder import HashEmbedder
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


class Roles:
    """Divides every problem alike."""

    def __init__(self, *roles: str) -> None:
        self._roles = roles

    def divide(self, sight: Sight, *, temperature: float, seed: int) -> Division:
        return division.read(sight, self._roles)


class ByHeart:
    """Divides and says as it was told for the same problem, and nothing to others."""

    def __init__(self, items: Sequence[Item]) -> None:
        sights = [(look(item.problem), parse(item.trace)) for item in items]
        told = [said for sight, trace in sights for said in lessons(sight, trace)]
        self._told = {(said.agent, said.prompt): said.answer for said in told}
        self._divided = {
            sight.text: tuple(share for share, _ in division.divide(sight, trace))
            for sight, trace in sights
        }

    def divide(self, sight: Sight, *, temperature: float, seed: int) -> Division:
        return self._divided[sight.text]

    def answer(
        self, questions: Sequence[Question], *, temperature: float, seed: int
    ) -> list[str | KnowhowError]:
        return [self._told.get((asked.agent, asked.prompt), "") for asked in questions]


def test_whoever_knows_the_lessons_by_heart_solves_what_they_are_from() -> None:
    told = [item for item in ITEMS if _is_told(item)]
    knowing = ByHeart(told)
    attempts = Team(knowing, knowing).attempt([item.problem for item in told])
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
    usual = Usual(gather(ITEMS))
    team = Team(usual, usual)
    rates = [item for item in ITEMS if item.specialists == ("rate_equation",)]
    attempts = team.attempt([item.problem for item in rates], specialist="rate_equation")
    assert all(attempt.trace.startswith("expert: rate_equation") for attempt in attempts)


def test_the_nearest_problem_is_itself_where_it_is_known() -> None:
    taught = gather(ITEMS)
    nearest = Nearest(taught)
    shown = taught["rate_equation"][:5]
    attempts = Team(nearest, nearest).attempt([one.problem for one in shown])
    assert [attempt.said for attempt in attempts] == [one.said for one in shown]


def test_whoever_goes_by_the_sound_says_the_likeliest_hunch_or_nothing() -> None:
    said = [Said("rate_equation", f"{at} hours?", "47 * 84") for at in range(5)]
    said += [Said("rate_equation", f"{at} pears?", "84 * 47") for at in range(5)]
    sounding = Sounding(learn_hunches(said, Vectors(HashEmbedder())))
    asked = [
        Question(agent, prompt, grammar(agent))
        for agent in ("rate_equation", "comparison")
        for prompt in ("3 hours?", "3 pears?")
    ]
    answers = sounding.answer(asked, temperature=0.0, seed=0)
    assert answers == ["47 * 84", "84 * 47", "", ""]


def test_parts_are_put_together_by_their_division() -> None:
    divided = Roles("arithmetic", "percentage", "more percentage")
    team = Team(Scripted(arithmetic=["47 * 84"], percentage=["prev - 47%"]), divided)
    [attempt] = team.attempt([SHOP])
    found = grade(attempt.trace, answer=Fraction(3), specialists=["arithmetic", "percentage"])
    assert found.reward == 1, attempt
    assert [said.agent for said in attempt.said] == ["arithmetic", "percentage"]
    before, _, here = attempt.said[0].prompt.partition(" / ")
    assert before.startswith("Ben buys") and here.startswith("The bill"), attempt.said[0]


def test_what_fails_says_so_and_harms_no_other() -> None:
    divided = Roles("arithmetic", "more arithmetic", "more arithmetic")
    team = Team(Scripted(arithmetic=[InputError("no room")]), divided)
    [empty, failed, endless] = team.attempt(["  ", SHOP, "pens " * 10_000])
    assert "empty" in empty.reason
    assert failed.reason == "no room"
    assert "longer" in endless.reason


def test_arithmetic_is_read_in_stretches_and_what_does_not_matter_by_nobody() -> None:
    problem = "A dial shows 40. It rises by 5. It is 9 degrees outside. It is doubled. What is it?"
    more = "more arithmetic"
    divided = Roles("arithmetic", more, "nothing", "arithmetic", more)
    [attempt] = Team(Scripted(arithmetic=["47 + 84", "prev * 2"]), divided).attempt([problem])
    assert grade(attempt.trace, answer=Fraction(90), specialists=["arithmetic"]).reward == 1
    assert [said.prompt.partition("\n")[0] for said in attempt.said] == [
        "A dial shows 47. It rises by 84. / It is doubled.",
        "/ It is doubled. What is it?",
    ]


def test_one_specialist_alone_reads_what_matters_or_everything() -> None:
    problem = "It is 9 degrees outside. Kofi buys 3 pens for $2 each. What does he pay?"
    divided = Roles("nothing", "arithmetic", "more arithmetic")
    team = Team(Scripted(rate_equation=["47 * 84"]), divided)
    [part] = team.attempt([problem], specialist="rate_equation")
    [whole] = team.attempt([problem], specialist="rate_equation", whole=True)
    assert (run(part.trace).answer, run(whole.trace).answer) == (6, 27)
    assert [said.agent for said in whole.said] == ["rate_equation"]
    undivided = Team(Scripted(rate_equation=["47 * 84"]))
    assert undivided.attempt([problem], specialist="rate_equation", whole=True) == [whole]
    [nobody] = undivided.attempt([problem])
    assert "nobody divides" in nobody.reason


DIVIDED = Roles("arithmetic", "percentage", "more percentage")


def test_nobody_is_asked_the_same_twice_but_with_heat() -> None:
    class Noting(Scripted):
        def answer(
            self, questions: Sequence[Question], *, temperature: float, seed: int
        ) -> list[str | KnowhowError]:
            asked.extend(question.agent for question in questions)
            return super().answer(questions, temperature=temperature, seed=seed)

    asked: list[str] = []
    team = Team(Noting(arithmetic=["47 * 84"], percentage=["prev - 47%"]), DIVIDED)
    one, two = team.attempt([SHOP, SHOP])
    assert [one, two] == [team.attempt([SHOP])[0]] * 2
    assert Counter(asked) == {"arithmetic": 1, "percentage": 1}
    team.attempt([SHOP, SHOP], temperature=1.0)
    assert Counter(asked) == {"arithmetic": 3, "percentage": 3}


UNDIVIDED = Roles(*["arithmetic", "more arithmetic", "more arithmetic"])


class TakesTheLast:
    """Finds every problem divided in two ways, and takes what was written for the second."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        """How many drafts there were of each problem."""

    def divisions(self, sight: Sight) -> list[tuple[float, Division]]:
        return [(-1.0, one.divide(sight, temperature=0.0, seed=0)) for one in (DIVIDED, UNDIVIDED)]

    def choose(self, written: Sequence[Sequence[Written]]) -> list[Attempt]:
        self.asked += map(len, written)
        return [draft.finish(answers) for *_, (draft, answers) in written]


def in_doubt() -> tuple[Team, TakesTheLast]:
    doubts = TakesTheLast()
    script = Scripted(arithmetic=["47 * 84", "47 * 84; #1 / 32"], percentage=["prev - 47%"])
    return Team(script, DIVIDED, doubts), doubts


def test_where_there_is_doubt_all_that_may_be_meant_is_written_and_somebody_decides() -> None:
    team, doubts = in_doubt()
    [attempt] = team.attempt([SHOP])
    assert doubts.asked == [2]
    assert [said.answer for said in attempt.said] == ["47 * 84; #1 / 32"]


def test_one_specialist_alone_has_nobody_to_share_with() -> None:
    team, doubts = in_doubt()
    [alone] = team.attempt([SHOP], specialist="percentage")
    assert doubts.asked == [1]
    assert [said.agent for said in alone.said] == ["percentage"]


def test_with_heat_nobody_doubts() -> None:
    team, doubts = in_doubt()
    [drawn] = team.attempt([SHOP], temperature=1.0)
    assert doubts.asked == []
    assert [said.agent for said in drawn.said] == ["arithmetic", "percentage"]


def test_what_cannot_be_carried_out_is_read_again_with_heat() -> None:
    answers = {"arithmetic": ["47 / #7", "47 * 84"], "percentage": ["prev - 47%"]}
    [attempt] = Team(Scripted(**answers), DIVIDED).attempt([SHOP])
    assert run(attempt.trace).answer == 3
    [drawn] = Team(Scripted(**answers), DIVIDED).attempt([SHOP], temperature=1.0)
    assert "7" in drawn.reason, "whoever draws wants to see what was drawn"
