"""What a pattern of word problems is: texts with gaps, what their numbers mean, the sums to do.

A pattern's steps are neutral sums ("start + bought"); no specialist's trace occurs here or is made
from here. Knows nothing about prompts.
"""

from dataclasses import dataclass

Range = tuple[int, int]


@dataclass(frozen=True)
class Pattern:
    domain: str
    kind: str
    numbers: dict[str, Range]
    """What each number is called, in the order of the spec, and where it is drawn from."""
    steps: tuple[tuple[str, str, str], ...]
    """(left, sign, right): a name of a number, `#1` for the first step's result, `prev` for that of
    the part before, or digits around a name."""
    find: str
    seen: tuple[str, ...]
    held: tuple[str, ...]


def pattern(
    domain: str, kind: str, numbers: dict[str, Range], steps: str, find: str, seen: tuple[str, ...],
    held: tuple[str, ...],
) -> Pattern:  # fmt: skip
    """A pattern whose steps are written in one line: `start + gain; #1 - loss`."""
    parsed = tuple(tuple(step.split()) for step in steps.split(";"))
    return Pattern(domain, kind, numbers, parsed, find, seen, held)  # type: ignore[arg-type]
