"""The server over a real socket: answers, streams, refusals, and who goes away."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from knowhow.serving.app import MAX_BODY_BYTES
from knowhow.serving.offers import Offers
from knowhow.settings import Settings
from knowhow_adapters.base.load import load_base
from knowhow_adapters.decode.request import Chunk
from knowhow_agents.big_model.chat import Turn
from tests.adapters.registry.kit import filled, promote
from tests.adapters.tiny import tiny_folder
from tests.knowhow.serving.kit import PATIENCE_S, serving

PROMPT = "Mara has 12 pears and Jon has 9. How many pears does Mara have? Answer in JSON."
ANSWER = '{"pears": 12}'
Ask = Callable[..., httpx.Response]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("served")


@pytest.fixture(scope="module")
def settings(store: Path) -> Settings:
    base = tiny_folder(store / "tiny")
    return Settings.model_validate(
        {"memory": {"location": str(store)}, "small_model": {"base": str(base)}}
    )


@pytest.fixture(scope="module")
def client(settings: Settings) -> Iterator[httpx.Client]:
    with serving(Offers(settings)) as client:
        yield client


@pytest.fixture
def ask(client: httpx.Client) -> Ask:
    def post(prompt: str = PROMPT, **body: Any) -> httpx.Response:
        message = {"role": "user", "content": prompt}
        asked = {"model": "big-reckoner", "messages": [message], **body}
        return client.post("/chat/completions", json=asked)

    return post


def events(response: httpx.Response) -> list[dict[str, Any]]:
    *lines, done = [line.removeprefix("data: ") for line in response.text.split("\n\n") if line]
    assert done == "[DONE]"
    return [json.loads(line) for line in lines]


def test_an_embedded_model_answers_with_its_usage(ask: Ask) -> None:
    document = ask().json()
    [choice] = document["choices"]
    assert choice["message"] == {"role": "assistant", "content": ANSWER}
    assert (choice["finish_reason"], document["object"]) == ("stop", "chat.completion")
    assert document["usage"] == {"prompt_tokens": 31, "completion_tokens": 7, "total_tokens": 38}
    cut = ask(max_tokens=2).json()
    assert cut["choices"][0]["finish_reason"] == "length"
    assert cut["usage"]["completion_tokens"] == 2


def test_json_is_held_to_its_schema_and_written_as_it_was_learnt(ask: Ask) -> None:
    schema = {
        "type": "object",
        "properties": {"jon": {"type": "integer"}, "apples": {"enum": ["no", "yes"]}},
        "required": ["jon", "apples"],
        "additionalProperties": False,
    }
    form = {"type": "json_schema", "json_schema": {"name": "pears", "schema": schema}}
    said = ask(response_format=form).json()["choices"][0]["message"]["content"]
    document = json.loads(said)
    assert list(document) == ["jon", "apples"] and isinstance(document["jon"], int)
    assert said == json.dumps(document)
    assert (
        ask(response_format={"type": "json_object"})
        .json()["choices"][0]["message"]["content"]
        .startswith('{"')
    )


def test_a_stream_says_the_same_in_pieces(ask: Ask) -> None:
    response = ask(stream=True, stream_options={"include_usage": True})
    assert response.headers["content-type"].startswith("text/event-stream")
    *pieces, usage = events(response)
    deltas = [piece["choices"][0]["delta"] for piece in pieces]
    assert deltas[0]["role"] == "assistant" and len(deltas) > 3
    assert "".join(delta.get("content", "") for delta in deltas) == ANSWER
    assert [piece["choices"][0]["finish_reason"] for piece in pieces[-2:]] == [None, "stop"]
    assert (usage["choices"], usage["usage"]["total_tokens"]) == ([], 38)
    assert len({piece["id"] for piece in pieces}) == 1
    assert all("usage" not in piece for piece in events(ask(stream=True)))


def test_the_champion_of_a_specialist_answers_and_a_promotion_is_followed(
    client: httpx.Client, ask: Ask, settings: Settings, store: Path
) -> None:
    def offered() -> list[str]:
        return [model["id"] for model in client.get("/models").json()["data"]]

    registry, (one, two) = filled(store / "adapters", load_base(settings.small_model.base), 2)
    assert "specialist/sums" not in offered()
    assert ask(model="specialist/sums").status_code == 404
    for version in (one, two):
        promote(registry, version)
        assert offered()[-1] == "specialist/sums"
        answer = ask("2 + 2?", model="specialist/sums", max_tokens=4)
        assert answer.json()["system_fingerprint"] == version
    last = events(ask("2 + 2?", model="specialist/sums", max_tokens=4, stream=True))[-1]
    assert last["system_fingerprint"] == two


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({"model": "big-reckonner"}, 404, "did you mean 'big-reckoner'?"),
        ({"model": "specialist/nobody"}, 404, "'specialist/nobody'"),
        ({"model": "../knowhow-base"}, 404, "there is no model"),
        ({"model": None}, 400, "name a model"),
        ({"messages": None}, 400, "give messages"),
        ({"messages": {"a": 1}}, 400, "give messages"),
        ({"messages": [{"role": "user", "content": ""}]}, 400, "the messages say nothing"),
        ({"tools": [{"type": "function"}]}, 400, "cannot call tools"),
        ({"temperature": 10**400}, 400, "temperature"),
        ({"prompt": "word " * 3000}, 400, "maximum context length"),
    ],
)
def test_what_is_wrong_is_said_as_openai_does(
    ask: Ask, body: dict[str, Any], status: int, message: str, stream: bool
) -> None:
    response = ask(**body, stream=stream)
    assert response.status_code == status, response.text
    error = response.json()["error"]
    assert message in error["message"]
    assert error["type"] == "invalid_request_error"
    assert set(error) == {"message", "type", "param", "code"}


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"\xff", b"[" * 100_000, b'{"model": ["a"]}', b'{"n": 1e999}']
)
def test_bodies_that_are_no_requests_are_refused(client: httpx.Client, body: bytes) -> None:
    kind = {"content-type": "application/json"}
    assert client.post("/chat/completions", content=body, headers=kind).status_code == 400


def test_a_body_is_bounded(client: httpx.Client) -> None:
    def parts() -> Iterator[bytes]:
        for _ in range(MAX_BODY_BYTES // 1000 + 1):
            yield b" " * 1000

    kind = {"content-type": "application/json"}
    assert client.post("/chat/completions", content=parts(), headers=kind).status_code == 413


def test_what_a_web_page_could_send_is_refused(client: httpx.Client) -> None:
    plain = client.post("/chat/completions", content=b"{}", headers={"content-type": "text/plain"})
    assert plain.status_code == 415


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:80", 200),
        ("127.0.0.1", 200),
        ("[::1]:1", 200),
        ("example.com", 421),
        ("localhost.example.com", 421),
        ("127.0.0.1@example.com", 421),
        ("", 421),
    ],
)
def test_only_requests_to_this_machine_are_answered(
    client: httpx.Client, host: str, status: int
) -> None:
    assert client.get("/models", headers={"host": host}).status_code == status


def test_other_paths_and_methods_are_errors_of_the_same_shape(client: httpx.Client) -> None:
    for response in (client.get("/nothing"), client.delete("/models")):
        assert response.status_code in (404, 405)
        assert response.json()["error"]["type"] == "invalid_request_error"


class Endless(Offers):
    """Says a word now and then until it is told to stop."""

    def __init__(self) -> None:
        self.cancel: threading.Event | None = None
        self.failure: Exception | None = None

    def names(self) -> list[str]:
        return ["endless"]

    def take(self, name: str, messages: Any, options: Any, cancel: threading.Event) -> Turn:
        self.cancel = cancel
        return self  # type: ignore[return-value]

    def stream(self) -> Iterator[Chunk]:
        assert self.cancel is not None
        while not self.cancel.wait(0.01):
            yield Chunk("word ")
            if self.failure:
                raise self.failure


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("stream", [False, True])
def test_the_work_ends_when_the_asker_goes_away(stream: bool) -> None:
    offers = Endless()
    body = {"model": "endless", "messages": [], "stream": stream}
    with serving(offers) as client:
        try:
            with client.stream("POST", "/chat/completions", json=body, timeout=1.0) as response:
                assert next(response.iter_lines())  # a stream; a whole answer never comes
        except httpx.ReadTimeout:
            assert not stream
        until(lambda: offers.cancel and offers.cancel.is_set())


def test_a_failure_in_the_middle_is_told_and_gives_nothing_away(
    caplog: pytest.LogCaptureFixture,
) -> None:
    offers = Endless()
    offers.failure = RuntimeError("a path of ours: /home/ann")
    body = {"model": "endless", "messages": [], "stream": True}
    with serving(offers) as client:
        said = client.post("/chat/completions", json=body).text
        whole = client.post("/chat/completions", json={**body, "stream": False})
    assert '"error"' in said and "[DONE]" not in said and "/home/ann" not in said
    assert whole.status_code == 500 and "/home/ann" not in whole.text
    assert "/home/ann" in caplog.text
