"""A specialist for meetings and rooms: what it is asked, what it learns from, how it answers.

It reads a problem clause by clause under the grammar; a clause about which it writes what cannot be
(a meeting that ends before it starts) is read again, drawn with some heat, a few times. Then the
solver counts. Knows nothing about where problems come from.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from knowhow_adapters.decode.engine import Decoder
from knowhow_adapters.decode.request import Request
from knowhow_adapters.learn.examples import Example
from knowhow_adapters.learn.train import Settings
from knowhow_agents.skills.rooms.grammar import grammar
from knowhow_agents.skills.rooms.items import Item
from knowhow_agents.skills.rooms.language import Plan, PlanRefused, Way, parse
from knowhow_agents.skills.rooms.solver import Answer, solve_pieces
from knowhow_agents.skills.rooms.telling import cut

AGENT = "rooms"
MAX_TOKENS = 120
MAX_PIECES = 400
"""Of a problem: a longer text is refused."""
READ_AGAIN = 4
HEAT = 0.7
TRAINING = Settings(rank=16, alpha=32, rate=1.5e-3, epochs=4, rows=32)
"""At twice the rate the loss leaps."""


@dataclass(frozen=True)
class Reading:
    """What a specialist made of a problem."""

    pieces: tuple[str, ...]
    """What it wrote, clause by clause."""
    answer: Answer


def ask(piece: str) -> str:
    return f"Rooms and meetings: {piece}"


def examples(items: Iterable[Item]) -> list[Example]:
    """What verified problems teach: each clause with what stands in it."""
    told: dict[str, str] = {}
    for item in items:
        told |= dict(zip(cut(item.problem), map(str, item.told.pieces), strict=True))
    return [
        Example(ask(piece), plan, 1.0, f"rooms {number}", number, None)
        for number, (piece, plan) in enumerate(told.items())
    ]


def read_problems(
    decoder: Decoder, ref: str | None, problems: Sequence[str], way: Way
) -> list[Reading]:
    """Many at once; `ref` is the adapter's, or None for the bare base."""
    cuts = [cut(problem) for problem in problems]
    pieces = {piece for found in cuts if len(found) <= MAX_PIECES for piece in found}
    written = _write(decoder, ref, sorted(pieces))
    return [_reading([written.get(piece, "") for piece in found], way) for found in cuts]


def _reading(pieces: list[str], way: Way) -> Reading:
    if len(pieces) > MAX_PIECES:
        return Reading((), Answer(None, None, f"{len(pieces)} clauses; {MAX_PIECES} are read"))
    return Reading(tuple(pieces), solve_pieces(pieces, way))


def _write(decoder: Decoder, ref: str | None, pieces: Sequence[str]) -> dict[str, str]:
    written: dict[str, str] = {}
    for attempt in range(READ_AGAIN + 1):
        left = [piece for piece in pieces if _readable(written.get(piece)) is None]
        requests = [
            Request(
                prompt=ask(piece),
                adapter=ref,
                grammar=grammar(),
                max_tokens=MAX_TOKENS,
                temperature=HEAT if attempt else 0.0,
                seed=attempt,
            )
            for piece in left
        ]
        found = decoder.generate(requests)
        for piece, completion in zip(left, found, strict=True):
            if completion.error is not None:
                raise completion.error
            written[piece] = completion.text
    return written


def _readable(text: str | None) -> Plan | None:
    try:
        return None if text is None else parse(text)
    except PlanRefused:
        return None
