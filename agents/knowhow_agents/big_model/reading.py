"""What a provider sent, whole or in pieces, becomes one checked reply or a fault.

Nothing of it is believed: sizes are bounded, types are checked, and counts of tokens that cannot be
are taken as not given. Knows nothing of times and of LiteLLM.
"""

from dataclasses import dataclass

from autogen_core import FunctionCall
from autogen_core.models import FinishReasons


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
    attempts: int
