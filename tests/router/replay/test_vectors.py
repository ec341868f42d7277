"""The cache of vectors: nothing is embedded twice, nothing is mixed up."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from knowhow_memory.embedder import HashEmbedder
from knowhow_memory.errors import StoreError
from knowhow_router.replay import vectors
from knowhow_router.replay.vectors import problem_vectors


class Counting(HashEmbedder):
    """Counts the texts it embeds; can be told to break down after some."""

    def __init__(self, dim: int = 8, breaks_after: int | None = None) -> None:
        super().__init__(dim)
        self.embedded: list[str] = []
        self.breaks_after = breaks_after

    def embed_many(self, texts: Sequence[str], *, report: object = None) -> np.ndarray:
        if self.breaks_after is not None and len(self.embedded) >= self.breaks_after:
            raise KeyboardInterrupt
        self.embedded += texts
        return super().embed_many(texts)


def test_each_text_is_embedded_once_and_found_again(tmp_path: Path) -> None:
    texts = ["two words", "one", "two words", "ünïcödé"]
    embedder = Counting()
    first = problem_vectors(texts, embedder, tmp_path / "deep" / "cache")
    assert sorted(embedder.embedded) == sorted(set(texts))
    np.testing.assert_array_equal(first, [embedder.embed(text) for text in texts])
    again = problem_vectors(texts[::-1], embedder, tmp_path / "deep" / "cache")
    np.testing.assert_array_equal(again, first[::-1])
    assert len(embedder.embedded) == 3


def test_another_embedder_has_its_own_vectors(tmp_path: Path) -> None:
    """Also one of the same size, whichever of their fingerprints comes first."""
    one, other = Counting(8), Counting(8)
    one.fingerprint, other.fingerprint = "a" * 64, "b" * 64
    for embedder in (one, other, one, other):
        problem_vectors(["text"], embedder, tmp_path / f"{embedder.fingerprint[0]} first")
        problem_vectors(["text"], one, tmp_path / f"{embedder.fingerprint[0]} first")
        problem_vectors(["text"], other, tmp_path / f"{embedder.fingerprint[0]} first")
    assert one.embedded == other.embedded == ["text", "text"], "once in each cache"


def test_what_was_embedded_before_an_interruption_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors, "EMBED_AT_ONCE", 2)
    texts = ["a", "bb", "ccc", "dddd"]
    with pytest.raises(KeyboardInterrupt):
        problem_vectors(texts, Counting(breaks_after=2), tmp_path / "c")
    rest = Counting()
    problem_vectors(texts, rest, tmp_path / "c")
    assert rest.embedded == ["ccc", "dddd"]


def test_more_texts_than_fit_one_query(tmp_path: Path) -> None:
    texts = [f"text {i}" for i in range(1201)]
    once = problem_vectors(texts, Counting(), tmp_path / "c")
    nobody = Counting(breaks_after=0)
    np.testing.assert_array_equal(problem_vectors(texts, nobody, tmp_path / "c"), once)


def test_progress_counts_what_was_known_too(tmp_path: Path) -> None:
    problem_vectors(["a"], Counting(), tmp_path / "c")
    heard: list[int] = []
    problem_vectors(["a", "b"], Counting(), tmp_path / "c", heard.append)
    assert heard == [1]


def test_a_cache_that_is_no_cache_says_what_to_do(tmp_path: Path) -> None:
    broken = tmp_path / "c"
    broken.write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreError, match="delete it"):
        problem_vectors(["a"], Counting(), broken)


def test_a_vector_of_the_wrong_length_is_made_anew(tmp_path: Path) -> None:
    embedder = Counting()
    expected = problem_vectors(["a"], embedder, tmp_path / "c")
    with sqlite3.connect(tmp_path / "c") as connection:
        connection.execute("UPDATE vector SET vector = x'00000000'")
    connection.close()
    np.testing.assert_array_equal(problem_vectors(["a"], embedder, tmp_path / "c"), expected)


def test_no_texts(tmp_path: Path) -> None:
    assert problem_vectors([], Counting(), tmp_path / "c").shape == (0, 8)
