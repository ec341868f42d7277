"""Which big models there are to ask, what a call may take and cost, and what each of them needs.

A provider is a model's name as LiteLLM writes it (`"anthropic/…"`, `"openai/…"`, `"ollama/…"`,
`"embedded/…"`), where it is reached, and the environment variable that holds its key. Keys are read
when a call is made and kept nowhere. Sends nothing.
"""

import math
import os
import sys
from dataclasses import dataclass

from knowhow_memory.errors import SettingsError

EMBEDDED = "embedded/"


@dataclass(frozen=True)
class Price:
    """In dollars a token."""

    prompt: float
    completion: float

    def of(self, prompt_tokens: int, completion_tokens: int) -> float:
        return self.prompt * prompt_tokens + self.completion * completion_tokens

    def affordable(self, dollars: float, prompt_tokens: int) -> int:
        """How many tokens of an answer that pays for, after the prompt's; below 0 for none."""
        left = dollars - self.prompt * prompt_tokens
        if not self.completion:
            return sys.maxsize if left >= 0 else -1
        return math.floor(left / self.completion)


FREE = Price(0.0, 0.0)


@dataclass(frozen=True)
class Provider:
    """One big model that can be asked; its name is how it is spoken of."""

    model: str
    name: str = ""
    api_base: str | None = None
    key_variable: str | None = None
    """Which environment variable holds the key (default: the provider's usual one). An `api_base`
    is sent no key but one that is named for it: the usual one is meant for somebody else."""
    price: Price | None = None
    """Default: LiteLLM's price list; what is on this machine costs nothing."""
    max_tokens: int | None = None
    """The longest answer to ask for (default: the provider's)."""

    def __post_init__(self) -> None:
        if not self.model.strip():
            raise SettingsError("a big model needs a name, such as 'embedded/big-reckoner'")
        if not self.name:
            object.__setattr__(self, "name", self.model)

    @property
    def embedded(self) -> bool:
        return self.model.startswith(EMBEDDED)

    @property
    def embedded_name(self) -> str:
        return self.model.removeprefix(EMBEDDED)

    def key(self) -> str | None:
        return os.environ.get(self.key_variable) or None if self.key_variable else None


@dataclass(frozen=True)
class Terms:
    """What one call may take: times in seconds, tries, money and how many at once."""

    first_token_s: float = 60.0
    """Of a stream, until something is said."""
    between_s: float = 30.0
    """Of a stream, until more is said."""
    attempt_s: float = 120.0
    """One try, from sending to the last token."""
    total_s: float = 300.0
    """The whole call with all its tries."""
    attempts: int = 3
    """Over all providers."""
    pause_s: float = 0.5
    """Before the same provider is asked again; twice as long each time."""
    cool_down_s: float = 30.0
    """For how long one that failed is asked after the others."""
    budget_usd: float | None = None
    """For all calls together; a call that might cost more than is left is not made."""
    concurrency: int = 8

    def __post_init__(self) -> None:
        for name in ("first_token_s", "between_s", "attempt_s", "total_s"):
            if not getattr(self, name) > 0:
                raise SettingsError(f"{name} must be over 0 seconds, got {getattr(self, name)!r}")
        for name in ("attempts", "concurrency"):
            if getattr(self, name) < 1:
                raise SettingsError(f"{name} must be 1 or more, got {getattr(self, name)!r}")
        for name in ("pause_s", "cool_down_s", "budget_usd"):
            value = getattr(self, name)
            if value is not None and not value >= 0:
                raise SettingsError(f"{name} must be 0 or more, got {value!r}")


DEFAULT_TERMS = Terms()
