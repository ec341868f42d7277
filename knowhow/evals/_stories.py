"""Word problems of the base's corpus, and a specialist that sets up the sums of one.

The specialist's small model writes `25 + 20; #1 - 3`; to calculate is not left to a model. Knows
nothing of big models.
"""

import operator
import random
from collections.abc import Iterator

from knowhow.evals._problems import Item, drawn
from knowhow_adapters.base.corpus.registry import Draw, Side
from knowhow_adapters.base.corpus.stories import Story, tell
from knowhow_agents.protocol.guidance import Guidance
from knowhow_agents.protocol.looks import read_outline
from knowhow_agents.skills.traces.numbers import read_number

NAME, CHECKED = "stories", False
SIGNS = {"+": operator.add, "-": operator.sub, "*": operator.mul}


def draw(count: int, seed: int, side: Side, *, held: bool = False) -> list[Item]:
    return drawn(count, f"{NAME}:{seed}", side, held=held, make=_item)


def _item(draw: Draw) -> Item:
    story = tell(draw)
    return Item(
        problem=story.text,
        specialists="; ".join(_set_up(story)),
        oracle=_guidance(story.worked, "oracle"),
        is_right=lambda answer: read_number(answer) == story.answer,
        misread=lambda rng: _misread(story, rng),
        changed=lambda rng: _changed(story, rng),
    )


def _set_up(story: Story) -> Iterator[str]:
    """The sums of all parts in one row: a later part goes on from the last result before it."""
    before = 0
    for part in story.parts:
        for (left, sign, right), shown in zip(part.pattern.steps, part.set_up, strict=True):
            first, _, second = shown.split()
            yield f"{_reference(left, first, before)} {sign} {_reference(right, second, before)}"
        before += len(part.set_up)


def _reference(name: str, shown: str, before: int) -> str:
    if name == "prev":
        return f"#{before}"
    return f"#{int(name[1:]) + before}" if name.startswith("#") else shown


def prompt(problem: str) -> str:
    """What the specialist's small model is asked."""
    return f"{problem}\nOnly set up the sums."


def whisper(said: str, source: str) -> Guidance | None:
    """The sums that were set up, carried out; None where they cannot be."""
    worked = [str(each) for each in read_outline(said)]
    return _guidance(worked, source) if worked else None


def _misread(story: Story, rng: random.Random) -> Guidance:
    """The first number is another one, and the sums go on from there."""
    first, *others = story.worked[0].split()
    wrong = str(int(first) + rng.choice((-1, 1, 10)))
    return _guidance(_again([" ".join([wrong, *others]), *story.worked[1:]]), "misread")


def _changed(story: Story, rng: random.Random) -> Guidance | None:
    """One sign is another one, and the sums go on from there."""
    at = rng.randrange(len(story.worked))
    left, sign, *others = story.worked[at].split()
    wrong = rng.choice([other for other in SIGNS if other != sign])
    worked = list(story.worked)
    worked[at] = " ".join([left, wrong, *others])
    told = _guidance(_again(worked), "changed")
    return None if told.answer == str(story.answer) else told


def _again(worked: list[str]) -> list[str]:
    """The same sums, calculated anew; a result that is now another is another from there on."""
    now: dict[str, str] = {}
    found: list[str] = []
    for line in worked:
        left, sign, right, _, result = line.split()
        left, right = now.get(left, left), now.get(right, right)
        now[result] = str(SIGNS[sign](int(left), int(right)))
        found.append(f"{left} {sign} {right} = {now[result]}")
    return found


def _guidance(worked: list[str], source: str) -> Guidance:
    result = worked[-1].rpartition(" ")[2]
    return Guidance("\n".join([*worked, f"result: {result}"]), source, result)
