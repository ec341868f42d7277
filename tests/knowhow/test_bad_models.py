"""Big models that cannot be asked, or that answer badly: one line or a way around, and remembered
as what it was."""

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from autogen_core.models import UserMessage

from knowhow.big_model import open_big_model
from knowhow.cli import run
from knowhow.settings import BigModelSettings
from knowhow_agents.big_model.client import BigModel
from knowhow_agents.big_model.errors import UnsupportedError
from knowhow_agents.big_model.providers import Provider
from tests.agents.big_model.exchange import Exchange
from tests.agents.big_model.fault_server import FaultServer, fault_server

PROBLEM = "Mara has 12 pears and buys 9 more. How many pears does Mara have?"
KEY = "sk-abcdefghijklmnop"
ADD = {
    "name": "add",
    "description": "Add two numbers.",
    "parameters": {"type": "object", "properties": {}, "required": []},
}
Ask = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    with fault_server() as server:
        yield server


@pytest.fixture(autouse=True)
def own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KNOWHOW_MEMORY__LOCATION", str(tmp_path / "store"))
    monkeypatch.setenv("KNOWHOW_EMBEDDER__MODEL", "hash:64")
    monkeypatch.setenv("MY_KEY", KEY)


@pytest.fixture
def ask(server: FaultServer, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Ask a provider with that fault; the exit code, and what was said."""

    def command(fault: str, *, problem: str = PROBLEM, **section: object) -> tuple[int, str]:
        settings = {"model": "there", "attempts": 1, **section}
        lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
        provider = f"""
            [big_model.providers.there]
            model = "openai/gpt-4o-mini"
            api_base = "{server.address(fault, "bad")}"
            key_variable = "MY_KEY"
            price = [1, 2]
        """
        Path("knowhow.toml").write_text("\n".join(["[big_model]", *lines, provider]))
        code = run(["ask", problem])
        output = capsys.readouterr()
        assert KEY not in output.out + output.err
        if code:
            assert output.out == "" and output.err.count("\n") == 1
        return code, output.err or output.out

    return command


@pytest.fixture
def recorded(capsys: pytest.CaptureFixture[str]) -> Callable[[], list[tuple[str, object]]]:
    """Fault and reward of every outcome."""

    def read() -> list[tuple[str, Any]]:
        assert run(["outcome", "list", "--json"]) == 0
        outcomes = json.loads(capsys.readouterr().out)["outcomes"]
        return [(outcome["fault"], outcome["reward"]) for outcome in outcomes]

    return read


Recorded = Callable[[], list[tuple[str, object]]]
INFRA = [("infra", None)]


@pytest.mark.parametrize(
    ("fault", "told"),
    [("status 401", "key"), ("the key is told back", "key"), ("an empty text", "empty answer")],
)
def test_a_fault_of_the_provider_is_told_and_teaches_nothing(
    ask: Ask, recorded: Recorded, fault: str, told: str
) -> None:
    code, said = ask(fault)
    assert code == 1 and f"big model 'there': {told}" in said
    assert recorded() == INFRA


def test_a_key_that_is_not_set_is_named(
    ask: Ask, recorded: Recorded, server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MY_KEY")
    before = server.requests.total()
    assert ask("fine") == (1, "knowhow: big model 'there': key: set MY_KEY to its key\n")
    assert recorded() == INFRA
    assert server.requests.total() == before


def test_a_budget_of_zero_sends_nothing_and_free_models_still_answer(
    ask: Ask, recorded: Recorded, server: FaultServer
) -> None:
    before = server.requests.total()
    code, said = ask("fine", budget_usd=0)
    assert code == 1 and "big model 'there': budget" in said
    assert recorded() == INFRA
    code, _ = ask("fine", budget_usd=0, attempts=2, fallbacks=["embedded/big-reckoner"])
    assert code == 0
    assert server.requests.total() == before


def test_an_unknown_provider_is_a_mistake_and_no_outcome(ask: Ask, recorded: Recorded) -> None:
    code, said = ask("fine", model="wat/gpt")
    assert code == 1 and "'wat/gpt'" in said
    assert recorded() == []


def test_a_prompt_that_is_too_long_says_so(ask: Ask, recorded: Recorded) -> None:
    code, said = ask("fine", model="embedded/big-reckoner", problem="word " * 3000)
    assert code == 1 and "maximum context length is 1,024 tokens" in said
    assert recorded() == []


def test_no_proxy_hears_what_stays_on_this_machine(
    ask: Ask, server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, server.address("status 502", "proxy"))
    assert ask("fine")[0] == 0
    assert server.requests[server.address("status 502", "proxy")] == 0


def test_an_answer_in_another_language_is_shown_as_it_is(
    ask: Ask, recorded: Recorded, server: FaultServer
) -> None:
    async def answer(to: Exchange) -> None:
        await to.say({"content": "二十一个梨"})

    server.teach("another language", answer)
    assert ask("another language") == (0, "二十一个梨\n")
    assert recorded() == []  # nobody has said whether it is right


def test_a_model_without_tools_is_not_asked_to_call_one(server: FaultServer) -> None:
    question = UserMessage(content="2 + 2?", source="user")
    alone = open_big_model(BigModelSettings())
    with pytest.raises(UnsupportedError, match="'embedded/big-reckoner' cannot do tools"):
        asyncio.run(alone.create([question], tools=[ADD]))
    able = {"model": "openai/gpt-4o-mini", "api_base": server.address("fine", "tools")}
    settings = {"fallbacks": ["able"], "providers": {"able": able}}
    both = open_big_model(BigModelSettings.model_validate(settings))
    assert asyncio.run(both.reply([question], tools=[ADD])).provider == "able"


def test_a_model_without_json_mode_is_not_asked_for_json(server: FaultServer) -> None:
    question = UserMessage(content="2 + 2?", source="user")
    with pytest.raises(UnsupportedError, match="'nlp_cloud/dolphin' cannot do json"):
        asyncio.run(BigModel("nlp_cloud/dolphin").create([question], json_output=True))
    able = Provider("openai/gpt-4o-mini", name="able", api_base=server.address("fine", "json"))
    both = BigModel(["nlp_cloud/dolphin", able])
    assert not both.model_info["json_output"]
    assert asyncio.run(both.reply([question], json_output=True)).provider == "able"
    assert server.seen[-1][0]["response_format"] == {"type": "json_object"}
