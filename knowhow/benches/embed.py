"""The default embedder beside plain `SentenceTransformer.encode`: speed, and whether they agree.

Both run in the same process on the same texts, one after the other and turn about, so that whatever
else the machine does hits both. Every query is new to both, so no cache helps. The texts are made
here from word lists; half of them are as short as questions to an assistant, the rest longer.
"""

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from statistics import median
from typing import TYPE_CHECKING

from knowhow.figures import Figures

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from sentence_transformers import SentenceTransformer

    from knowhow_memory.minilm import MiniLM

QUERIES, QUICK_QUERIES = 2_000, 30
DOCUMENTS, QUICK_DOCUMENTS = 10_000, 80
STARTS, QUICK_STARTS = 5, 1
NEIGHBOURS = 10
WARM_UP = 20
SENTENCES = {"short": (1, 1), "medium": (2, 4), "long": (8, 14)}
"""How many sentences a text of each length has: about 12, 40 and 140 word pieces."""
SHARES = {"short": 0.5, "medium": 0.35, "long": 0.15}

OPENINGS = (
    "How do I {verb} a {thing} for {place}?",
    "Please {verb} the {quality} {thing} before {time}.",
    "A {thing} costs {number} dollars; {number} of them are {quality}, what is the total?",
    "Why does the {thing} in {place} fail to {verb} after {time}?",
    "Compute the {measure} of {number} {quality} {thing}s and {number} {thing}s.",
    "Write a function that can {verb} every {thing} with {measure} above {number}.",
    "If {number} trains leave {place} at {time}, when does the {quality} one arrive?",
    "Explain the {measure} of a {quality} {thing} to somebody from {place}.",
)
WORDS = {
    "verb": "book cancel compare sort integrate translate repair prove summarise paint ship sell "
    "encrypt measure replace plan boil parse deploy insure",
    "thing": "flight contract matrix kettle database triangle molecule violin invoice garden "
    "passport neuron bridge recipe compiler vaccine mortgage telescope bicycle treaty",
    "quality": "cheap broken red symmetric urgent ancient digital frozen convex silent toxic "
    "second-hand continuous wooden illegal tiny",
    "place": "Rome Zürich Osaka Nairobi Lima Bergen Montréal Cairo Perth Reykjavík Delhi Quito",
    "time": "noon midnight Monday 8:45 Easter winter 1912 tomorrow lunchtime 17:30",
    "measure": "price area entropy weight probability latency volume mean variance speed",
    "number": "3 7 12 40 85 128 999 2,500 0.25 1e6",
}
FIRST_VECTOR = {
    "ours": "from knowhow_memory.embedder import load_embedder as e; e().embed('a first question')",
    "plain": "import sys; from sentence_transformers import SentenceTransformer as S; "
    "S(sys.argv[1], device='cpu').encode('a first question')",
}


def run(*, seed: int, quick: bool, report: Callable[[str], None]) -> Figures:
    import numpy as np
    import torch
    from sentence_transformers import SentenceTransformer

    from knowhow_memory.minilm import MiniLM, package_folder

    queries = QUICK_QUERIES if quick else QUERIES
    texts = _texts(seed)
    asked = [next(texts) for _ in range(queries)]
    documents = [next(texts)[1] for _ in range(QUICK_DOCUMENTS if quick else DOCUMENTS)]
    figures = Figures(
        "embed",
        seed=seed,
        n=queries,
        notes=[
            "plain: SentenceTransformer.encode as it comes; ours: the default embedder.",
            "A busy machine flatters ours: plain encode waits for threads that others hold up.",
        ],
    )
    figures.set("machine.load_before", os.getloadavg()[0])
    figures.set("plain.threads", torch.get_num_threads())
    for name in FIRST_VECTOR:
        report(f"first vector of a new process: {name}")
        figures.set(f"start.{name}_s", _start(name, str(package_folder()), quick))

    plain, ours = SentenceTransformer(str(package_folder()), device="cpu"), MiniLM()
    one_by_one = _single(figures, plain, ours, asked, report)
    in_batches = _batches(figures, plain, ours, documents, report)
    deviation = 1 - np.concatenate(
        [(a * b).sum(axis=1) for a, b in (one_by_one, in_batches)], dtype=float
    )
    figures.set("agree.max_cosine_deviation", float(deviation.max()))
    figures.set("agree.max_difference", max(_difference(*one_by_one), _difference(*in_batches)))
    reference, found = (_nearest(q, d) for q, d in zip(one_by_one, in_batches, strict=True))
    same_order = (reference == found).all(axis=1)
    same_set = (np.sort(reference) == np.sort(found)).all(axis=1)
    figures.set("neighbours.documents", len(documents))
    figures.set("neighbours.same_top10_share", float(same_set.mean()))
    figures.set("neighbours.same_order_share", float(same_order.mean()))
    return figures


def _texts(seed: int) -> Iterator[tuple[str, str]]:
    """Endless pairs of a length's name and a text of it, no text twice."""
    rng = random.Random(seed)
    words = {kind: listed.split() for kind, listed in WORDS.items()}
    seen = set()
    while True:
        (length,) = rng.choices(list(SHARES), list(SHARES.values()))
        sentences = rng.randint(*SENTENCES[length])
        text = " ".join(_sentence(rng, words) for _ in range(sentences))
        if text not in seen:
            seen.add(text)
            yield length, text


def _sentence(rng: random.Random, words: dict[str, list[str]]) -> str:
    """An opening with its gaps filled, each gap by a word of its own."""
    sentence = rng.choice(OPENINGS)
    for kind, choices in words.items():
        while f"{{{kind}}}" in sentence:
            sentence = sentence.replace(f"{{{kind}}}", rng.choice(choices), 1)
    return sentence


def _start(name: str, folder: str, quick: bool) -> float:
    """Median seconds from starting Python to the first vector."""
    seconds = []
    for _ in range(QUICK_STARTS if quick else STARTS):
        begin = time.perf_counter()
        subprocess.run(  # noqa: S603  our own interpreter and lines
            [sys.executable, "-c", FIRST_VECTOR[name], folder], check=True, capture_output=True
        )
        seconds.append(time.perf_counter() - begin)
    return median(seconds)


def _single(
    figures: Figures,
    plain: "SentenceTransformer",
    ours: "MiniLM",
    asked: Sequence[tuple[str, str]],
    report: Callable[[str], None],
) -> tuple["NDArray[np.float32]", "NDArray[np.float32]"]:
    import numpy as np

    embedders: dict[str, Callable[[str], NDArray[np.float32]]] = {
        "plain": lambda text: np.asarray(plain.encode(text)),
        "ours": ours.embed,
    }
    for i in range(WARM_UP):
        for embed in embedders.values():
            embed(f"warm up {i}")
    seconds: dict[str, list[float]] = {name: [] for name in embedders}
    rows: dict[str, list[NDArray[np.float32]]] = {name: [] for name in embedders}
    for i, (_, text) in enumerate(asked):
        if i % 100 == 0:
            report(f"single queries: {i:,} of {len(asked):,}")
        for name in sorted(embedders, reverse=bool(i % 2)):
            begin = time.perf_counter()
            rows[name].append(embedders[name](text))
            seconds[name].append(time.perf_counter() - begin)
    for name, values in seconds.items():
        figures.percentiles(f"single.{name}", values)
    figures.set("single.ratio_p50", median(seconds["ours"]) / median(seconds["plain"]))
    for length in SENTENCES:
        chosen = [i for i, (of_length, _) in enumerate(asked) if of_length == length]
        middle = {name: median(values[i] for i in chosen) for name, values in seconds.items()}
        pieces = median(len(ours.pieces(asked[i][1])) for i in chosen)
        figures.set(f"single.{length}.pieces", pieces)
        figures.set(f"single.{length}.plain_p50_ms", 1000 * middle["plain"])
        figures.set(f"single.{length}.ours_p50_ms", 1000 * middle["ours"])
        figures.set(f"single.{length}.ratio_p50", middle["ours"] / middle["plain"])
    return np.stack(rows["plain"]), np.stack(rows["ours"])


def _batches(
    figures: Figures,
    plain: "SentenceTransformer",
    ours: "MiniLM",
    documents: Sequence[str],
    report: Callable[[str], None],
) -> tuple["NDArray[np.float32]", "NDArray[np.float32]"]:
    import numpy as np

    report(f"{len(documents):,} documents: plain")
    begin = time.perf_counter()
    expected = np.asarray(plain.encode(list(documents), show_progress_bar=False))
    middle = time.perf_counter()
    rows = ours.embed_many(documents, report=lambda n: report(f"{n:,} documents: ours"))
    end = time.perf_counter()
    figures.set("batch.plain_texts_per_s", len(documents) / (middle - begin))
    figures.set("batch.ours_texts_per_s", len(documents) / (end - middle))
    return expected, rows


def _difference(one: "NDArray[np.float32]", other: "NDArray[np.float32]") -> float:
    return float(abs(one - other).max())


def _nearest(
    queries: "NDArray[np.float32]", documents: "NDArray[np.float32]"
) -> "NDArray[np.int64]":
    """The ids of the nearest documents, best first."""
    import numpy as np

    scores = queries @ documents.T
    nearest = np.argpartition(-scores, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
    order = np.argsort(-np.take_along_axis(scores, nearest, axis=1), axis=1, kind="stable")
    return np.take_along_axis(nearest, order, axis=1)
