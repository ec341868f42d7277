"""A coverage-guided fuzz of the parser and the solver.

Texts that reach a line that no text before them reached are kept and changed further, so the fuzz
finds its way into branches that random texts do not.
"""

import random
import re
import sys
from collections.abc import Callable
from fractions import Fraction
from types import FrameType
from typing import Any

import pytest

from knowhow_agents.skills.traces import language, solver
from knowhow_agents.skills.traces.items import SHARES, Cell, exam_items
from knowhow_agents.skills.traces.solver import MAX_MAGNITUDE, Solution, run

FILES = {language.__file__, solver.__file__}
PIECES = (
    "- ", "\n", "{op: ", "}", "[", "]", ", ", ": ", "expert: ", "trace:", "0", "1/3", "-1", "&a",
    "*a", "10000000000000000", "!!int", "é", "null", "  ", "{",
)  # fmt: skip
WORDS = (
    "prev.result", "sub9.result", "source", "0", "-1", "999999999", "init", "query", "transfer",
    "consume", "percent_of", "div", "mod", "pow", "amount",
)  # fmt: skip
WORD = re.compile(r"([a-z0-9_./]+)")
ROUNDS = 16_000
Lines = set[tuple[str, int]]


def lines_of(action: Callable[[], Any]) -> tuple[Any, Lines]:
    """What an action gives, and which lines of the parser and the solver it went through."""
    seen: Lines = set()

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        name = frame.f_code.co_filename
        if name not in FILES:
            return None
        if event == "line":
            seen.add((name, frame.f_lineno))
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        return action(), seen
    finally:
        sys.settrace(before)


def change(text: str, others: list[str], rng: random.Random) -> str:
    """By a few characters, a word, or a line."""
    at = rng.randrange(len(text) + 1)
    words, lines = WORD.split(text), text.split("\n")
    match rng.randrange(6):
        case 0:
            return text[:at] + rng.choice(PIECES) + text[at:]
        case 1:
            return text[:at] + text[at + rng.randrange(1, 9) :]
        case 2 | 3:
            of = rng.randrange(1, len(words), 2) if len(words) > 2 else 0
            words[of] = rng.choice([*words[1::2], *WORDS])
            return "".join(words)
        case 4:
            del lines[rng.randrange(len(lines))]
            return "\n".join(lines)
    lines.insert(rng.randrange(len(lines)), rng.choice(rng.choice([text, *others]).split("\n")))
    return "\n".join(lines)


def fuzz(check: Callable[[str], Any]) -> list[str]:
    """The texts that were worth keeping."""
    rng = random.Random(0)
    start = [item.trace for kind in SHARES for item in exam_items(Cell.NUMBERS, 4, 8, of=kind)]
    kept = list(start)
    reached: Lines = set()
    for _ in range(ROUNDS):
        text = rng.choice(rng.choice([start, kept]))
        for _ in range(rng.randrange(1, 3)):
            text = change(text, kept, rng)
        _, lines = lines_of(lambda text=text: check(text))
        if lines - reached:
            kept.append(text)
            reached |= lines
    return kept


def solution_is_whole(text: str) -> Solution:
    solution = run(text)
    assert (solution.answer is None) == (solution.fault is not None)
    assert solution.answer is None or abs(solution.answer) <= MAX_MAGNITUDE
    assert len(solution.reason) < 300
    return solution


def test_no_text_gets_through_to_an_exception() -> None:
    kept = fuzz(solution_is_whole)
    faults = {run(text).fault for text in kept}
    assert len(faults) > 9, "the fuzz saw too little"


def test_the_fuzz_finds_a_fault_that_hides(monkeypatch: pytest.MonkeyPatch) -> None:
    bounded = solver._bounded

    def careless(value: Fraction) -> Fraction:
        return bounded(value) if value >= 0 else value / 0

    monkeypatch.setattr(solver, "_bounded", careless)
    with pytest.raises(ZeroDivisionError):
        fuzz(solution_is_whole)
