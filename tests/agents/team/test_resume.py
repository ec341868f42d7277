"""A run that stops anywhere goes on elsewhere, with the same decisions and each outcome once."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from autogen_agentchat.conditions import MaxMessageTermination

from knowhow_agents.protocol.turns import ALONE
from knowhow_agents.team.orders import DECISION
from knowhow_agents.team.team import KnowhowTeam
from knowhow_memory.decisions import newest_decisions
from knowhow_memory.memory import Memory
from tests.agents.team.kit import CHAIN, adder, big, final, outcomes, tagged, teach, team, total

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[3]
TASK = "All of it?"


@pytest.fixture
def taught(memory: Memory) -> int:
    return teach(memory, good="adder::adds", bad=ALONE)


def fresh(memory: Memory, *said: str, **more: Any) -> KnowhowTeam:
    return team(memory, [adder(adds=total)], what_how=big(*said), **more)


def decisions(memory: Memory) -> list[str]:
    return [decision.id for decision in newest_decisions(memory.database, 50)]


def _as_json(state: Mapping[str, Any]) -> Any:
    return json.loads(json.dumps(state))


async def stopped_after(memory: Memory, messages: int) -> tuple[dict[str, Any], list[str]]:
    stop = MaxMessageTermination(messages)
    asked = fresh(memory, CHAIN, "answer: 13", termination_condition=stop)
    result = await asked.run(task=TASK)
    assert result.stop_reason and "Maximum number of messages" in result.stop_reason
    return _as_json(await asked.save_state()), tagged(result, DECISION)


@pytest.mark.parametrize("messages", [2, 4, 7, 9, 11, 12])
async def test_a_run_goes_on_from_its_state(memory: Memory, taught: int, messages: int) -> None:
    state, before = await stopped_after(memory, messages)
    asked = fresh(memory, "answer: 13")
    await asked.load_state(state)
    result = await asked.run()
    assert (final(result).content, result.stop_reason) == ("13", "solved")
    rows = outcomes(memory)[taught:]
    assert [row.reward for row in rows] == [1.0] * 3
    assert len({row.decision_id for row in rows}) == len(decisions(memory)) == 3
    assert set(before) <= set(decisions(memory))


async def test_a_new_process_goes_on_with_the_same_decisions(
    memory: Memory, taught: int, store: Path, tmp_path: Path
) -> None:
    whole = tmp_path / "whole"
    state, before = await stopped_after(memory, 7)
    memory.close()
    shutil.copytree(store, whole)
    (tmp_path / "state.json").write_text(json.dumps(state))
    here = _go_on(whole, tmp_path / "state.json")
    with Memory.open(store, embedder="hash:64") as again:
        asked = fresh(again, "answer: 13")
        await asked.load_state(state)
        result = await asked.run()
        assert here == {"answer": "13", "arms": tagged(result, "knowhow.arm")}
    with Memory.open(whole, embedder="hash:64") as other:
        rows = outcomes(other)[taught:]
        assert [row.reward for row in rows] == [1.0] * 3
        assert set(before) <= {row.decision_id for row in rows}
        assert len(decisions(other)) == 3


def _go_on(store: Path, state: Path) -> Any:
    script = ROOT / "tests/agents/team/continues.py"
    done = subprocess.run(
        [sys.executable, str(script), str(store), str(state)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


async def test_a_state_saved_while_a_specialist_works_is_whole(memory: Memory, taught: int) -> None:
    """The open decision is not made again: its work is."""
    begun, go = asyncio.Event(), asyncio.Event()

    async def adds(problem: str) -> str:
        begun.set()
        await go.wait()
        return total(problem)

    asked = team(memory, [adder(adds=adds)], what_how=big(CHAIN, "answer: 13"))
    running = asyncio.ensure_future(asked.run(task=TASK))
    await begun.wait()
    state = _as_json(await asked.save_state())
    open_ones = decisions(memory)
    assert len(open_ones) == 2
    go.set()
    first = await running
    rows = outcomes(memory)[taught:]
    # Whoever loads the old state does it all again, and nothing is counted twice.
    worked: list[str] = []

    def adds_again(problem: str) -> str:
        worked.append(problem)
        return total(problem)

    other = team(memory, [adder(adds=adds_again)], what_how=big("answer: 13"))
    await other.load_state(state)
    second = await other.run()
    assert len(worked) == 3  # though the saved order and the new one say the same
    assert final(first).content == final(second).content == "13"
    later = [row for row in outcomes(memory)[taught:] if row.decision_id in open_ones]
    assert later == [row for row in rows if row.decision_id in open_ones] and len(later) == 2


async def test_a_finished_run_says_nothing_twice(memory: Memory, taught: int) -> None:
    asked = fresh(memory, CHAIN, "answer: 13")
    await asked.run(task=TASK)
    other = fresh(memory)
    await other.load_state(_as_json(await asked.save_state()))
    result = await other.run()
    assert (list(result.messages), result.stop_reason) == ([], "solved")
    assert len(outcomes(memory)) == taught + 3


async def test_what_was_checked_and_not_yet_kept_is_kept_once(
    memory: Memory, taught: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a crash between the writing and the saving."""
    asked = fresh(memory, CHAIN, "answer: 13")
    await asked.run(task=TASK)
    state = _as_json(await asked.save_state())
    for step in state["agent_states"]["router"]["plan"]["steps"]:
        step["recorded"] = False
    other = fresh(memory)
    await other.load_state(state)
    await other.run()
    assert len(outcomes(memory)) == taught + 3


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Nothing of this may need a warning."""
    yield
    assert [record.message for record in caplog.records if record.name.startswith("knowhow")] == []
