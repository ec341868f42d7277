"""Whatever a specialist, a check, a model or the store does: it is named, recorded, and the run
goes on."""

import asyncio
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from autogen_core import CancellationToken

from knowhow_agents.big_model.errors import FaultKind, ProviderFault
from knowhow_agents.protocol.turns import ALONE
from knowhow_agents.team.specialists import Answer, Specialist
from knowhow_memory.errors import StoreBusyError
from knowhow_memory.memory import Memory
from knowhow_memory.models import Fault
from tests.agents.team.kit import (
    PLAIN,
    PROBLEM,
    adder,
    big,
    final,
    is_total,
    outcomes,
    said_by,
    teach,
    team,
    total,
)

pytestmark = pytest.mark.anyio


def raises(problem: str) -> str:
    raise KeyError("no such word")


def hangs(problem: str) -> str:
    threading.Event().wait()
    return "never"


async def hangs_too(problem: str) -> str:
    try:
        await asyncio.sleep(1000)
    except asyncio.CancelledError:
        await asyncio.sleep(1000)
    return "never"


def quits(problem: str) -> str:
    sys.exit(3)


async def quits_too(problem: str) -> str:
    sys.exit(3)


def ends(problem: str) -> str:
    raise StopIteration


def number(problem: str) -> Any:
    return 42


def flood(problem: str) -> str:
    return "5" * 100_000


def surrogate(problem: str) -> str:
    return "\ud800"


def not_json(problem: str) -> Answer:
    return Answer("5", trajectory=[{"a": {1, 2}}])


def nothing(problem: str) -> None:
    return None


def offline(problem: str) -> str:
    raise ConnectionResetError("gone")


async def no_provider(problem: str) -> str:
    raise ProviderFault(FaultKind.RATE, "slow down", provider="test")


FAILURES = [
    (raises, "raised KeyError", Fault.AGENT),
    (hangs, "was not done after 0.2 s", Fault.AGENT),
    (hangs_too, "was not done after 0.2 s", Fault.AGENT),
    (quits, "tried to end the program", Fault.AGENT),
    (quits_too, "tried to end the program", Fault.AGENT),
    (ends, "ended an iteration", Fault.AGENT),
    (number, "an answer is a text, got a int", Fault.AGENT),
    (flood, "over 20,000 characters", Fault.AGENT),
    (surrogate, "lone surrogate", Fault.AGENT),
    (not_json, "a set, which JSON cannot say", Fault.AGENT),
    (nothing, "has no answer", Fault.AGENT),
    (offline, "raised ConnectionResetError", Fault.INFRA),
    (no_provider, "rate limit", Fault.INFRA),
]


@pytest.mark.parametrize(("fails", "why", "whose"), FAILURES)
async def test_a_specialist_that_fails_stops_nothing(
    memory: Memory, fails: Callable[[str], Any], why: str, whose: Fault
) -> None:
    deadline_s = 0.2 if "not done" in why else 60  # a busy machine may be slow to raise
    broken = Specialist("broken", "fails", {"fails": fails}, deadline_s=deadline_s)
    before = teach(memory, good="broken::fails", bad="adder::adds")
    result = await team(memory, [broken, adder()]).run(task=PROBLEM)
    failed, solved = outcomes(memory)[before:]
    assert (final(result).content, result.stop_reason) == ("5", "solved")
    assert (failed.arm, failed.fault) == ("broken::fails", whose)
    assert failed.reward == (0.0 if whose is Fault.AGENT else None)
    assert failed.trajectory and why in failed.trajectory[-1]["failure"]
    assert (solved.arm, solved.reward) == ("adder::adds", 1.0)
    assert any(why in said for said in said_by(result, "broken"))


def check_raises(problem: str, answer: str) -> float:
    raise ZeroDivisionError("by zero")


def check_quits(problem: str, answer: str) -> float:
    sys.exit(1)


def check_talks(problem: str, answer: str) -> Any:
    return "great"


@pytest.mark.parametrize(
    ("check", "named"),
    [
        (check_raises, "verifier's check raised ZeroDivisionError: by zero"),
        (check_quits, "SystemExit"),
        (check_talks, "'great' is no reward between 0 and 1"),
        (lambda problem, answer: 1.5, "1.5 is no reward"),
        (lambda problem, answer: float("nan"), "nan is no reward"),
    ],
)
async def test_a_check_that_fails_is_nobodys_failure(
    memory: Memory, check: Callable[[str, str], Any], named: str
) -> None:
    teller = Specialist("teller", "tells", {"tells": lambda problem: "a story"})
    result = await team(memory, [teller], check=check).run(task="Tell a story.")
    [outcome] = outcomes(memory)
    assert (final(result).content, result.stop_reason) == ("a story", "solved")
    assert (outcome.fault, outcome.reward) == (Fault.INFRA, None)
    assert outcome.trajectory and named in outcome.trajectory[-1]["note"]


async def test_where_a_check_fails_the_next_one_is_asked(memory: Memory) -> None:
    await team(memory, [adder()], check=check_raises).run(task=PROBLEM)
    [outcome] = outcomes(memory)
    assert (outcome.reward, outcome.verified_by, outcome.fault) == (1.0, "adder", Fault.AGENT)
    assert outcome.trajectory and "ZeroDivisionError" in outcome.trajectory[-1]["note"]


async def test_a_check_that_hangs_is_nobodys_failure(memory: Memory) -> None:
    asked = team(memory, [adder()], check=lambda p, a: hangs(p) and None, deadline_s=0.2)
    result = await asked.run(task=PROBLEM)
    assert final(result).content == "5"
    assert [outcome.fault for outcome in outcomes(memory)] == [Fault.INFRA]


def fault() -> ProviderFault:
    return ProviderFault(FaultKind.TIMEOUT, "nothing came", provider="test")


async def test_without_an_analysis_the_specialists_go_on(memory: Memory) -> None:
    before = teach(memory, good="adder::adds", bad=ALONE)
    result = await team(memory, [adder()], what_how=big(fault())).run(task=PROBLEM)
    failed, solved = outcomes(memory)[before:]
    assert (failed.arm, failed.fault) == (ALONE, Fault.INFRA)
    assert (solved.arm, solved.reward) == ("adder::adds", 1.0)
    assert final(result).content == "5"
    assert "timeout" in said_by(result, "analyst")[0]


async def test_a_provider_that_fails_is_not_the_arms_failure(memory: Memory) -> None:
    before = teach(memory, good=ALONE, bad="adder::adds")
    result = await team(memory, [adder()], what_how=big(PLAIN, fault())).run(task=PROBLEM)
    told = [(o.arm, o.fault, o.reward) for o in outcomes(memory)[before:]]
    assert told == [(ALONE, Fault.INFRA, None), ("adder::adds", Fault.AGENT, 1.0)]
    assert final(result).content == "5"


async def test_a_strategy_that_nobody_offers_is_named(memory: Memory) -> None:
    spec = '{"domain": "sums", "strategy": "ads"}'
    before = teach(memory, good="adder::adds", bad=ALONE)
    result = await team(memory, [adder()], what_how=big(spec)).run(task=PROBLEM)
    named = "the big model suggested 'ads', which nobody offers, the nearest is 'adds'"
    assert named in said_by(result, "router")[0]
    [outcome] = outcomes(memory)[before:]
    assert outcome.reward == 1.0 and outcome.trajectory == [{"note": named}]


async def test_a_part_that_waits_for_one_nobody_solved_is_named(memory: Memory) -> None:
    spec = '{"domain": "x", "sub_problems": ["Do it.", "Add #1 and 1.", "Add 1 and #7."]}'
    lost = Specialist("lost", "fails", {"fails": raises}, check=is_total)
    asked = team(memory, [lost], what_how=big(spec, *["answer: x"] * 9), check=check_no)
    result = await asked.run(task="All of it?")
    assert result.stop_reason == "unsolved"
    assert "#2: waits for #1" in final(result).content
    assert "#1: " in final(result).content and "KeyError" in final(result).content


def check_no(problem: str, answer: str) -> float:
    return 0.0


async def test_an_empty_problem_ends_the_run_and_not_the_program(memory: Memory) -> None:
    result = await team(memory, [adder(raises=raises)]).run(task="  ")
    assert result.stop_reason == "unsolved" and outcomes(memory) == []


async def test_a_router_that_fails_is_done_without(
    memory: Memory, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked = team(memory, [adder()])
    monkeypatch.setattr(memory, "decide", busy)
    result = await asked.run(task=PROBLEM)
    [outcome] = outcomes(memory)
    assert final(result).content == "5"
    assert (outcome.arm, outcome.reward, outcome.decision_id) == ("adder::adds", 1.0, None)
    assert "the store is busy" in caplog.text


def busy(*arguments: object) -> None:
    raise StoreBusyError("the store is busy")


async def test_what_could_not_be_kept_is_kept_the_next_time(
    memory: Memory, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked = team(memory, [adder()])
    with monkeypatch.context() as patched:
        patched.setattr(memory, "record", busy)
        result = await asked.run(task=PROBLEM)
    assert final(result).content == "5" and outcomes(memory) == []
    assert "an outcome was not kept: the store is busy" in caplog.text
    await asked.run()
    assert [outcome.reward for outcome in outcomes(memory)] == [1.0]


async def test_a_cancelled_run_is_gone_on_with(memory: Memory) -> None:
    begun, slow = asyncio.Event(), {"slow": True}

    async def adds(problem: str) -> str:
        begun.set()
        await asyncio.sleep(1000 if slow["slow"] else 0)
        return total(problem)

    asked, token = team(memory, [adder(adds=adds)]), CancellationToken()
    running = asyncio.ensure_future(asked.run(task=PROBLEM, cancellation_token=token))
    await begun.wait()
    token.cancel()
    started = time.monotonic()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert time.monotonic() - started < 30
    assert outcomes(memory) == []
    slow["slow"] = False
    result = await asked.run()
    assert final(result).content == "5"
    assert [outcome.reward for outcome in outcomes(memory)] == [1.0]


async def test_after_a_cancelled_run_a_new_task_is_all_there_is_to_do(memory: Memory) -> None:
    begun = asyncio.Event()
    worked: list[str] = []

    async def adds(problem: str) -> str:
        worked.append(problem)
        begun.set()
        await asyncio.sleep(1000 if problem == PROBLEM else 0)
        return total(problem)

    asked, token = team(memory, [adder(adds=adds)]), CancellationToken()
    running = asyncio.ensure_future(asked.run(task=PROBLEM, cancellation_token=token))
    await begun.wait()
    token.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    result = await asked.run(task="Add 4 and 4.")
    assert final(result).content == "8" and worked == [PROBLEM, "Add 4 and 4."]


async def test_a_paused_team_begins_nothing_new(memory: Memory) -> None:
    begun, go = asyncio.Event(), asyncio.Event()

    async def adds(problem: str) -> str:
        begun.set()
        await go.wait()
        return total(problem)

    checked: list[str] = []

    def check(problem: str, answer: str) -> float:
        checked.append(answer)
        return 1.0

    asked = team(memory, [adder(adds=adds)], check=check)
    running = asyncio.ensure_future(asked.run(task=PROBLEM))
    await begun.wait()
    await asked.pause()
    go.set()
    for _ in range(200):
        await asyncio.sleep(0)
    await asyncio.sleep(0.2)
    assert not running.done() and checked == []
    await asked.resume()
    assert final(await running).content == "5" and checked == ["5"]
