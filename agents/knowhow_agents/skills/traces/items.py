"""The data: word problems with their traces and answers, for training and for examination.

What is examined is never trained on, in three ways. Numbers: the digest of a problem's numbers says
on which side it falls, whatever the seed. People: each side has its own. Templates, distractors and
compositions: some are kept for the cells that examine them. Every item follows from its seed. Knows
nothing about models.
"""

import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

from knowhow_agents.skills.traces.patterns import (
    arithmetic,
    chains,
    comparison,
    compositions,
    entity_track,
    interleaved,
    percentage,
    rate_equation,
)
from knowhow_agents.skills.traces.patterns.pattern import Pattern
from knowhow_agents.skills.traces.telling import DISTRACTOR, Item, Side, Teller
from knowhow_memory.errors import InputError

COMPOSED = "composed"
SHARES: Mapping[str, float] = {
    "arithmetic": 0.30,
    "entity_track": 0.20,
    "comparison": 0.15,
    COMPOSED: 0.15,
    "percentage": 0.10,
    "rate_equation": 0.10,
}
"""How much of the training each has: more where it is more easily taken for another. Nearly every
story about amounts could be arithmetic; a percent sign gives percentages away."""
PATTERNS: Mapping[str, tuple[Pattern, ...]] = {
    "arithmetic": arithmetic.PATTERNS + interleaved.PATTERNS,
    "entity_track": entity_track.PATTERNS,
    "comparison": comparison.PATTERNS,
    "percentage": percentage.PATTERNS,
    "rate_equation": rate_equation.PATTERNS,
}
CHAIN_SHARE = 0.25
"""Of the arithmetic that is trained on; one chain in three is a long one."""
LONG_SHARE = 1 / 3
DISTRACTOR_SHARE = 0.2


class Cell(StrEnum):
    """What an examination holds back beside numbers and people."""

    NUMBERS = "numbers"
    TEMPLATES = "templates"
    BLIND = "blind"
    """Templates that nobody has looked at while the specialists were built; for one specialist."""
    DISTRACTORS = "distractors"
    COMPOSITIONS = "compositions"
    CHAINS = "chains"


def training_items(count: int, seed: int) -> list[Item]:
    """Different problems, in the shares of `SHARES`."""
    rng = random.Random(f"training:{seed}")
    return _different(_training(rng), count)


def exam_items(cell: Cell, count: int, seed: int, *, of: str | None = None) -> list[Item]:
    """Different problems of one cell, `of` a specialist or "composed", else in the usual shares."""
    alone = cell is Cell.BLIND and of == COMPOSED
    if of is not None and (of not in SHARES or cell in (Cell.COMPOSITIONS, Cell.CHAINS) or alone):
        raise InputError(f"there are no problems of {of!r} in the cell {cell.value!r}")
    rng = random.Random(f"exam:{cell}:{of}:{seed}")
    return _different(_examination(rng, cell, of), count)


def by_turns(items: Sequence[Item]) -> list[Item]:
    """The first of every kind of story, simple ones first, then the second of each, and so on: the
    first few show as many kinds as few can. Chains are all of one kind, and what does not matter
    makes none."""
    seen: Counter[tuple[str, ...]] = Counter()
    turns: list[tuple[tuple[int, int], Item]] = []
    for item in items:
        names = (re.split(r"[./]", name)[0] for name in item.templates)
        kind = tuple(dict.fromkeys(name for name in names if name != DISTRACTOR))
        seen[kind] += 1
        turns.append(((seen[kind], len(kind)), item))
    return [item for _, item in sorted(turns, key=lambda turn: turn[0])]


def _different(items: Iterator[Item], count: int) -> list[Item]:
    found: dict[str, Item] = {}
    while len(found) < count:
        item = next(items)
        found.setdefault(item.problem, item)
    return list(found.values())


def _training(rng: random.Random) -> Iterator[Item]:
    while True:
        teller = Teller(rng, Side.TRAIN, distract=rng.random() < DISTRACTOR_SHARE)
        kind = _any_kind(rng)
        if kind == "arithmetic" and rng.random() < CHAIN_SHARE:
            length = chains.LONG if rng.random() < LONG_SHARE else chains.SHORT
            yield teller.tell_chain(rng.randint(*length))
        else:
            yield teller.tell(_composition(rng, kind, compositions.TRAINED))


def _examination(rng: random.Random, cell: Cell, of: str | None) -> Iterator[Item]:
    teller = Teller(
        rng,
        Side.HELD_OUT,
        held_templates=cell is Cell.TEMPLATES,
        told_blind=cell is Cell.BLIND,
        distract=cell is Cell.DISTRACTORS,
    )
    while True:
        if cell is Cell.CHAINS:
            yield teller.tell_chain(rng.randint(*chains.LONG))
        elif cell is Cell.COMPOSITIONS:
            yield teller.tell(rng.choice(compositions.HELD_OUT))
        else:
            kind = of or _any_kind(rng, alone=cell is Cell.BLIND)
            yield teller.tell(_composition(rng, kind, compositions.TRAINED))


def _any_kind(rng: random.Random, *, alone: bool = False) -> str:
    """`alone`: for one specialist."""
    shares = {kind: share for kind, share in SHARES.items() if not alone or kind != COMPOSED}
    [kind] = rng.choices(list(shares), list(shares.values()))
    return kind


def _composition(
    rng: random.Random, kind: str, composed: tuple[tuple[Pattern, ...], ...]
) -> tuple[Pattern, ...]:
    return rng.choice(composed) if kind == COMPOSED else (rng.choice(PATTERNS[kind]),)
