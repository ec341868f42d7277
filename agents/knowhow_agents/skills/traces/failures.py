"""What most likely went wrong with an attempt that failed, by rules of thumb.

Only what can be seen counts: the attempt and the problem's text. Knows nothing about rewards.
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from fractions import Fraction

from knowhow_agents.skills.traces.gsm8k import Problem
from knowhow_agents.skills.traces.language import Step, TraceRefused, parse
from knowhow_agents.skills.traces.numbers import find_numbers


class Kind(StrEnum):
    TRUNCATION = "truncation"
    VALUE_EXTRACTION = "value extraction"
    DECIMAL = "decimal"
    RATE_TIME = "rate or time"
    MULTI_ENTITY = "several entities"
    COMPOSITION = "composition"
    OTHER = "other"


COMMON_NUMBERS = frozenset(map(Fraction, (1, 2, 3, 4, 7, 10, 12, 24, 30, 52, 60, 100, 365, 1000)))
"""Hours of a day, days of a year, hundredths: a problem need not say them."""
RATE = re.compile(
    r"\b(per|each|every|an?)\s+(hour|day|week|month|year|minute|second|mile)s?\b"
    r"|\b(mph|speed|hourly|daily|weekly|monthly|yearly)\b",
    re.IGNORECASE,
)
NAME = re.compile(r"(?<![.?!] )(?<!^)\b[A-Z][a-z]+\b")
"""Capitalised within a sentence."""
NO_NAMES = frozenset(
    {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}
    | {"January", "February", "March", "April", "May", "June", "July", "August", "September"}
    | {"October", "November", "December", "If", "How", "What"}
)
MANY_SUMS = 5
"""A problem of so many worked sums has parts that hang together."""


def kind_of_failure(problem: Problem, text: str, *, finished: bool) -> Kind:
    """The first kind that applies; `finished`: the text was not cut at its longest."""
    if not finished:
        return Kind.TRUNCATION
    try:
        trace = parse(text)
    except TraceRefused:
        return Kind.OTHER
    said = {reading.value for reading in find_numbers(problem.text)}
    hundredths = {reading.value / 100 for reading in find_numbers(problem.text)}
    numbers = {number for part in trace for step in part.steps for number in _literals(step)}
    if numbers - said - hundredths - COMMON_NUMBERS:
        return Kind.VALUE_EXTRACTION
    if any(value.denominator > 1 for value in {problem.answer, *said}):
        return Kind.DECIMAL
    if RATE.search(problem.text):
        return Kind.RATE_TIME
    if len(set(NAME.findall(problem.text)) - NO_NAMES) > 1:
        return Kind.MULTI_ENTITY
    return Kind.COMPOSITION if len(problem.calculations) >= MANY_SUMS else Kind.OTHER


def _literals(step: Step) -> Iterator[Fraction]:
    for value in step.values.values():
        operands = value if isinstance(value, tuple) else (value,)
        yield from (operand for operand in operands if isinstance(operand, Fraction))
