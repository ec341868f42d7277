"""A switch for the whole process: no big model that is not on this machine is asked.

    with forbid_network():
        ...                     # a call to anything but a loopback address raises NetworkForbidden

`KNOWHOW_FORBID_NETWORK=1` does the same for a process and what it starts. Whoever calls a provider
asks `check` first, before anything is sent. Knows nothing of providers' own addresses: a model
without an address of its own is taken to be elsewhere.
"""

import contextlib
import ipaddress
import os
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

from knowhow_memory.errors import KnowhowError

FORBID_VARIABLE = "KNOWHOW_FORBID_NETWORK"
IN_PROCESS = "embedded/"
"""Models whose names begin so never leave the process."""
OFF = {"", "0"}

_lock = threading.Lock()
_forbidders = 0


class NetworkForbidden(KnowhowError):
    """A big model elsewhere would have been asked while the network is forbidden."""


@contextlib.contextmanager
def forbid_network() -> Iterator[None]:
    """Until the block ends, in every thread; blocks may be nested."""
    global _forbidders
    with _lock:
        _forbidders += 1
    try:
        yield
    finally:
        with _lock:
            _forbidders -= 1


def network_allowed() -> bool:
    return not _forbidders and os.environ.get(FORBID_VARIABLE, "") in OFF


def check(model: str, api_base: str | None) -> None:
    """Raise if asking this model would leave the machine while that is forbidden."""
    if network_allowed() or model.startswith(IN_PROCESS) or is_loopback(api_base):
        return
    where = f"at {_host(api_base) or '?'!r}" if api_base else "at its provider"
    raise NetworkForbidden(
        f"{model!r} {where} was not asked: the network is forbidden here ({FORBID_VARIABLE} or "
        "forbid_network()), but for embedded models and an api_base on the loopback"
    )


def is_loopback(address: str | None) -> bool:
    """Whether a URL leads to this machine. Other names than localhost are not looked up."""
    host = _host(address)
    if host is None or host == "localhost":
        return host is not None
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _host(address: str | None) -> str | None:
    try:
        return urlsplit(address or "").hostname
    except ValueError:
        return None
