"""Three ways to use guidance, and the way without.

Each gets guidance that nothing speaks against so far, and may still not follow it: because the big
model refuses it, because no answer comes of it, or because the answer would be no more than the
guidance's word. Then the big model's own attempt stands. Knows nothing of analysis and routing.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum

from knowhow_agents.protocol.attempt import Attempt
from knowhow_agents.protocol.guidance import Guidance, fenced
from knowhow_agents.protocol.line import Line
from knowhow_agents.protocol.looks import Case, attempted
from knowhow_agents.protocol.replies import read_answer, read_choice, read_verdict
from knowhow_agents.protocol.soundness import borrowed, is_shown, sums
from knowhow_agents.protocol.wording import Style

MOST_CANDIDATES = 6
LETTERS = "ABCDEF"
MAX_QUOTED = 2_000
"""Characters of one candidate, or of a model's own words that a later prompt repeats."""
NOT_FITTING = "the big model says that it does not fit"
NOT_CHOSEN = "the big model chose another candidate"
NO_VERDICT = "the big model does not say whether it fits"
UNSHOWN = "its answer does not stand in the work it shows"
NO_ANSWER = "no answer came of it"
NOTHING = "there is nothing in it to weigh"
WORDS = re.compile(r"[\w,.]+")


class Way(StrEnum):
    """How guidance is used."""

    HINT = "hint"
    """Before: the big model reads it with the problem."""
    CRITIQUE = "critique"
    """After: what contradicts the big model's own attempt is judged by it."""
    CANDIDATES = "candidates"
    """Beside: the own attempt and what is whispered are candidates to choose from."""


async def alone(line: Line, case: Case) -> Attempt:
    said = await attempted(line, case)
    answer = read_answer(said)
    if answer is not None and not is_shown(said, answer):
        return Attempt(None, said, objections=(UNSHOWN,))
    return Attempt(answer, said)


async def hint(line: Line, case: Case, guidance: Sequence[Guidance]) -> Attempt:
    whole = Guidance(
        "\n\n".join(each.text for each in guidance), ", ".join(each.source for each in guidance)
    )
    call = await line.ask(
        "hint", problem=case.problem, spec=case.spec.written(), guidance=fenced(whole.text)
    )
    answer = read_answer(call.said)
    if why := _no_use(case, whole, answer):
        return (await alone(line, case)).objecting([why])
    # Who calls guidance unfit and answers as it does has not refused it.
    takes_it = any(same(answer, each.answer) for each in guidance)
    if read_verdict(call.said) is False and not takes_it:
        return Attempt(answer, call.said, objections=(NOT_FITTING,))
    return Attempt(answer, call.said, followed=whole.source)


async def critique(line: Line, case: Case, guidance: Sequence[Guidance]) -> Attempt:
    attempt = await alone(line, case)
    for critic in guidance:
        if not same(critic.answer, attempt.answer):
            attempt = await _heed(line, case, attempt, critic)
    return attempt


async def _heed(line: Line, case: Case, draft: Attempt, critic: Guidance) -> Attempt:
    """The draft, or the critic's answer where the big model finds it right."""
    work = _work(line, critic.text, critic.answer)
    if work is None:
        return draft.objecting([NOTHING])
    told = fenced(draft.text[:MAX_QUOTED])
    call = await line.ask("critique", problem=case.problem, draft=told, guidance=work)
    verdict = read_verdict(call.said)
    if verdict is not True:
        return draft.objecting([NO_VERDICT if verdict is None else NOT_FITTING])
    answer = read_answer(call.said) or critic.answer
    if why := _no_use(case, critic, answer):
        return draft.objecting([why])
    return replace(draft, answer=answer, text=call.said, followed=critic.source)


async def candidates(line: Line, case: Case, guidance: Sequence[Guidance]) -> Attempt:
    draft = await alone(line, case)
    options: list[Guidance] = []
    for each in guidance:
        known = [draft.answer, *(option.answer for option in options)]
        if each.answer is not None and not any(same(each.answer, one) for one in known):
            options.append(each)
    if not options:
        return draft
    options = options[: MOST_CANDIDATES - 1]
    shown = [_work(line, option.text, option.answer) for option in options]
    if draft.answer is not None:
        shown.append(_work(line, draft.text, draft.answer))
    told = "\n".join(f"{letter}: {work}" for letter, work in zip(LETTERS, shown, strict=False))
    call = await line.ask("choose", problem=case.problem, candidates=told)
    number = read_choice(call.said, len(shown))
    if number is None or number == len(options):
        return draft.objecting([NO_VERDICT if number is None else NOT_CHOSEN])
    chosen = options[number]
    return Attempt(chosen.answer, call.said, chosen.source)


WAYS: Mapping[Way, Callable[[Line, Case, Sequence[Guidance]], Awaitable[Attempt]]] = {
    Way.HINT: hint,
    Way.CRITIQUE: critique,
    Way.CANDIDATES: candidates,
}


def same(one: str | None, other: str | None) -> bool:
    """Whether two answers say the same, as far as their letters tell."""
    if one is None or other is None:
        return one is other
    return _plain(one) == _plain(other)


def _plain(answer: str) -> str:
    return " ".join(re.findall(r"-?\d[\d.]*\d|\w+", answer.replace(",", "").casefold()))


def _no_use(case: Case, guidance: Guidance, answer: str | None) -> str | None:
    """Why an answer that came of guidance is not taken."""
    return NO_ANSWER if answer is None else borrowed(case.problem, guidance, answer)


def _work(line: Line, text: str, answer: str | None) -> str | None:
    """What somebody worked out, as prompts show it: all of it inside a fence, or, for small models,
    who take whatever is fenced for a hint, the bare sums or the bare result in our own writing."""
    if line.style is Style.FULL:
        return fenced(text[:MAX_QUOTED])
    work = "; ".join(map(str, sums(text)))
    return work or (" ".join(WORDS.findall(answer)) if answer else None)
