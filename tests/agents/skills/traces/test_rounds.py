"""What was tried becomes what is learnt: rewards, advantages, and attempts that are kept."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from knowhow_agents.skills.traces.division import Division, Share
from knowhow_agents.skills.traces.guesses import Guesser
from knowhow_agents.skills.traces.items import training_items
from knowhow_agents.skills.traces.language import parse
from knowhow_agents.skills.traces.learning import show
from knowhow_agents.skills.traces.marks import Sight
from knowhow_agents.skills.traces.rounds import (
    SAMPLES,
    Reward,
    Tried,
    advantages,
    keep,
    persist,
    practise,
    verified,
)
from knowhow_agents.skills.traces.team import Attempt, Question, Said, Team
from knowhow_memory.errors import KnowhowError

GOOD, BAD = Said("arithmetic", "2 and 3?", "2 + 3"), Said("arithmetic", "2 and 3?", "2 - 3")
SHORT, OTHER = Said("arithmetic", "2 and 3?", "2"), Said("comparison", "4?", "4 + 4; 4 + #1")


def tried(reward: float, *said: Said) -> Tried:
    return Tried(Attempt("a problem", "", said), reward)


def weights(found: Sequence[Tried], reward: Reward) -> dict[str, float]:
    examples = advantages(found, reward).get("arithmetic", [])
    return {example.answer: round(example.weight, 3) for example in examples}


def test_what_went_better_than_others_at_the_same_question_is_made_likelier() -> None:
    found = [tried(1.0, GOOD), tried(1.0, GOOD), tried(0.7, BAD), tried(0.5, SHORT)]
    assert weights(found, Reward.GRADED) == {"2 + 3": 0.2, "2 - 3": -0.1, "2": -0.3}
    assert weights(found, Reward.BINARY) == {"2 + 3": 0.5, "2 - 3": -0.5, "2": -0.5}


def test_only_graded_rewards_tell_failures_apart() -> None:
    found = [tried(0.7, BAD), tried(0.5, SHORT)]
    assert weights(found, Reward.GRADED) == {"2 - 3": 0.1, "2": -0.1}
    assert weights(found, Reward.BINARY) == {}


def test_where_all_attempts_are_alike_there_is_nothing_to_learn() -> None:
    assert advantages([tried(1.0, OTHER), tried(1.0, OTHER)], Reward.GRADED) == {}
    assert advantages([tried(0.3, GOOD), tried(1.0, OTHER)], Reward.GRADED) == {}


def test_attempts_are_made_once_and_kept(tmp_path: Path) -> None:
    made: list[int] = []

    def make() -> list[Tried]:
        made.append(1)
        return [tried(0.7, GOOD, BAD), tried(1.0)]

    first = keep(tmp_path / "round0" / "attempts.jsonl", make)
    assert keep(tmp_path / "round0" / "attempts.jsonl", make) == first == make()
    assert len(made) == 2


class Rates:
    """Gives everything to one specialist, who says nothing at first, and `47 * 84` once asked with
    heat; counts how it is asked."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self.seeds: set[int] = set()

    def divide(self, sight: Sight, *, temperature: float, seed: int) -> Division:
        return (Share("rate_equation", tuple(range(len(sight.sentences)))),)

    def answer(
        self, questions: Sequence[Question], *, temperature: float, seed: int
    ) -> list[str | KnowhowError]:
        self.asked.append(temperature)
        self.seeds.add(seed)
        return ["47 * 84" if temperature else "" for _ in questions]


@pytest.mark.parametrize("samples", [1, 3])
def test_every_problem_is_tried_several_times(samples: int) -> None:
    voice = Rates()
    team, items = Team(voice, voice), training_items(5, seed=0)
    for seed in (1, 2):
        found = practise(team, items, samples=samples, temperature=1.0, seed=seed)
        assert len(found) == 5 * samples
    assert voice.asked == [1.0, 1.0]
    assert len(voice.seeds) == 2


def test_what_was_not_right_is_tried_again_with_heat() -> None:
    rates = [item for item in training_items(80, seed=0) if item.specialists == ("rate_equation",)]
    voice = Rates()
    found = persist(Team(voice, voice), rates, seed=0)
    assert max(one.reward for one in found) == 1.0, "it had other words once it was asked again"
    assert [one.attempt.problem for one in found] == [item.problem for item in rates]
    assert voice.asked[0] == 0.0 and voice.asked[-1] == 1.0


def test_what_was_not_right_is_guessed_before_it_is_tried_again() -> None:
    """The specialist has nothing to say; what is left over is asked again with heat."""
    rates = [item for item in training_items(80, seed=0) if item.specialists == ("rate_equation",)]
    other = next(item for item in training_items(80, seed=0) if item.specialists == ("comparison",))
    voice = Rates()
    guesser = Guesser({"rate_equation": [show(Attempt(rates[0].problem, rates[0].trace, ()))]})
    found = persist(Team(voice, voice), [*rates[1:], other], seed=0, guessers=[guesser])
    assert all(one.reward == 1.0 for one in found[:-1]) and found[-1].reward < 1.0
    assert all(parse(one.attempt.trace)[0].expert == "rate_equation" for one in found[:-1])
    assert voice.asked.count(1.0) == SAMPLES - 1, "for the other problem"


def test_what_was_right_is_learnt_from_once() -> None:
    items = [item for item in training_items(80, seed=0) if item.specialists == ("rate_equation",)]
    attempts = [Attempt(item.problem, item.trace, ()) for item in items]
    found = [Tried(attempt, reward) for attempt in attempts for reward in (0.7, 1.0, 1.0)]
    shown = list(verified(found))
    assert [one.problem for one in shown] == [item.problem for item in items]
    assert all(said.agent == "rate_equation" for one in shown for said in one.said)
    assert not list(verified([Tried(attempts[0], 0.7)]))
