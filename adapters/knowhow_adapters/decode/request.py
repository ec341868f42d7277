"""What is asked of the decoder, and what comes back. Knows nothing of models."""

import math
import threading
from dataclasses import dataclass
from typing import Literal

from knowhow_adapters.decode.grammar import Grammar
from knowhow_memory.errors import InputError, KnowhowError

MAX_SEED = 2**64 - 1
Finish = Literal["stop", "length", "grammar", "cancelled", "error"]


@dataclass(frozen=True, kw_only=True)
class Request:
    prompt: str
    adapter: str | None = None
    """A version, `agent@sha12`; None asks the bare base."""
    grammar: Grammar | None = None
    max_tokens: int = 256
    temperature: float = 0.0
    """0 always takes the likeliest token."""
    top_p: float = 1.0
    seed: int = 0
    """The same seed draws the same text, whatever else is decoded at the time."""
    stop: tuple[str, ...] = ()
    """The text ends before the first of these."""
    cancel: threading.Event | None = None
    """Set it, from any thread, and the text ends where it is."""

    def __post_init__(self) -> None:
        if self.max_tokens < 1:
            raise InputError(f"max_tokens must be at least 1, got {self.max_tokens!r}")
        if not (math.isfinite(self.temperature) and self.temperature >= 0):
            raise InputError(f"temperature must be 0 or more, got {self.temperature!r}")
        if not 0 < self.top_p <= 1:
            raise InputError(f"top_p must be above 0 and at most 1, got {self.top_p!r}")
        if not 0 <= self.seed <= MAX_SEED:
            raise InputError(f"seed must be from 0 to {MAX_SEED}, got {self.seed!r}")
        if isinstance(self.stop, str) or not all(self.stop):
            raise InputError(f"stop must be texts, none of them empty, got {self.stop!r}")


@dataclass(frozen=True)
class Completion:
    text: str
    tokens: tuple[int, ...]
    """All that were decoded, also those of a stop text that `text` leaves out."""
    version: str
    """What answered: the adapter's version, or `base@sha12`."""
    finish: Finish
    """`grammar`: the text satisfies its grammar; `length`: it was cut at max_tokens or at the
    context, so under a grammar it may not."""
    logprob: float
    """Of the chosen tokens among those allowed, at temperature 1. What a grammar forces costs
    nothing."""
    error: KnowhowError | None = None
    """Why there is no text; one request that fails never harms the others of its batch."""


@dataclass(frozen=True)
class Chunk:
    text: str
    """What is new."""
    completion: Completion | None = None
    """The whole, with the last chunk."""
