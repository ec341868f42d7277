"""Puts a tap between Python's own file functions and the disk, in this process.

What the store does beside SQLite (index files, backups, new folders) goes through `os` and `open`.
`install` replaces those that change something below one folder; files elsewhere are left alone.
There is no way back, so this belongs into a process that ends soon. Knows nothing about SQLite.
"""

import builtins
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from knowhow.benches.crash.operations import Kind, Operation, Role, Tap

MODES = {
    "r": 0,
    "w": os.O_CREAT | os.O_TRUNC,
    "a": os.O_CREAT | os.O_APPEND,
    "x": os.O_CREAT | os.O_EXCL,
}
NAMED = (Kind.TRUNCATE, Kind.SYNC, Kind.RENAME, Kind.LINK)
"""Operations on a file that has its identity already."""

_open, _write, _fsync, _close, _truncate = os.open, os.write, os.fsync, os.close, os.ftruncate
_mkdir, _rmdir, _unlink, _replace, _link = os.mkdir, os.rmdir, os.unlink, os.replace, os.link
_fdopen, _open_file = os.fdopen, open


def install(tap: Tap, folder: Path) -> None:
    """Observe what this process changes below `folder` from now on."""
    files = _Files(tap, folder)
    for name, function in {
        "open": files.open,
        "close": files.close,
        "fdopen": files.fdopen,
        "write": files.write,
        "ftruncate": files.truncate,
        "fsync": files.fsync,
        "fdatasync": files.fsync,
        "mkdir": files.mkdir,
        "rmdir": files.rmdir,
        "unlink": files.unlink,
        "remove": files.unlink,
        "replace": files.replace,
        "rename": files.replace,
        "link": files.link,
    }.items():
        setattr(os, name, function)
    for module in (io, builtins):
        setattr(module, "open", files.open_file)  # noqa: B010  a type checker forbids the direct way


class _Files:
    """The replaced functions; each asks the tap only for changes below the folder."""

    def __init__(self, tap: Tap, folder: Path) -> None:
        self._tap = tap
        self._folder = folder
        self._paths: dict[int, Path] = {}

    def open(self, name: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        path = self._watched(name, dir_fd)
        if path is None:
            return _open(name, flags, mode, dir_fd=dir_fd)
        opened: list[int] = []

        def perform(_operation: Operation | None = None) -> None:
            opened.append(_open(path, flags, mode))

        if flags & os.O_CREAT and not path.exists():
            self._ask(Kind.CREATE, path, perform)
        elif flags & os.O_TRUNC:
            self._ask(Kind.TRUNCATE, path, perform)
        else:
            perform()
        self._paths[opened[0]] = path
        return opened[0]

    def close(self, handle: int) -> None:
        self._paths.pop(handle, None)
        _close(handle)

    def write(self, handle: int, data: Any) -> int:
        if handle not in self._paths:
            return _write(handle, data)
        content, status = bytes(data), os.fstat(handle)
        offset = os.lseek(handle, 0, os.SEEK_CUR)
        path = self._paths[handle]
        self._tap.through(
            Operation(Kind.WRITE, Role.OWN, path, status.st_ino, offset, content),
            lambda operation: _write_all(handle, operation.data),
        )
        return len(content)

    def truncate(self, handle: int, size: int) -> None:
        path = self._paths.get(handle)
        if path is None:
            return _truncate(handle, size)
        return self._ask(Kind.TRUNCATE, path, lambda o: _truncate(handle, o.size), size=size)

    def fsync(self, handle: int) -> None:
        path = self._paths.get(handle)
        if path is None:
            return _fsync(handle)
        kind = Kind.SYNC_FOLDER if path.is_dir() else Kind.SYNC
        return self._ask(kind, path, lambda _: _fsync(handle))

    def mkdir(self, name: Any, mode: int = 0o777, *, dir_fd: int | None = None) -> None:
        path = self._watched(name, dir_fd)
        if path is None or path.exists():
            return _mkdir(name, mode, dir_fd=dir_fd)
        return self._ask(Kind.MAKE_FOLDER, path, lambda _: _mkdir(path, mode))

    def rmdir(self, name: Any, *, dir_fd: int | None = None) -> None:
        path = self._watched(name, dir_fd)
        if path is None:
            return _rmdir(name, dir_fd=dir_fd)
        return self._ask(Kind.REMOVE_FOLDER, path, lambda _: _rmdir(path))

    def unlink(self, name: Any, *, dir_fd: int | None = None) -> None:
        path = self._watched(name, dir_fd)
        if path is None or not path.exists():
            return _unlink(name, dir_fd=dir_fd)
        return self._ask(Kind.DELETE, path, lambda _: _unlink(path))

    def replace(self, source: Any, target: Any, **folders: Any) -> None:
        path = self._watched(source)
        if path is None:
            return _replace(source, target, **folders)
        return self._ask(Kind.RENAME, path, lambda _: _replace(source, target), target=Path(target))

    def link(self, source: Any, target: Any, **more: Any) -> None:
        path = self._watched(source)
        if path is None or Path(target).exists():
            return _link(source, target, **more)
        return self._ask(Kind.LINK, path, lambda _: _link(source, target), target=Path(target))

    def fdopen(self, handle: int, mode: str = "r", *rest: Any, **more: Any) -> Any:
        if handle not in self._paths or not _changes(mode):
            return _fdopen(handle, mode, *rest, **more)
        raw = _ObservedFile(self, handle)
        buffered = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
        return buffered if "b" in mode else io.TextIOWrapper(buffered, encoding="utf-8")

    def open_file(self, name: Any, mode: str = "r", *rest: Any, **more: Any) -> Any:
        if isinstance(name, int) or not _changes(mode) or self._watched(name) is None:
            return _open_file(name, mode, *rest, **more)
        access = os.O_RDWR if "+" in mode else os.O_WRONLY
        return self.fdopen(self.open(name, MODES[mode[0]] | access, 0o666), mode)

    def _watched(self, name: Any, folder: int | None = None) -> Path | None:
        path = Path(os.fsdecode(name))
        if folder is not None:
            path = self._paths.get(folder, Path()) / path
        return path if path.is_relative_to(self._folder) else None

    def _ask(
        self,
        kind: Kind,
        path: Path,
        perform: Callable[[Operation], None],
        *,
        size: int = 0,
        target: Path | None = None,
    ) -> None:
        identity = path.stat().st_ino if kind in NAMED else 0
        operation = Operation(kind, Role.OWN, path, identity, size=size, target=target)
        self._tap.through(operation, perform)


class _ObservedFile(io.RawIOBase):
    """What `open` gives for writing; its writes go the observed way."""

    def __init__(self, files: _Files, handle: int) -> None:
        self._files = files
        self._handle = handle

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._handle

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return os.lseek(self._handle, offset, whence)

    def readinto(self, buffer: Any) -> int:
        return os.readv(self._handle, [buffer])

    def write(self, data: Any) -> int:
        return self._files.write(self._handle, data)

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._files.close(self._handle)


def _changes(mode: str) -> bool:
    return mode[0] in "wax" or "+" in mode


def _write_all(handle: int, data: bytes) -> None:
    while data:
        data = data[_write(handle, data) :]
