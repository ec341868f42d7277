"""The parts of a problem: those that the big model named, or else those that its text numbers.

    parts_of("(1) Pack 3 kilos. (2) Pay 63 cents with 1, 5 and 25.")
    # ("Pack 3 kilos.", "Pay 63 cents with 1, 5 and 25.")

Numbers count only from 1 on, one after another, each at the beginning of a sentence. What stands
before the first one belongs to every part. Knows nothing of models.
"""

import re

from knowhow_agents.protocol.spec import MAX_SUB_PROBLEM, Spec

MAX_PARTS = 8
"""Whoever lists more sub-problems has not understood the problem: it is solved as a whole."""
MARK = re.compile(r"(?:^|(?<=[.!?:;])\s+|\n\s*)\((\d)\)\s+")


def parts_in(problem: str, spec: Spec) -> tuple[str, ...]:
    """Two or more, or none: then the problem is to be solved as a whole."""
    found = spec.sub_problems or parts_of(problem)
    return found if 1 < len(found) <= MAX_PARTS else ()


def parts_of(problem: str) -> tuple[str, ...]:
    before, *marked = MARK.split(problem)
    numbers, texts = marked[::2], [text.strip() for text in marked[1::2]]
    counted = [str(number) for number in range(1, len(texts) + 1)]
    if len(texts) < 2 or numbers != counted or not all(texts):
        return ()
    told = tuple(f"{before.strip()} {text}".strip() for text in texts)
    return told if max(map(len, told)) <= MAX_SUB_PROBLEM else ()
