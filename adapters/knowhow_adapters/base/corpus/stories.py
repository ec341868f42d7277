"""Word problems: told with distractors, read, analysed into a spec, and attempted in plain sums."""

import operator
import re
from dataclasses import dataclass, field
from typing import Any

from knowhow_adapters.base.corpus import words
from knowhow_adapters.base.corpus.forms import ANALYSE, as_json, flow
from knowhow_adapters.base.corpus.patterns import FOLLOW_UPS, PATTERNS, Pattern
from knowhow_adapters.base.corpus.registry import Draw, Phrasings, skill

SIGNS = {"+": operator.add, "-": operator.sub, "*": operator.mul}
DISTRACTORS = Phrasings(
    seen=(
        "{x} is {n} years old.",
        "It is {n} km to the {p}.",
        "The {p} opened {n} years ago.",
        "{x} also has {n} {k} bags at home.",
        "There were {n} people at the {p}.",
    ),
    held=("Bus {n} stops at the {p}.", "{x} weighs {n} kg."),
)


@dataclass
class Part:
    """One pattern with its numbers drawn."""

    pattern: Pattern
    known: dict[str, int]
    worked: list[str]
    set_up: list[str]
    answer: int

    def spec(self) -> dict[str, Any]:
        return {
            "domain": self.pattern.domain,
            "type": self.pattern.kind,
            "known": self.known,
            "find": self.pattern.find,
        }


@dataclass
class Story:
    text: str
    parts: list[Part] = field(default_factory=list)

    @property
    def answer(self) -> int:
        return self.parts[-1].answer

    @property
    def worked(self) -> list[str]:
        return [line for part in self.parts for line in part.worked]

    def spec(self) -> dict[str, Any]:
        if len(self.parts) == 1:
            return self.parts[0].spec()
        return {"domain": "composed", "parts": [part.spec() for part in self.parts]}


def solve(pattern: Pattern, known: dict[str, int], before: int | None) -> Part:
    """Carry out a pattern's sums on its numbers."""
    results: list[int] = []

    def value(word: str) -> int:
        if word.startswith("#"):
            return results[int(word[1:]) - 1]
        if word == "prev":
            assert before is not None
            return before
        return int(word.format(**known)) if word.startswith("{") else known[word]

    worked, set_up = [], []
    for left, sign, right in pattern.steps:
        a, b = value(left), value(right)
        results.append(int(SIGNS[sign](a, b)))
        shown = [word if word.startswith("#") else str(n) for word, n in ((left, a), (right, b))]
        set_up.append(f"{shown[0]} {sign} {shown[1]}")
        worked.append(f"{a} {sign} {b} = {results[-1]}")
    return Part(pattern, known, worked, set_up, results[-1])


def tell(draw: Draw, *, distract: float = 0.3, compose: float = 0.15) -> Story:
    """A problem in words, at times with a sentence that does not matter or with a second part."""
    pattern = draw.pick(PATTERNS)
    a, b, c, x = draw.names(4)
    t, u = draw.some(words.THINGS, 2)
    people = {"a": a, "b": b, "c": c, "t": t, "u": u, "d": draw.pick(words.DAYS)}
    known = {name: draw.number(*limits) for name, limits in pattern.numbers.items()}
    text = draw.phrase(Phrasings(pattern.seen, pattern.held), **people, **known)
    story = Story(text, [solve(pattern, known, None)])
    if draw.chance(compose):
        after = draw.pick(FOLLOW_UPS)
        more = {name: draw.number(*limits) for name, limits in after.numbers.items()}
        story.text += " " + draw.phrase(Phrasings(after.seen, after.held), **people, **more)
        story.parts.append(solve(after, more, story.answer))
    if draw.chance(distract):
        place, colour = draw.pick(words.PLACES), draw.pick(words.COLOURS)
        noise = draw.phrase(DISTRACTORS, x=x, n=draw.number(2, 90), p=place, k=colour)
        story.text = _slip_in(draw, story.text, noise)
    return story


def _slip_in(draw: Draw, text: str, sentence: str) -> str:
    """Before any sentence of the text, so that its place tells nothing."""
    starts = [0, *(m.end() for m in re.finditer(r"[.?!] ", text))]
    at = draw.pick(starts)
    return f"{text[:at]}{sentence} {text[at:]}"


ATTEMPT = Phrasings(
    seen=("Solve: {text}", "{text}\nWork it out.", "Problem: {text}\nSolve it step by step."),
    held=("Find the solution. {text}",),
)


@skill("attempt word problem", "math")
def attempt(draw: Draw) -> tuple[str, str]:
    story = tell(draw)
    answer = "\n".join([*story.worked, f"answer: {story.answer}"])
    return draw.phrase(ATTEMPT, text=story.text), answer


@skill("analyse word problem", "math")
def analyse(draw: Draw) -> tuple[str, str]:
    story = tell(draw, compose=0.3)
    return draw.phrase(ANALYSE, text=story.text), as_json(story.spec())


DOMAIN = Phrasings(
    seen=("{text}\nWhich domain?", "Name the domain of: {text}"),
    held=("What sort of problem is this? {text}",),
)


@skill("name domain", "math")
def name_domain(draw: Draw) -> tuple[str, str]:
    story = tell(draw, compose=0)
    return draw.phrase(DOMAIN, text=story.text), story.parts[0].pattern.domain


KNOWN = Phrasings(
    seen=("{text}\nList what is known as YAML.", "Known quantities of: {text}"),
    held=("What numbers matter here, and for what? {text}",),
)


@skill("read known quantities", "math")
def known_quantities(draw: Draw) -> tuple[str, str]:
    story = tell(draw, compose=0)
    return draw.phrase(KNOWN, text=story.text), flow(story.parts[0].known)


WHICH_SUMS = Phrasings(
    seen=("{text}\nWhich sums? Do not work them out.", "Only set up the sums: {text}"),
    held=("{text}\nSay what has to be calculated, without results.",),
)


@skill("set up sums", "math")
def set_up(draw: Draw) -> tuple[str, str]:
    """The right numbers in the right order; results are left to whoever can calculate."""
    story = tell(draw, compose=0)
    return draw.phrase(WHICH_SUMS, text=story.text), "; ".join(story.parts[0].set_up)


IRRELEVANT = Phrasings(
    seen=("{text}\nWhich sentence does not matter?", "Find what is beside the point: {text}"),
    held=("{text}\nOne sentence can be left out: which?",),
)


@skill("find the distractor", "math")
def distractor(draw: Draw) -> tuple[str, str]:
    story = tell(draw, distract=0, compose=0)
    noise = draw.phrase(
        DISTRACTORS, x=draw.name(), n=draw.number(2, 90), p=draw.pick(words.PLACES),
        k=draw.pick(words.COLOURS),
    )  # fmt: skip
    return draw.phrase(IRRELEVANT, text=_slip_in(draw, story.text, noise)), noise
