"""One line to a big model: a prompt of ours out, its words back. No tool goes with it, ever.

A line is for one problem and remembers what was said on it: what was asked before is not asked
again. Knows nothing of what the words mean.
"""

from dataclasses import dataclass, field

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
    calls: list[Call] = field(default_factory=list)

    async def ask(self, name: str, **fields: str) -> Call:
        sent = messages(self.style, name, **fields)
        asked = str(sent[-1].content)
        if before := next((call for call in self.calls if call.asked == asked), None):
            return before
        result = await self.model.create(sent)
        # Tool calls, that nobody offered, are no words.
        said = result.content if isinstance(result.content, str) else ""
        self.calls.append(Call(f"{name}.{self.style}.{VERSION}", asked, said))
        return self.calls[-1]
