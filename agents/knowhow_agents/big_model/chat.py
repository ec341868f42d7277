"""From a chat request, as OpenAI's API words it, to what a small model of ours is asked.

Our models read one prompt: what everybody said so far, a line each. What they cannot do (call
tools, see pictures, give several answers) is refused and never left out in silence. Knows nothing
of servers and of LiteLLM.
"""

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from knowhow_memory.errors import InputError

if TYPE_CHECKING:
    from knowhow_adapters.decode.engine import Decoder
    from knowhow_adapters.decode.grammar import Grammar
    from knowhow_adapters.decode.request import Chunk, Completion, Request

Messages = Sequence[Mapping[str, Any]]
Options = Mapping[str, Any]

IGNORED = {
    "max_retries", "metadata", "model", "messages", "parallel_tool_calls", "store", "stream",
    "stream_options", "timeout", "tool_choice", "user",
}  # fmt: skip
"""They change nothing about an answer of ours."""
READ = {
    "max_completion_tokens", "max_tokens", "n", "response_format", "seed", "stop", "temperature",
    "tools", "top_p",
}  # fmt: skip
NEUTRAL = {"frequency_penalty": 0, "presence_penalty": 0, "logprobs": False, "logit_bias": {}}
"""Fine as long as they ask for nothing."""
FINISHES = {"stop": "stop", "grammar": "stop", "length": "length", "cancelled": "stop"}
"""Ours → OpenAI's."""


JSON_STYLE = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}


class CannotDo(InputError):
    """What our small models are not able to."""


class ContextTooLong(InputError):
    """A prompt leaves no room for an answer."""


@dataclass(frozen=True)
class Turn:
    """A chat request that can be answered."""

    decoder: "Decoder"
    request: "Request"
    prompt_tokens: int

    def stream(self) -> "Iterator[Chunk]":
        return self.decoder.stream(self.request)

    def usage(self, completion: "Completion") -> dict[str, int]:
        said = len(completion.tokens)
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": said,
            "total_tokens": self.prompt_tokens + said,
        }


def take(
    decoder: "Decoder",
    messages: Messages,
    options: Options,
    *,
    cancel: threading.Event,
    adapter: str | None = None,
) -> Turn:
    """Check what is asked; the answering begins with the stream."""
    request = as_request(messages, options, adapter=adapter, cancel=cancel)
    return Turn(decoder, request, _count(decoder, request.prompt))


def _count(decoder: "Decoder", prompt: str) -> int:
    base = decoder.base
    length = len(base.encode(prompt))
    if length >= base.context:
        # LiteLLM knows a prompt that is too long by these words.
        raise ContextTooLong(
            f"this model's maximum context length is {base.context:,} tokens with the answer, and "
            f"the prompt for {base.name!r} has {length:,}: shorten it"
        )
    return length


def as_request(
    messages: Messages, options: Options, *, adapter: str | None, cancel: threading.Event
) -> "Request":
    from knowhow_adapters.decode.request import Request

    _refuse_unknown(options)
    wanted: dict[str, Any] = {
        "max_tokens": _whole(options, "max_completion_tokens") or _whole(options, "max_tokens"),
        "temperature": _number(options, "temperature"),
        "top_p": _number(options, "top_p"),
        "seed": _whole(options, "seed"),
    }
    given = {name: value for name, value in wanted.items() if value is not None}
    return Request(
        prompt=as_prompt(messages),
        adapter=adapter,
        grammar=_grammar(options.get("response_format")),
        stop=_stops(options.get("stop")),
        cancel=cancel,
        **given,
    )


def as_prompt(messages: Messages) -> str:
    if not isinstance(messages, list) or not messages:
        raise InputError("give messages, a list of one or more")
    prompt = "\n".join(filter(None, (_words(message) for message in messages)))
    if not prompt.strip():
        raise InputError("the messages say nothing: there is nothing to answer")
    if not prompt.isprintable() and any("\ud800" <= letter <= "\udfff" for letter in prompt):
        raise InputError("a message holds half a character: send whole ones, as UTF-8 has them")
    return prompt


def _words(message: Mapping[str, Any]) -> str:
    if not isinstance(message, Mapping):
        raise InputError(f"a message must be an object with role and content, got {message!r:.80}")
    content = message.get("content")
    parts = content if isinstance(content, list) else [content]
    return "\n".join(filter(None, (_part_words(part) for part in parts)))


def _part_words(part: object) -> str:
    if part is None or isinstance(part, str):
        return part or ""
    if isinstance(part, Mapping) and part.get("type") == "text":
        return str(part.get("text", ""))
    raise CannotDo(f"only text can be read, got {part!r:.80}")


def _refuse_unknown(options: Options) -> None:
    for name, value in options.items():
        if value is None or name in READ | IGNORED or NEUTRAL.get(name, ...) == value:
            continue
        raise CannotDo(f"embedded models do not know {name!r}: leave it out")
    if options.get("tools"):
        raise CannotDo("embedded models cannot call tools: name a model that can, or give none")
    if options.get("n") not in (None, 1):
        raise CannotDo(f"embedded models give one answer, n={options['n']!r} was asked for")


def _whole(options: Options, name: str) -> int | None:
    value = options.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise InputError(f"{name} must be a whole number, got {value!r:.80}")
    return value


def _number(options: Options, name: str) -> float | None:
    value = options.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise InputError(f"{name} must be a number, got {value!r:.80}")
    try:
        return None if value is None else float(value)
    except OverflowError:
        raise InputError(f"{name} is far too large") from None


def _stops(value: object) -> tuple[str, ...]:
    stops = [value] if isinstance(value, str) else value or []
    if not isinstance(stops, list | tuple) or not all(isinstance(stop, str) for stop in stops):
        raise InputError(f"stop must be a text or a list of texts, got {value!r:.80}")
    return tuple(stops)


def _grammar(form: object) -> "Grammar | None":
    """JSON is not asked for but held to: no other token is possible."""
    match form:
        case None | {"type": "text"}:
            return None
        case {"type": "json_object"}:
            return _json({"type": "object"})
        case {"type": "json_schema", "json_schema": {"schema": dict(schema)}}:
            return _json(schema)
    raise InputError(f"response_format must be text, json_object or json_schema, got {form!r:.80}")


def _json(schema: Mapping[str, Any]) -> "Grammar":
    """On a line, with spaces as `json.dumps` writes them: so the embedded models learnt it."""
    from knowhow_adapters.decode.grammar import Grammar

    return Grammar.lark(f"start: %json {json.dumps({**schema, 'x-guidance': JSON_STYLE})}")
