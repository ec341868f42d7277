"""How an episode went, from what is at hand: a check's answer, an exception, a user's thumbs.

A provider's failure is nobody's: timeouts, lost connections and whatever a provider's client raises
are `infra`, but for a prompt that was too long, which would be so again. Who was interrupted has no
verdict. Knows nothing of stores.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from knowhow_agents.big_model.errors import ProviderFault
from knowhow_memory.exchange.values import is_provider_failure
from knowhow_memory.models import Fault

CHECK, EXCEPTION, USER, PROGRAM = "check", "exception", "user", "program"
"""Who said so."""
CLIENTS = {"anthropic", "cohere", "google", "groq", "httpcore", "httpx", "litellm", "mistralai"} | {
    "ollama", "openai",
}  # fmt: skip
"""Packages that talk to providers."""
TOO_LONG = re.compile(r"ContextWindowExceeded|context_length_exceeded|maximum context length")
TOLD = re.compile(r"(?:RuntimeError: )?(?:ProviderFault|TimeoutError|ConnectionError|APIError)\b")
"""How a team tells of an agent's exception: by its name, at the beginning of a text."""
TOLD_TOO_LONG = re.compile(r"ProviderFault: [^\n]*?: context(?: \(\d+ attempts\))?: ")


@dataclass(frozen=True)
class Verdict:
    reward: float | None
    fault: Fault = Fault.AGENT
    verified_by: str = PROGRAM


INFRA = Verdict(None, Fault.INFRA, EXCEPTION)


def of_exception(error: BaseException) -> Verdict | None:
    """None where somebody interrupted: nobody knows how it would have gone."""
    if not isinstance(error, Exception):
        return None
    return INFRA if any(map(_is_providers, _causes(error))) else Verdict(0.0, verified_by=EXCEPTION)


def of_answer(answer: object) -> Verdict | None:
    """What a check said: true, false or a number from 0 to 1; None where it cannot tell."""
    return None if answer is None else Verdict(float(answer), verified_by=CHECK)  # type: ignore[arg-type]


def thumbs(*, up: bool) -> Verdict:
    return Verdict(float(up), verified_by=USER)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """What it was raised from, said outright: what merely happened before is no cause."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__


def _is_providers(error: BaseException) -> bool:
    if isinstance(error, ProviderFault):
        return error.infra
    told = f"{type(error).__name__}: {error}".partition("\n")[0]
    if TOO_LONG.search(told) or TOLD_TOO_LONG.search(told):
        return False
    return (
        isinstance(error, TimeoutError | ConnectionError)
        or type(error).__module__.partition(".")[0] in CLIENTS
        or bool(TOLD.match(told))
        or is_provider_failure(told)
    )
