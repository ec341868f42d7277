"""Learning from final answers alone: whom to believe, attempts that are verified, going on."""

import json
from fractions import Fraction
from pathlib import Path

import pytest

from knowhow_adapters.base.load import Base, load_base
from knowhow_adapters.decode.engine import Decoder
from knowhow_adapters.learn.examples import NothingToLearn
from knowhow_adapters.learn.train import Settings
from knowhow_agents.skills.traces import free_sums, from_answers
from knowhow_agents.skills.traces.from_answers import Known, by_form, learn_from_answers, search
from knowhow_agents.skills.traces.language import Fault
from knowhow_agents.skills.traces.solver import Solution, run
from knowhow_agents.skills.traces.voting import Attempt, attempt, vote

KNOWN = [
    Known(f"Ole packs {bags} bags of {each} figs. How many figs is that?", Fraction(bags * each))
    for bags in range(3, 9)
    for each in (12, 15, 17)
]
SETTINGS = Settings(rank=4, epochs=1)


@pytest.fixture(scope="module")
def base() -> Base:
    return load_base()


def test_the_form_that_explains_more_problems_is_believed() -> None:
    attempts = [["47 * 84"], ["47 * 84"], ["47 + 84", "47 * 84"], [], ["x"] * 9]
    believed = by_form(attempts)
    assert {at: form for at, (form, _) in believed.items()} == dict.fromkeys(range(3), "47 * 84")
    assert 0.5 < believed[2][1] < 1.0 == believed[0][1]


def test_what_is_found_is_kept_and_not_searched_again(tmp_path: Path) -> None:
    found = search(KNOWN, tmp_path, lambda text: None)
    assert all("47 * 84" in own for own in found)
    [file] = tmp_path.iterdir()
    file.write_text(json.dumps([["kept"]] * len(KNOWN)))
    assert search(KNOWN, tmp_path, lambda text: None)[0] == ["kept"]


def test_rounds_lead_to_an_adapter_and_the_same_call_to_the_same(
    base: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    first = learn_from_answers(base, KNOWN, tmp_path, settings=SETTINGS, report=told.append)
    assert sum(text.startswith("round") for text in told) == from_answers.ROUNDS
    tried = [json.loads(file.read_text()) for file in tmp_path.rglob("tried1/*.json")]
    assert tried
    for known, own in zip(KNOWN, tried[0], strict=True):
        answers = [run(free_sums.spell_out(known.problem, each)).answer for each in own]
        assert answers == [known.answer] * len(own)

    monkeypatch.setattr(from_answers, "trees_to", None)
    monkeypatch.setattr(from_answers, "attempt", None)
    again = learn_from_answers(base, KNOWN, tmp_path, settings=SETTINGS)
    assert again.ref == first.ref


def test_problems_that_nothing_solves_teach_nothing(base: Base, tmp_path: Path) -> None:
    with pytest.raises(NothingToLearn):
        learn_from_answers(base, [Known("How many figs?", Fraction(3))], tmp_path)


def test_attempts_follow_the_problems(base: Base) -> None:
    problems = ["Ole has 4 figs and 5 pears.", "How many?", KNOWN[0].problem]
    tried = attempt(Decoder(base), problems, free_sums.writer(None), samples=3)
    assert [len(own) for own in tried] == [3, 0, 3]
    for problem, own in zip(problems, tried, strict=True):
        assert all(each.trace == free_sums.spell_out(problem, each.written) for each in own)
    assert tried == attempt(Decoder(base), problems, free_sums.writer(None), samples=3)


def test_an_endless_problem_has_no_answer_and_harms_no_other(base: Base) -> None:
    problems = ["Ole has 4 figs. " * 2_000, KNOWN[0].problem, "﷽" * 500, "4 5 \x00 {op: &a *a}"]
    endless, *others = attempt(Decoder(base), problems, free_sums.writer(None))
    assert [each.solution.fault for each in endless] == [Fault.TOO_LARGE]
    assert vote(endless) is None
    assert [len(own) for own in others] == [1, 0, 1]


def made(trace: str, answer: int | None, logprob: float) -> Attempt:
    solution = Solution(None if answer is None else Fraction(answer))
    return Attempt(trace, trace, solution, True, logprob)


def test_different_traces_vote_once_each_by_their_likelihood() -> None:
    three = [made("a", 1, -1.0), made("b", 2, -1.5), made("c", 2, -1.5)]
    assert vote(three) == 2
    assert vote([*three[:2], three[1], three[1]]) == 1
    assert vote([made("d", None, -0.1), three[0]]) == 1
    assert vote([made("d", None, -0.1)]) is None
    assert vote([]) is None
