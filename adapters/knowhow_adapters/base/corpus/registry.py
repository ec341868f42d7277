"""The one list of skills, and how an example of one is drawn.

A skill is a function from a `Draw` to a pair (prompt, answer). What may be learnt and what is kept
for the exam are apart in two ways. Phrasings: a draw with `held` uses only those that training
never does. Items: the digest of a prompt says on which side it falls, so a text of the exam cannot
occur in training, whatever the seed. Knows nothing about tokens or models.
"""

import hashlib
import importlib
import itertools
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from knowhow_adapters.base.corpus import words
from knowhow_memory.errors import InternalError

Side = Literal["train", "exam"]
MODULES = (
    "reading", "order", "facts", "forms", "sums", "stories", "planning", "rooms", "guidance",
)  # fmt: skip
EXAM_SHARE = 8
"""One item in so many belongs to the exam."""
MAX_REDRAWS = 2_000
"""Only a skill with too few different items gets there."""

T = TypeVar("T")


CHOICE = re.compile(r"\[([^\[\]]*)\]")
"""`[one|another|]`: a place where a template leaves a choice, an empty one included."""


@dataclass(frozen=True)
class Phrasings:
    """Ways to say the same, as templates: those of training and those kept for the exam."""

    seen: tuple[str, ...]
    held: tuple[str, ...]


def expand(template: str) -> set[str]:
    """Every text that the choices of a template allow."""
    fixed = CHOICE.split(template)
    choices = [part.split("|") if at % 2 else [part] for at, part in enumerate(fixed)]
    return {"".join(parts) for parts in itertools.product(*choices)}


class Draw:
    """A seeded source of what the generators put together."""

    def __init__(self, rng: random.Random, *, held: bool = False) -> None:
        self.rng, self.held = rng, held
        self.used: list[str] = []

    def phrase(self, phrasings: Phrasings, **fields: object) -> str:
        """One of the allowed phrasings, filled in."""
        template = self.rng.choice(phrasings.held if self.held else phrasings.seen)
        chosen = CHOICE.sub(lambda found: self.rng.choice(found[1].split("|")), template)
        self.used.append(chosen)
        return chosen.format(**fields)

    def number(self, low: int, high: int) -> int:
        return self.rng.randint(low, high)

    def pick(self, values: Sequence[T]) -> T:
        return self.rng.choice(values)

    def some(self, values: Sequence[T], count: int) -> list[T]:
        """Different ones, in any order."""
        return self.rng.sample(values, count)

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def shuffled(self, values: Sequence[T]) -> list[T]:
        return self.rng.sample(values, len(values))

    def name(self) -> str:
        if self.chance(0.5):
            return self.pick(words.NAMES)
        return self.pick(words.FIRST_SYLLABLES) + self.pick(words.LAST_SYLLABLES)

    def names(self, count: int) -> list[str]:
        found: list[str] = []
        while len(found) < count:
            if (name := self.name()) not in found:
                found.append(name)
        return found


@dataclass(frozen=True)
class Example:
    skill: str
    prompt: str
    answer: str
    phrasings: tuple[str, ...]


Make = Callable[[Draw], tuple[str, str]]


@dataclass(frozen=True)
class Skill:
    name: str
    domain: str
    make: Make


SKILLS: dict[str, Skill] = {}


def skill(name: str, domain: str) -> Callable[[Make], Make]:
    """Register a generator under the name that exams and cards print."""

    def register(make: Make) -> Make:
        SKILLS[name] = Skill(name, domain, make)
        return make

    return register


def load_skills() -> dict[str, Skill]:
    """All skills, by name."""
    for module in MODULES:
        importlib.import_module(f"knowhow_adapters.base.corpus.{module}")
    return SKILLS


def side_of(prompt: str) -> Side:
    """Where this text may occur."""
    first = hashlib.sha256(prompt.encode()).digest()[0]
    return "exam" if first % EXAM_SHARE == 0 else "train"


def draw_example(skill: Skill, side: Side, rng: random.Random, *, held: bool = False) -> Example:
    """An example that belongs to this side; redraws until one does."""
    for _ in range(MAX_REDRAWS):
        draw = Draw(rng, held=held)
        prompt, answer = skill.make(draw)
        if side_of(prompt) == side:
            return Example(skill.name, prompt, answer, tuple(draw.used))
    raise InternalError(f"the skill {skill.name!r} has too few different items for {side!r}")


def draw_exam(skill: Skill, count: int, seed: int, *, held: bool) -> list[Example]:
    """Different items of the exam."""
    rng = random.Random(f"exam:{skill.name}:{held}:{seed}")
    found: dict[str, Example] = {}
    for _ in range(count * 20):
        example = draw_example(skill, "exam", rng, held=held)
        found.setdefault(example.prompt, example)
        if len(found) == count:
            return list(found.values())
    raise InternalError(f"the skill {skill.name!r} has fewer than {count} different exam items")
