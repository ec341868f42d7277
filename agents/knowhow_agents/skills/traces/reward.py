"""What an attempt at a problem is worth, when the answer is known.

    1.0  right
    0.7  carried out, another answer
    0.5  read, by the right specialists, and not carried out
    0.3  read, by other specialists than the problem needs
    0.0  not read

Whom a problem belongs to is part of the task, so a right answer by another specialist is worth 0.3.
Where nobody knows whom it belongs to, specialists are not judged. Knows nothing about models.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from knowhow_agents.skills.traces.language import TraceRefused, parse
from knowhow_agents.skills.traces.solver import Solution, is_right, solve

RIGHT, WRONG_ANSWER, NOT_CARRIED_OUT, WRONG_SPECIALIST, UNREADABLE = 1.0, 0.7, 0.5, 0.3, 0.0


@dataclass(frozen=True)
class Grade:
    reward: float
    solution: Solution
    """What the solver made of the trace, whoever wrote it."""


def grade(text: str, *, answer: Fraction, specialists: Sequence[str] | None) -> Grade:
    """`specialists`: in the order of their parts, one for a problem of one part."""
    try:
        trace = parse(text)
    except TraceRefused as refused:
        return Grade(UNREADABLE, Solution(None, refused.fault, str(refused)))
    solution = solve(trace)
    if specialists is not None and [part.expert for part in trace] != list(specialists):
        return Grade(WRONG_SPECIALIST, solution)
    if solution.answer is None:
        return Grade(NOT_CARRIED_OUT, solution)
    return Grade(RIGHT if is_right(solution.answer, answer) else WRONG_ANSWER, solution)
