"""Takes episodes from an app and keeps them aside, so that the app waits for nothing.

The app's thread puts what it saw into a queue with an end; a thread of the recorder redacts,
embeds and writes, many at a time. Nothing in here is ever raised into the app: what could not be
kept is counted, and said once in the log. Where the queue is full the newest is dropped, as the app
must not wait. At the end of the process the rest is written, within bounds.

An episode that is not over when the process dies was never there. Knows nothing of what is watched.
"""

import atexit
import contextlib
import hashlib
import logging
import os
import queue
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

from knowhow_agents.watching.episode import Episode, Late
from knowhow_agents.watching.keeping import Keeping, Rows, judge
from knowhow_memory.memory import Memory

log = logging.getLogger(__name__)

ROOM = 1_000
"""Episodes that wait; each may hold some hundred kilobytes at worst."""
BATCH = 64
LINGER_S = 0.05
"""What comes within it shares a transaction."""
SETTLE_S = 2.0
"""After its end an episode waits so long for calls whose end is heard of late."""
LOOK_S = 0.01
REOPEN_S = 30.0
"""After a store could not be opened."""
EXIT_S = 15.0
"""How long a process may take to end for our sake; on a busy machine, opening the store takes
some seconds."""

Item: TypeAlias = Episode | Late
Home: TypeAlias = tuple[Memory, Keeping]
"""Where to keep, and what."""


@dataclass
class Counts:
    kept: int = 0
    """Episodes in the store."""
    judged: int = 0
    """Verdicts that came later."""
    dropped: int = 0
    """The queue was full."""
    lost: int = 0
    """They could not be kept, or not be taken in."""
    not_sampled: int = 0


class Recorder:
    def __init__(
        self, open_home: Callable[[], Home], *, share: float = 1.0, room: int = ROOM
    ) -> None:
        """`open_home` is called in the recorder's own thread, when the first episode is over."""
        self._open_home, self._share, self._room = open_home, share, room
        self._start_afresh()
        _recorders.add(self)

    def _start_afresh(self) -> None:
        """Also in a forked process, which has none of the threads, and whose store is not its own:
        what waited in the parent is kept by the parent."""
        self.counts = Counts()
        self._home: Home | None = None
        self._reopen_at = 0.0
        self._queue: queue.Queue[Item | None] = queue.Queue(self._room)
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._said = False
        self._leaving = False

    def begin(self, problem: str, *, session: str | None = None, **more: Any) -> Episode:
        """An episode that is handed in when it ends; `more` as `Episode` takes it."""
        text = str(problem)
        wanted = bool(text.strip()) and self.takes(session or text)
        return Episode(text, self.submit, wanted=wanted, session=session, **more)

    def takes(self, conversation: str) -> bool:
        """Whether it belongs to the share; one conversation does as a whole or not at all."""
        if self._share >= 1.0:
            return True
        drawn = hashlib.sha256(conversation.encode(errors="replace")).digest()[:8]
        taken = int.from_bytes(drawn) < self._share * 2**64
        if not taken:
            self._count(not_sampled=1)
        return taken

    def submit(self, item: Item) -> None:
        """Returns at once, whatever happens."""
        with self.quiet():
            self._ensure_thread()
            try:
                self._queue.put_nowait(item)
            except queue.Full:
                self._count(dropped=1)
                self._say("too much at a time: the newest is dropped")
            if self._leaving:  # nobody will wait for the thread any more
                self.flush(EXIT_S)

    @contextlib.contextmanager
    def quiet(self) -> Iterator[None]:
        """What goes wrong with watching must not go wrong with the app."""
        try:
            yield
        except Exception as error:  # noqa: BLE001  whatever it is, the app goes on
            self._lose(1, error)

    def flush(self, timeout_s: float = EXIT_S) -> bool:
        """Wait until all that was handed in is kept; whether it was, in that time."""
        done = self._queue.all_tasks_done
        with done:
            return done.wait_for(lambda: not self._queue.unfinished_tasks, timeout_s)

    def close(self) -> None:
        """Flush, and end the thread; what comes later starts another one."""
        self.flush()
        with self._lock:
            thread, self._thread = self._thread, None
            atexit.unregister(self._leave)
        if thread is not None:
            with contextlib.suppress(queue.Full):
                self._queue.put_nowait(None)
            thread.join(EXIT_S)
        self._home = None

    def _ensure_thread(self) -> None:
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(
                    target=self._work, name="knowhow-watching", daemon=True
                )
                self._thread.start()
                atexit.unregister(self._leave)
                atexit.register(self._leave)

    def _leave(self) -> None:
        self._leaving = True
        if not self.flush(EXIT_S):
            log.warning("%d watched episodes were not kept in time", self._queue.unfinished_tasks)

    def _work(self) -> None:
        while True:
            items = [self._queue.get()]
            if not self._leaving:
                time.sleep(LINGER_S)
            with contextlib.suppress(queue.Empty):
                while len(items) < BATCH:
                    items.append(self._queue.get_nowait())
            try:
                self._keep([item for item in items if item is not None])
            except Exception as error:  # noqa: BLE001  the thread goes on
                self._lose(len(items), error)
            for _ in items:
                self._queue.task_done()
            if None in items:
                return

    def _keep(self, items: Sequence[Item]) -> None:
        if not items:
            return
        memory, keeping = self._opened()
        rows: list[Rows] = []
        for item in items:
            with self.quiet():
                if isinstance(item, Episode):
                    _settle(item)
                    rows.append(keeping.rows(item))
                else:
                    self._write(memory, rows)
                    rows = []
                    judge(memory, keeping.tenant, item.id, item.verdict)
                    self._count(judged=1)
        self._write(memory, rows)

    def _write(self, memory: Memory, rows: Sequence[Rows]) -> None:
        """All in one transaction, or one by one where one of them spoils it."""
        if not rows:
            return
        try:
            outcomes = [outcome for _, outcome in rows if outcome is not None]
            memory.record_many(outcomes, decisions=[decision for decision, _ in rows])
            self._count(kept=len(rows))
        except Exception as error:  # noqa: BLE001  which of them it is shows below
            if len(rows) == 1:
                self._lose(1, error)
                return
            for one in rows:
                self._write(memory, [one])

    def _opened(self) -> Home:
        if self._home is None:
            if time.monotonic() < self._reopen_at:
                raise StoreClosed
            self._reopen_at = time.monotonic() + REOPEN_S
            self._home = self._open_home()
            self._reopen_at = 0.0
        return self._home

    def _lose(self, number: int, error: Exception) -> None:
        self._count(lost=number)
        self._say(f"{type(error).__name__}: {error}")

    def _say(self, why: str) -> None:
        if not self._said:
            self._said = True
            log.warning("watching fails, which is counted from now on: %s", why)

    def _count(self, **more: int) -> None:
        with self._lock:
            for name, number in more.items():
                setattr(self.counts, name, getattr(self.counts, name) + number)

    def counted(self) -> dict[str, int]:
        with self._lock:
            return asdict(self.counts)


_recorders: "weakref.WeakSet[Recorder]" = weakref.WeakSet()


def _afresh_after_fork() -> None:
    for recorder in _recorders:
        recorder._start_afresh()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_afresh_after_fork)


class StoreClosed(Exception):
    """It could not be opened a moment ago."""


def _settle(episode: Episode) -> None:
    """Wait for calls whose end another thread still has to tell."""
    while not episode.settled and time.monotonic() < episode.ended + SETTLE_S:
        time.sleep(LOOK_S)
