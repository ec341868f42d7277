"""What came of asking a big model: an answer, the calls that led to it, and what was noticed.

Knows nothing of how guidance is used.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from knowhow_agents.protocol.line import Call


@dataclass(frozen=True)
class Attempt:
    answer: str | None
    """None where the reply could not be read; `text` is what was said."""
    text: str
    followed: str | None = None
    """The source of the guidance that the answer rests on."""
    objections: tuple[str, ...] = ()
    """Why guidance was not followed."""
    calls: tuple[Call, ...] = ()

    def objecting(self, objections: Iterable[str]) -> "Attempt":
        return replace(self, objections=(*self.objections, *objections))

    def trajectory(self) -> list[dict[str, Any]]:
        """As an outcome keeps it."""
        return [
            {"call": call.prompt, "asked": call.asked, "said": call.said} for call in self.calls
        ]
