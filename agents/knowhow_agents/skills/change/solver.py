"""Finds how many coins pay an amount exactly, in one of several ways, and compares.

A plan that cannot be carried out gives a fault with its reason, never a guess. `truth` is the
reference that attempts are held against. Knows nothing about texts.
"""

import functools
import operator
from collections.abc import Callable, Mapping, Sequence

from knowhow_agents.journal.skill import Answer
from knowhow_agents.skills.change.language import Plan, PlanRefused, Way, join, parse


def solve(plan: Plan, way: Way) -> Answer:
    if not plan.coins:
        return Answer(None, None, "no coins")
    if not plan.pay:
        return Answer(None, None, "no amount" if plan.pay is None else "there is nothing to pay")
    if not plan.most:
        return Answer(None, None, "no limit" if plan.most is None else "no coin may be used")
    fewest = WAYS[way](sorted(plan.coins), plan.pay)
    if fewest is None:
        return Answer(None, None, f"{plan.pay} cannot be paid with these coins")
    return Answer(fewest, fewest <= plan.most)


def solve_pieces(pieces: Sequence[str], way: Way) -> Answer:
    """From what a specialist wrote about each piece of a problem."""
    try:
        return solve(join(map(parse, pieces)), way)
    except PlanRefused as refused:
        return Answer(None, None, str(refused))


def truth(plan: Plan) -> Answer:
    return solve(plan, Way.TABLE)


def _table(coins: Sequence[int], amount: int) -> int | None:
    """All amounts that one coin pays, then two, and so on; each amount is a bit."""
    paid = reached = 1
    count = 0
    while not paid >> amount & 1:
        paid = functools.reduce(operator.or_, (paid << coin for coin in coins))
        paid &= (1 << amount + 1) - 1
        if paid | reached == reached:
            return None
        reached, count = paid | reached, count + 1
    return count


def _one_after_the_other(coins: Sequence[int], amount: int) -> int | None:
    """As many as fit of the first, then of the next."""
    count = 0
    for coin in coins:
        count, amount = count + amount // coin, amount % coin
    return None if amount else count


def _two_kinds(coins: Sequence[int], amount: int) -> int | None:
    counts = [
        many + (amount - many * one) // other
        for one in coins
        for other in coins
        for many in range(amount // one + 1)
        if (amount - many * one) % other == 0
    ]
    return min(counts, default=None)


WAYS: Mapping[Way, Callable[[Sequence[int], int], int | None]] = {
    Way.TABLE: _table,
    Way.LARGEST_FIRST: lambda coins, amount: _one_after_the_other(coins[::-1], amount),
    Way.TWO_KINDS: _two_kinds,
    Way.SMALLEST_FIRST: _one_after_the_other,
    Way.DIVIDE: lambda coins, amount: -(-amount // coins[-1]),
}
