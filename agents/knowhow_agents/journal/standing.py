"""Does what is written about a text stand in it, and is nothing left out? Numbers and times, each
used once.

So that an invented number is noticed whatever it means. Knows nothing about models.
"""

import re
from collections import Counter

NUMBER = re.compile(r"(?<![\d:])(\d{1,3})(?::(\d\d))?(?:\s?([ap])\.?m\b)?(?!\d|:\d)", re.IGNORECASE)
SPELT = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve",
)  # fmt: skip
WORDS = re.compile(rf"\b({'|'.join(SPELT)})\b", re.IGNORECASE)
HALF = 12


def numbers(text: str) -> Counter[str]:
    """As digits: what is written as a word, too; `7:30pm` is `19:30`, `9` is both `9` and
    `09:00` and can be used as either."""
    return Counter(str(SPELT.index(word.lower())) for word in WORDS.findall(text)) + _digits(text)


def _digits(text: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for hour, minute, half in NUMBER.findall(text):
        found[_time(int(hour), minute, half.lower()) if minute or half else str(int(hour))] += 1
    return found


def times(text: str) -> list[str]:
    """Of the day, as `09:00`; each as often as it stands there."""
    found = [
        _time(int(one), "", "") if one.isdecimal() else one for one in numbers(text).elements()
    ]
    return [one for one in found if one <= "24:00"]


def wholes(text: str) -> list[str]:
    """Numbers that are no times for sure."""
    return [one for one in numbers(text) if one.isdecimal()]


def missing(wanted: list[str], text: str) -> str | None:
    """The first of these that does not stand in the text, or not often enough."""
    there = numbers(text)
    for one in wanted:
        used = _used(one, there)
        if not there[used]:
            return one
        there[used] -= 1
    return None


def left_out(written: list[str], text: str) -> str | None:
    """The first number in digits that stands in the text and is not among what is written."""
    there = _digits(text)
    for one in written:
        there[_used(one, there)] -= 1
    return next((number for number, times in there.items() if times > 0), None)


def _used(one: str, there: Counter[str]) -> str:
    bare = one.removesuffix(":00").lstrip("0") or "0"
    return one if there[one] else bare if one.endswith(":00") else one


def _time(hour: int, minute: str, half: str) -> str:
    if half:
        hour = hour % HALF + (HALF if half == "p" else 0)
    return f"{hour:02d}:{minute or '00'}"
