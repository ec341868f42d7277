"""What LiteLLM raised, as a fault of a provider: what kind it is and what may be told of it.

The wire is believed before the error: LiteLLM calls many things a lost connection. Sends nothing.
"""

import email.utils
import math
import re
import time
from collections.abc import Iterator, Mapping

import httpx

from knowhow_agents.big_model.errors import FaultKind, ProviderFault, scrubbed
from knowhow_agents.big_model.providers import Provider
from knowhow_agents.big_model.wire import Wire

BY_STATUS = {
    401: FaultKind.KEY,
    402: FaultKind.DENIED,
    403: FaultKind.DENIED,
    404: FaultKind.UNKNOWN_MODEL,
    408: FaultKind.SERVER,
    425: FaultKind.SERVER,
    429: FaultKind.RATE,
}
LITELLMS_WORDS = re.compile(
    r"^(?:litellm\.\w+: |\w+ ?Error: |\w+Exception - )+|Traceback \(.*", re.DOTALL
)
UNREACHED = (httpx.ConnectError, httpx.ConnectTimeout)
"""Nothing can have been billed."""


def as_fault(error: Exception, provider: Provider, wire: Wire | None) -> ProviderFault:
    kind = _kind(error, wire)
    seen = wire.fault if wire else None
    return ProviderFault(
        kind,
        scrubbed(seen.why if seen else _words(error, kind)),
        provider=provider.name,
        retry_after=retry_after(_headers(error, wire)),
        sent=not any(isinstance(link, UNREACHED) for link in _chain(error)),
    )


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, however they are written; None for what makes no sense."""
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        seconds = _seconds(headers.get(name, ""))
        if seconds is not None:
            return seconds / unit
    return None


def _seconds(words: str) -> float | None:
    try:
        seconds = float(words)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(words).timestamp() - time.time()
        except (TypeError, ValueError, OverflowError):
            return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def _kind(error: Exception, wire: Wire | None) -> FaultKind:
    if wire and wire.fault:
        return wire.fault.kind
    if type(error).__name__ == "ContextWindowExceededError":
        return FaultKind.CONTEXT
    status = wire.status if wire and wire.sent else getattr(error, "status_code", None)
    if status is None or any(isinstance(link, httpx.TransportError) for link in _chain(error)):
        timed_out = any(isinstance(link, httpx.TimeoutException) for link in _chain(error))
        return FaultKind.TIMEOUT if timed_out else FaultKind.CONNECTION
    return _kind_of_status(int(status))


def _kind_of_status(status: int) -> FaultKind:
    if status < 300:
        return FaultKind.BROKEN
    if status >= 500:
        return FaultKind.SERVER
    return BY_STATUS.get(status, FaultKind.REFUSED)


def _words(error: Exception, kind: FaultKind) -> str:
    if kind in (FaultKind.CONNECTION, FaultKind.TIMEOUT):
        links = [link for link in _chain(error) if isinstance(link, httpx.TransportError)]
        if any(isinstance(link, httpx.ConnectTimeout) for link in links):
            return "no connection in time"
        # The first that went wrong, not what was made of it.
        if told := [str(link) for link in links if str(link)]:
            return told[-1]
    return LITELLMS_WORDS.sub("", str(getattr(error, "message", error))) or type(error).__name__


def _headers(error: Exception, wire: Wire | None) -> Mapping[str, str]:
    if wire:
        return wire.headers
    headers = getattr(getattr(error, "response", None), "headers", None)
    return headers if isinstance(headers, Mapping) else {}


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
