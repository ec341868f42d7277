import hashlib
import hmac
import json
import os

import numpy as np
import pytest

from knowhow_memory.errors import InternalError
from knowhow_memory.index import IndexSizes, VectorIndex
from knowhow_memory.index_file import (
    FORMAT,
    MAGIC,
    MAX_HEADER_BYTES,
    PREFIX,
    SEAL_BYTES,
    IndexUnusable,
    Origin,
    Stamp,
    load,
    save,
)

DIM = 16
SMALL = IndexSizes(scan=100, cell=32, probes=8)
SECRET, OTHER_SECRET = b"s" * 32, b"o" * 32
ORIGIN = Origin("store", "embedder", DIM)


def vectors(count, seed=1):
    rows = np.random.default_rng(seed).standard_normal((count, DIM)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def filled(count, seed=1):
    index = VectorIndex(DIM, sizes=SMALL)
    index.add(np.arange(count) * 3, vectors(count, seed))
    return index


def stamp_of(index, seq=5, store_id="store"):
    return Stamp.of(index, store_id=store_id, embedder="embedder", seq=seq)


def saved(path, count=300, *, seq=5, seed=1, store_id="store", secret=SECRET):
    index = filled(count, seed)
    stamp = stamp_of(index, seq, store_id)
    save(index, path, stamp, secret)
    return index, stamp


def sealed(header, arrays=b"", *, header_length=None, arrays_length=None, version=FORMAT):
    """A file with a right seal, whatever it says."""
    head = json.dumps(header).encode() if isinstance(header, dict) else header
    lengths = (
        len(head) if header_length is None else header_length,
        len(arrays) if arrays_length is None else arrays_length,
    )
    content = PREFIX.pack(MAGIC, version, *lengths) + head + arrays
    return content + hmac.digest(SECRET, content, hashlib.sha256)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "index.bin"


@pytest.mark.parametrize("count", [0, 1, 90, 300])
def test_a_loaded_index_is_the_saved_one(path, count):
    index, stamp = saved(path, count)
    loaded = load(path, stamp, SECRET, sizes=SMALL)
    queries = vectors(20, seed=2)
    for one, other in zip(index.search(queries, 7), loaded.search(queries, 7), strict=True):
        assert np.array_equal(one, other)
    assert stamp_of(loaded) == stamp


def test_a_loaded_index_goes_on_like_the_saved_one(path):
    """Also its later splits are the same, so a restart changes no result."""
    index, stamp = saved(path)
    loaded = load(path, stamp, SECRET, sizes=SMALL)
    for each in (index, loaded):
        each.remove(np.arange(0, 300, 6))
        each.add(np.arange(1, 900, 3), vectors(300, seed=3))
    queries = vectors(20, seed=4)
    assert np.array_equal(index.search(queries, 7)[1], loaded.search(queries, 7)[1])
    assert stamp_of(index) == stamp_of(loaded)


def test_saving_twice_writes_the_same_bytes(path, tmp_path):
    saved(path)
    saved(tmp_path / "again.bin")
    assert path.read_bytes() == (tmp_path / "again.bin").read_bytes()


def test_an_origin_takes_an_older_file_and_a_stamp_does_not(path):
    saved(path, seq=5)
    newer = stamp_of(filled(301), seq=6)
    assert len(load(path, ORIGIN, SECRET)) == 300
    with pytest.raises(IndexUnusable, match="seq is 5, not 6"):
        load(path, newer, SECRET)


def test_saving_under_the_stamp_of_another_index_is_refused(path):
    index = filled(300)
    with pytest.raises(InternalError, match="count"):
        save(index, path, stamp_of(filled(299)), SECRET)
    with pytest.raises(InternalError, match="vector hash"):
        save(index, path, stamp_of(filled(300, seed=9)), SECRET)
    with pytest.raises(InternalError, match="secret"):
        save(index, path, stamp_of(index), b"short")
    assert not path.exists()


# --- damage --------------------------------------------------------------------------------------


def test_every_truncation_is_refused(path):
    _, stamp = saved(path, 3)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(IndexUnusable):
            load(path, stamp, SECRET)


def test_something_appended_is_refused(path):
    _, stamp = saved(path)
    with path.open("ab") as file:
        file.write(b"\0")
    with pytest.raises(IndexUnusable, match="length"):
        load(path, stamp, SECRET)


def test_a_flipped_bit_in_any_byte_is_refused(path):
    _, stamp = saved(path, 3)
    whole = path.read_bytes()
    for at, bit in enumerate(np.random.default_rng(3).integers(0, 8, len(whole)).tolist()):
        damaged = bytearray(whole)
        damaged[at] ^= 1 << bit
        path.write_bytes(damaged)
        with pytest.raises(IndexUnusable):
            load(path, stamp, SECRET)


def test_zeroed_ranges_are_refused(path):
    _, stamp = saved(path, 300)
    whole = path.read_bytes()
    rng = np.random.default_rng(4)
    refused = 0
    for _ in range(200):
        start = int(rng.integers(0, len(whole)))
        damaged = bytearray(whole)
        end = min(len(whole), start + int(rng.integers(1, 4097)))
        damaged[start:end] = bytes(end - start)
        if damaged == whole:
            continue
        path.write_bytes(damaged)
        with pytest.raises(IndexUnusable):
            load(path, stamp, SECRET)
        refused += 1
    assert refused > 150


# --- not the one expected ------------------------------------------------------------------------


def test_files_of_two_stores_swapped(path, tmp_path):
    other_path = tmp_path / "other.bin"
    _, stamp = saved(path)
    _, other = saved(other_path, store_id="other", secret=OTHER_SECRET)
    swap = tmp_path / "swap"
    path.rename(swap)
    other_path.rename(path)
    swap.rename(other_path)
    with pytest.raises(IndexUnusable, match="another store"):
        load(path, stamp, SECRET)
    with pytest.raises(IndexUnusable, match="another store"):
        load(other_path, other, OTHER_SECRET)


@pytest.mark.parametrize(
    ("expected", "says"),
    [
        (Origin("other", "embedder", DIM), "store_id"),
        (Origin("store", "another", DIM), "embedder"),
        (Origin("store", "embedder", DIM + 1), "dim"),
    ],
)
def test_another_origin_is_refused(path, expected, says):
    saved(path)
    with pytest.raises(IndexUnusable, match=says):
        load(path, expected, SECRET)


def test_same_ids_with_other_vectors_are_refused(path):
    saved(path, seed=1)
    with pytest.raises(IndexUnusable, match="vector_hash"):
        load(path, stamp_of(filled(300, seed=2)), SECRET)


# --- not a file ----------------------------------------------------------------------------------


def test_missing_empty_and_folder(path):
    with pytest.raises(IndexUnusable, match="there is no"):
        load(path, ORIGIN, SECRET)
    path.touch()
    with pytest.raises(IndexUnusable, match="cut short"):
        load(path, ORIGIN, SECRET)
    path.unlink()
    path.mkdir()
    with pytest.raises(IndexUnusable):
        load(path, ORIGIN, SECRET)
    with pytest.raises(IndexUnusable):
        load(path / "index.bin" / "deeper", ORIGIN, SECRET)


def test_a_link_is_not_followed(path, tmp_path):
    """Not even to a file that is right: whoever can place a link can place it later."""
    real = tmp_path / "real.bin"
    _, stamp = saved(real)
    path.symlink_to(real)
    with pytest.raises(IndexUnusable):
        load(path, stamp, SECRET)


def test_a_pipe_neither_blocks_nor_loads(path):
    os.mkfifo(path)
    with pytest.raises(IndexUnusable, match="not a regular file"):
        load(path, ORIGIN, SECRET)


def test_saving_replaces_a_link_instead_of_writing_through_it(path, tmp_path):
    precious = tmp_path / "precious"
    precious.write_text("mine")
    path.symlink_to(precious)
    _, stamp = saved(path)
    assert precious.read_text() == "mine"
    assert len(load(path, stamp, SECRET)) == 300


# --- headers that lie, under a right seal ---------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        sealed(b"{}", header_length=2**32 - 1),
        sealed(b" " * (MAX_HEADER_BYTES + 1)),
        sealed(b"{}", arrays_length=2**62),
        sealed(b"{}", version=FORMAT + 1),
        sealed(b"not json"),
        sealed(b"[]"),
        sealed(b"[" * 30_000),
        sealed({}),
        sealed({"stamp": {}, "shapes": {}}),
    ],
    ids=lambda content: repr(content[8:40]),
)
def test_impossible_headers_are_refused(path, content):
    path.write_bytes(content)
    with pytest.raises(IndexUnusable):
        load(path, ORIGIN, SECRET)


@pytest.mark.parametrize("at", [0, len(MAGIC)], ids=["magic", "version"])
def test_another_format_is_refused_even_under_a_right_seal(path, at):
    saved(path)
    content = bytearray(path.read_bytes()[:-SEAL_BYTES])
    content[at] += 1
    path.write_bytes(content + hmac.digest(SECRET, content, hashlib.sha256))
    with pytest.raises(IndexUnusable, match="another format"):
        load(path, ORIGIN, SECRET)


def test_a_huge_header_is_refused_even_if_it_can_be_read(path):
    saved(path)
    whole = path.read_bytes()
    end = PREFIX.size + PREFIX.unpack_from(whole)[2]
    header = whole[PREFIX.size : end] + b" " * MAX_HEADER_BYTES
    path.write_bytes(sealed(header, whole[end:-SEAL_BYTES]))
    with pytest.raises(IndexUnusable, match="length"):
        load(path, ORIGIN, SECRET)


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("sizes", [1]),
        ("ids", [299]),
        ("ids", [10**15]),
        ("ids", [-1]),
        ("codes", [300, DIM - 1]),
        ("codes", [300 * DIM]),
        ("centroids", [1, DIM]),
        ("ranges", [DIM]),
        ("digests", [0]),
    ],
)
def test_shapes_that_contradict_each_other_are_refused(path, name, shape):
    saved(path)
    whole = path.read_bytes()
    header_length = PREFIX.unpack_from(whole)[2]
    end = PREFIX.size + header_length
    header = json.loads(whole[PREFIX.size : end])
    header["shapes"][name] = shape
    path.write_bytes(sealed(header, whole[end:-SEAL_BYTES]))
    with pytest.raises(IndexUnusable):
        load(path, ORIGIN, SECRET)
