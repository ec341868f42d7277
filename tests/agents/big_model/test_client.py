"""The client as AutoGen uses it, over LiteLLM's real way to a server on the loopback."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.base import TaskResult
from autogen_agentchat.conditions import MaxMessageTermination, TextMentionTermination
from autogen_agentchat.messages import (
    ModelClientStreamingChunkEvent,
    StructuredMessage,
    ToolCallExecutionEvent,
)
from autogen_agentchat.teams import SelectorGroupChat, Swarm
from autogen_core import CancellationToken, FunctionCall
from autogen_core.models import CreateResult, RequestUsage, SystemMessage, UserMessage
from pydantic import BaseModel

from knowhow_agents.big_model.client import BigModel
from knowhow_agents.big_model.errors import FaultKind, ProviderFault, UnknownModelError
from knowhow_agents.big_model.errors import UnsupportedError as Unsupported
from knowhow_agents.big_model.providers import Price, Provider, Terms
from knowhow_agents.big_model.switch import NetworkForbidden
from knowhow_memory.errors import SettingsError
from tests.agents.big_model.exchange import USAGE, Exchange, call
from tests.agents.big_model.fault_server import FaultServer
from tests.agents.big_model.faults import ANSWER, FINE, scripted

ASKED = [SystemMessage(content="Be brief."), UserMessage(content="Sale price?", source="user")]
PRICE = Price(prompt=0.001, completion=0.01)
ONCE = Terms(attempts=1)


def at(address: str, **more: Any) -> BigModel:
    return BigModel(Provider("openai/m", api_base=address, **more), terms=ONCE)


async def streamed(model: BigModel, **more: Any) -> list[str | CreateResult]:
    return [piece async for piece in model.create_stream(ASKED, **more)]


def test_an_answer_with_its_usage_and_cost(server: FaultServer) -> None:
    model = at(server.address(FINE), price=PRICE)
    result = asyncio.run(model.create(ASKED))
    assert result.content == ANSWER and result.finish_reason == "stop"
    assert result.usage == RequestUsage(USAGE["prompt_tokens"], USAGE["completion_tokens"])
    assert model.cost_usd == pytest.approx(20 * 0.001 + 6 * 0.01)
    asyncio.run(model.create(ASKED))
    assert model.total_usage() == RequestUsage(40, 12)
    body, _ = server.seen[0]
    assert [message["role"] for message in body["messages"]] == ["system", "user"]


def test_a_stream_is_its_text_in_pieces_and_then_one_result(server: FaultServer) -> None:
    model = at(server.address(FINE), price=PRICE)
    *texts, result = asyncio.run(streamed(model))
    assert len(texts) == 5 and "".join(map(str, texts)) == ANSWER
    assert isinstance(result, CreateResult) and result.content == ANSWER
    assert result.usage == RequestUsage(20, 6)
    assert model.cost_usd == pytest.approx(0.08)


def test_the_list_of_prices_counts_where_the_provider_has_none(server: FaultServer) -> None:
    from knowhow_agents.big_model import door

    usage = {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}
    known = door.price(Provider("openai/gpt-4o"))
    assert known == Price(2.5e-6, 1e-5)
    assert door.cost(Provider("openai/gpt-4o"), usage) == pytest.approx(known.of(1000, 100))
    cached = usage | {"prompt_tokens_details": {"cached_tokens": 800}}
    assert door.cost(Provider("openai/gpt-4o"), cached) == pytest.approx(2.5e-3 * 0.6 + 1e-3)
    assert door.price(Provider("openai/m", api_base=server.address(FINE))) == Price(0, 0)
    assert door.price(Provider("openai/nobody-lists-it")) is None


def prices(item: str) -> str:
    """The price of an item."""
    return f"{item} costs 80"


@pytest.mark.parametrize("as_stream", [False, True])
def test_an_agent_uses_a_tool(server: FaultServer, as_stream: bool) -> None:
    script = scripted([call("prices", '{"item": "a cup"}')], "It costs 80.")
    agent = AssistantAgent(
        "ann",
        model_client=at(server.teach("tools", script)),
        tools=[prices],
        reflect_on_tool_use=True,
        model_client_stream=as_stream,
    )
    result = asyncio.run(agent.run(task="What does a cup cost?"))
    [executed] = [one for one in result.messages if isinstance(one, ToolCallExecutionEvent)]
    assert executed.content[0].content == "a cup costs 80"
    assert result.messages[-1].content == "It costs 80."
    told, _ = server.seen[-1]
    assert told["messages"][-1] == {
        "role": "tool", "tool_call_id": "c1", "content": "a cup costs 80"
    }  # fmt: skip
    assert told["messages"][-2]["tool_calls"][0]["function"]["name"] == "prices"


def test_an_agent_streams(server: FaultServer) -> None:
    async def run() -> list[Any]:
        agent = AssistantAgent(
            "ann", model_client=at(server.address(FINE)), model_client_stream=True
        )
        return [one async for one in agent.run_stream(task="Sale price?")]

    said = asyncio.run(run())
    chunks = [one for one in said if isinstance(one, ModelClientStreamingChunkEvent)]
    assert "".join(chunk.content for chunk in chunks) == ANSWER
    assert isinstance(said[-1], TaskResult) and said[-1].messages[-1].content == ANSWER


class Answer(BaseModel):
    dollars: int


def test_an_answer_that_fits_a_class(server: FaultServer) -> None:
    address = server.teach("fits", scripted('{"dollars": 64}', '{"dollars": 64}', '{"any": 1}'))
    agent = AssistantAgent("ann", model_client=at(address), output_content_type=Answer)
    message = asyncio.run(agent.run(task="Sale price?")).messages[-1]
    assert isinstance(message, StructuredMessage) and message.content == Answer(dollars=64)
    asyncio.run(at(address).create(ASKED, json_output=Answer))
    form = server.seen[-1][0]["response_format"]
    assert form["type"] == "json_schema" and "dollars" in str(form["json_schema"]["schema"])
    asyncio.run(at(address).create(ASKED, json_output=True))
    assert server.seen[-1][0]["response_format"] == {"type": "json_object"}


def test_a_selector_chooses_who_speaks(server: FaultServer) -> None:
    model = at(server.teach("selects", scripted("bob", "I am Bob.", "ann", "I am Ann. DONE")))
    team = SelectorGroupChat(
        [
            AssistantAgent(name, model_client=model, description=name.title())
            for name in ("ann", "bob", "cat")
        ],
        model_client=model,
        termination_condition=TextMentionTermination("DONE") | MaxMessageTermination(6),
    )
    result = asyncio.run(team.run(task="Who are you?"))
    assert [message.source for message in result.messages] == ["user", "bob", "ann"]


def test_a_swarm_hands_over(server: FaultServer) -> None:
    model = at(server.teach("hands", scripted([call("transfer_to_bob")], "Bob here. DONE")))
    ann = AssistantAgent("ann", model_client=model, handoffs=["bob"])
    bob = AssistantAgent("bob", model_client=model)
    team = Swarm([ann, bob], termination_condition=TextMentionTermination("DONE"))
    result = asyncio.run(team.run(task="Let Bob do it."))
    assert result.messages[-1].source == "bob"


def test_text_beside_a_call_is_the_thought(server: FaultServer) -> None:
    async def both(to: Exchange) -> None:
        await to.say({"content": "I look it up.", "tool_calls": [call("prices")]}, "stop")

    result = asyncio.run(at(server.teach("both", both)).create(ASKED, tools=[]))
    assert result.content == [FunctionCall(id="c1", name="prices", arguments="{}")]
    assert (result.thought, result.finish_reason) == ("I look it up.", "function_calls")


Ask = Callable[[BigModel, CancellationToken | None], Any]
ASKING: list[Ask] = [
    lambda model, token: model.create(ASKED, cancellation_token=token),
    lambda model, token: streamed(model, cancellation_token=token),
]


@pytest.mark.parametrize("ask", ASKING)
def test_a_cancelled_call_ends_and_hangs_up(server: FaultServer, ask: Ask) -> None:
    asked, left = asyncio.Event(), asyncio.Event()

    async def run() -> None:
        here = asyncio.get_running_loop()

        async def wait(to: Exchange) -> None:
            here.call_soon_threadsafe(asked.set)
            await to.gone()
            here.call_soon_threadsafe(left.set)

        token = CancellationToken()
        asking = asyncio.ensure_future(ask(at(server.teach("waits", wait)), token))
        await asked.wait()
        token.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await asyncio.wait_for(left.wait(), 30)

    asyncio.run(run())


def test_a_call_cancelled_before_it_began_sends_nothing(server: FaultServer) -> None:
    token = CancellationToken()
    token.cancel()
    for ask in ASKING:
        with pytest.raises(asyncio.CancelledError):
            asyncio.run(ask(at(server.address(FINE)), token))
    assert server.seen == []


def test_a_stream_that_is_left_hangs_up(server: FaultServer) -> None:
    left = asyncio.Event()

    async def run() -> None:
        here = asyncio.get_running_loop()

        async def talk(to: Exchange) -> None:
            await to.head()
            await to.events({"choices": [{"index": 0, "delta": {"content": "Well"}}]})
            await to.gone()
            here.call_soon_threadsafe(left.set)

        stream = at(server.teach("talks", talk)).create_stream(ASKED)
        assert await anext(stream) == "Well"
        await stream.aclose()
        await asyncio.wait_for(left.wait(), 30)

    asyncio.run(run())


def test_an_address_gets_no_key_but_one_named_for_it(
    server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-meant-for-somebody-else")
    monkeypatch.setenv("CUP_API_KEY", "sk-meant-for-this-one")
    asyncio.run(at(server.address(FINE)).create(ASKED))
    asyncio.run(at(server.address(FINE), key_variable="CUP_API_KEY").create(ASKED))
    assert [key for _, key in server.seen] == ["none", "sk-meant-for-this-one"]
    assert "sk-" not in repr(at(server.address(FINE), key_variable="CUP_API_KEY").providers)


@pytest.mark.parametrize("model", ["hosted_vllm/m", "openrouter/a/m", "deepseek/m"])
def test_other_vendors_go_over_the_same_wire(server: FaultServer, model: str) -> None:
    """Which closes, and is tried once where LiteLLM would try twice."""
    asked = BigModel(Provider(model, api_base=server.address(FINE)), terms=ONCE)
    assert asyncio.run(asked.create(ASKED)).content == ANSWER
    *_, result = asyncio.run(streamed(asked))
    assert isinstance(result, CreateResult) and result.content == ANSWER
    closing = Provider(model, api_base=server.address("closes at once"))
    with pytest.raises(ProviderFault) as caught:
        asyncio.run(BigModel(closing, terms=ONCE).create(ASKED))
    assert caught.value.kind is FaultKind.CONNECTION
    assert "disconnected" in str(caught.value)
    assert server.requests[server.address("closes at once")] == 1


def refused(model: BigModel, **asked: Any) -> str:
    with pytest.raises(Exception) as caught:
        asyncio.run(model.create(ASKED, **asked))
    assert "\n" not in str(caught.value)
    return f"{type(caught.value).__name__}: {caught.value}"


def test_what_is_wrong_is_said(server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    monkeypatch.setenv("KNOWHOW_FORBID_NETWORK", "0")
    missing = refused(BigModel("anthropic/claude-sonnet-4-5"))
    assert missing.startswith(ProviderFault.__name__) and "set ANTHROPIC_API_KEY" in missing
    assert "set CUP_API_KEY" in refused(at(server.address(FINE), key_variable="CUP_API_KEY"))
    unknown = refused(BigModel("acme/m"))
    assert unknown.startswith(UnknownModelError.__name__) and "'acme/m'" in unknown
    assert "did you mean 'anthropic/m'?" in refused(BigModel("antropic/m"))
    small = BigModel("embedded/big-reckoner")
    assert refused(small, tools=[{"name": "t"}]).startswith(Unsupported.__name__)
    assert "cannot do tools" in refused(small, tools=[{"name": "t"}])
    assert "'n' cannot be asked for" in refused(small, extra_create_args={"n": 5})
    for nothing in ([], [Provider("openai/m"), Provider("openai/m")]):
        with pytest.raises(SettingsError, match="one big model or more"):
            BigModel(nothing)


def test_nobody_elsewhere_is_asked_where_that_is_forbidden(server: FaultServer) -> None:
    elsewhere = BigModel(Provider("openai/m", api_base="http://192.0.2.1/v1"), terms=ONCE)
    assert refused(elsewhere).startswith(NetworkForbidden.__name__)


def test_what_it_can(server: FaultServer) -> None:
    info = at(server.address(FINE)).model_info
    assert info["function_calling"] and info["json_output"] and info["structured_output"]
    both = BigModel(["openai/gpt-4o", "embedded/big-reckoner"])
    assert both.model_info["family"] == "gpt-4o"
    assert not both.model_info["function_calling"] and not both.capabilities["vision"]
    assert BigModel("openai/gpt-4o").remaining_tokens(ASKED) == 128_000 - both.count_tokens(ASKED)
