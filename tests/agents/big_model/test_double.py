"""The scripted model: what it says, what it remembers, and that AutoGen takes it for a model."""

import asyncio
from typing import Any

import pytest
from autogen_agentchat.agents import AssistantAgent
from autogen_core import CancellationToken, FunctionCall
from autogen_core.models import CreateResult, RequestUsage, SystemMessage, UserMessage

from knowhow_agents.big_model.double import Answer, ScriptedModel, ScriptEnded

PATIENCE_S = 30.0
QUESTION = [SystemMessage(content="Be short."), UserMessage(content="2 + 2?", source="user")]


def stream(model: ScriptedModel, **more: Any) -> list[str | CreateResult]:
    async def listen() -> list[str | CreateResult]:
        return [piece async for piece in model.create_stream(QUESTION, **more)]

    return asyncio.run(listen())


def test_it_answers_in_order_and_remembers_what_it_was_asked() -> None:
    model = ScriptedModel("four", FunctionCall(id="1", name="add", arguments="{}"))
    first = asyncio.run(model.create(QUESTION, json_output=True))
    second = asyncio.run(model.create(QUESTION, extra_create_args={"seed": 1}))
    assert (first.content, first.finish_reason) == ("four", "stop")
    assert second.finish_reason == "function_calls"
    assert [asked.text for asked in model.asked] == ["Be short.\n2 + 2?"] * 2
    assert (model.asked[0].json_output, model.asked[1].extra) == (True, {"seed": 1})
    assert model.actual_usage() == RequestUsage(prompt_tokens=5, completion_tokens=1)
    assert model.total_usage() == RequestUsage(prompt_tokens=10, completion_tokens=2)


def test_an_empty_script_fails_and_says_at_what() -> None:
    model = ScriptedModel("four")
    asyncio.run(model.create(QUESTION))
    assert model.left == 0
    with pytest.raises(ScriptEnded, match=r"call 2 .*2 \+ 2\?"):
        asyncio.run(model.create(QUESTION))


def test_a_stream_is_chunks_and_one_result() -> None:
    *chunks, result = stream(ScriptedModel("two and two"))
    assert chunks == ["two ", "and ", "two"]
    assert isinstance(result, CreateResult) and result.content == "two and two"
    assert stream(ScriptedModel(Answer("ab", chunks=("a", "b"))))[:2] == ["a", "b"]


def test_faults_come_where_the_script_has_them() -> None:
    model = ScriptedModel(ConnectionError("gone"), "back")
    with pytest.raises(ConnectionError, match="gone"):
        asyncio.run(model.create(QUESTION))
    assert asyncio.run(model.create(QUESTION)).content == "back"

    async def listen() -> None:
        async for piece in ScriptedModel(
            Answer("a b", failure=ConnectionError("cut off"))
        ).create_stream(QUESTION):
            heard.append(piece)

    heard: list[str | CreateResult] = []
    with pytest.raises(ConnectionError, match="cut off"):
        asyncio.run(listen())
    assert heard == ["a ", "b"]


def test_a_cancelled_call_ends() -> None:
    async def ask() -> None:
        token = CancellationToken()
        model = ScriptedModel(Answer("late", after_s=PATIENCE_S))
        call = asyncio.create_task(model.create(QUESTION, cancellation_token=token))
        await asyncio.sleep(0)
        token.cancel()
        await call

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(ask())


def test_autogens_assistant_uses_it_with_a_tool() -> None:
    async def add(a: int, b: int) -> int:
        """Add two numbers."""
        return a + b

    model = ScriptedModel(FunctionCall(id="1", name="add", arguments='{"a": 2, "b": 2}'), "4!")
    agent = AssistantAgent("ann", model, tools=[add], reflect_on_tool_use=True)
    result = asyncio.run(agent.run(task="2 + 2?"))
    assert result.messages[-1].to_text() == "4!"  # type: ignore[union-attr]
    assert model.asked[1].text.endswith("4")
