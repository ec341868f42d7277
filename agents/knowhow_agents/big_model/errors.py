"""What can go wrong between us and a big model, as one tree.

    KnowhowError
    └── BigModelError             something about a big model; its text is displayed to the user
        ├── UnknownModelError     no provider goes by that name, or the name lacks its provider
        ├── UnsupportedError      the model cannot do what is asked: tools, JSON, pictures
        └── ProviderFault         it was asked, or was to be, and no answer came: see `kind`

A fault of a provider is no agent's failure: `infra` says so, and an outcome made of it teaches
nothing. Messages carry no secrets: what a provider wrote is shortened, and keys are cut out of it.
Knows nothing of LiteLLM.
"""

import os
import re
from dataclasses import dataclass
from enum import StrEnum

from knowhow_memory.errors import KnowhowError

MAX_WORDS = 200
"""Of what a provider says, in characters; the rest is for its own log."""
REDACTED = "[redacted]"
SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASSWORD", re.IGNORECASE)
"""Environment variables whose values are never repeated."""
KEY_SHAPE = re.compile(
    r"\b(?:sk|pk|rk|xai|gsk|hf|ghp|AKIA|AIza)[-_][-_A-Za-z0-9]{6,}|(?i:(?<=bearer )[^\s\"',}]+)"
)
"""Keys that were not ours to know, such as one that a provider repeats from its own settings."""
MIN_SECRET = 8
"""Shorter ones are placeholders, and cutting them out would spoil the text."""


class BigModelError(KnowhowError):
    """Something about a big model."""


class UnknownModelError(BigModelError):
    """A model's name that leads to no provider."""


class UnsupportedError(BigModelError):
    """The model cannot do what is asked."""


class FaultKind(StrEnum):
    CONNECTION = "connection"
    """No connection, or it broke."""
    TIMEOUT = "timeout"
    """One of our deadlines passed."""
    RATE = "rate limit"
    SERVER = "server"
    """It says that the fault is on its side."""
    BROKEN = "broken answer"
    """What came is no answer: malformed, cut off, or far too large."""
    EMPTY = "empty answer"
    KEY = "key"
    """The key is missing or not accepted."""
    DENIED = "denied"
    UNKNOWN_MODEL = "unknown model"
    REFUSED = "refused request"
    CONTEXT = "context"
    """The prompt is longer than the model can read."""
    BUDGET = "budget"
    """Nothing was sent: the money left does not pay for it."""


PASSING = frozenset(
    {
        FaultKind.CONNECTION,
        FaultKind.TIMEOUT,
        FaultKind.RATE,
        FaultKind.SERVER,
        FaultKind.BROKEN,
        FaultKind.EMPTY,
    }
)
"""Worth another try at the same provider; after the others, only another provider can help."""
UNBILLED = frozenset(
    {
        FaultKind.BUDGET,
        FaultKind.RATE,
        FaultKind.SERVER,
        FaultKind.KEY,
        FaultKind.DENIED,
        FaultKind.UNKNOWN_MODEL,
        FaultKind.REFUSED,
        FaultKind.CONTEXT,
    }
)
"""Refused before a token was made. What broke later may have been billed."""


@dataclass(frozen=True)
class Attempt:
    """One try at one provider that gave nothing."""

    provider: str
    kind: FaultKind
    seconds: float


class ProviderFault(BigModelError):
    """No answer came, for a reason that lies with the provider, the way to it, or its settings."""

    def __init__(
        self,
        kind: FaultKind,
        why: str,
        *,
        provider: str = "",
        retry_after: float | None = None,
        sent: bool = True,
        attempts: tuple[Attempt, ...] = (),
    ) -> None:
        self.kind = kind
        self.why = why
        self.provider = provider
        self.retry_after = retry_after
        self.billable = sent and kind not in UNBILLED
        self.attempts = attempts
        super().__init__(self._sentence())

    @property
    def infra(self) -> bool:
        """Whether it says nothing about who was asked. A prompt that is too long does: it would be
        so again."""
        return self.kind is not FaultKind.CONTEXT

    def _sentence(self) -> str:
        who = f"big model {self.provider!r}: " if self.provider else ""
        tries = f" ({len(self.attempts)} attempts)" if len(self.attempts) > 1 else ""
        return f"{who}{self.kind}{tries}: {self.why}"


def scrubbed(words: object) -> str:
    """What somebody else wrote, as one short line without keys."""
    line = " ".join(str(words).split())
    for secret in known_secrets():
        line = line.replace(secret, REDACTED)
    line = KEY_SHAPE.sub(REDACTED, line)
    return line if len(line) <= MAX_WORDS else f"{line[:MAX_WORDS]}…"


def known_secrets() -> list[str]:
    """Of this process; the longest first, as one may be the beginning of another."""
    found = {value for name, value in os.environ.items() if SECRET_NAME.search(name)}
    return sorted((value for value in found if len(value) >= MIN_SECRET), key=len, reverse=True)
