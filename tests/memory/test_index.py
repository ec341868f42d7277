import threading
import time
from collections import Counter

import numpy as np
import pytest

from knowhow_memory.cells import Cells, load_faiss
from knowhow_memory.errors import InputError, NotFoundError
from knowhow_memory.index import (
    MISSING,
    IndexSizes,
    VectorIndex,
    count_bits,
    id_hash,
    row_digests,
    vector_hash,
)

DIM = 32
SMALL = IndexSizes(scan=300, cell=32, probes=24)
"""Cut down so that a few thousand vectors pass through every stage."""
K = 10


def unit(rows):
    rows = np.asarray(rows, np.float32)
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def topics(count, seed, *, groups=40, looseness=0.7):
    """Vectors in loose groups, as texts are: without groups every neighbour is as far."""
    centres = unit(np.random.default_rng(99).standard_normal((groups, DIM)))
    rng = np.random.default_rng(seed)
    noise = looseness * unit(rng.standard_normal((count, DIM)))
    return unit(centres[rng.integers(0, groups, count)] + noise)


def exact(queries, ids, vectors, k):
    """The truth: by falling similarity, then by rising id."""
    scores = queries @ vectors.T
    best = [np.lexsort((ids, -row))[:k] for row in scores]
    return np.array([ids[order] for order in best])


def recall(found, truth):
    pairs = zip(found, truth, strict=True)
    return float(np.mean([len(set(f) & set(t)) / len(t) for f, t in pairs]))


def bitmap(ids, size):
    bits = np.zeros(size, np.uint8)
    bits[ids] = 1
    return np.packbits(bits, bitorder="little")


def filled(count, *, sizes=SMALL, block=100, seed=1):
    vectors = topics(count, seed)
    index = VectorIndex(DIM, sizes=sizes)
    for start in range(0, count, block):
        here = np.arange(start, min(start + block, count))
        index.add(here, vectors[here])
    return index, vectors


def in_cells(index):
    return len(index.data().cells.sizes) > 1


# --- exact while small ---------------------------------------------------------------------------


def test_small_index_gives_exactly_the_nearest():
    index, vectors = filled(300)
    queries = topics(50, seed=2)
    scores, ids = index.search(queries, K)
    assert not in_cells(index)
    assert np.array_equal(ids, exact(queries, np.arange(300), vectors, K))
    true_scores = np.take_along_axis(queries @ vectors.T, ids, axis=1)
    assert scores == pytest.approx(true_scores, abs=1e-6)


def test_results_are_typed_and_padded():
    index = VectorIndex(DIM)
    vectors = topics(3, seed=1)
    index.add([7, 5, 9], vectors)
    scores, ids = index.search(vectors[:1], 5)
    assert scores.dtype == np.float32
    assert ids.dtype == np.int64
    assert set(ids[0, :3].tolist()) == {5, 7, 9}
    assert ids[0, 0] == 7
    assert ids[0, 3:].tolist() == [MISSING, MISSING]
    assert np.isneginf(scores[0, 3:]).all()


def test_empty_index_finds_nothing():
    scores, ids = VectorIndex(DIM).search(topics(2, seed=1), 3)
    assert (ids == MISSING).all()
    assert np.isneginf(scores).all()
    assert VectorIndex(DIM).search(np.empty((0, DIM)), 3)[1].shape == (0, 3)


def test_similarity_of_a_vector_to_itself_is_never_above_one():
    index, vectors = filled(2000)
    assert index.search(vectors, 1)[0].max() <= 1


# --- ties ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ["rising", "falling", "shuffled"])
@pytest.mark.parametrize("count", [100, 2000])
def test_equal_scores_go_to_the_smaller_ids(order, count):
    """More equal vectors than places, among others: the last place is tied too."""
    vectors = topics(count, seed=3)
    twins = np.arange(20, 60)
    vectors[twins] = vectors[20]
    ids = np.arange(count)
    if order == "falling":
        ids = ids[::-1]
    if order == "shuffled":
        ids = np.random.default_rng(4).permutation(ids)
    index = VectorIndex(DIM, sizes=SMALL)
    for key in np.array_split(ids, 10):
        index.add(key, vectors[key])
    assert in_cells(index) == (count > SMALL.scan)
    assert index.search(vectors[20:21], K)[1][0].tolist() == twins[:K].tolist()


def test_equal_vectors_without_end_are_still_split():
    """2-means cannot part them; a cell that could not be split would be tried for ever."""
    index = VectorIndex(DIM, sizes=SMALL)
    index.add(np.arange(3000), np.repeat(topics(1, seed=1), 3000, axis=0))
    sizes = index.data().cells.sizes
    assert sizes.max() <= SMALL.cell
    assert len(sizes) < 4 * 3000 / SMALL.cell


# --- many vectors --------------------------------------------------------------------------------


def test_recall_holds_while_adding_and_removing():
    rng = np.random.default_rng(5)
    vectors, queries = topics(6000, seed=6), topics(100, seed=7)
    index = VectorIndex(DIM, sizes=SMALL)
    live: set[int] = set()
    recalls = []
    for ids in np.array_split(rng.permutation(6000), 30):
        index.add(ids, vectors[ids])
        live |= set(ids.tolist())
        gone = rng.choice(sorted(live), len(ids) // 3, replace=False)
        index.remove(gone)
        live -= set(gone.tolist())
        here = np.array(sorted(live))
        found = index.search(queries, K)[1]
        assert set(found.ravel().tolist()) <= live
        assert all(len(set(row)) == K for row in found.tolist())
        recalls.append(recall(found, exact(queries, here, vectors[here], K)))
    assert in_cells(index)
    assert index.ids().tolist() == sorted(live)
    assert min(recalls) >= 0.95


def test_every_vector_is_in_one_cell_and_no_cell_is_too_large():
    index, _ = filled(3000)
    index.remove(np.arange(0, 3000, 3))
    index.add(np.arange(5000, 5500), topics(500, seed=8))
    cells = index.data().cells
    assert cells.sizes.sum() == len(index) == len(cells.ids)
    assert np.array_equal(np.sort(cells.ids), index.ids())
    assert cells.sizes.max() <= SMALL.cell


def test_splits_leave_vectors_with_their_nearest_centroid():
    """Without tidying, neighbours keep vectors that lie nearer to a new centroid: 0.85 here."""
    vectors = topics(6000, seed=1, looseness=1.5)
    cells = VectorIndex.build(DIM, [(np.arange(6000), vectors)], sizes=SMALL).data().cells
    homes = np.repeat(np.arange(len(cells.sizes)), cells.sizes)
    nearest = (vectors[cells.ids] @ cells.centroids.T).argmax(axis=1)
    assert np.mean(nearest == homes) > 0.91


def test_vectors_keep_their_codes_through_every_split():
    """A vector that is coded again and again must not fade."""
    index, vectors = filled(5000, block=50)
    early = np.arange(200)
    scores, ids = index.search(vectors[early], 1)
    assert np.array_equal(ids[:, 0], early)
    assert scores.min() > 0.99


def test_texts_of_another_kind_later_are_found_as_well():
    """The byte ranges come from the first vectors: they must not cut off the later ones."""
    rng = np.random.default_rng(9)
    narrow = unit(np.eye(DIM, dtype=np.float32)[0] + 0.1 * rng.standard_normal((400, DIM)))
    later, queries = topics(3000, seed=10), topics(100, seed=11)
    index = VectorIndex(DIM, sizes=SMALL)
    index.add(np.arange(400), narrow)
    assert in_cells(index)
    index.add(np.arange(400, 3400), later)
    vectors = np.concatenate([narrow, later])
    found = index.search(queries, K)[1]
    assert recall(found, exact(queries, np.arange(3400), vectors, K)) >= 0.95


def test_asking_for_more_than_the_near_cells_hold_looks_into_all():
    index, vectors = filled(2000)
    found = index.search(vectors[:3], 2000)[1]
    assert (np.sort(found, axis=1) == np.arange(2000)).all()


def test_same_calls_give_the_same_index():
    first, second = (filled(2000)[0] for _ in range(2))
    queries = topics(50, seed=12)
    for one, other in zip(first.search(queries, K), second.search(queries, K), strict=True):
        assert np.array_equal(one, other)
    assert np.array_equal(first.data().cells.ids, second.data().cells.ids)


def test_an_emptied_index_starts_afresh():
    index, vectors = filled(2000)
    index.remove(index.ids())
    assert len(index) == 0
    assert not in_cells(index)
    assert index.vector_hash() == 0
    index.add([3], vectors[:1])
    assert index.search(vectors[:1], 1)[1].tolist() == [[3]]


def test_build_takes_blocks():
    vectors = topics(1000, seed=1)
    blocks = ((np.arange(s, s + 250), vectors[s : s + 250]) for s in range(0, 1000, 250))
    index = VectorIndex.build(DIM, blocks, sizes=SMALL)
    assert np.array_equal(index.ids(), np.arange(1000))


# --- filters -------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.9, 0.5, 0.2, 0.05, 0.005])
def test_filter_keeps_recall_however_few_it_leaves(share):
    index, vectors = filled(6000)
    rng = np.random.default_rng(13)
    allowed = np.flatnonzero(rng.random(6000) < share)
    queries = topics(100, seed=14)
    found = index.search(queries, K, allowed=bitmap(allowed, 6000))[1]
    truth = exact(queries, allowed, vectors[allowed], K)
    assert np.isin(found, allowed).all()
    assert recall(found, truth) >= (0.95 if len(allowed) > SMALL.scan else 0.99)


def test_filter_on_topics_far_from_the_query():
    """A tenant whose problems lie elsewhere: the nearest cells hold little of his."""
    index, vectors = filled(6000)
    side = np.flatnonzero(vectors[:, 0] > 0.15)
    queries = topics(1000, seed=15)
    queries = queries[queries[:, 0] < 0][:100]
    assert len(side) > SMALL.scan
    found = index.search(queries, K, allowed=bitmap(side, 6000))[1]
    assert np.isin(found, side).all()
    assert recall(found, exact(queries, side, vectors[side], K)) >= 0.95


def test_filter_that_leaves_few_enough_compares_all_of_them():
    few_probes = IndexSizes(scan=1000, cell=32, probes=2)
    index, vectors = filled(6000, sizes=few_probes)
    allowed = np.arange(0, 6000, 7)
    assert len(allowed) <= few_probes.scan
    queries = topics(100, seed=14)
    found = index.search(queries, 40, allowed=bitmap(allowed, 6000))[1]
    assert recall(found, exact(queries, allowed, vectors[allowed], 40)) >= 0.98


def test_filter_shorter_than_the_ids_leaves_out_the_rest():
    index, vectors = filled(500)
    found = index.search(vectors[:5], K, allowed=bitmap(np.arange(8), 8))[1]
    assert (np.sort(found[:, :8], axis=1) == np.arange(8)).all()
    assert (found[:, 8:] == MISSING).all()


def test_filter_that_allows_nothing_finds_nothing():
    index, vectors = filled(500)
    assert (index.search(vectors[:2], K, allowed=np.zeros(100, np.uint8))[1] == MISSING).all()
    assert (index.search(vectors[:2], K, allowed=np.zeros(0, np.uint8))[1] == MISSING).all()


def test_filter_with_bits_of_absent_ids_still_finds_all_that_are_there():
    index, vectors = filled(2000)
    index.remove(np.arange(5, 2000, 2))
    allowed = np.concatenate([np.arange(5), np.arange(5, 2000, 2)])
    found = index.search(vectors[:3], K, allowed=bitmap(allowed, 2000))[1]
    assert (np.sort(found[:, :5], axis=1) == np.arange(5)).all()
    assert (found[:, 5:] == MISSING).all()


# --- hashes --------------------------------------------------------------------------------------


def test_vector_hash_is_of_the_rows_not_of_their_history():
    vectors = topics(2000, seed=16)
    ids = np.arange(2000)
    index = VectorIndex.build(DIM, [(ids, vectors)], sizes=SMALL)
    other = VectorIndex(DIM, sizes=SMALL)
    for key in np.array_split(np.random.default_rng(17).permutation(2000), 7):
        other.add(key, topics(len(key), seed=18))
        other.add(key, vectors[key])
    other.add([5000], vectors[:1])
    other.remove([5000])
    assert index.vector_hash() == other.vector_hash()
    assert index.vector_hash() == vector_hash(row_digests(ids, vectors))
    other.add([7], vectors[8:9])
    assert index.vector_hash() != other.vector_hash()


def test_swapping_two_vectors_changes_the_hash():
    vectors = topics(2, seed=1)
    assert vector_hash(row_digests([1, 2], vectors)) != vector_hash(row_digests([2, 1], vectors))


def test_ids_may_lie_far_apart():
    ids = [0, 4095, 4096, 2**40, 2**62]
    index = VectorIndex(DIM)
    index.add(ids[::-1], topics(5, seed=1))
    assert index.ids().tolist() == ids
    assert all(key in index for key in ids)
    assert not any(key in index for key in (-1, 1, 4097, 2**40 + 4096, "0"))
    index.remove([4096, 2**40])
    assert index.ids().tolist() == [0, 4095, 2**62]
    assert len(index) == 3


def test_id_hash_tells_sets_apart():
    assert id_hash([1, 2, 3]) == id_hash([3, 1, 2])
    assert len({id_hash(ids) for ids in ([], [0], [1, 4], [2, 3], [0, 1, 4], [5])}) == 6


# --- refusals ------------------------------------------------------------------------------------

GOOD = topics(2, seed=1)


@pytest.mark.parametrize(
    ("ids", "vectors", "says"),
    [
        ([10, 10], GOOD, "id 10 is given twice"),
        ([10, -1], GOOD, "id -1 is out of range"),
        (np.array([10, 2**63], np.uint64), GOOD, "out of range"),
        ([10], GOOD, "1 ids for 2 vectors"),
        ([1.5, 2.0], GOOD, "integers"),
        (["a", "b"], GOOD, "integers"),
        ([[10, 11]], GOOD, "flat list"),
        ([10, 11], GOOD[:, :-1], r"rows of 32 numbers, not \(2, 31\)"),
        ([10], GOOD[0], r"rows of 32 numbers, not \(32,\)"),
        ([10, 11], GOOD * [[1], [np.nan]], "vector 1 has length nan"),
        ([10, 11], GOOD * [[1], [np.inf]], "vector 1 has length"),
        ([10, 11], GOOD * [[1], [0]], "vector 1 has length 0"),
        ([10, 11], GOOD * [[1.01], [1]], "vector 0 has length 1.01"),
    ],
)
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_add_refuses_and_changes_nothing(ids, vectors, says):
    index, _ = filled(5)
    before = index.vector_hash()
    with pytest.raises(InputError, match=says):
        index.add(ids, vectors)
    assert index.vector_hash() == before
    assert index.ids().tolist() == [0, 1, 2, 3, 4]


def test_removing_an_unknown_id_removes_none():
    index, vectors = filled(1000)
    with pytest.raises(NotFoundError, match="1001"):
        index.remove([1, 2, 1001])
    with pytest.raises(InputError, match="twice"):
        index.remove([1, 1])
    assert len(index) == 1000
    assert 1 in index
    assert 1001 not in index
    assert index.search(vectors[1:2], 1)[1].tolist() == [[1]]


def test_adding_an_id_again_replaces_its_vector():
    for count in (100, 1000):
        index, vectors = filled(count)
        other = topics(2, seed=19)
        index.add([3, 50], other)
        assert len(index) == count
        assert index.search(other, 1)[1].ravel().tolist() == [3, 50]
        assert index.search(vectors[3:4], 1)[1].tolist() != [[3]]


def test_search_refuses_what_makes_no_sense():
    index, vectors = filled(5)
    with pytest.raises(InputError, match="at least one"):
        index.search(vectors[:1], 0)
    with pytest.raises(InputError, match="bitmap"):
        index.search(vectors[:1], 1, allowed=np.ones(5, bool))
    with pytest.raises(InputError, match="rows of 32"):
        index.search(vectors[:1, :5], 1)
    with pytest.raises(InputError, match="length"):
        index.search(vectors[:1] * 2, 1)
    with pytest.raises(InputError, match="dimension"):
        VectorIndex(0)


# --- threads -------------------------------------------------------------------------------------


def test_searches_beside_changes_always_see_a_whole_index():
    """Ids below 500 are never touched, so each of their vectors must find itself at any moment."""
    index, vectors = filled(500)
    more = topics(4000, seed=20)
    failures: list[BaseException] = []
    done = threading.Event()

    def search():
        try:
            while not done.is_set():
                scores, ids = index.search(vectors[:20], K)
                assert ids[:, 0].tolist() == list(range(20))
                assert (np.diff(scores, axis=1) <= 0).all()
                assert index.data().cells.sizes.sum() >= 500
        except BaseException as error:  # noqa: BLE001  told to the main thread
            failures.append(error)

    def change(start):
        try:
            for at in range(start, start + 2000, 100):
                ids = np.arange(at, at + 100)
                index.add(ids + 500, more[ids])
                index.remove(ids[::2] + 500)
        except BaseException as error:  # noqa: BLE001  told to the main thread
            failures.append(error)

    searchers = [threading.Thread(target=search) for _ in range(3)]
    changers = [threading.Thread(target=change, args=(start,)) for start in (0, 2000)]
    for thread in searchers + changers:
        thread.start()
    for thread in changers:
        thread.join()
    done.set()
    for thread in searchers:
        thread.join()
    assert not failures
    assert len(index) == 500 + 2000


def test_no_vector_changes_its_place_under_a_search(monkeypatch):
    running: Counter[int] = Counter()
    overlaps = []

    def slow_search(self, *args, real=Cells.search, **kwargs):
        running[id(self)] += 1
        time.sleep(0.001)
        try:
            return real(self, *args, **kwargs)
        finally:
            running[id(self)] -= 1

    def watch(name):
        real = getattr(Cells, name)

        def watched(self, *args, **kwargs):
            overlaps.extend([name] * running[id(self)])
            return real(self, *args, **kwargs)

        monkeypatch.setattr(Cells, name, watched)

    monkeypatch.setattr(Cells, "search", slow_search)
    for name in ("put", "take", "apply"):
        watch(name)
    index, vectors = filled(300)
    done = threading.Event()

    def search():
        while not done.is_set():
            index.search(vectors[:1], K)

    threads = [threading.Thread(target=search) for _ in range(2)]
    for thread in threads:
        thread.start()
    for at in range(1000, 2000, 50):
        index.add(np.arange(at, at + 50), topics(50, seed=at))
        index.remove([at])
    done.set()
    for thread in threads:
        thread.join()
    assert in_cells(index)
    assert not overlaps


def test_faiss_uses_one_thread_in_every_thread():
    seen = []
    thread = threading.Thread(target=lambda: seen.append(load_faiss().omp_get_max_threads()))
    thread.start()
    thread.join()
    assert seen == [1]


def test_count_bits():
    assert count_bits(bitmap([0, 9, 63], 64)) == 3
