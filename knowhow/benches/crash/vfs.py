"""Puts a tap between SQLite and the disk, in this process, without a compiler.

SQLite reaches the disk through a table of C functions, its VFS. `install` copies the default table,
replaces the entries that change files by Python functions and registers the copy as the default,
in the very library that the standard `sqlite3` module calls. Reads, locks and shared memory stay
SQLite's own functions. Every database opened afterwards is observed; there is no way back, so this
belongs into a process that ends soon. Knows nothing about what happens at the tap.
"""

import ctypes
import errno
import os
import sqlite3
import traceback
from collections.abc import Callable
from ctypes import CFUNCTYPE, POINTER, c_char_p, c_int, c_int64, c_void_p
from pathlib import Path
from typing import Any

from knowhow.benches.crash.operations import Kind, Operation, Role, Tap
from knowhow_memory.errors import KnowhowError

OK = 0
CANNOT_OPEN = 14
FULL = 13
IO_ERROR = 10
IO_ERRORS = {
    Kind.WRITE: IO_ERROR | 3 << 8,
    Kind.SYNC: IO_ERROR | 4 << 8,
    Kind.SYNC_FOLDER: IO_ERROR | 5 << 8,
    Kind.TRUNCATE: IO_ERROR | 6 << 8,
    Kind.DELETE: IO_ERROR | 10 << 8,
    Kind.CREATE: CANNOT_OPEN,
}
INTERNAL_FAULT = 70
"""Exit status when the shim itself is at fault (EX_SOFTWARE): better than a silent success."""

OPEN_CREATE = 0x4
OPEN_DELETE_ON_CLOSE = 0x8
OPEN_DATABASE = 0x100
OPEN_JOURNALS = 0x800 | 0x4000 | 0x80000
"""Rollback journal, super-journal, write-ahead log: their first sync also syncs the folder."""

OpenFunction = CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p, c_int, POINTER(c_int))
DeleteFunction = CFUNCTYPE(c_int, c_void_p, c_char_p, c_int)
WriteFunction = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_int64)
TruncateFunction = CFUNCTYPE(c_int, c_void_p, c_int64)
SyncFunction = CFUNCTYPE(c_int, c_void_p, c_int)


class Vfs(ctypes.Structure):
    """sqlite3_vfs, version 3."""

    _fields_ = (
        ("version", c_int),
        ("file_size", c_int),
        ("max_path", c_int),
        ("next", c_void_p),
        ("name", c_char_p),
        ("app_data", c_void_p),
        ("open", OpenFunction),
        ("delete", DeleteFunction),
        *((f"other{number}", c_void_p) for number in range(14)),
    )


class Methods(ctypes.Structure):
    """sqlite3_io_methods, version 3."""

    _fields_ = (
        ("version", c_int),
        ("close", c_void_p),
        ("read", c_void_p),
        ("write", WriteFunction),
        ("truncate", TruncateFunction),
        ("sync", SyncFunction),
        *((f"other{number}", c_void_p) for number in range(13)),
    )


class File(ctypes.Structure):
    """sqlite3_file: whatever the VFS appends to it stays out of sight."""

    _fields_ = (("methods", POINTER(Methods)),)


def install(tap: Tap) -> None:
    """Observe every database that this process opens from now on."""
    library = library_of_sqlite3()
    library.sqlite3_vfs_find.restype = POINTER(Vfs)
    library.sqlite3_vfs_find.argtypes = (c_char_p,)
    library.sqlite3_vfs_register.argtypes = (POINTER(Vfs), c_int)
    original = library.sqlite3_vfs_find(None)
    _installed.append(_Shim(original, tap))
    if library.sqlite3_vfs_register(ctypes.byref(_installed[-1].vfs), 1) != OK:
        raise KnowhowError("SQLite refused the observing VFS: this platform cannot run the bench")


_installed: list["_Shim"] = []
"""SQLite keeps the address, so the object has to live as long as the process."""


def library_of_sqlite3() -> ctypes.CDLL:
    """The library behind the standard module, proven by its version, not by its name."""
    import _sqlite3

    connection = sqlite3.connect(":memory:")
    (expected,) = connection.execute("SELECT sqlite_source_id()").fetchone()
    connection.close()
    library = ctypes.CDLL(getattr(_sqlite3, "__file__", None))
    try:
        library.sqlite3_sourceid.restype = c_char_p
        found = library.sqlite3_sourceid().decode()
    except AttributeError:
        found = None
    if found != expected:
        raise KnowhowError(
            "this Python hides the SQLite that it carries: run the bench with a Python "
            "that links SQLite as a library (a distribution's own, or python.org's)"
        )
    return library


class _Shim:
    """The replaced functions. None of them may raise: C would read that as success."""

    def __init__(self, original: Any, tap: Tap) -> None:
        self._original = original
        self._tap = tap
        self._methods: dict[int, Methods] = {}
        self._opened: dict[int, tuple[Path, Role, int]] = {}
        self._folder_unsynced: set[int] = set()
        self.vfs = Vfs()
        ctypes.memmove(ctypes.byref(self.vfs), original, ctypes.sizeof(Vfs))
        self.vfs.name = b"observed"
        self.vfs.open = OpenFunction(self._open)
        self.vfs.delete = DeleteFunction(self._delete)

    def _open(self, _vfs: int, name: int, file: int, flags: int, out_flags: Any) -> int:
        def forward(_operation: Operation | None = None) -> None:
            _must(self._original.contents.open(self._original, name, file, flags, out_flags))

        role = _role(flags)
        if not name or role is None or flags & OPEN_DELETE_ON_CLOSE:
            return _code(forward)
        path = Path(os.fsdecode(ctypes.string_at(name)))
        if flags & OPEN_CREATE and not path.exists():
            code = self._ask(Operation(Kind.CREATE, role, path), forward)
        else:
            code = _code(forward)
        if code == OK:
            self._observe(file, path, role, flags)
        return code

    def _observe(self, file: int, path: Path, role: Role, flags: int) -> None:
        self._opened[file] = (path, role, path.stat().st_ino)
        self._folder_unsynced.discard(file)
        if flags & OPEN_CREATE and role is Role.JOURNAL:
            self._folder_unsynced.add(file)
        head = File.from_address(file)
        address = ctypes.addressof(head.methods.contents)
        if address not in self._methods:
            self._methods[address] = self._replaced(head.methods.contents)
        head.methods = ctypes.pointer(self._methods[address])

    def _replaced(self, original: Methods) -> Methods:
        methods = Methods()
        ctypes.memmove(ctypes.byref(methods), ctypes.byref(original), ctypes.sizeof(Methods))
        # Called through copies: the structure's own fields are what gets replaced.
        write, truncate, sync = original.write, original.truncate, original.sync

        def observed_write(file: int, data: int, amount: int, offset: int) -> int:
            path, role, identity = self._opened[file]
            operation = Operation(
                Kind.WRITE, role, path, identity, offset, ctypes.string_at(data, amount)
            )
            return self._ask(operation, lambda o: _must(write(file, o.data, len(o.data), o.offset)))

        def observed_truncate(file: int, size: int) -> int:
            path, role, identity = self._opened[file]
            operation = Operation(Kind.TRUNCATE, role, path, identity, size=size)
            return self._ask(operation, lambda o: _must(truncate(file, o.size)))

        def observed_sync(file: int, flags: int) -> int:
            path, role, identity = self._opened[file]
            operation = Operation(Kind.SYNC, role, path, identity)
            code = self._ask(operation, lambda _: _must(sync(file, flags)))
            if code == OK and file in self._folder_unsynced:
                self._folder_unsynced.discard(file)
                self._folder_was_synced(path.parent, role)
            return code

        methods.write = WriteFunction(observed_write)
        methods.truncate = TruncateFunction(observed_truncate)
        methods.sync = SyncFunction(observed_sync)
        return methods

    def _delete(self, _vfs: int, name: bytes, sync_folder: int) -> int:
        def forward(_operation: Operation | None = None) -> None:
            _must(self._original.contents.delete(self._original, name, sync_folder))

        path = Path(os.fsdecode(name))
        if not path.exists():
            return _code(forward)
        code = self._ask(Operation(Kind.DELETE, Role.JOURNAL, path), forward)
        if code == OK and sync_folder:
            self._folder_was_synced(path.parent, Role.JOURNAL)
        return code

    def _folder_was_synced(self, folder: Path, role: Role) -> None:
        """SQLite did it inside the call before, and does not report whether it worked."""
        self._ask(Operation(Kind.SYNC_FOLDER, role, folder), lambda _: None)

    def _ask(self, operation: Operation, perform: Callable[[Operation], None]) -> int:
        return _code(lambda: self._tap.through(operation, perform), operation.kind)


class _Refused(Exception):
    """SQLite's own VFS said no; the code is passed on as it is."""

    def __init__(self, code: int) -> None:
        self.code = code


def _must(code: int) -> None:
    if code != OK:
        raise _Refused(code)


def _code(call: Callable[[], None], kind: Kind = Kind.CREATE) -> int:
    try:
        call()
    except _Refused as refusal:
        return refusal.code
    except OSError as error:
        full = error.errno == errno.ENOSPC and kind is Kind.WRITE
        return FULL if full else IO_ERRORS[kind]
    except BaseException:  # noqa: BLE001  C must not go on as if it had worked
        traceback.print_exc()
        os._exit(INTERNAL_FAULT)
    return OK


def _role(flags: int) -> Role | None:
    if flags & OPEN_DATABASE:
        return Role.DATABASE
    return Role.JOURNAL if flags & OPEN_JOURNALS else None
