"""One line to a big model: a prompt of ours out, its words back. No tool goes with it, ever.

Knows nothing of what the words mean.
"""

from dataclasses import dataclass

from autogen_core.models import ChatCompletionClient

from knowhow_agents.protocol.wording import VERSION, Style, messages


@dataclass(frozen=True)
class Call:
    prompt: str
    """The file's name: which prompt, in which style and version."""
    asked: str
    said: str


@dataclass(frozen=True)
class Line:
    model: ChatCompletionClient
    style: Style

    async def ask(self, name: str, **fields: str) -> Call:
        sent = messages(self.style, name, **fields)
        result = await self.model.create(sent)
        # Tool calls, that nobody offered, are no words.
        said = result.content if isinstance(result.content, str) else ""
        return Call(f"{name}.{self.style}.{VERSION}", str(sent[-1].content), said)
