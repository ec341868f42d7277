"""Processes that are cheap to start and cheap to lose.

A fork server that has imported the store once gives a new process in some milliseconds, and each
one starts without threads, open files or locks of ours.
"""

import contextlib
import logging
import multiprocessing
import os
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any

from knowhow_memory.errors import InternalError

PRELOADED = [
    "__main__",
    "alembic.command",
    "faiss",
    "knowhow.benches.crash.crowd",
    "knowhow.benches.crash.failpoints",
    "knowhow.benches.crash.kills",
    "knowhow.benches.crash.powerloss",
    "knowhow.benches.crash.refusals",
]
FAILED = 1
_bookkeeping = threading.Lock()
"""Starting a process looks after the others that ended; two threads must not do that at once."""
MEMORY_DISK = Path("/dev/shm")  # noqa: S108  only a parent for private temporary folders


def start(function: Callable[..., None], *arguments: Any) -> tuple[ForkServerProcess, Connection]:
    """Run `function(pipe, *arguments)` in a new process; returns it and the reading end."""
    context = _context()
    reader, writer = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(function, writer, arguments), daemon=True)
    with _bookkeeping:
        process.start()
    writer.close()
    return process, reader


def end(process: ForkServerProcess) -> int | None:
    """Wait for a process and let it go; returns its exit code, negative for a signal."""
    with _bookkeeping:
        process.join()
        code = process.exitcode
        process.close()
    return code


def attend(process: ForkServerProcess, reader: Connection, report: Callable[[str], None]) -> Any:
    """Pass on what a process says until it sends its result, which is no text."""
    result = None
    try:
        while result is None:
            message = reader.recv()
            if isinstance(message, str):
                report(message)
            else:
                result = message
    except EOFError:
        raise InternalError("the bench's own process failed: see stderr") from None
    finally:
        received(reader)
        end(process)
    return result


def received(reader: Connection) -> list[Any]:
    """Everything that still is in the pipe of a process that ends."""
    messages = []
    with reader:
        while True:
            try:
                messages.append(reader.recv())
            except (EOFError, OSError):
                return messages


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """A folder that may be in memory: what is tried out there does not depend on a real disk.

    A killed process leaves its files to the kernel, and a power cut is computed from what was asked
    of the disk; waiting for real platters would only make for fewer runs.
    """
    parent = MEMORY_DISK if os.access(MEMORY_DISK, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="knowhow-crash-", dir=parent) as folder:
        yield Path(folder)


def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    return context


def _run(function: Callable[..., None], pipe: Connection, arguments: tuple[Any, ...]) -> None:
    """Leaves without the interpreter's farewell, which would walk through observed files."""
    logging.disable()  # a store that is hurt on purpose has a lot to say
    status = 0
    try:
        function(pipe, *arguments)
    except BaseException:  # noqa: BLE001  said on stderr and by the exit status
        traceback.print_exc()
        status = FAILED
    sys.stderr.flush()
    os._exit(status)
