"""Numbers as people write them in problems, read exactly.

`80,000`, `$1.50`, `1/3`, `2 1/2`, `150%`, `.5`, `twenty-five`, `half`, `two thirds`, `twice`,
`three dozen`. "One" counts only before what it can count ("one hundred", "one third"): alone it is
more often a pronoun. Knows nothing about what a number is for.
"""

import re
from dataclasses import dataclass
from fractions import Fraction

MAX_DIGITS = 15
"""More digits are no quantity of a word problem."""
MAX_TEXT = 20_000

ONES = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14,
    "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70,
    "eighty": 80, "ninety": 90,
}  # fmt: skip
SCALES = {"dozen": 12, "hundred": 100, "thousand": 1_000, "million": 1_000_000}
TIMES = {"twice": 2, "thrice": 3, "double": 2, "triple": 3, "quadruple": 4}
SHARES = {
    "half": 2, "halves": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6,
    "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10,
}  # fmt: skip
ORDINALS = frozenset(SHARES) - {"half", "halves", "quarter"}
"""Alone they count places in a row ("the third day"), behind an article they do not ("a third")."""

ARTICLE = re.compile(r"\ban?\s+", re.IGNORECASE)
WORD = re.compile(
    r"(?P<money>[$€£]\s?)?(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    r"(?:\s?/\s?(?P<under>\d+))?(?P<percent>\s?%|\s+per\s?cent\b)?"
    r"|(?P<word>[A-Za-z]+)"
)


@dataclass(frozen=True)
class Reading:
    value: Fraction
    start: int
    end: int
    percent: bool = False
    """A number of hundredths: `150%` reads as 150."""


def read_number(text: str) -> Fraction | None:
    """The number that a text is, and nothing else; None where it is none."""
    sign = -1 if text.strip().startswith("-") else 1
    bare = text.strip().removeprefix("-").strip()
    article = ARTICLE.match(bare)
    found = find_numbers(bare)
    start = article.end() if article else 0
    whole = len(found) == 1 and (found[0].start, found[0].end) == (start, len(bare))
    return sign * found[0].value if whole else None


def find_numbers(text: str) -> list[Reading]:
    """Every quantity in the first part of a text, from left to right."""
    found: list[Reading] = []
    words: list[re.Match[str]] = []
    for match in WORD.finditer(text[:MAX_TEXT]):
        if words and not _goes_on(text, words[-1], match):
            found += _spelled(text, words)
            words = []
        if match["word"] is None:
            _add_digits(found, text, match)
        elif _is_number_word(match["word"].lower()):
            if not words and found and _scales(text, found[-1], match):
                found.append(_scaled(found.pop(), match))
            else:
                words.append(match)
    return [*found, *_spelled(text, words)]


def _add_digits(found: list[Reading], text: str, match: re.Match[str]) -> None:
    """A number in digits; a fraction behind a whole number belongs to it."""
    digits, under = match["digits"].replace(",", ""), match["under"]
    if max(len(digits), len(under or "")) > MAX_DIGITS or (under and int(under) == 0):
        return
    start, value = match.start(), Fraction(digits) / int(under or 1)
    if under and value < 1 and found and text[found[-1].end : start].isspace():
        whole = found.pop()
        start, value = whole.start, whole.value + value
    found.append(Reading(value, start, match.end(), match["percent"] is not None))


def _scales(text: str, number: Reading, match: re.Match[str]) -> bool:
    return match["word"].lower() in SCALES and text[number.end : match.start()].isspace()


def _scaled(number: Reading, match: re.Match[str]) -> Reading:
    return Reading(number.value * SCALES[match["word"].lower()], number.start, match.end())


def _is_number_word(word: str) -> bool:
    return word in ONES or word in TENS or word in SCALES or word in TIMES or _share(word) > 0


def _share(word: str) -> int:
    return SHARES.get(word) or SHARES.get(word.removesuffix("s"), 0)


def _goes_on(text: str, before: re.Match[str], match: re.Match[str]) -> bool:
    """Whether a word belongs to the number that the one before is part of."""
    between = text[before.end() : match.start()]
    return (
        match["word"] is not None
        and (between in ("-", " ") or between.isspace())
        and _is_number_word(match["word"].lower())
        and before["word"].lower() not in TIMES
        and match["word"].lower() not in TIMES
    )


def _spelled(text: str, words: list[re.Match[str]]) -> list[Reading]:
    """Of number words that follow each other; nothing where they only look like a number."""
    spelled = [match["word"].lower() for match in words]
    if not words or spelled == ["one"] or (len(words) == 1 and _is_place(text, words[0])):
        return []
    return [Reading(_value(spelled), words[0].start(), words[-1].end())]


def _is_place(text: str, match: re.Match[str]) -> bool:
    before = text[: match.start()].rsplit(maxsplit=1)[-1:]
    return match["word"].lower() in ORDINALS and before not in (["a"], ["A"])


def _value(words: list[str]) -> Fraction:
    if words[0] in TIMES:
        return Fraction(TIMES[words[0]])
    share = 1
    if words[-1] not in ONES and words[-1] not in TENS and words[-1] not in SCALES:
        share = _share(words.pop())
    total = part = 0
    for word in words:
        if word in SCALES:
            part = max(part, 1) * SCALES[word]
            if SCALES[word] > 100:
                total, part = total + part, 0
        else:
            part += ONES.get(word) or TENS.get(word, 0)
    return Fraction(total + part if words else 1, share)
