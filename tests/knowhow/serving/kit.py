"""The real server in a thread of the test."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import uvicorn

from knowhow.serving.app import make_app
from knowhow.serving.offers import Offers
from knowhow.serving.run import address, open_socket

PATIENCE_S = 30.0


@contextmanager
def serving(offers: Offers) -> Iterator[httpx.Client]:
    """A client that knows the server's address."""
    with open_socket("127.0.0.1", 0) as listening:
        config = uvicorn.Config(make_app(offers), log_config=None, lifespan="off", ws="none")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            with httpx.Client(base_url=address(listening), timeout=PATIENCE_S) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join()
