"""What a big model makes of a problem by itself, to hold guidance against.

It looks twice, without having seen the guidance: at which sums lead to the answer, which are then
calculated here, and at the problem as a whole, where its sums are done again. Where both looks come
to one result and guidance to another, two speak against one. Where they differ they say nothing,
since to doubt whatever a single look did not find would refuse much that is right. Only results
that are numbers are looked at. Knows nothing of the ways in which guidance is used.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from knowhow_agents.protocol.attempt import Attempt
from knowhow_agents.protocol.line import Line
from knowhow_agents.protocol.replies import read_answer
from knowhow_agents.protocol.soundness import NUMBER, Sum, carry_out, shown, sums
from knowhow_agents.protocol.spec import Spec
from knowhow_agents.skills.traces.numbers import find_numbers, read_number

LISTED = r"(?:(?:[-*•]|#?\d{1,2}[.:)])\s+)?"
"""How lines of a list begin."""
STEP = re.compile(rf"{LISTED}(#?{NUMBER})\s*([-+*/×÷−])\s*(#?{NUMBER})")
MAX_STEPS = 12


@dataclass(frozen=True)
class Case:
    problem: str
    spec: Spec


async def attempted(line: Line, case: Case) -> str:
    """What the big model says to the problem itself."""
    return (await line.ask("attempt", problem=case.problem, spec=case.spec.written())).said


async def against(line: Line, case: Case, answer: str | None) -> Attempt | None:
    """The big model's own attempt where both looks come to another result than this."""
    claimed = None if answer is None else read_number(answer)
    if claimed is None:
        return None
    outlined = await _outlined(line, case)
    if outlined is None or outlined == claimed:
        return None
    said = await attempted(line, case)
    if done_again(said) != outlined:
        return None
    own = read_answer(said)
    return Attempt(own if _number(own) == outlined else shown(outlined), said)


async def _outlined(line: Line, case: Case) -> Fraction | None:
    steps = read_outline((await line.ask("outline", problem=case.problem)).said)
    return steps[-1].result if steps else None


def read_outline(said: str) -> Sequence[Sum]:
    """Sums as `25 + 3; #1 * 2`, carried out; none where one of them is no sum."""
    found: list[Sum] = []
    for piece in filter(None, (each.strip() for each in re.split(r"[;\n]", said))):
        step = STEP.fullmatch(piece)
        if step is None or len(found) == MAX_STEPS:
            return []
        left, right = (_value(word, found) for word in (step[1], step[3]))
        if left is None or right is None:
            return []
        result = carry_out(left, step[2], right)
        if result is None:
            return []
        found.append(Sum(left, step[2], right, result))
    return found


def _value(word: str, before: Sequence[Sum]) -> Fraction | None:
    number = Fraction(word.removeprefix("#").replace(",", ""))
    if not word.startswith("#"):
        return number
    places = {Fraction(place): each.result for place, each in enumerate(before, 1)}
    return places.get(number)


def done_again(reply: str) -> Fraction | None:
    """The number that a reply answers; where it stands in a wrong sum, what really comes out."""
    answer = read_answer(reply)
    now: dict[Fraction, Fraction] = {}
    for each in sums(reply):
        left, right = now.get(each.left, each.left), now.get(each.right, each.right)
        result = carry_out(left, each.sign, right)
        if result is None:
            return None
        # A quotient that was rounded is no wrong sum.
        now[each.result] = each.result if each.is_right and (left, right) == each.terms else result
    number = _number(answer)
    return None if number is None else now.get(number, number)


def _number(answer: str | None) -> Fraction | None:
    """The one number in an answer, whatever its unit."""
    values = {reading.value for reading in find_numbers(answer or "")}
    return values.pop() if len(values) == 1 else None
