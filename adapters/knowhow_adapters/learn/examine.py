"""How a candidate and the champion do on problems that no training saw: the pairs for the gate.

Both answer the same prompts, likeliest tokens only, so an examination repeats itself exactly. What
an answer is worth says the specialist's verifier; where nothing can be executed or checked, the log
does: an answer is worth what it was worth when somebody gave it. Knows nothing about statistics.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from knowhow_adapters.decode.request import Request
from knowhow_adapters.gate import FROZEN, Pair, in_gate_order
from knowhow_adapters.learn.attempts import Attempt, is_held_out, normalise
from knowhow_adapters.learn.examples import SUCCESS

if TYPE_CHECKING:
    from knowhow_adapters.decode.engine import Decoder

MOST_PROBLEMS = 500
"""Of an examination: a gain of five points is shown four times in five, and both answer in some
seconds."""
BATCH = 32
"""Answers between two looks at the clock."""
LONGEST_ANSWER = 256

Verifier = Callable[[Attempt, str], float]
"""What an answer to the attempt's problem is worth, from 0 to 1."""
Report = Callable[[int], None]
"""Gets the number of answers given."""


def recorded_verifier(attempts: Iterable[Attempt]) -> Verifier:
    """An answer is worth its mean recorded reward; one that nobody gave yet is worth nothing."""
    rewards: dict[tuple[str, str], list[float]] = {}
    for attempt in attempts:
        rewards.setdefault(_given(attempt, attempt.answer), []).append(attempt.reward)
    means = {key: sum(values) / len(values) for key, values in rewards.items()}
    return lambda attempt, answer: means.get(_given(attempt, answer), 0.0)


def held_out_problems(
    attempts: Iterable[Attempt], most: int = MOST_PROBLEMS, *, solved: bool = False
) -> list[Attempt]:
    """Each held-out problem once, as it was last tried; the newest ones if there are too many.

    `solved` leaves out those that nobody solved: where the log is the verifier, nobody knows what
    a good answer to them is.
    """
    found: dict[str, Attempt] = {}
    for attempt in attempts:
        if is_held_out(attempt.problem) and (attempt.reward >= SUCCESS or not solved):
            found.pop(normalise(attempt.problem), None)
            found[normalise(attempt.problem)] = attempt
    newest = {attempt.problem: attempt for attempt in list(found.values())[-most:]}
    return [newest[problem] for problem in in_gate_order(newest)]


def examine(
    decoder: "Decoder",
    problems: Sequence[Attempt],
    verify: Verifier,
    *,
    candidate: str,
    champion: str | None,
    frozen: Sequence[Attempt] = (),
    report: Report | None = None,
) -> list[Pair]:
    """One pair a problem. Without a champion the bare base is what serves."""
    asked = [*problems, *frozen]
    answers: list[list[float]] = []
    for ref in (champion, candidate):
        rewards: list[float] = []
        for reward in _rewards(decoder, asked, verify, ref):
            rewards.append(reward)
            if report:
                report(len(answers) * len(asked) + len(rewards))
        answers.append(rewards)
    return [
        Pair(attempt.problem, before, after, _slices(attempt, frozen=number >= len(problems)))
        for number, (attempt, before, after) in enumerate(zip(asked, *answers, strict=True))
    ]


def _rewards(
    decoder: "Decoder", asked: Sequence[Attempt], verify: Verifier, ref: str | None
) -> Iterator[float]:
    for at in range(0, len(asked), BATCH):
        batch = asked[at : at + BATCH]
        requests = [
            Request(prompt=attempt.prompt, adapter=ref, max_tokens=LONGEST_ANSWER)
            for attempt in batch
        ]
        for attempt, completion in zip(batch, decoder.generate(requests), strict=True):
            if completion.error is not None:
                raise completion.error
            yield verify(attempt, completion.text)


def _slices(attempt: Attempt, *, frozen: bool) -> tuple[str, ...]:
    if frozen:
        return (FROZEN,)
    named = [f"month:{attempt.month}", f"tenant:{attempt.tenant}"]
    if attempt.task is not None:
        named.append(f"pattern:{attempt.task}")
    return tuple(sorted(named))


def _given(attempt: Attempt, answer: str) -> tuple[str, str]:
    return normalise(attempt.problem), " ".join(answer.split())
