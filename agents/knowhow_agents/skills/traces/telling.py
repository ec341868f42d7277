"""Tells one problem: draws numbers and people for a side, fills templates, writes the trace.

Numbers that make no sense together are drawn again, and so are those of the other side. Knows
nothing about which problems are wanted.
"""

import hashlib
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from types import SimpleNamespace

from knowhow_agents.skills.traces.language import Part, write
from knowhow_agents.skills.traces.patterns import blind, chains, distractors, vocabulary
from knowhow_agents.skills.traces.patterns.pattern import GAP, QUESTION, Pattern, steps_of
from knowhow_agents.skills.traces.patterns.quantities import Quantity
from knowhow_memory.errors import InternalError

HELD_SHARE = 5
"""One choice of numbers in so many is kept for examination."""
MAX_DRAWS = 50_000
"""Only a pattern whose numbers hardly ever make sense gets there."""
CHOICE = re.compile(r"\[([^\[\]]*)\]")
SENTENCE = re.compile(r"(^|[.?!] )(.)")
DEFINITE_DOZEN = re.compile(r"('s|\b(?:the|another|these|those|its|all|every|old|new)) a dozen\b")
DISTRACTING_NUMBERS = (2, 90)
DISTRACTOR = "distractor"
"""Where a sentence that does not matter stands among an item's templates."""


class Side(StrEnum):
    TRAIN = "train"
    HELD_OUT = "held-out"


@dataclass(frozen=True)
class Item:
    problem: str
    trace: str
    answer: Fraction
    """By the pattern's own formula, not by the solver."""
    pattern: str
    templates: tuple[str, ...]
    """The ids of all templates that the text is made from."""
    specialists: tuple[str, ...]
    side: Side


@dataclass
class Drawn:
    """Numbers for every part, and what comes out of every part."""

    numbers: list[dict[str, Quantity]] = field(default_factory=list)
    answers: list[Fraction] = field(default_factory=list)


def side_of(pattern: str, numbers: Sequence[str]) -> Side:
    """Where a pattern may have these numbers."""
    digest = hashlib.sha256(f"{pattern} {' '.join(numbers)}".encode()).digest()
    return Side.HELD_OUT if digest[0] % HELD_SHARE == 0 else Side.TRAIN


class Teller:
    def __init__(
        self,
        rng: random.Random,
        side: Side,
        *,
        held_templates: bool = False,
        told_blind: bool = False,
        distract: bool = False,
    ) -> None:
        self._rng, self._side = rng, side
        self._held, self._blind, self._distract = held_templates, told_blind, distract

    def tell(self, patterns: Sequence[Pattern]) -> Item:
        """A problem of one pattern, or of several that go on from each other."""
        name = "+".join(pattern.name for pattern in patterns)
        story = _Story(self._rng, self._side)
        drawn = self._draw(name, patterns)
        parts: list[Part] = []
        for pattern, numbers in zip(patterns, drawn.numbers, strict=True):
            last = len(parts) == len(patterns) - 1
            ways = self._ways(pattern)
            said = {key: number.said for key, number in numbers.items()}
            story.add(ways if last else _facts(pattern, ways), said)
            story.call(pattern.it)
            written = {key: number.written for key, number in numbers.items()}
            steps = pattern.steps.format(**story.names_in_traces(), **written)
            parts.append(Part(pattern.specialist, steps_of(steps)))
        return self._item(story, name, parts, drawn.answers[-1])

    def tell_chain(self, operations: int) -> Item:
        story = _Story(self._rng, self._side)
        chain = self._draw_chain(operations)
        story.add(self._sentences("opening", chains.OPENING[self._held]), {"n": str(chain.start)})
        for operation, number in chain.moves:
            ways = self._sentences(operation, chains.SENTENCES[operation, self._held])
            story.add(ways, {"n": str(number)})
        story.add(self._sentences("question", chains.QUESTION[self._held]), {})
        part = Part("arithmetic", steps_of(chain.steps))
        return self._item(story, "chain", [part], chain.answer)

    def _item(self, story: "_Story", name: str, parts: list[Part], answer: Fraction) -> Item:
        if self._distract:
            held = self._held or self._side is Side.HELD_OUT
            story.distract(distractors.HELD if held else distractors.SEEN, held=held)
        specialists = tuple(part.expert for part in parts)
        return Item(
            story.text, write(parts), answer, name, tuple(story.templates), specialists, self._side
        )

    def _draw(self, name: str, patterns: Sequence[Pattern]) -> Drawn:
        for _ in range(MAX_DRAWS):
            drawn = self._try(patterns)
            if drawn and self._side is side_of(name, _written(drawn)):
                return drawn
        raise InternalError(f"the pattern {name!r} has too few different numbers")

    def _draw_chain(self, operations: int) -> chains.Chain:
        while True:
            chain = chains.draw_chain(self._rng, operations)
            if self._side is side_of("chain", chain.numbers):
                return chain

    def _try(self, patterns: Sequence[Pattern]) -> Drawn | None:
        drawn = Drawn()
        for pattern in patterns:
            numbers = {key: source.draw(self._rng) for key, source in pattern.numbers.items()}
            known = SimpleNamespace(**{key: number.value for key, number in numbers.items()})
            if drawn.answers:
                known.first, known.it = drawn.answers[0], drawn.answers[-1]
            if not pattern.keep(known) or not pattern.result.allows(pattern.answer(known)):
                return None
            drawn.numbers.append(numbers)
            drawn.answers.append(pattern.answer(known))
        return drawn

    def _ways(self, pattern: Pattern) -> dict[str, str]:
        if not self._blind:
            return pattern.templates(held=self._held)
        return {
            f"{pattern.name}/blind{at}": text for at, text in enumerate(blind.BLIND[pattern.name])
        }

    def _sentences(self, kind: str, sentences: Sequence[str]) -> dict[str, str]:
        mark = "held" if self._held else ""
        return {f"chain.{kind}/{mark}{at}": text for at, text in enumerate(sentences)}


class _Story:
    """A text that grows, its people and things, and what it is made from."""

    def __init__(self, rng: random.Random, side: Side) -> None:
        self._rng = rng
        held = side is Side.HELD_OUT
        people = vocabulary.HELD_PEOPLE if held else vocabulary.TRAINED_PEOPLE
        *actors, self._stranger = rng.sample(people, 5)
        things, places = rng.sample(vocabulary.THINGS, 2), rng.sample(vocabulary.PLACES, 2)
        self._fields = dict(zip("abce", actors, strict=True)) | dict(zip("tu", things, strict=True))
        self._fields |= {"p": places[0], "d": rng.choice(vocabulary.DAYS)}
        self._other_place = places[1]
        self._called: list[str] = []
        self.text = ""
        self.templates: list[str] = []

    def add(self, ways: Mapping[str, str], numbers: Mapping[str, str]) -> None:
        """Go on with one of the templates."""
        text = self._fill(ways, {**self._fields, **self._it(), **numbers})
        self.text = f"{self.text} {text}".strip()

    def call(self, result: str) -> None:
        """From here on, this is what the last result is called."""
        self._called.append(result.format(**self._fields))

    def names_in_traces(self) -> dict[str, str]:
        return {key: value.lower() for key, value in self._fields.items()}

    def distract(self, sentences: Sequence[str], *, held: bool) -> None:
        """A sentence that does not matter, in any place, so that its place tells nothing."""
        mark = "held" if held else ""
        ways = {f"{DISTRACTOR}/{mark}{at}": text for at, text in enumerate(sentences)}
        number = str(self._rng.randint(*DISTRACTING_NUMBERS))
        fields = {"x": self._stranger, "q": self._other_place, "n": number}
        sentence = self._fill(ways, fields)
        starts = [0, *(match.end() for match in re.finditer(r"[.?!] ", self.text))]
        at = self._rng.choice(starts)
        self.text = f"{self.text[:at]}{sentence} {self.text[at:]}"

    def _it(self) -> dict[str, str]:
        if not self._called:
            return {}
        first, it = self._called[0], self._called[-1]
        return {"first": first, "it": it, "It": it[0].upper() + it[1:]}

    def _fill(self, ways: Mapping[str, str], fields: Mapping[str, str]) -> str:
        name = self._rng.choice(list(ways))
        self.templates.append(name)
        template = ways[name].replace(QUESTION, " ")
        chosen = CHOICE.sub(lambda found: self._rng.choice(found[1].split("|")), template)
        text = DEFINITE_DOZEN.sub(r"\1 dozen", chosen.format(**fields))
        return SENTENCE.sub(lambda found: found[1] + found[2].upper(), text)


def _facts(pattern: Pattern, ways: Mapping[str, str]) -> dict[str, str]:
    """The facts of those templates whose facts say all that the parts after them speak of."""
    needed = set(pattern.numbers) | set(GAP.findall(pattern.it))
    facts = {name: text.partition(QUESTION)[0] for name, text in ways.items()}
    return {name: text for name, text in facts.items() if needed <= set(GAP.findall(text))}


def _written(drawn: Drawn) -> list[str]:
    return [number.written for numbers in drawn.numbers for number in numbers.values()]
