"""Reads what a model said: its answer, whether guidance fits, which candidate it takes.

A reply that does not keep to the form is no error: what cannot be read is None, and the caller
decides. Knows nothing of prompts.
"""

import re

MAX_ANSWER = 2_000
FITS = re.compile(r"^\W*fits\W+(yes|no)\b", re.IGNORECASE | re.MULTILINE)
JUDGED = re.compile(r"^\W*(?:verdict\W+)?(right|wrong)\b", re.IGNORECASE | re.MULTILINE)
ANSWER = re.compile(r"^[ \t*_#>-]*answer\W*:[ \t*_]*(.*\S)", re.IGNORECASE | re.MULTILINE)
CHOICE = re.compile(r"^\W*(?:choice\W+)?([A-Z])\b(?!')", re.MULTILINE)
POSITIVE = {"yes", "right"}


def read_answer(reply: str) -> str | None:
    """What stands behind the last `answer:`."""
    found = ANSWER.findall(reply)
    return str(found[-1]).strip("*_ \t")[:MAX_ANSWER] or None if found else None


def read_verdict(reply: str) -> bool | None:
    """Whether the guidance is said to fit, or an attempt to be right."""
    found = FITS.search(reply) or JUDGED.search(reply)
    return None if found is None else found[1].lower() in POSITIVE


def read_choice(reply: str, options: int) -> int | None:
    """The number of the chosen candidate, counted from 0."""
    found = CHOICE.search(reply)
    number = -1 if found is None else ord(found[1]) - ord("A")
    return number if 0 <= number < options else None
