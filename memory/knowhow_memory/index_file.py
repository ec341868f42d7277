"""The vector index in one file: whole and ours, or refused.

    magic, lengths | header (JSON: stamp and shapes) | arrays | HMAC-SHA256 over all before it

The key is the store's secret, so a file that was damaged, cut, or made by another store is known
as such before anything in it is interpreted. Whatever is wrong, `load` raises `IndexUnusable` and
the caller builds the index anew from its rows. faiss never reads a file.
"""

import hashlib
import hmac
import json
import math
import os
import stat
import struct
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from knowhow_memory.cells import CellData
from knowhow_memory.durable import write_file
from knowhow_memory.errors import InternalError, StoreError
from knowhow_memory.index import IndexData, IndexSizes, VectorIndex, id_hash, vector_hash

MAGIC = b"knowhow\0"
FORMAT = 1
PREFIX = struct.Struct("<8sIIQ")
"""Magic, format version, header length, arrays length."""
ALIGNMENT = 8
SEAL_BYTES = hashlib.sha256().digest_size
MAX_HEADER_BYTES = 64 * 1024
MIN_SECRET_BYTES = 16
KINDS: dict[str, np.dtype[Any]] = {
    "sizes": np.dtype("<i8"),
    "ids": np.dtype("<i8"),
    "digests": np.dtype("<u8"),
    "ranges": np.dtype("<f4"),
    "centroids": np.dtype("<f4"),
    "codes": np.dtype("u1"),
}
"""In the order of the file: the header is padded and the widest come first, so all lie aligned."""


class IndexUnusable(StoreError):
    """The index file is missing, damaged, or not the one that was expected."""


@dataclass(frozen=True)
class Origin:
    """Whose vectors an index holds; another origin means another index."""

    store_id: str
    embedder: str
    dim: int


@dataclass(frozen=True)
class Stamp(Origin):
    """Also how far in the log the index has come, and what exactly it holds."""

    seq: int
    count: int
    id_hash: int
    vector_hash: int

    @classmethod
    def of(cls, index: VectorIndex, *, store_id: str, embedder: str, seq: int) -> Self:
        ids = index.ids()
        return cls(store_id, embedder, index.dim, seq, len(ids), id_hash(ids), index.vector_hash())


def save(index: VectorIndex, path: Path, stamp: Stamp, secret: bytes) -> None:
    """Write the index; `stamp` must be of what it holds now."""
    data = index.data()
    if problem := _contradiction(data, stamp):
        raise InternalError(f"the index changed while it was saved: {problem}")
    arrays = _arrays(data)
    shapes = {name: list(array.shape) for name, array in arrays.items()}
    header = json.dumps({"stamp": asdict(stamp), "shapes": shapes}).encode()
    header += b" " * (-len(header) % ALIGNMENT)
    length = sum(array.nbytes for array in arrays.values())
    chunks: list[bytes | memoryview] = [PREFIX.pack(MAGIC, FORMAT, len(header), length), header]
    chunks += [array.reshape(-1).view(np.uint8).data for array in arrays.values()]
    write_file(path, *chunks, _seal(secret, chunks))


def load(
    path: Path, expected: Origin, secret: bytes, *, sizes: IndexSizes | None = None
) -> VectorIndex:
    """The index in `path`, if it is whole, sealed with `secret` and as expected.

    With an `Origin`, an older file of the same store will do, and the caller catches up; with a
    `Stamp` it must be exactly that one.
    """
    content, header_length = _read(path)
    if not hmac.compare_digest(_seal(secret, [content[:-SEAL_BYTES]]), content[-SEAL_BYTES:]):
        raise IndexUnusable(f"the index file {str(path)!r} is damaged or of another store")
    start = PREFIX.size + header_length
    try:
        header = json.loads(bytes(content[PREFIX.size : start]))
        stamp = Stamp(**header["stamp"])
        data = _parse(content[start:-SEAL_BYTES], header["shapes"], stamp.dim)
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise IndexUnusable(f"the index file {str(path)!r} cannot be read: {error}") from error
    problem = _difference(stamp, expected) or _contradiction(data, stamp)
    if problem:
        raise IndexUnusable(f"the index file {str(path)!r} is not the one expected: {problem}")
    return VectorIndex.restore(data, sizes=sizes)


def _read(path: Path) -> tuple[memoryview, int]:
    """The bytes of a regular file and its header's length.

    Never through a link, never from a pipe that would block, never more than the lengths say.
    """
    try:
        with open(path, "rb", opener=_open_itself) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise IndexUnusable(f"{str(path)!r} is not a regular file")
            header_length = _check_lengths(file.read(PREFIX.size), status.st_size)
            file.seek(0)
            return memoryview(file.read()), header_length
    except FileNotFoundError:
        raise IndexUnusable(f"there is no index file {str(path)!r}") from None
    except (OSError, MemoryError) as error:
        raise IndexUnusable(f"the index file {str(path)!r} cannot be read: {error}") from error


def _open_itself(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


def _check_lengths(prefix: bytes, size: int) -> int:
    """The header's length, once all lengths fit the file's."""
    if len(prefix) < PREFIX.size:
        raise IndexUnusable("the index file is cut short")
    magic, version, header, arrays = PREFIX.unpack(prefix)
    if magic != MAGIC or version != FORMAT:
        raise IndexUnusable("the index file has another format")
    if header > MAX_HEADER_BYTES or PREFIX.size + header + arrays + SEAL_BYTES != size:
        raise IndexUnusable("the index file has not the length it should have")
    return int(header)


def _seal(secret: bytes, chunks: Iterable[bytes | memoryview]) -> bytes:
    if len(secret) < MIN_SECRET_BYTES:
        raise InternalError(f"the store's secret has {len(secret)} bytes: too few to seal with")
    seal = hmac.new(secret, digestmod=hashlib.sha256)
    for chunk in chunks:
        seal.update(chunk)
    return seal.digest()


def _arrays(data: IndexData) -> dict[str, NDArray[Any]]:
    cells = data.cells
    arrays = {
        "ranges": cells.ranges,
        "centroids": cells.centroids,
        "sizes": cells.sizes,
        "ids": cells.ids,
        "digests": data.digests,
        "codes": cells.codes,
    }
    return {name: np.ascontiguousarray(arrays[name], kind) for name, kind in KINDS.items()}


def _parse(content: memoryview, shapes: dict[str, list[int]], dim: int) -> IndexData:
    arrays: dict[str, NDArray[Any]] = {}
    start = 0
    for name, kind in KINDS.items():
        count = math.prod(shapes[name])
        array = np.frombuffer(content, kind, count, start).reshape(shapes[name])
        arrays[name] = array.astype(kind.newbyteorder("="), copy=False)
        start += count * kind.itemsize
    digests = arrays.pop("digests")
    return IndexData(CellData(dim, **arrays), digests)


def _difference(stamp: Stamp, expected: Origin) -> str | None:
    for field in fields(expected):
        found, wanted = getattr(stamp, field.name), getattr(expected, field.name)
        if found != wanted:
            return f"{field.name} is {found!r}, not {wanted!r}"
    return None


def _contradiction(data: IndexData, stamp: Stamp) -> str | None:
    """In what the arrays differ from the stamp or from each other."""
    cells = data.cells
    width = cells.dim if cells.ranges.size else cells.dim * np.dtype(np.float32).itemsize
    facts = {
        "dimension": (cells.dim, stamp.dim),
        "centroids": (cells.centroids.shape, (len(cells.sizes), stamp.dim)),
        "codes": (cells.codes.shape, (len(cells.ids), width)),
        "ranges": (cells.ranges.size in (0, 2 * stamp.dim), True),
        "sizes": (int(cells.sizes.sum()), len(cells.ids)),
        "smallest size": (bool((cells.sizes >= 0).all()), True),
        "count": (len(data.digests), stamp.count),
        "ids": (len(cells.ids), stamp.count),
        "id hash": (id_hash(cells.ids), stamp.id_hash),
        "vector hash": (vector_hash(data.digests), stamp.vector_hash),
    }
    for name, (found, wanted) in facts.items():
        if found != wanted:
            return f"{name} is {found!r}, not {wanted!r}"
    return None
