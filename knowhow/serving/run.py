"""Opens the socket and runs the application until it is told to end. Loopback addresses only."""

import contextlib
import socket

import uvicorn
from starlette.types import ASGIApp

from knowhow_agents.big_model.switch import is_loopback
from knowhow_memory.errors import InputError

GOODBYE_S = 3
"""What is still being said when the server ends may take so long."""


def open_socket(host: str, port: int) -> socket.socket:
    """Bound and listening; port 0 takes a free one."""
    if not is_loopback(f"http://{_in_url(host)}"):
        raise InputError(
            f"the server is for this machine alone, {host!r} is open to others: use 127.0.0.1"
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        reason = error.strerror or error
        raise InputError(
            f"cannot listen on {_in_url(host)}:{port} ({reason}): choose another --port"
        ) from error


def address(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://{_in_url(host)}:{port}/v1"


def serve(app: ASGIApp, listening: socket.socket) -> None:
    """Until Ctrl-C or a signal to end."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        server_header=False,
        timeout_graceful_shutdown=GOODBYE_S,
    )
    # Having said goodbye, uvicorn raises the signal again.
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listening])


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
