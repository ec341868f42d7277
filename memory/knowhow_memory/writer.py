"""Group commit: threads that write at the same time share one durable transaction.

Whoever gets the lock first commits everything that is queued; the others find their work done when
their turn comes. One failing piece of work is undone alone (a savepoint), the rest goes through.
Knows nothing about tables.
"""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from knowhow_memory.database import Database
from knowhow_memory.errors import KnowhowError, StoreError
from knowhow_memory.head import Head

T = TypeVar("T")
BATCH_LIMIT = 256
"""Keeps one transaction, and so everybody's wait, short."""


@dataclass(eq=False)
class _Task(Generic[T]):
    work: Callable[[Head], T]
    done: bool = False
    result: list[T] = field(default_factory=list)
    error: BaseException | None = None

    def perform(self, head: Head) -> None:
        self.error = None
        self.result = [self.work(head)]

    def attempt(self, head: Head) -> None:
        """A refusal undoes this work alone; the database's own errors end the transaction."""
        before = head.mark()
        try:
            with head.connection.begin_nested():
                self.perform(head)
        except KnowhowError as error:
            head.rewind(before)
            self.error = error

    def outcome(self) -> T:
        if self.error is not None:
            raise self.error
        return self.result[0]


class Writer:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._queue: deque[_Task[Any]] = deque()
        self._commit = threading.Lock()

    def run(self, work: Callable[[Head], T]) -> T:
        """Do `work` inside a transaction; returns when it is durable."""
        task = _Task(work)
        self._queue.append(task)
        with self._commit:
            while not task.done:
                self._commit_queued()
        return task.outcome()

    def _commit_queued(self) -> None:
        batch = [self._queue.popleft() for _ in range(min(len(self._queue), BATCH_LIMIT))]
        attempted: _Task[Any] | None = None
        try:
            with self._database.writing() as connection:
                head = Head.load(connection)
                before = head.mark()
                for attempted in batch:
                    if len(batch) == 1:  # nobody to protect: the transaction itself is undone
                        attempted.perform(head)
                    else:
                        attempted.attempt(head)
                attempted = None
                if head.mark() != before:
                    head.save()
        except Exception as error:  # noqa: BLE001  whatever it is, every waiting thread must hear it
            # Work that broke the transaction is not tried again; the rest never was committed.
            blamed = batch if attempted is None else [attempted]
            for task in blamed:
                task.error = error
            self._queue.extendleft(task for task in reversed(batch) if task not in blamed)
            batch = blamed
        except BaseException:
            for task in batch:
                task.error = StoreError("the write was interrupted: look before you repeat it")
            raise
        finally:
            for task in batch:
                task.done = True
