"""The files of an adapter, out of a folder or an archive, before anything in them is believed.

Only the names that an adapter has are taken, only plain files, each no larger than the reader asks
for. An archive is read into memory and never unpacked, so nothing in it can choose where it lands.
Files of a folder are opened through the folder, without following links, and read once: what was
checked cannot be exchanged afterwards. Knows nothing about what the files mean.
"""

import io
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Protocol

from knowhow_adapters.errors import AdapterBroken, AdapterMissing

CONFIG_FILE = "adapter_config.json"
WEIGHTS_FILE = "adapter_model.safetensors"
MANIFEST_FILE = "knowhow.json"
LINEAGE_FILE = "lineage.json"
CARD_FILE = "README.md"
"""PEFT writes one, too; nobody reads it here."""
NAMES = frozenset({CONFIG_FILE, WEIGHTS_FILE, MANIFEST_FILE, LINEAGE_FILE, CARD_FILE})
PICKLES = frozenset({".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib"})
CODE = frozenset({".py", ".pyc", ".so", ".sh", ".dll"})

ARCHIVE_SUFFIX = ".zip"
EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The time of every entry: equal adapters make equal archives."""
PLAIN_FILE = stat.S_IFREG | 0o644
END_RECORD, END_BYTES = b"PK\5\6", 22
ZIP64_LOCATOR, ZIP64_BYTES = b"PK\6\7", 20
MAX_DIRECTORY_BYTES = 2**16
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ENCRYPTED = 1
DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    ValueError,
)
"""What the library raises on an archive that is damaged, according to where."""
SHOWN = 80
"""Characters of a stranger's name that an error repeats."""


class Parts(Protocol):
    sizes: Mapping[str, int]

    def read(self, name: str, limit: int) -> bytearray:
        """The whole file, or a refusal if it is missing or larger than the limit."""
        ...


@contextmanager
def open_parts(source: Path) -> Iterator[Parts]:
    packed = source.suffix == ARCHIVE_SUFFIX and not source.is_dir()
    if source.is_file() and not packed:
        raise AdapterBroken(f"it is neither a folder nor a {ARCHIVE_SUFFIX!r}")
    with (_open_archive if packed else _open_folder)(source) as parts:
        yield parts


def pack(files: Mapping[str, bytes]) -> bytes:
    """An archive that `open_parts` takes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, EARLIEST)
            entry.external_attr = PLAIN_FILE << 16
            archive.writestr(entry, files[name])
    return buffer.getvalue()


class _Folder:
    def __init__(self, handle: int) -> None:
        self._handle = handle
        sizes = {}
        for name in sorted(os.listdir(handle)):
            _refuse_name(name)
            status = os.stat(name, dir_fd=handle, follow_symlinks=False)
            _refuse_kind(name, status.st_mode)
            sizes[name] = status.st_size
        self.sizes: Mapping[str, int] = sizes

    def read(self, name: str, limit: int) -> bytearray:
        _refuse_size(name, self.sizes, limit)
        with _explained(), open(name, "rb", opener=self._open_inside) as file:
            _refuse_kind(name, os.fstat(file.fileno()).st_mode)
            return _read_whole(file, name, self.sizes[name])

    def _open_inside(self, name: str, flags: int) -> int:
        return os.open(name, flags | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=self._handle)


class _Archive:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        sizes: dict[str, int] = {}
        for entry in archive.infolist():
            _refuse_name(entry.orig_filename)
            mode = entry.external_attr >> 16
            _refuse_kind(entry.filename, mode if stat.S_IFMT(mode) else stat.S_IFREG)
            if entry.filename in sizes:
                raise AdapterBroken(f"it holds {entry.filename!r} twice")
            if entry.flag_bits & ENCRYPTED or entry.compress_type not in METHODS:
                raise AdapterBroken(f"its {entry.filename!r} is packed in a way that is not taken")
            sizes[entry.filename] = entry.file_size
        self.sizes: Mapping[str, int] = sizes

    def read(self, name: str, limit: int) -> bytearray:
        _refuse_size(name, self.sizes, limit)
        with _explained(), self._archive.open(name) as file:
            return _read_whole(file, name, self.sizes[name])


@contextmanager
def _open_folder(folder: Path) -> Iterator[Parts]:
    if folder.is_symlink():
        raise AdapterBroken("it is a link")
    with _explained():
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        with _explained():
            parts = _Folder(handle)
        yield parts
    finally:
        os.close(handle)


@contextmanager
def _open_archive(path: Path) -> Iterator[Parts]:
    with ExitStack() as stack:
        with _explained():
            file = stack.enter_context(open(path, "rb", opener=_open_itself))
            _refuse_kind(path.name, os.fstat(file.fileno()).st_mode)
            _refuse_directory(file)
            parts = _Archive(stack.enter_context(zipfile.ZipFile(file)))
        yield parts


@contextmanager
def _explained() -> Iterator[None]:
    """Whatever opening or reading raises, as a refusal."""
    try:
        yield
    except FileNotFoundError:
        raise AdapterMissing("there is no such file or folder") from None
    except OSError as error:
        raise AdapterBroken(f"it cannot be read: {error.strerror or error}") from error
    except DAMAGED as error:
        raise AdapterBroken(f"it is damaged: {error}") from error


def _open_itself(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


def _refuse_directory(file: IO[bytes]) -> None:
    """Before the library reads the list of entries: a short one, at the very end, of one format."""
    length = file.seek(0, os.SEEK_END)
    file.seek(max(0, length - END_BYTES - ZIP64_BYTES))
    locator, end = (tail := file.read())[:-END_BYTES], tail[-END_BYTES:]
    if len(end) < END_BYTES or not end.startswith(END_RECORD):
        raise AdapterBroken("it is no archive, or cut short")
    directory_bytes = int.from_bytes(end[12:16], "little")
    if locator.startswith(ZIP64_LOCATOR) or directory_bytes > MAX_DIRECTORY_BYTES:
        raise AdapterBroken("its list of entries is larger than an adapter's")
    file.seek(0)


def _refuse_name(name: str) -> None:
    if name in NAMES:
        return
    path, shown = PurePosixPath(name), repr(name[:SHOWN])
    if path.suffix.lower() in PICKLES:
        raise AdapterBroken(f"it holds {shown}, a pickle: loading one runs whatever it holds")
    if path.suffix.lower() in CODE:
        raise AdapterBroken(f"it holds {shown}, code: an adapter is numbers only")
    if path.is_absolute() or ".." in path.parts or "\\" in name:
        raise AdapterBroken(f"it holds {shown}, a name that leads out of its folder")
    if path.name in NAMES:
        raise AdapterBroken(f"it holds {shown}: pack the files alone, without their folder")
    raise AdapterBroken(f"it holds {shown}, which is no part of an adapter")


def _refuse_kind(name: str, mode: int) -> None:
    if stat.S_ISLNK(mode):
        raise AdapterBroken(f"its {name!r} is a link")
    if not stat.S_ISREG(mode):
        raise AdapterBroken(f"its {name!r} is not a plain file")


def _refuse_size(name: str, sizes: Mapping[str, int], limit: int) -> None:
    if name not in sizes:
        raise AdapterBroken(f"it lacks {name!r}")
    if sizes[name] > limit:
        raise AdapterBroken(
            f"its {name!r} has {sizes[name]:,} bytes, and {limit:,} are the most it can need"
        )


def _read_whole(file: IO[bytes], name: str, size: int) -> bytearray:
    """Never more than was announced, whatever the file or the compression says now."""
    content = bytearray(size)
    view = memoryview(content)
    filled = 0
    while block := file.read(min(2**20, size - filled + 1)):
        if filled + len(block) > size:
            raise AdapterBroken(f"its {name!r} is longer than announced")
        view[filled : filled + len(block)] = block
        filled += len(block)
    if filled < size:
        raise AdapterBroken(f"its {name!r} is cut short")
    return content
