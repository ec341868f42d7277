"""What was written and hunches of it: both together decide, and neither alone."""

from collections.abc import Mapping, Sequence

from knowhow_adapters.base.load import load_base
from knowhow_agents.skills.traces.hunches import Hunches
from knowhow_agents.skills.traces.sums import grammar
from knowhow_agents.skills.traces.team import Question, Said
from knowhow_agents.skills.traces.weighing import UNHEARD, Weighed, judge_of
from knowhow_memory.errors import InputError, KnowhowError

WRITTEN, HUNCH = "47 + 84", "47 - 84"
QUESTION = Question("arithmetic", "How many are left?", grammar("arithmetic"))


class Voice:
    def __init__(self, *answers: str | KnowhowError) -> None:
        self._answers = answers

    def answer(
        self, questions: Sequence[Question], *, temperature: float, seed: int
    ) -> list[str | KnowhowError]:
        return list(self._answers)


class Thinks(Hunches):
    def __init__(self, thoughts: Mapping[str, float]) -> None:
        self._thoughts = dict(thoughts)

    def of(self, agent: str, prompts: Sequence[str]) -> list[dict[str, float]]:
        return [self._thoughts if agent == QUESTION.agent else {} for _ in prompts]


def said(
    thoughts: Mapping[str, float],
    liked: Mapping[str, float],
    *answers: str | KnowhowError,
    temperature: float = 0.0,
    question: Question = QUESTION,
) -> list[str | KnowhowError]:
    """`liked`: by the specialists; who is asked about anything else is asked too much."""

    def judge(said: Sequence[Said]) -> list[float]:
        assert all(one.prompt == QUESTION.prompt for one in said)
        return [liked[one.answer] for one in said]

    voice = Weighed(Voice(*answers), Thinks(thoughts), judge)
    return voice.answer([question] * len(answers), temperature=temperature, seed=0)


def test_both_opinions_count() -> None:
    thoughts = {HUNCH: -0.1, WRITTEN: -2.5}
    assert said(thoughts, {WRITTEN: -0.7, HUNCH: -0.9}, WRITTEN) == [HUNCH]
    assert said(thoughts, {WRITTEN: -0.1, HUNCH: -4.0}, WRITTEN) == [WRITTEN]


def test_sums_of_which_there_is_no_hunch_have_to_be_likely() -> None:
    assert said({HUNCH: -0.1}, {WRITTEN: -0.1, HUNCH: -3.0}, WRITTEN) == [HUNCH]
    assert said({HUNCH: -0.1}, {WRITTEN: -0.1, HUNCH: -30.0}, WRITTEN) == [WRITTEN]


def test_where_both_agree_nobody_is_asked_again() -> None:
    assert said({WRITTEN: -0.1, HUNCH: -2.0}, {}, WRITTEN) == [WRITTEN]
    assert said({}, {}, WRITTEN) == [WRITTEN]


def test_with_heat_and_where_nothing_was_written_nothing_is_weighed() -> None:
    assert said({HUNCH: -0.1}, {}, WRITTEN, temperature=0.7) == [WRITTEN]
    error = InputError("too long")
    assert said({HUNCH: -0.1}, {WRITTEN: -9.0, HUNCH: 0.0}, error, WRITTEN) == [error, HUNCH]


def test_whoever_has_no_hunches_says_what_was_written() -> None:
    stranger = Question("percentage", "How many are left?", grammar("percentage"))
    assert said({HUNCH: -0.1}, {}, WRITTEN, question=stranger) == [WRITTEN]


def test_how_likely_something_is_found_and_how_it_sounds_are_added() -> None:
    voice = Weighed(Voice(), Thinks({HUNCH: -0.25}), lambda said: [-0.5] * len(said))
    said = [
        Said(agent, QUESTION.prompt, words)
        for agent, words in [(QUESTION.agent, HUNCH), (QUESTION.agent, WRITTEN), ("other", HUNCH)]
    ]
    assert voice.like(said) == [-0.75, UNHEARD - 0.5, UNHEARD - 0.5]


def test_whoever_was_taught_nothing_finds_nothing_likely() -> None:
    said = [Said(QUESTION.agent, QUESTION.prompt, WRITTEN)] * 2
    assert judge_of(load_base(), {})(said) == [UNHEARD] * 2
