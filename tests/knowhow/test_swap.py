"""Another big model by one line of `knowhow.toml`: in process, or over HTTP through LiteLLM."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from autogen_core.models import CreateResult, UserMessage

from knowhow.big_model import open_big_model
from knowhow.cli import run
from knowhow.serving.offers import Offers
from knowhow.settings import Settings, load_settings
from knowhow_agents.big_model.chat import Messages, Options, Turn
from tests.knowhow.serving.kit import serving

PROBLEM = "Mara has 12 pears and Jon has 9. How many pears do they have together?"
SETTINGS = """
[big_model]
model = "{model}"

[big_model.providers.loopback]
model = "openai/big-reckoner"
api_base = "{api_base}"
"""


class Watched(Offers):
    """Counts who came over HTTP."""

    asked = 0

    def take(
        self, name: str, messages: Messages, options: Options, cancel: threading.Event
    ) -> Turn:
        self.asked += 1
        return super().take(name, messages, options, cancel)


@pytest.fixture
def offers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Offers:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KNOWHOW_MEMORY__LOCATION", str(tmp_path / "store"))
    monkeypatch.setenv("KNOWHOW_EMBEDDER__MODEL", "hash:64")
    return Watched(Settings())


@pytest.fixture
def set_model(offers: Offers) -> Iterator[Callable[[str], None]]:
    """Writes the settings anew; one line differs."""
    with serving(offers) as client:

        def write(model: str) -> None:
            settings = SETTINGS.format(model=model, api_base=client.base_url)
            Path("knowhow.toml").write_text(settings)

        yield write


def test_the_same_command_with_each_model(
    offers: Watched, set_model: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    def ask(model: str) -> dict[str, Any]:
        set_model(model)
        assert run(["ask", PROBLEM, "--json"]) == 0, capsys.readouterr().err
        document: dict[str, Any] = json.loads(capsys.readouterr().out)
        return {key: document[key] for key in ("spec", "answer", "text", "calls")}

    reckoned, planned = ask("embedded/big-reckoner"), ask("embedded/big-planner")
    assert planned["calls"] and planned != reckoned
    assert offers.asked == 0
    assert ask("loopback") == reckoned
    assert offers.asked > 0


def test_a_stream_with_each_model(offers: Watched, set_model: Callable[[str], None]) -> None:
    async def listen() -> list[str | CreateResult]:
        model = open_big_model(load_settings().big_model)
        question = UserMessage(content=PROBLEM, source="user")
        return [piece async for piece in model.create_stream([question])]

    results: list[CreateResult] = []
    for model in ("embedded/big-reckoner", "embedded/big-planner", "loopback"):
        set_model(model)
        *chunks, result = asyncio.run(listen())
        assert isinstance(result, CreateResult)
        assert len(chunks) > 1 and "".join(map(str, chunks)) == result.content
        results.append(result)
    reckoned, planned, served = results
    assert served == reckoned != planned
    assert reckoned.usage.prompt_tokens > 0 < reckoned.usage.completion_tokens


def test_a_prompt_that_is_too_long_is_told_alike(
    offers: Watched, set_model: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    told = []
    for model in ("embedded/big-reckoner", "loopback"):
        set_model(model)
        assert run(["ask", "word " * 3000]) == 1
        told.append(capsys.readouterr().err.partition("context: ")[2])
    assert told[0] == told[1] != ""
