"""A big model as AutoGen's programs expect one: one provider, or several in reserve.

    model = BigModel("anthropic/claude-sonnet-4-5")
    agent = AssistantAgent("ann", model_client=model)

`reply` says more than AutoGen's `create`: who answered, what it cost, how often it was tried. Knows
nothing of specialists and of routing.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Any

from autogen_core import CancellationToken
from autogen_core.models import (
    ChatCompletionClient,
    CreateResult,
    LLMMessage,
    ModelCapabilities,
    ModelFamily,
    ModelInfo,
    RequestUsage,
)
from autogen_core.tools import Tool, ToolSchema
from pydantic import BaseModel

from knowhow_agents.big_model import door, embedded
from knowhow_agents.big_model.errors import UnsupportedError
from knowhow_agents.big_model.messages import (
    ToolChoice,
    as_choice,
    as_messages,
    as_tools,
    shows_images,
)
from knowhow_agents.big_model.providers import DEFAULT_TERMS, Provider, Terms
from knowhow_agents.big_model.pursuit import Pursuit, Question
from knowhow_agents.big_model.reading import Reply
from knowhow_memory.errors import SettingsError

JsonOutput = bool | type[BaseModel] | None

EXTRA = frozenset(
    {
        "frequency_penalty", "logit_bias", "max_tokens", "parallel_tool_calls", "presence_penalty",
        "reasoning_effort", "seed", "stop", "temperature", "thinking", "top_p", "user", "verbosity",
    }
)  # fmt: skip
"""What may be asked for beside: nothing that changes who is asked, how often, or at what price."""
UNKNOWN_CONTEXT = 8_192
"""Tokens that a model is taken to read when nobody says."""


class BigModel(ChatCompletionClient):
    """One or several providers, asked in this order; `cost_usd` is what all answers cost so far."""

    def __init__(
        self,
        models: str | Provider | Sequence[str | Provider],
        *,
        terms: Terms = DEFAULT_TERMS,
    ) -> None:
        given = [models] if isinstance(models, str | Provider) else models
        self.providers = tuple(
            Provider(model) if isinstance(model, str) else model for model in given
        )
        names = {provider.name for provider in self.providers}
        if not names or len(names) < len(self.providers):
            raise SettingsError("give one big model or more, each by a name of its own")
        self.terms = terms
        self.cost_usd = 0.0
        self._pursuit = Pursuit(terms)
        self._usage = RequestUsage(prompt_tokens=0, completion_tokens=0)

    @property
    def spent_usd(self) -> float:
        """Of the budget, at most: calls that broke off may have been billed."""
        return self._pursuit.purse.spent if self._pursuit.purse else self.cost_usd

    async def reply(
        self,
        messages: Sequence[LLMMessage],
        *,
        tools: Sequence[Tool | ToolSchema] = (),
        tool_choice: ToolChoice = "auto",
        json_output: JsonOutput = None,
        extra_create_args: Mapping[str, Any] | None = None,
        cancellation_token: CancellationToken | None = None,
        say: Callable[[str], None] | None = None,
    ) -> Reply:
        """As `create`, and says who answered and what it cost; `say` gets the text as it comes."""
        asked = asyncio.ensure_future(
            self._reply(messages, tools, tool_choice, json_output, extra_create_args or {}, say)
        )
        if cancellation_token:
            cancellation_token.link_future(asked)
        return await asked

    async def create(
        self,
        messages: Sequence[LLMMessage],
        *,
        tools: Sequence[Tool | ToolSchema] = (),
        tool_choice: ToolChoice = "auto",
        json_output: JsonOutput = None,
        extra_create_args: Mapping[str, Any] | None = None,
        cancellation_token: CancellationToken | None = None,
    ) -> CreateResult:
        reply = await self.reply(
            messages,
            tools=tools,
            tool_choice=tool_choice,
            json_output=json_output,
            extra_create_args=extra_create_args,
            cancellation_token=cancellation_token,
        )
        return _result(reply)

    async def create_stream(
        self,
        messages: Sequence[LLMMessage],
        *,
        tools: Sequence[Tool | ToolSchema] = (),
        tool_choice: ToolChoice = "auto",
        json_output: JsonOutput = None,
        extra_create_args: Mapping[str, Any] | None = None,
        cancellation_token: CancellationToken | None = None,
    ) -> AsyncGenerator[str | CreateResult, None]:
        """The text in pieces, then the whole as one result."""
        said: asyncio.Queue[str | None] = asyncio.Queue()
        asked = asyncio.ensure_future(
            self.reply(
                messages,
                tools=tools,
                tool_choice=tool_choice,
                json_output=json_output,
                extra_create_args=extra_create_args,
                cancellation_token=cancellation_token,
                say=said.put_nowait,
            )
        )

        def end(done: "asyncio.Future[Reply]") -> None:
            if not done.cancelled():
                done.exception()  # seen, even when nobody listens any more
            said.put_nowait(None)

        asked.add_done_callback(end)
        try:
            while (text := await said.get()) is not None:
                yield text
            yield _result(await asked)
        finally:
            asked.cancel()

    async def close(self) -> None:
        """Connections are closed with the call that opened them."""

    def actual_usage(self) -> RequestUsage:
        return self._usage

    def total_usage(self) -> RequestUsage:
        return self._usage

    def count_tokens(
        self, messages: Sequence[LLMMessage], *, tools: Sequence[Tool | ToolSchema] = ()
    ) -> int:
        first = self.providers[0]
        if first.embedded:
            return embedded.count_tokens(first.embedded_name, as_messages(messages))
        return door.count_tokens(as_messages(messages), as_tools(tools))

    def remaining_tokens(
        self, messages: Sequence[LLMMessage], *, tools: Sequence[Tool | ToolSchema] = ()
    ) -> int:
        return self._context() - self.count_tokens(messages, tools=tools)

    @property
    def model_info(self) -> ModelInfo:
        """What all of its providers can."""
        known = [door.facts(provider) for provider in self.providers]
        return ModelInfo(
            vision=all(facts.images for facts in known),
            function_calling=all(facts.tools for facts in known),
            json_output=all(facts.json for facts in known),
            structured_output=all(facts.schema for facts in known),
            family=_family(self.providers[0].model),
        )

    @property
    def capabilities(self) -> ModelCapabilities:
        info = self.model_info
        return ModelCapabilities(
            vision=info["vision"],
            function_calling=info["function_calling"],
            json_output=info["json_output"],
        )

    async def _reply(
        self,
        messages: Sequence[LLMMessage],
        tools: Sequence[Tool | ToolSchema],
        tool_choice: ToolChoice,
        json_output: JsonOutput,
        extra: Mapping[str, Any],
        say: Callable[[str], None] | None,
    ) -> Reply:
        await door.load()
        options = _options(extra)
        if tools:
            options |= {"tools": as_tools(tools), "tool_choice": as_choice(tool_choice)}
        if json_output:
            options["response_format"] = door.json_form(json_output)
        able = self._able(tools=bool(tools), json=bool(json_output), images=shows_images(messages))
        reply = await self._pursuit.answer(Question(as_messages(messages), options), able, say)
        self._count(reply)
        return reply

    def _able(self, **needs: bool) -> list[Provider]:
        """Those that can do what is needed."""
        needed = [need for need, is_needed in needs.items() if is_needed]
        able = [
            provider
            for provider in self.providers
            if all(getattr(door.facts(provider), need) for need in needed)
        ]
        if not able:
            names = ", ".join(repr(provider.name) for provider in self.providers)
            raise UnsupportedError(
                f"{names} cannot do {' and '.join(needed)}: name a big model that can"
            )
        return able

    def _count(self, reply: Reply) -> None:
        self._usage = RequestUsage(
            prompt_tokens=self._usage.prompt_tokens + reply.prompt_tokens,
            completion_tokens=self._usage.completion_tokens + reply.completion_tokens,
        )
        self.cost_usd += reply.cost_usd

    def _context(self) -> int:
        return door.facts(self.providers[0]).context or UNKNOWN_CONTEXT


def _options(extra: Mapping[str, Any]) -> dict[str, Any]:
    options = {
        ("max_tokens" if name == "max_completion_tokens" else name): extra[name] for name in extra
    }
    if unknown := sorted(set(options) - EXTRA):
        raise UnsupportedError(
            f"{unknown[0]!r} cannot be asked for here: known are {', '.join(sorted(EXTRA))}"
        )
    return options


def _result(reply: Reply) -> CreateResult:
    return CreateResult(
        finish_reason=reply.finish,
        content=list(reply.calls) or reply.text,
        usage=RequestUsage(reply.prompt_tokens, reply.completion_tokens),
        cached=False,
        thought=reply.thought or (reply.text if reply.calls and reply.text else None),
    )


def _family(model: str) -> str:
    """AutoGen's word for it, where it has one."""
    families = [value for name, value in vars(ModelFamily).items() if name.isupper()]
    known = [family for family in families if isinstance(family, str) and family in model]
    return max(known, key=len, default=ModelFamily.UNKNOWN)
