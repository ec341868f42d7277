"""Lessons told as parts of longer problems: no part is to be known by what usually stands by it.

    Ben has 47 ropes; Tom has 84 fewer. How many have both?     47 - 84; 47 + #1
    Ben has 47 ropes; Tom has 84 fewer. / The number of ropes … is sold for $32 each.     the same
    / Ben has the number of ropes; Tom has 47 fewer. How many …     prev - 47; prev + #1

What goes on behind a part is taken from another lesson whose last sum asks for the same; what comes
before is a phrase for the first quantity. Sums stay verified: nothing is changed but marks. Knows
nothing about models.
"""

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from knowhow_agents.skills.traces.marks import (
    ANY_MARK,
    IS_NAME,
    IS_NUMBER,
    MARKS,
    NAMES,
    SENTENCE,
    SPLIT,
    exchange,
    in_order,
)
from knowhow_agents.skills.traces.sums import BETWEEN, ENTITIES, PREVIOUS, told_with
from knowhow_agents.skills.traces.team import ASK, Said

MONEY = ("the amount", "that sum", "the price after that", "the proceeds", "this total")
COUNTS = ("the number", "that number", "the resulting number", "the total number")
"""What a quantity is called that somebody else works out."""
BEFORE_SHARE, BEHIND_SHARE = 0.5, 0.6
"""Of the lessons that are told anew."""
STROKE = SPLIT.strip()
TAILED = ("comparison", ENTITIES)
"""Whose last words say what is asked for; with the others it is the last sum, whatever that is."""


@dataclass(frozen=True)
class _Told:
    """A lesson, taken apart."""

    follows: bool
    own: str
    behind: str
    """The sentence of whoever goes on; empty where nobody does."""
    answer: str

    @classmethod
    def of(cls, said: Said) -> "_Told":
        text = said.prompt.removesuffix(ASK.format(text=""))
        follows = text.startswith(STROKE)
        own, _, behind = text.removeprefix(STROKE).strip().partition(SPLIT)
        return cls(follows, own, behind, said.answer)

    def said(self, agent: str) -> Said:
        """With marks in the order in which they come up."""
        text = f"{SPLIT.lstrip() * self.follows}{self.own}"
        text += f"{SPLIT}{self.behind}" if self.behind else ""
        new = in_order(text)
        return Said(agent, ASK.format(text=exchange(text, new)), told_with(self.answer, new))


class Recomposer:
    """Of one specialist's lessons."""

    def __init__(self, agent: str, lessons: Iterable[Said]) -> None:
        self._agent = agent
        told = [one for one in map(_Told.of, lessons) if one.behind]
        told.sort(key=self._asked)
        self._behind = {asked: list(found) for asked, found in groupby(told, self._asked)}

    def tell(self, said: Said, rng: random.Random) -> Said:
        """The lesson as a part of something longer, where it can be."""
        told = _Told.of(said)
        if not told.follows and rng.random() < BEFORE_SHARE:
            told = _following(told, rng)
        if not told.behind and rng.random() < BEHIND_SHARE:
            told = self._continued(told, rng)
        return told.said(self._agent)

    def _asked(self, told: _Told) -> str:
        return told.answer.rpartition(BETWEEN)[2] if self._agent in TAILED else ""

    def _continued(self, told: _Told, rng: random.Random) -> _Told:
        """Without its question, and with what goes on elsewhere from the same result."""
        sentences = SENTENCE.split(told.own)
        others = self._behind.get(self._asked(told))
        if not others or len(sentences) < 2 or not _is_bare_question(sentences[-1]):
            return told
        other = rng.choice(others)
        own = " ".join(sentences[:-1])
        return _Told(told.follows, own, _fresh(other, _marks(told.own)), told.answer)


def _following(told: _Told, rng: random.Random) -> _Told:
    """The quantity that the first sum begins with is somebody else's result."""
    first = ANY_MARK.search(told.answer)
    if first is None or first[0] not in IS_NUMBER:
        return told
    number = first[0]
    spoken = list(re.finditer(rf"(?:\bthe )?(\$?)\b{number}\b(?!%| times)( [a-z]+s\b)?", told.own))
    uses = ANY_MARK.findall(told.answer).count(number)
    if len(spoken) != 1 or uses != 1 or number in ANY_MARK.findall(told.behind):
        return told
    sign, noun = spoken[0].groups()
    phrase = rng.choice(MONEY if sign else COUNTS) + (f" of{noun}" if noun else "")
    own = f"{told.own[: spoken[0].start()]}{phrase}{told.own[spoken[0].end() :]}"
    return _Told(True, own, told.behind, told_with(told.answer, {number: PREVIOUS}))


def _is_bare_question(sentence: str) -> bool:
    return sentence.endswith("?") and not IS_NUMBER & set(ANY_MARK.findall(sentence))


def _fresh(told: _Told, taken: Sequence[str]) -> str:
    """What stands behind it; whoever and whatever is new there gets marks that are not taken."""
    known = {*_marks(told.own), *taken}
    new = [word for word in _marks(told.behind) if word not in _marks(told.own)]
    free = {
        kind: (mark for mark in marks if mark not in known)
        for kind, marks in ((True, MARKS), (False, NAMES))
    }
    return exchange(told.behind, {word: next(free[word in IS_NUMBER], word) for word in new})


def _marks(text: str) -> list[str]:
    return [word for word in dict.fromkeys(ANY_MARK.findall(text)) if word in IS_NUMBER | IS_NAME]
