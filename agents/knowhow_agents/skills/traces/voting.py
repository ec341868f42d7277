"""Solves problems by several attempts each: what the likeliest attempts agree on is the answer.

The first attempt takes the likeliest token everywhere, the others are drawn. Traces that the solver
cannot carry out have no vote; each different trace counts once, by its likelihood. Knows nothing
about right answers.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from knowhow_adapters.decode.request import Request
from knowhow_agents.skills.traces.language import Fault, TraceRefused
from knowhow_agents.skills.traces.solver import Solution, run
from knowhow_memory.errors import InputError

if TYPE_CHECKING:
    from knowhow_adapters.decode.engine import Decoder
    from knowhow_adapters.decode.grammar import Grammar
    from knowhow_adapters.decode.request import Completion

MAX_TOKENS = 120
"""A dozen operations in shorthand."""
WARMTH = 0.8
"""The temperature of what is drawn."""
AT_ONCE = 32
"""Problems between two looks at the clock."""

Report = Callable[[int], None]


@dataclass(frozen=True)
class Writer:
    """Who attempts, and how its small model reads and writes."""

    adapter: str | None
    """None is the bare base."""
    see: Callable[[str], str]
    """A problem as it is asked."""
    spell_out: Callable[[str, str], str]
    """(problem, what was written) → a trace."""
    grammar: Callable[[str], "Grammar | None"] | None = None
    """What may be written about a problem; None where nothing can be."""


@dataclass(frozen=True)
class Attempt:
    written: str
    trace: str
    """Empty where what was written stands for none."""
    solution: Solution
    finished: bool
    """Not cut at its longest."""
    logprob: float


def attempt(
    decoder: "Decoder",
    problems: Sequence[str],
    writer: Writer,
    *,
    samples: int = 1,
    seed: int = 0,
    report: Report | None = None,
) -> list[list[Attempt]]:
    """`samples` attempts at each problem, none where its writer has no words for it."""
    found: list[list[Attempt]] = []
    for at in range(0, len(problems), AT_ONCE):
        batch = problems[at : at + AT_ONCE]
        requests = [_requests(problem, writer, samples, seed) for problem in batch]
        completions = iter(decoder.generate([each for mine in requests for each in mine]))
        for problem, mine in zip(batch, requests, strict=True):
            found.append([_attempt(problem, writer, next(completions)) for _ in mine])
        if report:
            report(len(found))
    return found


def vote(attempts: Sequence[Attempt]) -> Fraction | None:
    """The answer whose different traces are likeliest together; None where no trace has one."""
    weights: dict[Fraction, float] = {}
    for each in {each.trace: each for each in attempts}.values():
        answer = each.solution.answer
        if answer is not None:
            weights[answer] = weights.get(answer, 0.0) + math.exp(each.logprob)
    return max(weights, key=weights.__getitem__, default=None)


def _requests(problem: str, writer: Writer, samples: int, seed: int) -> list[Request]:
    grammar = writer.grammar(problem) if writer.grammar else None
    if writer.grammar and grammar is None:
        return []
    return [
        Request(
            prompt=writer.see(problem),
            adapter=writer.adapter,
            grammar=grammar,
            max_tokens=MAX_TOKENS,
            temperature=WARMTH if number else 0.0,
            seed=seed * samples + number,
        )
        for number in range(samples)
    ]


def _attempt(problem: str, writer: Writer, completion: "Completion") -> Attempt:
    if isinstance(completion.error, InputError):  # such as more words than the base can read
        solution = Solution(None, Fault.TOO_LARGE, str(completion.error))
        return Attempt("", "", solution, False, completion.logprob)
    if completion.error is not None:
        raise completion.error
    finished = completion.finish != "length"
    try:
        trace = writer.spell_out(problem, completion.text)
    except TraceRefused as refused:
        solution = Solution(None, refused.fault, str(refused))
        return Attempt(completion.text, "", solution, finished, completion.logprob)
    return Attempt(completion.text, trace, run(trace), finished, completion.logprob)
