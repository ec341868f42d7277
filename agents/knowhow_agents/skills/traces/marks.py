"""How a small model sees a problem: quantities and people as marks that it knows.

    Kofi solved 1,193 riddles and Amy half as many. How many riddles did both solve?
    Ben solved 47 riddles and Tom 84 times as many. How many riddles did both solve?

Copying long numbers and strange names letter by letter is what a model of this size does worst, and
there is nothing to learn in it: what a mark stands for is looked up. What is left is reading. Knows
nothing about traces and models.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from knowhow_agents.skills.traces.language import NO_NAMES, OPERATIONS
from knowhow_agents.skills.traces.numbers import SHARES, TIMES, find_numbers

COMMON_NUMBERS = (12, 24, 60)
"""They may stand in a trace without standing in the problem."""
MARKS = tuple(
    str(mark)
    for mark in (10 + step * 37 % 89 for step in range(1, 89))
    if mark not in COMMON_NUMBERS
)
"""For quantities, in the order in which they come up: two digits, neighbours far apart."""
NAMES = ("Ben", "Tom", "Nina", "Max", "Mia", "Bob", "Kate", "Sam", "Nora", "Tim", "Jack", "Theo")
"""For people, likewise; the base has read about them."""
SPLIT = " / "
WORD = re.compile(r"\b[^\W\d_]{2,}\b")
ANY_MARK = re.compile(r"\b\w+\b")
SENTENCE = re.compile(r"(?<=[.?!])\s+")
COUNTED = re.compile(r"\b\d\d (?!times)([a-z]{2,11}s)\b")
LONGEST_NAME = 12
"""Of each half, in the language of traces."""
OPENERS = frozenset(
    re.findall(
        r"\w+",
        "a after all also an and are as at because before below besides both but by did do does "
        "during each either every first for from give had has have he her his how if in inside "
        "into is it its many more most much my near next no not now of on once one only or our "
        "out over per she since so some still take that the their them then there these they this "
        "those through to together until was we were what when where which while who with within "
        "without you your",
    )
)
"""Words that begin sentences and are nobody's name."""


@dataclass(frozen=True)
class Sight:
    """A problem as a small model sees it."""

    text: str
    numbers: Mapping[str, Fraction]
    """Mark → quantity, in the order of the text."""
    people: Mapping[str, str]
    """Mark → name."""

    @cached_property
    def sentences(self) -> list[str]:
        return SENTENCE.split(self.text.strip())

    def excerpt(self, start: int, end: int) -> "Sight":
        """Some sentences as a problem of their own, and the one that goes on from them."""
        own = ("/ " if start else "") + " ".join(self.sentences[start:end])
        text = SPLIT.join([own, *self.sentences[end : end + 1]])
        words = list(dict.fromkeys(ANY_MARK.findall(text)))
        numbers = dict(zip((word for word in words if word in self.numbers), MARKS, strict=False))
        people = dict(zip((word for word in words if word in self.people), NAMES, strict=False))
        new = numbers | people
        return Sight(
            ANY_MARK.sub(lambda found: new.get(found[0], found[0]), text),
            {mark: self.numbers[old] for old, mark in numbers.items()},
            {mark: self.people[old] for old, mark in people.items()},
        )

    @cached_property
    def names(self) -> dict[str, str]:
        """Mark → what somebody is called in a trace: by name, and by what is counted."""
        counted = COUNTED.search(self.text)
        ending = f".{counted[1]}" if counted else ""
        found: dict[str, str] = {}
        for number, (mark, person) in enumerate(self.people.items(), 1):
            plain = re.sub("[^a-z]", "", person.lower())[:LONGEST_NAME]
            taken = plain in NO_NAMES or plain in OPERATIONS or f"{plain}{ending}" in found.values()
            found[mark] = f"{plain if plain and not taken else f'p{number}'}{ending}"
        return found


def look(problem: str) -> Sight:
    """A problem with marks for quantities and people. Where marks run out, things stay."""
    numbers: dict[str, Fraction] = {}
    pieces: list[str] = []
    at = 0
    for mark, reading in zip(MARKS, find_numbers(problem), strict=False):
        numbers[mark] = reading.value
        written = problem[reading.start : reading.end]
        pieces += [problem[at : reading.start], _marked(mark, written, percent=reading.percent)]
        at = reading.end
    people: dict[str, str] = {}
    text = "".join([*pieces, problem[at:]])
    text = WORD.sub(lambda found: _person(found[0], people), text)
    return Sight(text, numbers, {mark: name for name, mark in people.items()})


def _marked(mark: str, written: str, *, percent: bool) -> str:
    word = written.lower().rsplit(maxsplit=1)[-1]
    if word in TIMES or word in SHARES or word.removesuffix("s") in SHARES:
        return f"{mark} times"  # "half as many" as "three times as many"
    sign = written[0] if written[0] in "$€£" else ""
    return f"{sign}{mark}{'%' * percent}"


def _person(word: str, people: dict[str, str]) -> str:
    """The mark of a word that is somebody's name; other words stay."""
    if not word[0].isupper() or word.lower() in OPENERS:
        return word
    if word not in people and len(people) < len(NAMES):
        people[word] = NAMES[len(people)]
    return people.get(word, word)
