"""How a small model sees a problem: quantities and people as marks that it knows.

    Kofi solved 1,193 riddles and Amy half as many. How many riddles did both solve?
    Ben solved 47 riddles and Tom 84 times as many. How many riddles did both solve?

Copying long numbers and strange names letter by letter is what a model of this size does worst, and
there is nothing to learn in it: what a mark stands for is looked up. What is left is reading. Knows
nothing about traces and models.
"""

import re
from collections import Counter
from collections.abc import Container, Mapping, Sequence
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
IS_NUMBER, IS_NAME = frozenset(MARKS), frozenset(NAMES)
SPLIT = " / "
WORD = re.compile(r"\b[^\W\d_]{2,}\b")
ANY_MARK = re.compile(r"\b\w+\b")
BEGINS_SENTENCE = re.compile(
    r"(?:^|(?<=[.?!]\s))[^\W\d_]{2,}(?= of | [$€£]?\d| [A-Z])|[A-Z][a-z]{2,}ing\b"
)
"""`Rows of 12`, `Tram 9`, `Later Ben`, `Typing`: a word that begins a sentence as no name does."""
SENTENCE = re.compile(r"(?<=[.?!])\s+")
COUNTED = re.compile(r"\b\d\d (?!times)([a-z]{2,11}s)\b")
LONGEST_NAME = 12
"""Of each half, in the language of traces."""
OPENERS = frozenset(
    re.findall(
        r"\w+",
        "a about above acquired across add after afterwards again against all along already "
        "also although altogether always among an and another any anybody anyone april are "
        "around as asked at august away back bacteria bad bags because before beforehand being "
        "below besides beyond birds boot both bought boxes bread bus but by calculate children "
        "cloth coffee compared compute copper count counted crows customers customs cut damp "
        "december delivery demand despite determine did diggers dinner divers divide do "
        "dockers does double down drivers due during dust each earlier earned either else "
        "elsewhere enough equal even every everybody everyone everything exactly except "
        "explain express farmers february fertiliser few fewer fill finally find first five "
        "for found four friday friends from frost fuel full further get gift give given go "
        "gold good grateful gravel great guests had half handed hardly harvest has have he "
        "heavy helpers her here hers him his honey how if imagine in inside inspectors instead "
        "insurance interest into invested invoices is it its january july june just land last "
        "late later left lent less let little long lost lots made make many march may "
        "meanwhile members mice milk miners monday money more most moths mould much multiply "
        "my name near nearly neighbours never next no nobody none not nothing november now "
        "nowadays number nurses october of off often oil old on once one only or order "
        "originally others our ours out over overnight own paid parents part pay pensioners "
        "people per perhaps phone piece players please pleased postage prices pupils put rain "
        "rather rats readers received repairs report rope rust sailors sand saturday say "
        "school seeds september settle seven she should show silk since six slugs so sold some "
        "somebody someone something soon spent state still students such sugar sum sunday "
        "sundays suppose take taken tea teachers tell ten than thanks that the their them then "
        "there thereafter these they this those though three through thursday tickets to today "
        "together tomorrow tonight too towards travel tuesday tuition twelve twice two under "
        "unless until up upon us usually visitors was water we wednesday were what whatever "
        "when whenever where wherever which while who whoever whole whose why wine with within "
        "without wood wool word work workers would write yesterday yet you your",
    )
)
"""Words that begin sentences, and months: nobody's names."""


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

    def excerpt(self, *groups: Sequence[int]) -> "Sight":
        """Some sentences as a problem of their own, between the groups a stroke."""
        told = (" ".join(self.sentences[at] for at in group) for group in groups)
        text = SPLIT.join(told).strip().removesuffix(SPLIT.rstrip())
        new = in_order(text, self.numbers, self.people)
        return Sight(
            exchange(text, new),
            {mark: self.numbers[old] for old, mark in new.items() if old in self.numbers},
            {mark: self.people[old] for old, mark in new.items() if old in self.people},
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
    text = "".join([*pieces, problem[at:]])
    people = dict(zip(_people(text), NAMES, strict=False))
    text = WORD.sub(lambda found: people.get(found[0], found[0]), text)
    return Sight(text, numbers, {mark: name for name, mark in people.items()})


def in_order(
    text: str, numbers: Container[str] = IS_NUMBER, people: Container[str] = IS_NAME
) -> dict[str, str]:
    """Mark → what it is once marks are given anew, in the order in which they come up."""
    words = list(dict.fromkeys(ANY_MARK.findall(text)))
    return {
        **dict(zip((word for word in words if word in numbers), MARKS, strict=False)),
        **dict(zip((word for word in words if word in people), NAMES, strict=False)),
    }


def exchange(text: str, new: Mapping[str, str]) -> str:
    """The text with other marks."""
    return ANY_MARK.sub(lambda found: new.get(found[0], found[0]), text)


def _marked(mark: str, written: str, *, percent: bool) -> str:
    word = written.lower().rsplit(maxsplit=1)[-1]
    if word in TIMES or word in SHARES or word.removesuffix("s") in SHARES:
        return f"{mark} times"  # "half as many" as "three times as many"
    sign = written[0] if written[0] in "$€£" else ""
    return f"{sign}{mark}{'%' * percent}"


def _people(text: str) -> list[str]:
    """Capitalised words that no sentence needs so, in the order in which they come up."""
    doubtful = Counter(BEGINS_SENTENCE.findall(text))
    words = Counter(word for word in WORD.findall(text) if word[0].isupper())
    return [
        word
        for word, times in words.items()
        if word.lower() not in OPENERS and doubtful[word] < times
    ]
