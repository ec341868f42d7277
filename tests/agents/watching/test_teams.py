"""Teams of AutoGen's under watch: they do what they did, and who did it is remembered."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from autogen_agentchat.agents import AssistantAgent, UserProxyAgent
from autogen_agentchat.base import TaskResult, Team
from autogen_agentchat.conditions import MaxMessageTermination
from autogen_agentchat.messages import TextMessage
from autogen_agentchat.teams import RoundRobinGroupChat, SelectorGroupChat, Swarm
from autogen_core import FunctionCall

from knowhow_agents.big_model.double import Said, ScriptedModel
from knowhow_agents.big_model.errors import FaultKind, ProviderFault
from knowhow_agents.team.orders import DECISION
from knowhow_agents.watching.functions import Watching
from knowhow_agents.watching.recorder import Recorder
from knowhow_agents.watching.teams import watch
from knowhow_memory.decisions import DecisionPublic
from knowhow_memory.errors import InputError
from knowhow_memory.models import OutcomePublic

Read = Callable[[], list[OutcomePublic]]
Decisions = Callable[[], list[DecisionPublic]]


def agent(name: str, *answers: Said, **more: Any) -> AssistantAgent:
    return AssistantAgent(name, model_client=ScriptedModel(*answers), **more)


def until(messages: int) -> MaxMessageTermination:
    return MaxMessageTermination(messages)


def says(text: str) -> Callable[[str, TaskResult], bool]:
    return lambda problem, result: text in result.messages[-1].to_text()


def steps(decision: DecisionPublic) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = decision.candidates[0]["watched"]["trajectory"]
    return found


def test_a_round_robin_is_one_episode(recorder: Recorder, decisions: Decisions) -> None:
    team = RoundRobinGroupChat(
        [agent("ann", "4"), agent("bob", "right")], termination_condition=until(3)
    )
    assert watch(recorder, team) is team and isinstance(team, Team)
    assert watch(recorder, team) is team  # twice is once
    result = asyncio.run(team.run(task="2 + 2?"))
    assert [message.to_text() for message in result.messages] == ["2 + 2?", "4", "right"]
    [decision] = decisions()
    assert result.messages[-1].metadata[DECISION] == decision.id
    assert (decision.problem, decision.arm) == ("2 + 2?", "bob")
    assert [(s["name"], s["content"]) for s in steps(decision)] == [
        ("user", "2 + 2?"), ("ann", "4"), ("bob", "right"),
    ]  # fmt: skip
    assert decision.candidates[0]["watched"]["tokens_out"] == 2


def test_a_selector_names_whom_it_chose_and_is_judged(recorder: Recorder, outcomes: Read) -> None:
    async def choose(messages: Any) -> str:
        return "bob"

    people = [agent("ann"), agent("bob", "5")]
    model = ScriptedModel()
    team = SelectorGroupChat(people, model, termination_condition=until(2), selector_func=choose)
    asyncio.run(watch(recorder, team, check=says("4")).run(task="2 + 2?"))
    [outcome] = outcomes()
    assert (outcome.arm, outcome.reward, outcome.verified_by) == ("bob", 0.0, "check")


def test_a_swarm_hands_over_with_tools(recorder: Recorder, outcomes: Read) -> None:
    people = [
        agent("ann", FunctionCall("1", "{}", "transfer_to_bob"), handoffs=["bob"]),
        agent("bob", "4"),
    ]
    team = Swarm(people, termination_condition=until(3))
    asyncio.run(watch(recorder, team, check=says("4")).run(task="2 + 2?"))
    [outcome] = outcomes()
    assert (outcome.arm, outcome.reward) == ("bob", 1.0)
    called = [s for s in outcome.trajectory or () if s["kind"] == "tool_call"]
    assert [(s["by"], s["name"]) for s in called] == [("ann", "transfer_to_bob")]


def test_a_single_agent_with_a_tool(recorder: Recorder, outcomes: Read) -> None:
    def add(a: int, b: int) -> int:
        """Add."""
        return a + b

    one = agent("ann", FunctionCall("1", '{"a": 2, "b": 2}', "add"), tools=[add])
    result = asyncio.run(watch(recorder, one, arm="ann::tool", check=says("4")).run(task="2 + 2?"))
    assert result.messages[-1].to_text() == "4"
    [outcome] = outcomes()
    assert (outcome.arm, outcome.reward) == ("ann::tool", 1.0)
    tool = {s["kind"]: s for s in outcome.trajectory or ()}
    assert tool["tool_call"]["arguments"] == {"a": 2, "b": 2}
    assert tool["tool_result"] == {
        "kind": "tool_result", "by": "ann", "name": "add", "content": "4",
    }  # fmt: skip


def test_streams_are_passed_on_and_watched(recorder: Recorder, decisions: Decisions) -> None:
    one = agent("ann", "4 it is", model_client_stream=True)
    watch(recorder, one)

    async def listen() -> list[str]:
        return [type(message).__name__ async for message in one.run_stream(task="2 + 2?")]

    heard = asyncio.run(listen())
    assert heard.count("ModelClientStreamingChunkEvent") == 3 and heard[-1] == "TaskResult"
    [decision] = decisions()
    assert [s["content"] for s in steps(decision)] == ["2 + 2?", "4 it is"]


def test_a_stream_that_is_left_is_not_kept(recorder: Recorder, decisions: Decisions) -> None:
    one = watch(recorder, agent("ann", "4"))

    async def leave() -> None:
        stream = one.run_stream(task="2 + 2?")
        await anext(stream)
        await stream.aclose()

    asyncio.run(leave())
    assert decisions() == []


@pytest.mark.parametrize("alone", [True, False])
def test_whose_failure_it_was(alone: bool, recorder: Recorder, outcomes: Read) -> None:
    failures = [
        ValueError("my own mistake"),
        ProviderFault(FaultKind.RATE, "slow down", provider="openai/x"),
        ProviderFault(FaultKind.CONTEXT, "too long", provider="openai/x"),
    ]
    for failure in failures:
        one = agent("ann", failure)
        team = one if alone else RoundRobinGroupChat([one], termination_condition=until(2))
        with pytest.raises((ValueError, ProviderFault, RuntimeError)):
            asyncio.run(watch(recorder, team).run(task=f"case {failure}"))
    name = "ann" if alone else "RoundRobinGroupChat"
    assert [(o.arm, o.fault, o.reward) for o in outcomes()] == [
        (name, "agent", 0.0), (name, "infra", None), (name, "agent", 0.0),
    ]  # fmt: skip


def test_runs_until_a_reset_are_one_conversation(make: Callable[..., Recorder]) -> None:
    """And a run without a task goes on with the last one."""
    recorder = make(share=0.5)
    first = {
        want: next(p for p in "abcdefgh" if recorder.takes(p) is want) for want in (True, False)
    }

    async def talk(problem: str, after: str) -> int:
        before = recorder.counted()["kept"]
        team = watch(
            recorder, RoundRobinGroupChat([agent("ann", *"123456")], termination_condition=until(2))
        )
        await team.run(task=problem)
        await team.run(task="a")
        await team.run(task="b")
        await team.reset()
        await team.run(task=after)
        await team.run()
        assert await asyncio.to_thread(recorder.flush)
        return recorder.counted()["kept"] - before

    assert asyncio.run(talk(first[True], first[True])) == 5
    assert asyncio.run(talk(first[True], first[False])) == 3
    assert asyncio.run(talk(first[False], first[True])) == 2


def test_messages_are_problems_too(recorder: Recorder, decisions: Decisions) -> None:
    one = watch(recorder, agent("ann", "a", "b"))
    message = TextMessage(content="in a message", source="user")
    asyncio.run(one.run(task=message))
    asyncio.run(one.run(task=[message, TextMessage(content="in two", source="user")]))
    assert [d.problem for d in decisions()] == ["in a message", "in a message\nin two"]


def test_a_team_in_a_team_and_in_a_block(recorder: Recorder, decisions: Decisions) -> None:
    inner = watch(
        recorder,
        RoundRobinGroupChat([agent("ann", "4")], termination_condition=until(2), name="inner"),
    )
    outer = watch(
        recorder,
        RoundRobinGroupChat(
            [inner, agent("bob", "so")], termination_condition=until(3), name="outer"
        ),
    )
    with Watching(recorder, "the block", arm="me"):
        asyncio.run(outer.run(task="2 + 2?"))
    assert sorted((d.problem, d.arm) for d in decisions()) == [
        ("2 + 2?", "ann"), ("2 + 2?", "bob"), ("the block", "me"),
    ]  # fmt: skip


def test_state_and_names_stay(recorder: Recorder) -> None:
    team = watch(
        recorder,
        RoundRobinGroupChat([agent("ann", "4")], termination_condition=until(2), name="pair"),
    )
    asyncio.run(team.run(task="2 + 2?"))
    state = asyncio.run(team.save_state())
    again = watch(
        recorder, RoundRobinGroupChat([agent("ann")], termination_condition=until(2), name="pair")
    )
    asyncio.run(again.load_state(state))
    assert asyncio.run(again.save_state()) == state and team.name == "pair"


def test_what_is_no_team_is_named(recorder: Recorder) -> None:
    with pytest.raises(InputError, match="'str' is no team"):
        watch(recorder, "team")


def test_people_are_no_arms(recorder: Recorder, outcomes: Read) -> None:
    boss = UserProxyAgent("boss", input_func=lambda prompt: "fine")
    team = RoundRobinGroupChat([agent("ann", "4"), boss], termination_condition=until(3))
    asyncio.run(watch(recorder, team, check=says("fine")).run(task="2 + 2?"))

    async def fail() -> None:
        async for _ in watch(recorder, agent("bob", ValueError("no"))).run_stream(task="3 + 3?"):
            pass

    with pytest.raises(ValueError, match="no"):
        asyncio.run(fail())
    assert [(o.arm, o.reward) for o in outcomes()] == [("ann", 1.0), ("bob", 0.0)]
