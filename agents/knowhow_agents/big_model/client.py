"""A big model as AutoGen's programs expect one: any provider, or several that stand in for each other.

    model = BigModel("anthropic/claude-sonnet-4-5")
    agent = AssistantAgent("ann", model_client=model)

`reply` says more than AutoGen's `create`: who answered, what it cost, how often it was tried. Knows
nothing of agents, routing and specialists.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any, Literal

from autogen_core import CancellationToken, Component
from autogen_core.models import (
    ChatCompletionClient,
    CreateResult,
    LLMMessage,
    ModelCapabilities,
    ModelInfo,
    RequestUsage,
)
from autogen_core.tools import Tool, ToolSchema
from pydantic import BaseModel

from knowhow_agents.big_model.providers import DEFAULT_TERMS, Provider, Terms
from knowhow_agents.big_model.reading import Reply

ToolChoice = Tool | Literal["auto", "required", "none"]
JsonOutput = bool | type[BaseModel] | None


class BigModel(ChatCompletionClient):
    """One or several providers, the first asked first; `cost_usd` is what all calls cost so far."""

    def __init__(
        self,
        models: str | Provider | Sequence[str | Provider],
        *,
        terms: Terms = DEFAULT_TERMS,
    ) -> None:
        raise NotImplementedError

    async def reply(
        self,
        messages: Sequence[LLMMessage],
        *,
        tools: Sequence[Tool | ToolSchema] = (),
        tool_choice: ToolChoice = "auto",
        json_output: JsonOutput = None,
        extra_create_args: Mapping[str, Any] | None = None,
        cancellation_token: CancellationToken | None = None,
    ) -> Reply:
        """As `create`, and says who answered and what it cost."""
        raise NotImplementedError
