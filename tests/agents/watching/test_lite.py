"""A LiteLLM app under watch. LiteLLM's own answers stand in for a provider's: nothing is sent."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from knowhow_agents.big_model import door
from knowhow_agents.watching.episode import Episode
from knowhow_agents.watching.functions import Watching
from knowhow_agents.watching.lite import episode_id, litellm_callback
from knowhow_agents.watching.recorder import Recorder
from knowhow_memory.decisions import DecisionPublic
from knowhow_memory.memory import Memory
from knowhow_memory.models import OutcomePublic
from tests.litellm_state import own_callbacks

Read = Callable[[], list[OutcomePublic]]
Decisions = Callable[[], list[DecisionPublic]]
Install = Callable[..., None]

MODEL = "openai/gpt-4o-mini"
KEY = "SENTINEL0123456789"
PATIENCE_S = 20


@pytest.fixture
def litellm() -> Any:
    return door.litellm()


@pytest.fixture
def install(litellm: Any, recorder: Recorder) -> Iterator[Install]:
    """Puts the callback in."""

    def put(**terms: Any) -> None:
        litellm.callbacks.append(litellm_callback(recorder, **terms))

    with own_callbacks(litellm):
        yield put


def user(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


def handed_in(recorder: Recorder, number: int) -> None:
    """LiteLLM tells its callbacks in a thread of its own."""
    until = time.monotonic() + PATIENCE_S
    while sum(recorder.counted().values()) < number and time.monotonic() < until:
        time.sleep(0.01)
    assert sum(recorder.counted().values()) == number


def test_each_call_is_an_episode_of_its_model(
    litellm: Any, install: Install, recorder: Recorder, store: Memory, decisions: Decisions
) -> None:
    install()
    talk = [user("What is 2 + 2?"), {"role": "assistant", "content": "5"}, user("Are you sure?")]
    said = litellm.completion(MODEL, messages=talk, mock_response="It is 4.")
    for last in litellm.completion(MODEL, messages=talk, mock_response="4, yes", stream=True):
        streamed = last
    handed_in(recorder, 2)
    whole, stream = decisions()
    assert (whole.id, stream.id) == (episode_id(said), episode_id(streamed))
    assert (whole.problem, whole.arm, whole.big_model) == ("Are you sure?", *["gpt-4o-mini"] * 2)
    seen = whole.candidates[0]["watched"]
    assert [(s["kind"], s["content"]) for s in seen["trajectory"]] == [
        ("user", "Are you sure?"), ("assistant", "It is 4."),
    ]  # fmt: skip
    assert seen["tokens_in"] > 0 and seen["cost"] > 0
    assert stream.candidates[0]["watched"]["trajectory"][-1]["content"] == "4, yes"


def test_of_two_watchers_both_are_told_and_of_one_that_is_put_in_twice_nobody_twice(
    litellm: Any, install: Install, recorder: Recorder, make: Callable[..., Recorder]
) -> None:
    """LiteLLM passes over a callback that it takes for one it has."""
    other = make()
    install()
    install()
    litellm.callbacks.append(litellm_callback(other))

    async def ask() -> None:
        await litellm.acompletion(MODEL, messages=[user("2 + 2?")], mock_response="4")
        await asyncio.to_thread(handed_in, recorder, 1)
        await asyncio.to_thread(handed_in, other, 1)

    asyncio.run(ask())
    litellm.completion(MODEL, messages=[user("2 + 3?")], mock_response="5")
    for each in (recorder, other):
        handed_in(each, 2)


def test_asynchronous_calls_are_judged_and_failures_are_the_providers(
    litellm: Any, install: Install, recorder: Recorder, outcomes: Read
) -> None:
    install(check=lambda problem, answer: "4" in answer)
    errors = litellm.exceptions
    failures = [
        errors.RateLimitError("slow down", "openai", MODEL),
        errors.ContextWindowExceededError("too long", MODEL, "openai"),
    ]

    async def ask() -> None:
        await litellm.acompletion(MODEL, messages=[user("2 + 2?")], mock_response="4")
        stream = await litellm.acompletion(
            MODEL, messages=[user("2 + 3?")], mock_response="5 it is", stream=True
        )
        async for _ in stream:
            pass
        for failure in failures:
            with pytest.raises(type(failure)):
                await litellm.acompletion(
                    MODEL, messages=[user(str(failure))], mock_response=failure
                )
        # A call that is not asynchronous may take what is still to be told to a loop of its own,
        # and LiteLLM loses it with that loop.
        await asyncio.to_thread(handed_in, recorder, 4)
        with pytest.raises(errors.RateLimitError):
            litellm.completion(MODEL, messages=[user("sync")], mock_response=failures[0])
        await asyncio.to_thread(handed_in, recorder, 5)

    asyncio.run(ask())
    kept = [(o.verified_by, o.fault.value, o.reward) for o in outcomes()]
    assert sorted(kept, key=str) == [
        ("check", "agent", 0.0),
        ("check", "agent", 1.0),
        ("exception", "agent", 0.0),
        *[("exception", "infra", None)] * 2,
    ]


def test_calls_inside_an_episode_are_its_steps(
    litellm: Any, install: Install, recorder: Recorder, outcomes: Read
) -> None:
    """Even a stream, whose end LiteLLM tells without saying whose it was, and after the block."""
    install()
    limit = litellm.exceptions.RateLimitError("slow down", "openai", MODEL)
    with Watching(recorder, "the whole problem", arm="me") as episode:
        with pytest.raises(type(limit)):
            litellm.completion(MODEL, messages=[user("first")], mock_response=limit)
        for _ in litellm.completion(MODEL, messages=[user("a")], mock_response="b", stream=True):
            pass
        litellm.completion(MODEL, messages=[user("c")], mock_response="d")
        episode.record(1.0)
    handed_in(recorder, 1)
    [outcome] = outcomes()
    assert (outcome.problem, outcome.arm, outcome.big_model) == (
        "the whole problem", "me", "gpt-4o-mini",
    )  # fmt: skip
    steps = outcome.trajectory or []
    assert steps[0]["name"] == "RateLimitError"
    assert sorted(s["content"] for s in steps[1:]) == ["a", "b", "c", "d"]
    assert (outcome.cost or 0) > 0


def test_calls_to_an_apps_own_handler_belong_to_their_block(
    litellm: Any,
    install: Install,
    recorder: Recorder,
    decisions: Decisions,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """LiteLLM does not tell that they begin, and of their end when the block may be over."""

    class Handler(litellm.CustomLLM):  # type: ignore[misc,name-defined]
        def completion(self, *args: Any, model_response: Any, **more: Any) -> Any:
            model_response.choices[0].message.content = "4"
            return model_response

    own = [*litellm.custom_provider_map, {"provider": "mine", "custom_handler": Handler()}]
    monkeypatch.setattr(litellm, "custom_provider_map", own)
    litellm.utils.custom_llm_setup()
    install()
    for problem in "abc":
        with Watching(recorder, problem, arm="me"):
            litellm.completion("mine/model", messages=[user("2 + 2?")])
    litellm.completion("mine/model", messages=[user("on its own")])
    handed_in(recorder, 4)
    assert sorted(d.problem for d in decisions()) == ["a", "b", "c", "on its own"]


def test_an_episode_does_not_wait_for_ever(
    recorder: Recorder, decisions: Decisions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("knowhow_agents.watching.recorder.SETTLE_S", 0.05)
    with Watching(recorder, "left hanging") as episode:
        episode.open_call("never heard of again")
    assert [d.problem for d in decisions()] == ["left hanging"]


def test_tools_and_what_is_no_chat(
    litellm: Any, install: Install, recorder: Recorder, decisions: Decisions
) -> None:
    install()
    call = {"id": "1", "type": "function", "function": {"name": "add", "arguments": '{"a": 2}'}}
    talk = [
        user("2 + 2?"),
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "1", "name": "add", "content": "4"},
    ]
    litellm.embedding("text-embedding-3-small", input=["x"], mock_response=[0.1])
    litellm.completion(MODEL, messages=talk, mock_tool_calls=[call], mock_response="so")
    with Watching(recorder, "a block") as episode:
        litellm.embedding("text-embedding-3-small", input=["x"], mock_response=[0.1])
    handed_in(recorder, 2)
    assert episode.settled and recorder.counted()["lost"] == 0
    [decision] = [d for d in decisions() if d.problem == "2 + 2?"]
    steps = decision.candidates[0]["watched"]["trajectory"]
    assert [(s["kind"], s.get("name")) for s in steps] == [
        ("tool_result", "add"), ("assistant", "gpt-4o-mini"), ("tool_call", "add"),
    ]  # fmt: skip


def test_no_key_is_kept_wherever_it_stands(
    litellm: Any,
    install: Install,
    recorder: Recorder,
    store: Memory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    install()
    monkeypatch.setenv("SOME_PROVIDER_API_KEY", KEY)
    settings: dict[str, Any] = {
        "api_key": KEY,
        "extra_headers": {"Authorization": f"Bearer {KEY}"},
        "metadata": {"token": KEY, "note": KEY},
        "user": KEY,
    }
    litellm.completion(
        MODEL, messages=[user(f"my key is {KEY}, api_key={KEY}")], mock_response=KEY, **settings
    )
    error = litellm.exceptions.AuthenticationError(f"wrong key {KEY}", "openai", MODEL)
    with pytest.raises(type(error)):
        litellm.completion(MODEL, messages=[user("who?")], mock_response=error, **settings)
    with Watching(recorder, f"token: {KEY}", arm=KEY, task="keys") as episode:
        episode.said(f"x-api-key: {KEY}", by=KEY)
        episode.called(KEY, {"password": KEY, "plain": [KEY, {KEY: KEY}]}, result=KEY)
        episode.note(KEY, name=KEY)
        episode.record(1.0)
    handed_in(recorder, 3)
    recorder.close()
    store.close()
    kept = b"".join(p.read_bytes() for p in store.cache_path(".").iterdir() if p.is_file())
    assert b"who?" in kept and b"password" in kept
    assert KEY.encode() not in kept
    assert isinstance(episode, Episode) and json.dumps(episode.steps)
