"""One file of arrays with a header: whole and ours, or refused.

    magic, lengths | header (JSON) | arrays | HMAC-SHA256 over all before it

The key is the store's secret, so a file that was damaged, cut, or made by another store is known as
such before anything in it is interpreted. Knows nothing about what the arrays mean.
"""

import hashlib
import hmac
import json
import math
import os
import stat
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowhow_memory.durable import write_file
from knowhow_memory.errors import InternalError, StoreError

MAGIC = b"knowhow\1"
PREFIX = struct.Struct("<8sQQ")
"""Magic, header length, arrays length."""
ALIGNMENT = 8
SEAL_BYTES = hashlib.sha256().digest_size
MIN_SECRET_BYTES = 16
KINDS = frozenset("biuf")
"""Numbers only: an array of objects would be code in disguise."""


class SealBroken(StoreError):
    """The file is missing, damaged, or not ours; what it cached is made anew."""


def write_sealed(
    path: Path, header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], secret: bytes
) -> None:
    """Replace the file, atomically and durably."""
    blocks = [np.ascontiguousarray(array) for array in arrays.values()]
    shapes = [[name, a.dtype.str, list(a.shape)] for name, a in zip(arrays, blocks, strict=True)]
    head = json.dumps({"header": header, "arrays": shapes}).encode()
    head += b" " * (-len(head) % ALIGNMENT)
    chunks: list[bytes | memoryview] = [head]
    for block in blocks:
        chunks += [block.reshape(-1).view(np.uint8).data, bytes(-block.nbytes % ALIGNMENT)]
    length = sum(len(chunk) for chunk in chunks) - len(head)
    chunks.insert(0, PREFIX.pack(MAGIC, len(head), length))
    write_file(path, *chunks, _seal(secret, chunks))


def read_sealed(path: Path, secret: bytes) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Header and arrays as they were written, or `SealBroken` with the reason."""
    content = memoryview(_read(path))
    if not hmac.compare_digest(_seal(secret, [content[:-SEAL_BYTES]]), content[-SEAL_BYTES:]):
        raise SealBroken(f"{str(path)!r} is damaged or of another store")
    _, head_length, _ = PREFIX.unpack(content[: PREFIX.size])
    start = PREFIX.size + head_length
    head = json.loads(bytes(content[PREFIX.size : start]))
    arrays: dict[str, NDArray[Any]] = {}
    for name, kind, shape in head["arrays"]:
        dtype = np.dtype(kind)
        if dtype.kind not in KINDS:
            raise SealBroken(f"{str(path)!r} holds something else than numbers")
        arrays[name] = np.frombuffer(content, dtype, math.prod(shape), start).reshape(shape).copy()
        start += arrays[name].nbytes + -arrays[name].nbytes % ALIGNMENT
    return head["header"], arrays


def _read(path: Path) -> bytes:
    """Never through a link, never from a pipe that would block, never more than the lengths say."""
    try:
        with open(path, "rb", opener=_open_itself) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise SealBroken(f"{str(path)!r} is not a regular file")
            prefix = file.read(PREFIX.size)
            if len(prefix) < PREFIX.size:
                raise SealBroken(f"{str(path)!r} is cut short")
            magic, head, arrays = PREFIX.unpack(prefix)
            if magic != MAGIC or PREFIX.size + head + arrays + SEAL_BYTES != status.st_size:
                raise SealBroken(f"{str(path)!r} has another format or length")
            return prefix + file.read()
    except FileNotFoundError:
        raise SealBroken(f"there is no {str(path)!r}") from None
    except OSError as error:
        raise SealBroken(f"{str(path)!r} cannot be read: {error.strerror}") from error


def _open_itself(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


def _seal(secret: bytes, chunks: Iterable[bytes | memoryview]) -> bytes:
    if len(secret) < MIN_SECRET_BYTES:
        raise InternalError(f"the store's secret has {len(secret)} bytes: too few to seal with")
    seal = hmac.new(secret, digestmod=hashlib.sha256)
    for chunk in chunks:
        seal.update(chunk)
    return seal.digest()
