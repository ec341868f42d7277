"""What AutoGen's agents say, in the words of OpenAI's API, which LiteLLM takes for any provider."""

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from autogen_core import FunctionCall, Image
from autogen_core.models import (
    AssistantMessage,
    FunctionExecutionResultMessage,
    LLMMessage,
    SystemMessage,
    UserMessage,
)
from autogen_core.tools import Tool, ToolSchema

Message = dict[str, Any]
ToolChoice = Tool | Literal["auto", "required", "none"]


def as_messages(said: Sequence[LLMMessage]) -> list[Message]:
    return [message for one in said for message in _messages(one)]


def as_tools(tools: Sequence[Tool | ToolSchema]) -> list[Message]:
    schemas = [tool.schema if isinstance(tool, Tool) else tool for tool in tools]
    return [{"type": "function", "function": dict(schema)} for schema in schemas]


def as_choice(choice: ToolChoice) -> str | Message:
    if isinstance(choice, Tool):
        return {"type": "function", "function": {"name": choice.name}}
    return choice


def shows_images(said: Sequence[LLMMessage]) -> bool:
    parts = [one.content for one in said if isinstance(one, UserMessage)]
    return any(isinstance(part, Image) for content in parts for part in content)


def _messages(said: LLMMessage) -> Iterator[Message]:
    """One, but for the results of several tools, which are a message each."""
    match said:
        case SystemMessage():
            yield {"role": "system", "content": said.content}
        case UserMessage():
            yield {"role": "user", "content": _content(said.content)}
        case AssistantMessage():
            yield _assistant(said)
        case FunctionExecutionResultMessage():
            for result in said.content:
                yield {"role": "tool", "tool_call_id": result.call_id, "content": result.content}


def _content(content: str | list[str | Image]) -> str | list[Message]:
    if isinstance(content, str):
        return content
    return [
        {"type": "text", "text": part}
        if isinstance(part, str)
        else {"type": "image_url", "image_url": {"url": part.data_uri}}
        for part in content
    ]


def _assistant(said: AssistantMessage) -> Message:
    if isinstance(said.content, str):
        return {"role": "assistant", "content": said.content}
    return {
        "role": "assistant",
        "content": said.thought,
        "tool_calls": [_call(call) for call in said.content],
    }


def _call(call: FunctionCall) -> Message:
    return {
        "id": call.id,
        "type": "function",
        "function": {"name": call.name, "arguments": call.arguments},
    }
