"""The vectors of many problems, remembered on disk by what the text says.

A second replay of the same problems starts at once, and one that is interrupted goes on where it
stopped. The file is a cache: whoever deletes it loses time only. Knows nothing about outcomes.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_path

from knowhow_memory.embedder import Embedder
from knowhow_memory.errors import StoreError

CACHE_FILE = "vectors.sqlite"
EMBED_AT_ONCE = 512
"""Texts between two saves: at most some seconds of work are lost."""
ASK_AT_ONCE = 500
"""Keys in one query; older SQLite takes 999 parameters."""
LOCK_SECONDS = 30.0

Vectors = NDArray[np.float32]


def cache_path() -> Path:
    """The cache's file in the user's cache folder."""
    return user_cache_path("knowhow") / CACHE_FILE


def problem_vectors(
    texts: Sequence[str],
    embedder: Embedder,
    cache: Path,
    report: Callable[[int], None] = lambda done: None,
) -> Vectors:
    """One unit vector a text, in the texts' order; `report` hears how many texts are done."""
    keys = [hashlib.blake2b(text.encode(), digest_size=16).digest() for text in texts]
    try:
        cache.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(cache, timeout=LOCK_SECONDS)) as connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS vector (embedder TEXT, text BLOB, vector BLOB NOT NULL,"
                " PRIMARY KEY (embedder, text)) WITHOUT ROWID"
            )
            found = _look_up(connection, embedder, set(keys))
            fresh = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
            known = len(keys) - len(fresh)
            found |= _embed(connection, embedder, fresh, lambda done: report(known + done))
    except (sqlite3.Error, OSError) as error:
        raise StoreError(
            f"the cache of vectors {str(cache)!r} cannot be used ({error}): delete it"
        ) from error
    if not keys:
        return np.empty((0, embedder.dim), dtype=np.float32)
    return np.stack([found[key] for key in keys])


def _look_up(
    connection: sqlite3.Connection, embedder: Embedder, keys: set[bytes]
) -> dict[bytes, Vectors]:
    found: dict[bytes, Vectors] = {}
    wanted = sorted(keys)
    for begin in range(0, len(wanted), ASK_AT_ONCE):
        part = wanted[begin : begin + ASK_AT_ONCE]
        marks = ",".join("?" * len(part))
        query = f"SELECT text, vector FROM vector WHERE embedder = ? AND text IN ({marks})"  # noqa: S608
        for key, blob in connection.execute(query, (embedder.fingerprint, *part)):
            vector = np.frombuffer(blob, dtype="<f4")
            if len(vector) == embedder.dim:
                found[key] = vector.astype(np.float32)
    return found


def _embed(
    connection: sqlite3.Connection,
    embedder: Embedder,
    fresh: dict[bytes, str],
    report: Callable[[int], None],
) -> dict[bytes, Vectors]:
    # Similar lengths together: a batch is padded to its longest text.
    keys = sorted(fresh, key=lambda key: len(fresh[key]))
    made: dict[bytes, Vectors] = {}
    for begin in range(0, len(keys), EMBED_AT_ONCE):
        report(begin)
        part = keys[begin : begin + EMBED_AT_ONCE]
        vectors = embedder.embed_many([fresh[key] for key in part])
        made.update(zip(part, vectors, strict=True))
        rows = [
            (embedder.fingerprint, key, vector.astype("<f4").tobytes())
            for key, vector in zip(part, vectors, strict=True)
        ]
        with connection:
            connection.executemany("INSERT OR REPLACE INTO vector VALUES (?, ?, ?)", rows)
    return made
