"""A big model in this process that answers in batches what is asked at the same time.

The same decoder, prompts and greedy tokens as `embedded/NAME`, only many texts in one pass; what
was asked before is not decoded again, because it would be answered the same. Knows nothing of what
is asked.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from autogen_core import CancellationToken
from autogen_core.models import (
    ChatCompletionClient,
    CreateResult,
    LLMMessage,
    ModelFamily,
    ModelInfo,
    RequestUsage,
)

from knowhow_agents.big_model.embedded import PROVIDER, resident

if TYPE_CHECKING:
    from knowhow_adapters.decode.engine import Decoder

MAX_TOKENS = 160
"""The longest spec of a small problem has about 120."""
GATHER_S = 0.01
"""How long the first of a batch waits for others."""
NOTHING = RequestUsage(prompt_tokens=0, completion_tokens=0)


def together(model: str) -> ChatCompletionClient:
    """An embedded model in batches; any other one as it is."""
    provider, _, name = model.partition("/")
    if provider != PROVIDER:
        from knowhow_agents.big_model.client import BigModel

        return BigModel(model)
    return Together(resident(name))


class Together(ChatCompletionClient):
    def __init__(self, decoder: "Decoder") -> None:
        self._decoder = decoder
        self._known: dict[str, str] = {}
        self._waiting: dict[str, asyncio.Future[str]] = {}
        self._batch: asyncio.Task[None] | None = None

    async def create(
        self,
        messages: Sequence[LLMMessage],
        *,
        tools: Sequence[Any] = (),
        tool_choice: Any = "auto",
        json_output: Any = None,
        extra_create_args: Mapping[str, Any] = {},
        cancellation_token: CancellationToken | None = None,
    ) -> CreateResult:
        said = await self._answer("\n".join(str(message.content) for message in messages))
        return CreateResult(finish_reason="stop", content=said, usage=NOTHING, cached=False)

    async def _answer(self, prompt: str) -> str:
        if prompt in self._known:
            return self._known[prompt]
        if prompt not in self._waiting:
            self._waiting[prompt] = asyncio.get_running_loop().create_future()
        future = self._waiting[prompt]
        if self._batch is None or self._batch.done():
            self._batch = asyncio.create_task(self._decode())
        return await future

    async def _decode(self) -> None:
        from knowhow_adapters.decode.request import Request

        await asyncio.sleep(GATHER_S)
        while self._waiting:
            batch, self._waiting = self._waiting, {}
            requests = [Request(prompt=prompt, max_tokens=MAX_TOKENS) for prompt in batch]
            for (prompt, future), said in zip(
                batch.items(), self._decoder.generate(requests), strict=True
            ):
                if said.error is not None:
                    future.set_exception(said.error)
                    continue
                self._known[prompt] = said.text
                future.set_result(said.text)
            await asyncio.sleep(GATHER_S)

    async def create_stream(
        self, messages: Sequence[LLMMessage], **options: Any
    ) -> AsyncGenerator[str | CreateResult, None]:
        yield await self.create(messages, **options)

    async def close(self) -> None:
        """Nothing is open."""

    def actual_usage(self) -> RequestUsage:
        return NOTHING

    def total_usage(self) -> RequestUsage:
        return NOTHING

    def count_tokens(self, messages: Sequence[LLMMessage], **options: Any) -> int:
        return sum(len(self._decoder.base.encode(str(message.content))) for message in messages)

    def remaining_tokens(self, messages: Sequence[LLMMessage], **options: Any) -> int:
        return self._decoder.base.context - self.count_tokens(messages)

    @property
    def capabilities(self) -> ModelInfo:
        return self.model_info

    @property
    def model_info(self) -> ModelInfo:
        return ModelInfo(
            vision=False,
            function_calling=False,
            json_output=True,
            structured_output=False,
            family=ModelFamily.UNKNOWN,
        )
