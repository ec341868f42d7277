"""A big model that says what it was told to say, for tests of whatever uses one.

    model = ScriptedModel("4", [FunctionCall(...)], TimeoutError("gone"), Answer("5", after_s=0.2))
    await model.create([UserMessage(content="2 + 2?", source="user")])   # "4"
    model.asked[0].text                                                  # "2 + 2?"

One answer a call, in their order; a call that finds none left fails. Tokens are counted as words.
Knows nothing of the network.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from autogen_core import CancellationToken, FunctionCall
from autogen_core.models import (
    ChatCompletionClient,
    CreateResult,
    LLMMessage,
    ModelFamily,
    ModelInfo,
    RequestUsage,
)
from autogen_core.tools import Tool, ToolSchema
from pydantic import BaseModel

from knowhow_memory.errors import KnowhowError

CONTEXT = 1_000_000
"""Words: a script has room for everything."""


class ScriptEnded(KnowhowError):
    """The model was asked more often than it has answers."""


@dataclass(frozen=True)
class Answer:
    """What one call gets: text or tool calls, late or with a failure at its end if wanted."""

    content: str | list[FunctionCall] = ""
    chunks: tuple[str, ...] = ()
    """How a stream cuts the text (default: in words)."""
    after_s: float = 0.0
    """Before the first word."""
    between_s: float = 0.0
    """Before each further chunk."""
    failure: BaseException | None = None
    """Raised instead of an end; a stream has said its chunks by then."""


Said: TypeAlias = str | FunctionCall | list[FunctionCall] | BaseException | Answer


@dataclass(frozen=True)
class Asked:
    """One call as it came."""

    messages: list[LLMMessage]
    tools: list[Tool | ToolSchema] = field(default_factory=list)
    tool_choice: Tool | Literal["auto", "required", "none"] = "auto"
    json_output: bool | type[BaseModel] | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    streamed: bool = False

    @property
    def text(self) -> str:
        """What all messages say, a line each."""
        return "\n".join(_said(message) for message in self.messages)


class ScriptedModel(ChatCompletionClient):
    component_type = "model"

    def __init__(self, *answers: Said, model_info: ModelInfo | None = None) -> None:
        self.asked: list[Asked] = []
        self.cost_usd = 0.0
        self._left = deque(_as_answer(answer) for answer in answers)
        self._info = model_info or ModelInfo(
            vision=False,
            function_calling=True,
            json_output=True,
            structured_output=True,
            family=ModelFamily.UNKNOWN,
        )
        self._last = RequestUsage(prompt_tokens=0, completion_tokens=0)
        self._total = RequestUsage(prompt_tokens=0, completion_tokens=0)

    def add(self, *answers: Said) -> None:
        self._left.extend(_as_answer(answer) for answer in answers)

    @property
    def left(self) -> int:
        """Answers nobody has asked for yet."""
        return len(self._left)

    async def create(
        self,
        messages: Sequence[LLMMessage],
        *,
        tools: Sequence[Tool | ToolSchema] = (),
        tool_choice: Tool | Literal["auto", "required", "none"] = "auto",
        json_output: bool | type[BaseModel] | None = None,
        extra_create_args: Mapping[str, Any] = {},
        cancellation_token: CancellationToken | None = None,
    ) -> CreateResult:
        asked = Asked(
            list(messages), list(tools), tool_choice, json_output, dict(extra_create_args)
        )
        answer = self._next(asked)
        await _wait(answer.after_s, cancellation_token)
        if answer.failure is not None:
            raise answer.failure
        return self._result(asked, answer)

    async def create_stream(
        self,
        messages: Sequence[LLMMessage],
        *,
        tools: Sequence[Tool | ToolSchema] = (),
        tool_choice: Tool | Literal["auto", "required", "none"] = "auto",
        json_output: bool | type[BaseModel] | None = None,
        extra_create_args: Mapping[str, Any] = {},
        cancellation_token: CancellationToken | None = None,
    ) -> AsyncGenerator[str | CreateResult, None]:
        asked = Asked(
            list(messages), list(tools), tool_choice, json_output, dict(extra_create_args), True
        )
        answer = self._next(asked)
        await _wait(answer.after_s, cancellation_token)
        for number, chunk in enumerate(_chunks(answer)):
            if number:
                await _wait(answer.between_s, cancellation_token)
            yield chunk
        if answer.failure is not None:
            raise answer.failure
        yield self._result(asked, answer)

    async def close(self) -> None:
        """Nothing is open."""

    def actual_usage(self) -> RequestUsage:
        return self._last

    def total_usage(self) -> RequestUsage:
        return self._total

    def count_tokens(
        self, messages: Sequence[LLMMessage], *, tools: Sequence[Tool | ToolSchema] = ()
    ) -> int:
        return sum(len(_said(message).split()) for message in messages)

    def remaining_tokens(
        self, messages: Sequence[LLMMessage], *, tools: Sequence[Tool | ToolSchema] = ()
    ) -> int:
        return CONTEXT - self.count_tokens(messages, tools=tools)

    @property
    def capabilities(self) -> ModelInfo:
        return self._info

    @property
    def model_info(self) -> ModelInfo:
        return self._info

    def _next(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        if not self._left:
            raise ScriptEnded(
                f"call {len(self.asked)} found no answer in the script: {asked.text[-200:]!r}"
            )
        return self._left.popleft()

    def _result(self, asked: Asked, answer: Answer) -> CreateResult:
        calls = isinstance(answer.content, list)
        usage = RequestUsage(
            prompt_tokens=self.count_tokens(asked.messages),
            completion_tokens=len(_text(answer).split()),
        )
        self._last = usage
        self._total = RequestUsage(
            prompt_tokens=self._total.prompt_tokens + usage.prompt_tokens,
            completion_tokens=self._total.completion_tokens + usage.completion_tokens,
        )
        return CreateResult(
            finish_reason="function_calls" if calls else "stop",
            content=answer.content,
            usage=usage,
            cached=False,
        )


def _as_answer(said: Said) -> Answer:
    match said:
        case Answer():
            return said
        case BaseException():
            return Answer(failure=said)
        case FunctionCall():
            return Answer([said])
    return Answer(said)


def _chunks(answer: Answer) -> list[str]:
    if answer.chunks or not isinstance(answer.content, str):
        return list(answer.chunks)
    words = answer.content.split(" ")
    return [*(f"{word} " for word in words[:-1]), words[-1]] if answer.content else []


def _text(answer: Answer) -> str:
    if isinstance(answer.content, str):
        return answer.content
    return " ".join(call.arguments for call in answer.content)


def _said(message: LLMMessage) -> str:
    content = message.content
    if isinstance(content, str):
        return content
    return "\n".join(getattr(part, "content", None) or str(part) for part in content)


async def _wait(seconds: float, token: CancellationToken | None) -> None:
    """Even without a delay a cancelled call ends here."""
    waiting = asyncio.ensure_future(asyncio.sleep(seconds))
    if token is not None:
        token.link_future(waiting)
    await waiting
