"""Whatever a provider says, it becomes a sound reply or a fault; and nothing secret is repeated."""

import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowhow_agents.big_model import errors
from knowhow_agents.big_model.errors import FaultKind, ProviderFault, scrubbed
from knowhow_agents.big_model.reading import MAX_CHARACTERS, Draft, Reader
from knowhow_agents.big_model.translation import retry_after
from tests.agents.big_model.exchange import call

anything: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


def maybe(*sound: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(sound) | anything


def with_keys(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries({}, optional=fields) | anything


calls = with_keys(
    id=maybe("c1", "c2"),
    index=maybe(0, 1),
    function=with_keys(name=maybe("pay"), arguments=maybe("{}", '{"a": ')),
)
messages = with_keys(
    content=maybe("64", "", None),
    reasoning_content=maybe("so"),
    tool_calls=st.lists(calls, max_size=2) | anything,
)
bodies = st.fixed_dictionaries(
    {},
    optional={
        "choices": st.lists(
            with_keys(delta=messages, message=messages, finish_reason=maybe("stop", "length")),
            max_size=2,
        )
        | anything,
        "usage": with_keys(prompt_tokens=maybe(3), completion_tokens=maybe(2)),
    },
)


def read(*given: Mapping[str, Any]) -> Draft:
    reader = Reader()
    for body in given:
        reader.take(body)
    return reader.draft()


@given(st.lists(bodies, max_size=3))
def test_anything_is_a_sound_draft_or_a_fault(given: list[dict[str, Any]]) -> None:
    try:
        draft = read(*given)
    except ProviderFault as fault:
        assert fault.infra
        return
    draft.text.encode()
    assert len({one.id for one in draft.calls}) == len(draft.calls)
    assert all(one.id and one.name for one in draft.calls)
    if draft.usage:
        counts = [draft.usage["prompt_tokens"], draft.usage["completion_tokens"]]
        assert all(type(count) is int and count >= 0 for count in counts)


def said(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    return {"choices": [{"delta": delta, "finish_reason": finish}]}


@pytest.mark.parametrize("count", [-1, 1.5, True, None, "3", float("nan"), 10**8])
def test_a_count_that_cannot_be_is_taken_as_none(count: Any) -> None:
    usage = {"prompt_tokens": 3, "completion_tokens": count}
    assert read(said({"content": "64"}, "stop") | {"usage": usage}).usage is None
    right = {"prompt_tokens": 3, "completion_tokens": 2}
    assert read(said({"content": "64"}, "stop") | {"usage": right}).usage == right


@pytest.mark.parametrize(
    ("delta", "why"),
    [
        ({"content": 64}, "its text is no text"),
        ({"content": ["64"]}, "its text is no text"),
        ({"content": "6\ud83d"}, "half a character"),
        ({"reasoning_content": 64}, "its thought is no text"),
        ({"tool_calls": "pay"}, "its tool calls are no list"),
        ({"tool_calls": ["pay"]}, "its tool call is no object"),
        ({"tool_calls": [call("")]}, "without a name or an id"),
        ({"tool_calls": [call("pay", call_id="")]}, "without a name or an id"),
        ({"tool_calls": [call("pay"), call("pay") | {"index": 1}]}, "twice by one id"),
    ],
)
def test_what_makes_no_sense_is_broken(delta: dict[str, Any], why: str) -> None:
    with pytest.raises(ProviderFault, match=why) as caught:
        read(said({"content": "64"}), said(delta, "stop"))
    assert caught.value.kind is FaultKind.BROKEN


def test_calls_come_in_pieces() -> None:
    first = call("pay", '{"dollars"')
    more = {"index": 0, "function": {"arguments": ": 64}"}}
    other = call("wait", call_id="c2") | {"index": 1}
    draft = read(
        said({"tool_calls": [first]}), said({"tool_calls": [more]}), said({"tool_calls": [other]})
    )
    assert [(one.id, one.name, one.arguments) for one in draft.calls] == [
        ("c1", "pay", '{"dollars": 64}'),
        ("c2", "wait", "{}"),
    ]
    assert draft.finish == "function_calls"


@pytest.mark.parametrize("finish", ["length", "content_filter"])
def test_who_says_why_may_say_nothing(finish: str) -> None:
    assert read(said({"content": ""}, finish)).finish == finish
    with pytest.raises(ProviderFault) as caught:
        read(said({"content": " "}, "stop"))
    assert caught.value.kind is FaultKind.EMPTY


def test_what_never_ends_is_broken() -> None:
    piece = said({"content": "x" * (MAX_CHARACTERS // 2)})
    read(piece, piece)
    with pytest.raises(ProviderFault, match="longer than 4,000,000 characters"):
        read(piece, piece, said({"content": "x"}))


def test_no_key_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUP_API_KEY", "plain-words-as-a-key")
    monkeypatch.setenv("CUP_COLOUR", "bright-blue-and-long")
    line = scrubbed(
        "No plain-words-as-a-key,\n sk-proj-abc123def, bearer abc.d, bright-blue-and-long"
    )
    assert line == "No [redacted], [redacted], bearer [redacted], bright-blue-and-long"
    assert len(scrubbed(json.dumps(["x"] * 500))) == errors.MAX_WORDS + 1


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "3"}, 3.0),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}, None),
        ({}, None),
    ],
)
def test_when_to_come_again(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(httpx.Headers(headers)) == seconds


def test_when_to_come_again_as_a_date() -> None:
    seconds = retry_after(httpx.Headers({"retry-after": "Fri, 31 Dec 9999 23:59:59 GMT"}))
    assert seconds is not None and seconds > 1e9
