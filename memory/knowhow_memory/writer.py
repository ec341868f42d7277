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


@dataclass
class _Task(Generic[T]):
    work: Callable[[Head], T]
    done: bool = False
    result: list[T] = field(default_factory=list)
    error: BaseException | None = None

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
        try:
            with self._database.writing() as connection:
                head = Head.load(connection)
                for task in batch:
                    self._attempt(task, head)
                head.save()
        except Exception as error:  # noqa: BLE001  whatever it is, every waiting thread must hear it
            for task in batch:
                task.error = task.error or error
        except BaseException:
            for task in batch:
                task.error = StoreError("the write was interrupted: look before you repeat it")
            raise
        finally:
            for task in batch:
                task.done = True

    @staticmethod
    def _attempt(task: _Task[Any], head: Head) -> None:
        before = head.mark()
        try:
            with head.connection.begin_nested():
                task.result.append(task.work(head))
        except KnowhowError as error:  # the database's own errors end the whole transaction
            head.rewind(before)
            task.error = error
