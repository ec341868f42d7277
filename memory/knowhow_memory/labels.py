"""Readable labels for groups of texts: the words that tell a group's members from the rest.

A pure function of the texts. Knows nothing about languages beyond a few English words that never
tell anything apart.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence

WORDS_IN_LABEL = 3
WORD = re.compile(r"[^\W\d_]{3,}")
READ_CHARACTERS = 2000
"""What a problem is about shows at its beginning."""
FEWEST_MEMBERS = 0.15
"""A word that fewer members have describes them, not the group."""
HALF = 0.5
"""Added to every count, so that a word the others never use is not infinitely telling."""

_EMPTY = (
    "about after all also and any are been but can could did does each else few following for "
    "from had has have her his how into its just let may more most must not now one only other "
    "our out over own per please same she should some such than that the their them then there "
    "these they this those too two under use used using very was were what when where which "
    "while who whose why will with would you your "
)
EMPTY_WORDS = frozenset(_EMPTY.split())


def label_groups(samples: Sequence[Sequence[str]], sizes: Sequence[int]) -> list[str]:
    """A label per group from a sample of its texts; `sizes` are the full numbers of members."""
    shares = [_shares(texts) for texts in samples]
    everywhere: Counter[str] = Counter()
    for share, size in zip(shares, sizes, strict=True):
        everywhere.update({word: part * size for word, part in share.items()})
    total = sum(sizes)
    labels: list[str] = []
    for share, size in zip(shares, sizes, strict=True):
        words = _telling(share, size, everywhere, total)
        labels.append(_unlike(labels, " · ".join(words[:WORDS_IN_LABEL]) or "no common words"))
    return labels


def _shares(texts: Sequence[str]) -> dict[str, float]:
    """Word → share of the texts that have it."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(set(WORD.findall(text[:READ_CHARACTERS].lower())) - EMPTY_WORDS)
    return {word: count / len(texts) for word, count in counts.items()}


def _telling(share: dict[str, float], size: int, everywhere: Counter[str], total: int) -> list[str]:
    scores: dict[str, float] = {}
    for word, part in share.items():
        rest = (everywhere[word] - part * size + HALF) / (total - size + 1)
        here = (part * size + HALF) / (size + 1)
        if part >= FEWEST_MEMBERS or size == 1:
            scores[word] = here * math.log(here / rest)
    words: list[str] = []
    for word in sorted(scores, key=lambda w: (-scores[w], w)):
        if not any(word.startswith(other[:5]) and other.startswith(word[:5]) for other in words):
            words.append(word)  # "price" next to "prices" says nothing more
    return words


def _unlike(taken: Sequence[str], label: str) -> str:
    """The label, numbered if another group has it already."""
    candidate, number = label, 1
    while candidate in taken:
        number += 1
        candidate = f"{label} ({number})"
    return candidate
