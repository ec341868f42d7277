"""What a provider sent, whole or in pieces, becomes one checked draft of a reply, or a fault.

Nothing of it is believed: sizes are bounded, types are checked, one call of a tool is not taken
twice, and counts of tokens that cannot be are taken as not given. Knows nothing of times, of money
and of LiteLLM.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from autogen_core import FunctionCall
from autogen_core.models import FinishReasons

from knowhow_agents.big_model.errors import FaultKind, ProviderFault

MAX_CHARACTERS = 4_000_000
"""Of all that is said in one reply: some ten times the longest answers that models give."""
MAX_TOKENS = 10_000_000
"""A count above it is none."""
FINISHES: dict[str | None, FinishReasons] = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "function_calls",
    "function_call": "function_calls",
    "content_filter": "content_filter",
}
"""OpenAI's words → AutoGen's."""
MAY_BE_EMPTY = {"length", "content_filter"}
"""Thinking used up all tokens, or the provider would not let the answer pass: it says so."""


@dataclass(frozen=True)
class Reply:
    """One answer of a big model: text, or calls of tools, and what it took."""

    text: str
    calls: tuple[FunctionCall, ...]
    finish: FinishReasons
    thought: str | None
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float
    provider: str
    """The name of the one that answered."""
    seconds: float
    attempts: int = 1


@dataclass(frozen=True)
class Draft:
    """All that was said, before anybody counted what it cost."""

    text: str
    calls: tuple[FunctionCall, ...]
    finish: FinishReasons
    thought: str | None
    usage: Mapping[str, Any] | None
    """As the provider counts, where its counts can be."""


@dataclass
class _Call:
    id: str = ""
    name: str = ""
    arguments: str = ""


@dataclass
class Reader:
    """Takes a whole answer, or one piece of a stream after the other."""

    _texts: list[str] = field(default_factory=list)
    _thoughts: list[str] = field(default_factory=list)
    _calls: dict[int, _Call] = field(default_factory=dict)
    _finish: str | None = None
    _usage: Mapping[str, Any] | None = None
    characters: int = 0
    """Said so far, in text, thoughts and calls."""

    def take(self, body: Mapping[str, Any]) -> str:
        """What it adds to the text."""
        usage = body.get("usage")
        if isinstance(usage, Mapping) and _plausible(usage):
            self._usage = {name: value for name, value in usage.items() if value is not None}
        choices = body.get("choices")
        if not isinstance(choices, list):
            _broken("it has no choices")
        if not choices:
            return ""
        choice = _mapping(choices[0], "its choice")
        self._finish = _text(choice.get("finish_reason"), "its finish reason") or self._finish
        said = choice.get("delta") or choice.get("message")
        return self._add(_mapping(said, "its message")) if said is not None else ""

    def draft(self) -> Draft:
        text, calls = "".join(self._texts), tuple(map(_checked, self._calls.values()))
        finish = FINISHES.get(self._finish, "unknown")
        if len({call.id for call in calls}) < len(calls):
            _broken("it calls the same tool twice by one id")
        if not text.strip() and not calls and finish not in MAY_BE_EMPTY:
            raise ProviderFault(FaultKind.EMPTY, "it says nothing")
        if calls and finish in ("stop", "unknown"):
            finish = "function_calls"  # some say stop whatever it was
        return Draft(text, calls, finish, "".join(self._thoughts) or None, self._usage)

    def _add(self, said: Mapping[str, Any]) -> str:
        text = _text(said.get("content"), "its text")
        thought = _text(said.get("reasoning_content"), "its thought")
        self._texts.append(text)
        self._thoughts.append(thought)
        self._bound(len(text) + len(thought))
        calls = said.get("tool_calls") or []
        if not isinstance(calls, list):
            _broken("its tool calls are no list")
        for place, call in enumerate(calls):
            self._add_call(place, _mapping(call, "its tool call"))
        return text

    def _add_call(self, place: int, call: Mapping[str, Any]) -> None:
        index = call.get("index")
        if not isinstance(index, int):
            index = place
        slot = self._calls.setdefault(index, _Call())
        function = _mapping(call.get("function"), "what its tool call names")
        slot.id = slot.id or _text(call.get("id"), "the id of its tool call")
        slot.name = slot.name or _text(function.get("name"), "the name of its tool")
        arguments = _text(function.get("arguments"), "the arguments of its tool")
        slot.arguments += arguments
        self._bound(len(arguments))

    def _bound(self, more: int) -> None:
        self.characters += more
        if self.characters > MAX_CHARACTERS:
            _broken(f"it is longer than {MAX_CHARACTERS:,} characters")


def _checked(call: _Call) -> FunctionCall:
    if not call.id or not call.name:
        _broken("it calls a tool without a name or an id")
    return FunctionCall(id=call.id, name=call.name, arguments=call.arguments or "{}")


def _plausible(usage: Mapping[str, Any]) -> bool:
    counts = [usage.get("prompt_tokens"), usage.get("completion_tokens")]
    return all(type(count) is int and 0 <= count <= MAX_TOKENS for count in counts) and any(counts)


def _text(value: object, what: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        _broken(f"{what} is no text")
    try:
        value.encode()
    except UnicodeEncodeError:
        _broken(f"{what} has half a character in it")
    return value


def _mapping(value: object, what: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        _broken(f"{what} is no object")
    return value


def _broken(why: str) -> NoReturn:
    raise ProviderFault(FaultKind.BROKEN, why)
