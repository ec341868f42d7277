"""A specialist of any skill: what its adapter learns, how it reads, which way it says to count.

It reads piece by piece under the skill's grammar, so that what was learnt on short problems holds
on long ones. Where it writes what does not stand in a piece, or leaves a number out, it reads that
piece again and may write nothing else, at last with some heat; then it is refused. What stands
there and makes no sense is refused at once.
Knows nothing about where problems come from.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from knowhow_adapters.decode.engine import Decoder
from knowhow_adapters.decode.request import Request
from knowhow_adapters.learn.examples import Example
from knowhow_agents.journal.skill import Answer, Exercise, Skill

PIECE = re.compile(r"(?<=[;.?!])\s+|\n")
MAX_TOKENS = 120
MAX_PIECES = 400
"""Of a problem: a longer text is refused."""
HEATS = (0.0, 0.0, 0.7)
"""Of the first reading and of those again."""
SHOWN = 80


def cut(problem: str) -> list[str]:
    """The pieces of any text, in its order: by punctuation alone."""
    return [part.strip() for part in PIECE.split(problem) if part.strip()]


def examples(skill: Skill, exercises: Iterable[Exercise], seed: int) -> list[Example]:
    """Each piece of verified problems with what stands in it, and some of no use."""
    told: dict[str, str] = {}
    for exercise in exercises:
        told |= dict(zip(cut(exercise.problem), exercise.pieces, strict=True))
    for piece, written in skill.useless(len(told) // skill.useless_share, seed):
        told.setdefault(piece, written)
    return [
        Example(skill.ask(piece), written, 1.0, f"{skill.name} {number}", number, None)
        for number, (piece, written) in enumerate(told.items())
    ]


@dataclass(frozen=True)
class Reading:
    """What a specialist made of a problem."""

    pieces: tuple[str, ...]
    """What it wrote, piece by piece."""
    fault: str = ""
    """Why it is not to be used."""


def answer_all(
    skill: Skill, decoder: Decoder, ref: str | None, problems: Sequence[str], way: str
) -> list[Answer]:
    return [solve(skill, reading, way) for reading in read(skill, decoder, ref, problems)]


def solve(skill: Skill, reading: Reading, way: str) -> Answer:
    if reading.fault:
        return Answer(None, None, reading.fault)
    return skill.solve(reading.pieces, way)


def read(skill: Skill, decoder: Decoder, ref: str | None, problems: Sequence[str]) -> list[Reading]:
    """Many problems at once; `ref` is the adapter's, or None for the bare base."""
    cuts = [cut(problem) for problem in problems]
    pieces = {piece for found in cuts if len(found) <= MAX_PIECES for piece in found}
    written = _write(skill, decoder, ref, sorted(pieces))
    return [_reading(skill, found, written) for found in cuts]


def _reading(skill: Skill, pieces: Sequence[str], written: Mapping[str, str]) -> Reading:
    if len(pieces) > MAX_PIECES:
        return Reading((), f"{len(pieces)} pieces; {MAX_PIECES} are read")
    found = tuple(written[piece] for piece in pieces)
    for piece in pieces:
        if what := skill.amiss(piece, written[piece]):
            return Reading(found, f"{what}: {piece[:SHOWN]!r}")
    return Reading(found)


def choose_way(skill: Skill, decoder: Decoder, ref: str | None, strategy: str = "") -> str:
    """The way that it finds likeliest, with somebody's strategy before its eyes or without."""
    asked = f"{strategy}\n{skill.ask_way()}" if strategy else skill.ask_way()
    likely = decoder.choose(asked, list(skill.ways), ref)
    return max(likely, key=lambda way: likely[way])


def _write(
    skill: Skill, decoder: Decoder, ref: str | None, pieces: Sequence[str]
) -> dict[str, str]:
    written: dict[str, str] = {}
    for attempt, heat in enumerate(HEATS):
        left = [p for p in pieces if p not in written or skill.amiss(p, written[p])]
        requests = [
            Request(
                prompt=skill.ask(piece),
                adapter=ref,
                grammar=skill.narrowed(piece) if attempt else skill.grammar,
                max_tokens=MAX_TOKENS,
                temperature=heat,
                seed=attempt,
            )
            for piece in left
        ]
        for piece, completion in zip(left, decoder.generate(requests), strict=True):
            if completion.error is not None:
                raise completion.error
            written[piece] = completion.text
    return written
