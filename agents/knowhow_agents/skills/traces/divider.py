"""Who divides problems: for every sentence the probabilities of its roles, from a frozen embedder.

What a sentence says is its vector; what stands around it are the vectors of its neighbours and the
means of all before and behind it; how many numbers and people there are, and where, is counted. A
network with one hidden layer, learnt in `divider_learning`, makes probabilities of that, and
`likeliest` a division. With heat other divisions are drawn, likely ones first. Its file is sealed
with the embedder's fingerprint, so damage and vectors of another embedder are refused alike. Knows
nothing about what the sentences' owners write.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from knowhow_agents.skills.traces import division
from knowhow_agents.skills.traces.division import Division
from knowhow_agents.skills.traces.likeliest import (
    FACTOR,
    PERCENT,
    few_likeliest,
    likeliest,
    numbers_in,
)
from knowhow_agents.skills.traces.marks import ANY_MARK, IS_NAME, Sight
from knowhow_agents.skills.traces.network import Floats, Layers, think
from knowhow_memory.sealed import read_sealed, write_sealed

if TYPE_CHECKING:
    from knowhow_memory.embedder import Embedder

FILE = "divider.arrays"
"""What it is called beside the registry's agents."""
OWN_WEIGHT = 1.5
"""Of the sentence itself, beside its neighbours."""
COUNT_WEIGHT = 0.5
"""Of whatever is counted; vectors have the length 1, their single numbers are small."""
MOST_DIVISIONS, DOUBT = 3, 3.0
"""Divisions that are thought of, up to so many nats below the likeliest."""
MOST_KNOWN = 100_000
"""Sentences whose vectors are kept: 150 MB. Three thousand examples for everybody have 20,000."""


class Vectors:
    """Vectors of sentences, each worked out once: the same come up again and again."""

    def __init__(self, embedder: "Embedder") -> None:
        self.embedder = embedder
        self._known: dict[str, Floats] = {}

    def of(self, sentences: Sequence[str]) -> Floats:
        if len(self._known) > MOST_KNOWN:
            self._known.clear()
        new = [sentence for sentence in dict.fromkeys(sentences) if sentence not in self._known]
        self._known |= zip(new, self.embedder.embed_many(new), strict=True)
        return np.array([self._known[sentence] for sentence in sentences])


class Divider:
    def __init__(self, vectors: Vectors, layers: Layers) -> None:
        self._vectors, self._layers = vectors, layers

    def divide(self, sight: Sight, *, temperature: float = 0.0, seed: int = 0) -> Division:
        sentences = division.sentences(sight)
        opinion = self.opinion(sentences)
        if temperature:
            noise = np.random.default_rng(seed).gumbel(size=opinion.shape)
            opinion = opinion + temperature * noise.astype(np.float32)
        return division.read(sight, likeliest(sentences, opinion))

    def divisions(
        self, sight: Sight, most: int = MOST_DIVISIONS, doubt: float = DOUBT
    ) -> list[tuple[float, Division]]:
        """Those that may be right, each with its log-probability, the likeliest first."""
        sentences = division.sentences(sight)
        found = few_likeliest(sentences, self.opinion(sentences), most)
        return [
            (worth, division.read(sight, roles))
            for worth, roles in found
            if worth >= found[0][0] - doubt
        ]

    def opinion(self, sentences: Sequence[str]) -> Floats:
        """Log-probabilities of the roles of each."""
        return think(self._layers, features(self._vectors.of(sentences), sentences))

    def save(self, path: Path) -> None:
        write_sealed(path, {}, self._layers, _seal(self._vectors))

    @classmethod
    def load(cls, path: Path, vectors: Vectors) -> "Divider":
        _, layers = read_sealed(path, _seal(vectors))
        return cls(vectors, layers)


def features(vectors: Floats, sentences: Sequence[str]) -> Floats:
    """A row for each sentence of a problem."""
    count, width = vectors.shape
    nothing = np.zeros((1, width), np.float32)
    sums = np.concatenate([nothing, vectors.cumsum(axis=0)])
    places = np.arange(count)[:, None]
    before = sums[:-1] / np.maximum(places, 1)
    behind = (sums[-1] - sums[1:]) / np.maximum(count - 1 - places, 1)
    previous = np.concatenate([nothing, vectors[:-1]])
    following = np.concatenate([vectors[1:], nothing])
    counted = COUNT_WEIGHT * _counts(sentences)
    blocks = [OWN_WEIGHT * vectors, previous, following, before, behind, counted]
    return np.concatenate(blocks, axis=1, dtype=np.float32)


def _counts(sentences: Sequence[str]) -> Floats:
    own = np.array([counted(sentence) for sentence in sentences], np.float32)
    count = len(sentences)
    places = np.arange(count)
    numbers = own[:, 0]
    said_before = numbers.cumsum() - numbers
    around = [
        *(places == 0, places == 1, places == count - 1),
        *(said_before / 4, (numbers.sum() - said_before - numbers) / 4),
        *(places / 5, np.full(count, count / 5)),
    ]
    return np.concatenate([own[:, 1:], np.array(around, np.float32).T], axis=1)


@lru_cache(MOST_KNOWN)
def counted(sentence: str) -> tuple[int, ...]:
    """First how many numbers there are, then what says something by itself."""
    numbers = numbers_in(sentence)
    people = len(IS_NAME & set(ANY_MARK.findall(sentence)))
    return (
        numbers,
        *(numbers == some for some in range(3)),
        *(people == some for some in range(2)),
        *(sign in sentence for sign in (PERCENT, "$", FACTOR)),
        sentence.endswith("?"),
    )


def _seal(vectors: Vectors) -> bytes:
    return vectors.embedder.fingerprint.encode()
