"""What a team says and records when all goes well."""

import asyncio
import time

import pytest

from knowhow_agents.protocol.turns import ALONE
from knowhow_agents.team.orders import ARM, DECISION, REWARD, SOLVED
from knowhow_agents.team.specialists import Answer, Specialist
from knowhow_memory.errors import InputError
from knowhow_memory.memory import Memory
from knowhow_memory.models import OutcomeCreate
from tests.agents.team.kit import (
    CHAIN,
    PLAIN,
    PROBLEM,
    adder,
    big,
    final,
    is_total,
    outcomes,
    said_by,
    tagged,
    teach,
    team,
    total,
    wrong,
)

pytestmark = pytest.mark.anyio


async def test_a_checked_answer_is_one_outcome(memory: Memory) -> None:
    result = await team(memory, [adder()]).run(task=PROBLEM)
    [outcome] = outcomes(memory)
    assert (final(result).content, final(result).source, result.stop_reason) == (
        "5",
        "knowhow",
        "solved",
    )
    assert (outcome.arm, outcome.reward, outcome.verified_by) == ("adder::adds", 1.0, "adder")
    assert outcome.latency_s is not None
    assert set(tagged(result, DECISION)) == {outcome.decision_id}
    last = final(result).metadata
    assert (last[ARM], last[REWARD], last[SOLVED]) == ("adder::adds", "1", "true")


async def test_everybody_speaks_in_turn(memory: Memory) -> None:
    what_how = big(PLAIN, "answer: 5")
    result = await team(memory, what_how=what_how, check=is_total).run(task=PROBLEM)
    sources = [message.source for message in result.messages]
    assert sources == ["user", "analyst", "router", "executor", "verifier", "knowhow"]
    [outcome] = outcomes(memory)
    assert (outcome.arm, outcome.reward, outcome.verified_by) == (ALONE, 1.0, "verifier")
    assert outcome.trajectory and outcome.trajectory[-1]["said"] == "answer: 5"


async def test_without_analysis_parts_are_those_that_the_text_numbers(memory: Memory) -> None:
    alone = team(memory, what_how=big("answer: 5"), check=is_total, analyse=False)
    told = await alone.run(task=PROBLEM)
    assert [m.source for m in told.messages] == [
        "user",
        "router",
        "executor",
        "verifier",
        "knowhow",
    ]
    parts = team(memory, [adder()], analyse=False)
    told = await parts.run(task=f"(1) {PROBLEM} (2) {PROBLEM}")
    assert final(told).content == "1. 5\n2. 5"


async def test_what_was_wrong_is_recorded_and_somebody_else_is_asked(memory: Memory) -> None:
    teach(memory, good="adder::wrong", bad="adder::adds")
    result = await team(memory, [adder(wrong=wrong, adds=total)]).run(task=PROBLEM)
    told = [(o.arm, o.reward) for o in outcomes(memory)[-2:]]
    assert told == [("adder::wrong", 0.0), ("adder::adds", 1.0)]
    assert final(result).content == "5"
    assert len(set(tagged(result, DECISION))) == 2


async def test_nobody_solves_it(memory: Memory) -> None:
    result = await team(memory, [adder(one=wrong, two=wrong, three=wrong)]).run(task=PROBLEM)
    assert result.stop_reason == "unsolved"
    assert final(result).content.startswith("unsolved: adder::")
    assert final(result).metadata[SOLVED] == "false"
    assert [outcome.reward for outcome in outcomes(memory)] == [0.0, 0.0]  # two attempts


async def test_parts_wait_only_for_those_they_name(memory: Memory) -> None:
    """And the answers that they waited for take the names' places."""
    what_how = big(CHAIN, "answer: 13")
    seen: list[tuple[str, float, float]] = []

    def slow(problem: str) -> str:
        began = time.monotonic()
        time.sleep(0.1)
        seen.append((problem, began, time.monotonic()))
        return total(problem)

    before = teach(memory, good="adder::slow", bad=ALONE)
    result = await team(memory, [adder(slow=slow)], what_how=what_how).run(task="All of it?")
    assert final(result).content == "13"
    assert sorted(problem for problem, _, _ in seen) == [
        "Add 2 and 3.",
        "Add 4 and 4.",
        "Add 5 and 8.",
    ]
    first, second, third = sorted(seen, key=lambda one: one[1])
    assert second[1] < first[2]  # at the same time
    assert third[1] >= max(first[2], second[2])
    assert len(set(tagged(result, DECISION))) == len(outcomes(memory)[before:]) == 3
    assert said_by(result, "executor") == ["13"]


async def test_an_answer_tells_what_it_cost(memory: Memory) -> None:
    said = Answer("5", cost=0.25, adapter_version="adder@0123456789ab", trajectory=[{"a": 1}])

    async def learnt(problem: str) -> Answer:
        return said

    await team(memory, [adder(learnt=learnt)]).run(task=PROBLEM)
    [outcome] = outcomes(memory)
    assert (outcome.cost, outcome.adapter_version) == (0.25, "adder@0123456789ab")
    assert outcome.trajectory == [{"a": 1}]


async def test_what_nobody_can_check_is_believed_and_left_to_whoever_can(memory: Memory) -> None:
    told = Specialist("teller", "tells", {"tells": lambda problem: "a story"})
    result = await team(memory, [told]).run(task="Tell a story.")
    assert final(result).content == "a story" and outcomes(memory) == []
    memory.record(OutcomeCreate(decision_id=final(result).metadata[DECISION], reward=1.0))


async def test_parts_that_nobody_can_check_share_the_fate_of_the_whole(memory: Memory) -> None:
    spec = '{"domain": "x", "sub_problems": ["Tell one.", "Tell two."]}'
    teller = Specialist("teller", "tells", {"tells": lambda problem: "1"})

    def check(problem: str, answer: str) -> float | None:
        return None if problem.startswith("Tell") else 0.75

    model = big(spec, *["answer: 1"] * 3)
    await team(memory, [teller], what_how=model, check=check).run(task="All of it.")
    assert [(o.reward, o.verified_by) for o in outcomes(memory)] == [(0.75, "whole")] * 2


async def test_a_team_is_asked_again(memory: Memory) -> None:
    asked = team(memory, [adder()])
    answers = [final(await asked.run(task=f"Add 1 and {n}.")).content for n in range(3)]
    assert answers == ["1", "2", "3"]
    again = await asked.run()
    assert (list(again.messages), again.stop_reason) == ([], "solved")
    await asked.reset()
    with pytest.raises(InputError, match="no problem"):
        await asked.run()
    assert final(await asked.run(task=PROBLEM)).content == "5"
    assert len(outcomes(memory)) == 4


def test_a_team_of_nobody_or_of_two_alike_is_refused(memory: Memory) -> None:
    with pytest.raises(InputError, match="nobody to ask"):
        team(memory)
    with pytest.raises(InputError, match="two specialists are called 'a-b' and 'a_b'"):
        team(memory, [Specialist("a-b", "x"), Specialist("a_b", "x")])
    with pytest.raises(InputError, match="two specialists are called 'adder' and 'adder'"):
        team(memory, [adder(), adder()])
    for name in ("verifier", "big-model", "router", "A", "a b"):
        with pytest.raises(InputError, match=name):
            Specialist(name, "x")
    with pytest.raises(InputError, match="guides"):
        Specialist("x", "x", {"guides": total})


def test_the_work_goes_on_beside_the_loop(memory: Memory) -> None:
    """A team of one, from a program that is not asynchronous."""
    result = asyncio.run(team(memory, [adder()]).run(task=PROBLEM))
    assert final(result).content == "5"
