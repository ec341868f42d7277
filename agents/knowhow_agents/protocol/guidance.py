"""Guidance: what a memory or a small model whispers. It is data and orders nothing.

In a prompt it stands inside a fence of our own and can neither close it nor open another one. What
a terminal or a chat template would obey (escape sequences, marks of turns, invisible letters) is
taken out first. It is a part of one message of the user's: no tool, no system text and no other
turn is ever made of it. Knows nothing of models.
"""

import re
import unicodedata
from dataclasses import dataclass

OPEN, CLOSE = "<<<", ">>>"
MAX_GUIDANCE = 4_000
"""Characters; a whole trace has about 1,500."""
CUT = " …"

ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # colours, cursor movements
    r"|\x1b[\]PX^_].*?(?:\x07|\x1b\\|$)"  # titles, links, device strings
    r"|\x1b.?",
    re.DOTALL,
)
ANGLES = str.maketrans("＜＞﹤﹥‹›", "<><><>")
"""Letters that look like those of a fence."""
FENCES = re.compile(r"<{3,}|>{3,}")
TURNS = re.compile(r"<\s*\|([^|\n]{0,40})\|\s*>|\[/?INST\]|<</?SYS>>|</?s>", re.IGNORECASE)
"""How chat templates mark whose turn it is."""
KEPT = "\n\t"
HIDDEN = {"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"}
"""Categories of characters that do something, or show nothing."""


@dataclass(frozen=True)
class Guidance:
    text: str
    source: str
    """Who whispers: an adapter's version, or the router."""
    answer: str | None = None
    """What it comes to, if it comes to something."""


def neutral(text: str, most: int = MAX_GUIDANCE) -> str:
    """The words alone: no escape sequences, nothing hidden, no fence, no turn of somebody else."""
    shown = ESCAPES.sub("", text)
    shown = "".join(c for c in shown if c in KEPT or unicodedata.category(c) not in HIDDEN)
    shown = shown.translate(ANGLES)
    # Taking one mark out may put another together, so until nothing changes.
    while (fewer := TURNS.sub("", shown)) != shown:
        shown = fewer
    shown = FENCES.sub(lambda found: " ".join(found[0]), shown).strip()
    return shown if len(shown) <= most else shown[: most - len(CUT)].rstrip() + CUT


def fenced(text: str) -> str:
    return f"{OPEN}\n{neutral(text)}\n{CLOSE}"
