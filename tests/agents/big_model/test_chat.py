"""Chat requests become what a small model is asked, or one line that says why not."""

import threading
from typing import Any

import pytest

from knowhow_adapters.decode.request import Request
from knowhow_agents.big_model.chat import CannotDo, as_request
from knowhow_memory.errors import InputError


def user(content: Any) -> list[dict[str, Any]]:
    return [{"role": "user", "content": content}]


def made(messages: Any = None, **options: Any) -> Request:
    asked = user("Hello") if messages is None else messages
    return as_request(asked, options, adapter=None, cancel=threading.Event())


def test_what_everybody_said_is_read_in_its_order() -> None:
    said = [
        {"role": "system", "content": "Be short."},
        *user([{"type": "text", "text": "2 + 2?"}, {"type": "text", "text": "And 3 + 3?"}]),
        {"role": "assistant", "content": None},
        {"role": "tool", "content": "4"},
    ]
    assert made(said).prompt == "Be short.\n2 + 2?\nAnd 3 + 3?\n4"


def test_options_are_taken_over() -> None:
    request = made(
        max_tokens=9, max_completion_tokens=7, temperature=0.5, top_p=0.9, seed=3, stop="x", n=1
    )
    assert (request.max_tokens, request.temperature, request.top_p) == (7, 0.5, 0.9)
    assert (request.seed, request.stop, request.grammar) == (3, ("x",), None)
    assert made(temperature=None).temperature == 0.0
    assert made(response_format={"type": "json_object"}).grammar is not None


def test_what_asks_for_nothing_is_no_harm() -> None:
    made(user="ann", stream=True, frequency_penalty=0, logprobs=False, tools=[], tool_choice="auto")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tools": [{"type": "function"}]}, "cannot call tools"),
        ({"n": 2}, "n=2"),
        ({"logprobs": True}, "'logprobs'"),
        ({"presence_penalty": 1}, "'presence_penalty'"),
        ({"magic": 1}, "'magic'"),
    ],
)
def test_what_it_cannot_do_is_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(CannotDo, match=message):
        made(**options)


@pytest.mark.parametrize(
    "options",
    [
        {"max_tokens": 0},
        {"max_tokens": "7"},
        {"max_tokens": True},
        {"temperature": -1},
        {"temperature": "hot"},
        {"temperature": float("nan")},
        {"top_p": 0},
        {"seed": -1},
        {"stop": [1]},
        {"stop": [""]},
        {"response_format": "json"},
        {"response_format": {"type": "json_schema"}},
    ],
)
def test_wrong_values_are_one_line(options: dict[str, Any]) -> None:
    with pytest.raises(InputError) as caught:
        made(**options)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "messages",
    [
        [],
        "Hello",
        ["Hello"],
        user([{"type": "image_url", "image_url": "x"}]),
        user(7),
        user(" \n"),
        user("\ud800"),
    ],
)
def test_messages_that_cannot_be_read_are_refused(messages: Any) -> None:
    with pytest.raises(InputError):
        made(messages)
