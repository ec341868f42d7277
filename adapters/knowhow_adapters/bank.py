"""Adapters that are ready to serve: as many as the memory bound allows, the latest used ones.

A version is asked for by name and held while it is in use; what is held is never evicted, what is
not makes room in the order of last use. Loading and its checks run outside the lock, once however
many ask. Whoever asks gets exactly that version or an error: never another one, never the bare
base. Knows nothing about which version is the champion or how adapters are applied.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from knowhow_adapters.artefact import Adapter, read_adapter
from knowhow_adapters.errors import (
    AdapterBroken,
    AdapterForeign,
    AdapterMissing,
    NoRoomForAdapter,
)
from knowhow_adapters.parts import WEIGHTS_FILE

if TYPE_CHECKING:
    from knowhow_adapters.base.load import Base

MEGABYTE = 1e6


class Bank:
    """Safe to share between threads."""

    def __init__(self, base: "Base", source: Callable[[str], Path], max_bytes: int) -> None:
        self._base = base
        self._source = source
        """Where the folder of a version is."""
        self.max_bytes = max_bytes
        self._slots: OrderedDict[str, _Slot] = OrderedDict()
        """From the longest unused to the latest."""
        self._lock = threading.Lock()

    @contextmanager
    def lease(self, ref: str) -> Iterator[Adapter]:
        """The version, which stays in memory until the block ends."""
        slot = self._take(ref) or self._fetch(ref)
        try:
            yield slot.adapter.result()
        finally:
            with self._lock:
                slot.leases -= 1

    @property
    def resident(self) -> list[str]:
        """What is in memory or on its way there, the longest unused first."""
        with self._lock:
            return list(self._slots)

    @property
    def used_bytes(self) -> int:
        with self._lock:
            return self._used()

    def _take(self, ref: str) -> "_Slot | None":
        with self._lock:
            return self._hold(ref)

    def _fetch(self, ref: str) -> "_Slot":
        """Load it, unless another thread has begun to."""
        folder = self._source(ref)
        size = _size_on_disk(folder, ref)
        with self._lock:
            if slot := self._hold(ref):
                return slot
            self._make_room(ref, size)
            slot = self._slots[ref] = _Slot(size)
        self._load(slot, ref, folder)
        return slot

    def _hold(self, ref: str) -> "_Slot | None":
        slot = self._slots.get(ref)
        if slot is not None:
            slot.leases += 1
            self._slots.move_to_end(ref)
        return slot

    def _make_room(self, ref: str, size: int) -> None:
        """Evict what is idle, but only if that is enough: a refusal must not cost the others."""
        idle = [(name, slot.size) for name, slot in self._slots.items() if not slot.leases]
        held = self._used() - sum(size for _, size in idle)
        if held + size > self.max_bytes:
            raise NoRoomForAdapter(
                f"no room for the adapter {ref!r}: it takes {_megabytes(size)}, and of "
                f"{_megabytes(self.max_bytes)} for adapters {_megabytes(held)} are in use: "
                "ask again later or allow more"
            )
        for name, _ in idle:
            if self._used() + size <= self.max_bytes:
                break
            del self._slots[name]

    def _load(self, slot: "_Slot", ref: str, folder: Path) -> None:
        """Its result or failure is for all who wait; what failed is tried anew next time."""
        try:
            slot.adapter.set_result(self._read(ref, folder, slot.size))
        except BaseException as error:
            with self._lock:
                del self._slots[ref]
            if isinstance(error, Exception):
                slot.adapter.set_exception(error)
            else:
                slot.adapter.set_exception(AdapterBroken(f"loading {ref!r} was interrupted"))
                raise

    def _read(self, ref: str, folder: Path, size: int) -> Adapter:
        try:
            adapter = read_adapter(folder, self._base)
        except MemoryError:
            raise NoRoomForAdapter(
                f"no memory is left for the adapter {ref!r}, which takes {_megabytes(size)}"
            ) from None
        if adapter.ref != ref:
            raise AdapterForeign(f"{str(folder)!r} holds {adapter.ref!r} instead of {ref!r}")
        return adapter

    def _used(self) -> int:
        return sum(slot.size for slot in self._slots.values())


class _Slot:
    """One version's place; born held by whoever loads it."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.leases = 1
        self.adapter: Future[Adapter] = Future()


def _size_on_disk(folder: Path, ref: str) -> int:
    """Also its size in memory: the tensors stay in the bytes that were read."""
    try:
        return (folder / WEIGHTS_FILE).lstat().st_size
    except OSError as error:
        raise AdapterMissing(
            f"there is no adapter {ref!r} in {str(folder)!r}: {error.strerror}"
        ) from None


def _megabytes(size: int) -> str:
    return f"{size / MEGABYTE:.2f} MB"
