"""Six skills for one adapter: each a kind of word problem and a language of its own to answer in.

The languages are toys that the base has never read, and no two are alike; the problems of no two
skills come from the same patterns, so that a reader can tell whose language is wanted. Knows
nothing about training.
"""

from typing import TYPE_CHECKING

from knowhow.benches._records import LEDGER, NESTED, Known, Specialist, bare, value

if TYPE_CHECKING:
    from knowhow_adapters.base.corpus.pattern import Pattern

CALLS = {"+": "ADD", "-": "SUB", "*": "MUL"}
VERBS = {"+": "raise {0} by {1}", "-": "cut {0} by {1}", "*": "grow {0} {1} fold"}
SHAPES = {"+": "{0} & {1}", "-": "{0} ! {1}", "*": "{0} @ {1}"}


def _stack(pattern: "Pattern", known: Known) -> str:
    """`PUSH 15 PUSH 7 ADD KEEP 1 ; TAKE 1 PUSH 3 SUB KEEP 2 ; GIVE left`"""
    steps = [
        f"{_loaded(left, known)} {_loaded(right, known)} {CALLS[sign]} KEEP {number}"
        for number, (left, sign, right) in enumerate(pattern.steps, start=1)
    ]
    return " ; ".join([*steps, f"GIVE {pattern.find}"])


def _loaded(word: str, known: Known) -> str:
    return f"TAKE {word[1:]}" if word.startswith("#") else f"PUSH {value(word, known)}"


def _recipe(pattern: "Pattern", known: Known) -> str:
    """`raise 15 by 7, so A. cut A by 3, so B. serve B as left`"""
    steps = [
        f"{VERBS[sign].format(_lettered(left, known), _lettered(right, known))}, so {letter}."
        for letter, (left, sign, right) in zip("ABC", pattern.steps, strict=False)
    ]
    return " ".join([*steps, f"serve {'ABC'[len(steps) - 1]} as {pattern.find}"])


def _lettered(word: str, known: Known) -> str:
    return "ABC"[int(word[1:]) - 1] if word.startswith("#") else value(word, known)


def _chart(pattern: "Pattern", known: Known) -> str:
    """`[left] <= start:15 & gain:7 <= ^ ! loss:3`, `^` being the line before"""
    lines = [
        SHAPES[sign].format(_cell(left, at, known), _cell(right, at, known))
        for at, (left, sign, right) in enumerate(pattern.steps)
    ]
    return " <= ".join([f"[{pattern.find}]", *lines])


def _cell(word: str, at: int, known: Known) -> str:
    if word.startswith("#"):
        return "^" * (at + 1 - int(word[1:]))
    return f"{bare(word)}:{value(word, known)}"


def _letter(pattern: "Pattern", known: Known) -> str:
    """`dear solver / given gain=7, loss=3, start=15 / do loss - #1, gain + start / yours left`"""
    given = ", ".join(f"{name}={value}" for name, value in sorted(known.items()))
    done = ", ".join(
        f"{bare(right)} {sign} {bare(left)}" for left, sign, right in reversed(pattern.steps)
    )
    return f"dear solver / given {given} / do {done} / yours {pattern.find}"


GOODS = ("gain_lose", "groups_rest", "share_out", "split_even", "days_left", "packing")
COSTS = ("cost_change", "two_kinds", "difference_total", "three_sum", "perimeter")
SKILLS = (
    Specialist("goods", ("arithmetic",), LEDGER.write, GOODS),
    Specialist("costs", ("arithmetic",), _stack, COSTS),
    Specialist("likeness", ("comparison",), _recipe),
    Specialist("shares", ("percentage",), NESTED.write),
    Specialist("work", ("rate",), _chart),
    Specialist("owners", ("entity",), _letter),
)
