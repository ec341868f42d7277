"""Attempts at what nobody solved: what else its parts could have been, the likeliest first.

Where an attempt failed, the division or one of the sums was wrong, and seldom more. So for each of
the few likeliest divisions the hunches of all its parts are put together, beginning with what is
likeliest together, until something comes to the answer. Heat would find the same by chance. Knows
nothing about small models, and about whether a specialist is the right one.
"""

import heapq
from collections.abc import Sequence
from fractions import Fraction
from itertools import islice

from knowhow_agents.skills.traces import division
from knowhow_agents.skills.traces.divider import Divider
from knowhow_agents.skills.traces.division import Share
from knowhow_agents.skills.traces.hunches import Hunches
from knowhow_agents.skills.traces.language import Trace, TraceRefused, write
from knowhow_agents.skills.traces.marks import Sight, look
from knowhow_agents.skills.traces.solver import is_right, solve
from knowhow_agents.skills.traces.team import ASK, Attempt, spell_out
from knowhow_agents.skills.traces.together import Worth, in_order_of_worth

MOST_DIVISIONS, DOUBT = 8, 6.0
"""That are thought of, up to so many nats below the likeliest."""
MOST_HUNCHES = 8
"""Of a part."""
MOST_TRACES = 200
"""That are put together from a division."""


class SecondThoughts:
    def __init__(self, divider: Divider, hunches: Hunches) -> None:
        self._divider, self._hunches = divider, hunches

    def guess(self, problem: str, answer: Fraction) -> list[Attempt]:
        """The likeliest trace that comes to the answer, if there is one."""
        sight = look(problem)
        found: list[tuple[float, str]] = []
        for worth, divided in self._divider.divisions(sight, MOST_DIVISIONS, DOUBT):
            shares = list(zip(divided, division.excerpts(sight, divided), strict=True))
            together = in_order_of_worth([self._likely(*share) for share in shares])
            for likely, words in islice(together, MOST_TRACES):
                trace = _right(shares, words, answer)
                if trace:
                    found.append((worth + likely, write(trace)))
                    break
        return [Attempt(problem, max(found)[1], ())] if found else []

    def _likely(self, share: Share, seen: Sight) -> list[Worth]:
        [hunch] = self._hunches.of(share.expert, [ASK.format(text=seen.text)])
        return heapq.nlargest(MOST_HUNCHES, ((worth, words) for words, worth in hunch.items()))


def _right(
    shares: Sequence[tuple[Share, Sight]], words: Sequence[str], answer: Fraction
) -> Trace | None:
    """The trace, if it comes to the answer."""
    try:
        trace = spell_out(shares, words)
        found = solve(trace).answer
    except TraceRefused:
        return None
    return trace if found is not None and is_right(found, answer) else None
