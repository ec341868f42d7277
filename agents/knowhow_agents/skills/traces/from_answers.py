"""Learning to solve problems of any text when nothing but their answers is known.

    search → believe → train → try → believe → train → …

First every plain sum over a problem's numbers that comes to its answer is an attempt that was
verified (`search`); from then on what the specialist writes itself, where that comes to the answer.
Most of them are right by luck only. In the first round those forms are believed that explain most
problems; later, of a problem's attempts, the one that the specialist of the round before finds
likeliest. All stages leave files: stopped, the same call goes on. Knows nothing about where
problems come from, and whether what was learnt is any good.
"""

import hashlib
import json
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from knowhow_adapters.artefact import write_adapter
from knowhow_adapters.bank import Bank
from knowhow_adapters.decode.engine import Decoder
from knowhow_adapters.learn.examples import Example, NothingToLearn
from knowhow_adapters.learn.rating import surprise_of
from knowhow_adapters.learn.train import Job, Settings
from knowhow_adapters.registry.lineage import Data
from knowhow_agents.skills.traces import free_sums
from knowhow_agents.skills.traces.learning import learn
from knowhow_agents.skills.traces.search import trees_to
from knowhow_agents.skills.traces.solver import is_right
from knowhow_agents.skills.traces.voting import attempt
from knowhow_memory.durable import make_folder, write_file

if TYPE_CHECKING:
    from knowhow_adapters.adapter import Adapter
    from knowhow_adapters.base.load import Base

AGENT = "word_problems"
ROUNDS = 2
SETTINGS = Settings(rank=16, alpha=32.0, rate=3e-3, epochs=3)
MOST_GUESSES = 8
"""A problem that more sums solve says too little about which of them is meant."""
COUNTS = 5
"""Times that forms are counted anew by how far they are believed."""
CHUNK = 100
"""Problems between two files."""
BANK_BYTES = 2**26
FOLDER_CHARACTERS = 16


@dataclass(frozen=True)
class Known:
    """A problem of which the answer is known, and nothing else."""

    problem: str
    answer: Fraction


Attempts = list[list[str]]
"""For each problem what was written about it and came to the answer, each once."""
Report = Callable[[str], None]


def learn_from_answers(
    base: "Base",
    known: Sequence[Known],
    folder: Path,
    *,
    rounds: int = ROUNDS,
    settings: Settings = SETTINGS,
    start: "Adapter | None" = None,
    report: Report = lambda text: None,
) -> "Adapter":
    """The adapter that some rounds lead to; goes on where a call with this folder was stopped."""
    place = folder / _digest(known)[:FOLDER_CHARACTERS]
    attempts = search(known, place / "search", report)
    believed = by_form(attempts)
    adapter = start
    for number in range(1, rounds + 1):
        report(f"round {number}: learning from {len(believed)} verified attempts")
        examples = [_example(known[at], *believed[at], at) for at in sorted(believed)]
        job = Job(AGENT, examples, start, replace(settings, seed=number))
        adapter = learn(base, [job], place / f"round{number}")[AGENT]
        if number < rounds:
            tried = practise(base, adapter, known, place / f"tried{number}", report)
            attempts = [
                list(dict.fromkeys(old + new)) for old, new in zip(attempts, tried, strict=True)
            ]
            believed = by_likelihood(base, adapter, known, attempts)
    if adapter is None:
        raise NothingToLearn("no round was asked for")
    return adapter


def data_of(known: Sequence[Known]) -> Data:
    """What was learnt from, without a word of it."""
    return Data(digest=_digest(known), first_seq=0, last_seq=0, n=len(known))


def search(known: Sequence[Known], folder: Path, report: Report) -> Attempts:
    def one(known: Known) -> list[str]:
        trees = trees_to(known.problem, known.answer)
        return [free_sums.tell(known.problem, tree) for tree in trees]

    return _in_chunks(known, folder, lambda some: list(map(one, some)), "searching", report)


def practise(
    base: "Base", adapter: "Adapter", known: Sequence[Known], folder: Path, report: Report
) -> Attempts:
    """What the specialist writes itself, where it comes to the answer."""
    make_folder(folder)
    write_adapter(adapter, base, folder)
    decoder = Decoder(base, Bank(base, lambda ref: folder / ref, BANK_BYTES))
    writer = free_sums.writer(adapter.ref)

    def some(known: Sequence[Known]) -> Attempts:
        tried = attempt(decoder, [one.problem for one in known], writer)
        return [
            [each.written for each in own if _verified(each.solution.answer, one.answer)]
            for one, own in zip(known, tried, strict=True)
        ]

    return _in_chunks(known, folder, some, "trying", report)


# Whom to believe


Believed = dict[int, tuple[str, float]]
"""Problem → the attempt that most likely means what the text says, and how far that is believed."""


def by_form(attempts: Attempts) -> Believed:
    """A form, as `47 * 84; #1 + 32`, is believed the more the more problems it may explain."""
    few = {at: own for at, own in enumerate(attempts) if 0 < len(own) <= MOST_GUESSES}
    shares = {at: [1 / len(own)] * len(own) for at, own in few.items()}
    for _ in range(COUNTS):
        counts: dict[str, float] = defaultdict(float)
        for at, own in few.items():
            for form, share in zip(own, shares[at], strict=True):
                counts[form] += share
        shares = {at: _normal([counts[form] for form in own]) for at, own in few.items()}
    return {at: _likeliest(own, shares[at]) for at, own in few.items()}


def by_likelihood(
    base: "Base", adapter: "Adapter", known: Sequence[Known], attempts: Attempts
) -> Believed:
    """The attempt that the adapter finds least surprising."""
    few = {at: own for at, own in enumerate(attempts) if 0 < len(own) <= MOST_GUESSES}
    asked = [_example(known[at], form, 1.0, at) for at, own in few.items() for form in own]
    surprises = iter(surprise_of(base, [adapter], asked))
    found: Believed = {}
    for at, own in few.items():
        mine = [next(surprises) for _ in own]
        likelihoods = [math.exp(min(mine) - surprise) for surprise in mine]
        found[at] = _likeliest(own, _normal(likelihoods))
    return found


def _likeliest(own: Sequence[str], shares: Sequence[float]) -> tuple[str, float]:
    best = max(range(len(own)), key=shares.__getitem__)
    return own[best], shares[best]


def _normal(values: Sequence[float]) -> list[float]:
    return [value / sum(values) for value in values]


def _example(known: Known, written: str, weight: float, at: int) -> Example:
    return Example(free_sums.see(known.problem), written, weight, f"problem {at}", at, None)


def _verified(answer: Fraction | None, expected: Fraction) -> bool:
    return answer is not None and is_right(answer, expected)


# Going on where one was stopped


def _in_chunks(
    known: Sequence[Known],
    folder: Path,
    work: Callable[[Sequence[Known]], Attempts],
    doing: str,
    report: Report,
) -> Attempts:
    make_folder(folder)
    found: Attempts = []
    for at in range(0, len(known), CHUNK):
        report(f"{doing}: {at:,} of {len(known):,} problems")
        file = folder / f"{at:06d}.json"
        if not file.exists():
            write_file(file, json.dumps(work(known[at : at + CHUNK])).encode())
        found += json.loads(file.read_text())
    return found


def _digest(known: Iterable[Known]) -> str:
    digest = hashlib.sha256()
    for one in known:
        digest.update(f"{one.answer}\0{one.problem}\0".encode())
    return digest.hexdigest()
