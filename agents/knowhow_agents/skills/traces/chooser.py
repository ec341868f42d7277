"""Which specialist a problem sounds like, learnt from outcomes: an opinion for the router.

Shares of belief over the specialists by the words of a problem, alone and in pairs, with numbers
and people as marks: what tells a discount from a race are turns of phrase, not what is sold. It is
told only what came of those who were asked: a success speaks for that specialist, a failure for the
others. Rare words say more than common ones. What its opinion is worth, the router learns. Knows
nothing about models.
"""

import math
import re
import zlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_array

from knowhow_agents.skills.traces.marks import MARKS, look
from knowhow_memory.errors import InputError

BUCKETS = 2**13
WORD_OR_SIGN = re.compile(r"[^\W_]+|[^\w\s]")
NUMBERS = frozenset(MARKS)
LEASH = 1e-4
"""How dear large weights are, for each outcome."""
ITERATIONS = 40
REFIT_EVERY = 20
"""Outcomes between two looks at all of them."""
RECENT = 80
"""Outcomes that say how far it can be believed."""
NEWTON_STEPS = 5
SUREST = 0.98
"""Beyond, a failure would pull without bounds."""

Floats = NDArray[np.float64]


class Chooser:
    def __init__(self, arms: Sequence[str]) -> None:
        self.arms = tuple(arms)
        self._words: list[frozenset[int]] = []
        self._asked: list[int] = []
        self._rewards: list[float] = []
        self._thought: list[float] = []
        """Log-odds of the one that was asked, before its outcome was known."""
        self._weights = np.zeros((BUCKETS, len(self.arms)))
        self._rarity = np.ones(BUCKETS)
        self._calibration = (0.0, 1.0)

    def opinion(self, problem: str, arms: Sequence[str]) -> Mapping[str, float]:
        """Silent about arms it does not know, and before the first outcomes."""
        if len(self._words) < REFIT_EVERY:
            return {}
        shares = self._believe(problem)
        level, slope = self._calibration
        return {
            arm: 1 / (1 + math.exp(-level - slope * _log_odds(shares[self.arms.index(arm)])))
            for arm in arms
            if arm in self.arms
        }

    def learn(self, problem: str, arm: str, reward: float) -> None:
        """What came of the one that was asked."""
        if arm not in self.arms:
            raise InputError(f"no arm {arm!r}: there are {', '.join(self.arms)}")
        self._thought.append(_log_odds(self._believe(problem)[self.arms.index(arm)]))
        self._words.append(_words(problem))
        self._asked.append(self.arms.index(arm))
        self._rewards.append(reward)
        self._calibration = self._calibrated()
        if len(self._words) % REFIT_EVERY == 0:
            self._refit()

    def _believe(self, problem: str) -> Floats:
        [shares] = _shares(self._rows([_words(problem)]) @ self._weights)
        return np.asarray(shares)

    def _calibrated(self) -> tuple[float, float]:
        """What its latest thoughts were worth: it gets better, and should not be judged by what it
        thought when it knew nothing."""
        sides = np.column_stack([np.ones(len(self._thought)), self._thought])[-RECENT:]
        rewards = np.array(self._rewards[-RECENT:])
        found = np.array([0.0, 1.0])
        for _ in range(NEWTON_STEPS):
            chances = 1 / (1 + np.exp(-np.clip(sides @ found, -20, 20)))
            bend = (sides * (chances * (1 - chances))[:, None]).T @ sides + np.eye(2)
            pull = sides.T @ (rewards - chances) - (found - [0.0, 1.0])
            found = found + np.linalg.solve(bend, pull)
        return float(found[0]), float(found[1])

    def _refit(self) -> None:
        counts = np.bincount([w for words in self._words for w in words], minlength=BUCKETS)
        self._rarity = np.log((1 + len(self._words)) / (1 + counts)) + 1
        rows, asked = self._rows(self._words), np.array(self._asked)
        rewards = np.array(self._rewards)

        def surprise(flat: Floats) -> tuple[float, Floats]:
            weights = flat.reshape(self._weights.shape)
            loss, pull = _surprise(rows @ weights, asked, rewards)
            slope = rows.T @ pull / len(asked) + LEASH * weights
            return loss / len(asked) + LEASH / 2 * float((weights**2).sum()), slope.ravel()

        start = self._weights.ravel()
        options = {"maxiter": ITERATIONS}
        found = minimize(surprise, start, jac=True, method="L-BFGS-B", options=options)
        self._weights = found.x.reshape(self._weights.shape)

    def _rows(self, texts: Sequence[frozenset[int]]) -> csr_array:
        """A row a text, of length 1."""
        columns = np.array([word for words in texts for word in sorted(words)], np.intp)
        owners = np.repeat(np.arange(len(texts)), [len(words) for words in texts])
        values = self._rarity[columns]
        lengths = np.sqrt(np.bincount(owners, values**2, len(texts)))
        shape = (len(texts), BUCKETS)
        return csr_array((values / lengths[owners], (owners, columns)), shape=shape)


def _surprise(scores: Floats, asked: NDArray[np.intp], rewards: Floats) -> tuple[float, Floats]:
    """At all outcomes, and where it pulls the scores."""
    shares = _shares(scores)
    each = np.arange(len(asked))
    own = np.clip(shares[each, asked], 1 - SUREST, SUREST)
    loss = -(rewards * np.log(own) + (1 - rewards) * np.log1p(-own)).sum()
    odds = own / (1 - own)
    pull = (rewards - (1 - rewards) * odds)[:, None] * shares
    pull[each, asked] += (1 - rewards) * odds - rewards
    return float(loss), pull


def _log_odds(share: float) -> float:
    share = min(max(float(share), 1 - SUREST), SUREST)
    return math.log(share / (1 - share))


def _shares(scores: Floats) -> Floats:
    found = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(found / found.sum(axis=1, keepdims=True))


@lru_cache(maxsize=4096)
def _words(problem: str) -> frozenset[int]:
    """Buckets of the words and the pairs of words."""
    words = WORD_OR_SIGN.findall(look(problem).text.lower())
    words = ["number" if word in NUMBERS else word for word in words]
    pairs = (f"{one} {next_}" for one, next_ in pairwise(words))
    return frozenset(zlib.crc32(token.encode()) % BUCKETS for token in ("", *words, *pairs))
