"""Puzzles in words, three real ways to solve them under one step budget, and a checker.

No way is best everywhere: greedy is quick and sometimes wrong, a table is right while the numbers
are small, search is right while the choices are few. Knows nothing about routing.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations, pairwise

STEP_BUDGET = 6_000
"""What one attempt may spend: enough for a small table or a short search, never for both."""

CANONICAL = ((1, 5, 10, 25), (1, 2, 5, 10, 20, 50), (1, 2, 5, 10))
ODD = ((1, 5, 21, 25), (1, 7, 10), (1, 15, 25), (1, 6, 10, 13), (1, 9, 30, 37))


class OutOfStepsError(Exception):
    """The attempt used up its budget."""


class Steps:
    def __init__(self, limit: int | None) -> None:
        self.limit, self.used = limit, 0

    def take(self, count: int = 1) -> None:
        self.used += count
        if self.limit is not None and self.used > self.limit:
            raise OutOfStepsError


@dataclass(frozen=True)
class Puzzle:
    """`solve[strategy](steps)` gives the value that the strategy reaches; `best` is the optimum."""

    text: str
    family: str
    best: int
    solve: dict[str, Callable[[Steps], int]]


def attempt(puzzle: Puzzle, strategy: str) -> tuple[float, int]:
    """Reward (1 when the optimum was reached within the budget) and the steps it took."""
    steps = Steps(STEP_BUDGET)
    try:
        return float(puzzle.solve[strategy](steps) == puzzle.best), steps.used
    except OutOfStepsError:
        return 0.0, steps.used


def make_puzzle(rng: random.Random) -> Puzzle:
    return rng.choice((_coins, _bag, _meetings))(rng)


def _coins(rng: random.Random) -> Puzzle:
    coins = rng.choice(rng.choice((CANONICAL, ODD)))
    large = rng.random() < 0.4
    amount = rng.randrange(4_000, 9_000) if large else rng.randrange(20, 120)
    money = f"{amount / 100:,.2f} dollars in cash" if large else f"{amount} cents"
    names = ", ".join(map(str, coins[:-1])) + f" and {coins[-1]}"
    text = rng.choice(
        (
            f"Pay {money} with as few coins as possible. The coins are worth {names} cents.",
            f"The till has coins of {names} cents. What is the fewest that make {money}?",
            f"Give change of {money} using the smallest number of coins out of {names} cents.",
        )
    )

    def greedy(steps: Steps) -> int:
        left, count = amount, 0
        for coin in reversed(coins):
            steps.take()
            count += left // coin
            left %= coin
        return count

    def table(steps: Steps) -> int:
        fewest = [0] * (amount + 1)
        for total in range(1, amount + 1):
            steps.take(len(coins))
            fewest[total] = 1 + min(fewest[total - coin] for coin in coins if coin <= total)
        return fewest[amount]

    def search(steps: Steps) -> int:
        best = amount

        def go(left: int, used: int, largest: int) -> None:
            nonlocal best
            steps.take()
            if left == 0:
                best = min(best, used)
            elif largest >= 0 and used + -(-left // coins[largest]) < best:
                for count in range(left // coins[largest], -1, -1):
                    go(left - count * coins[largest], used + count, largest - 1)

        go(amount, 0, len(coins) - 1)
        return best

    return Puzzle(
        text,
        "coins",
        table(Steps(None)),
        {"greedy": greedy, "table": table, "search": search},
    )


def _bag(rng: random.Random) -> Puzzle:
    heavy = rng.random() < 0.5
    count = rng.randint(6, 10) if heavy else rng.randint(14, 18)
    unit = 1000 if heavy else 1
    weights = [rng.randint(2, 12) * unit + rng.randrange(unit) for _ in range(count)]
    worths = [max(1, round(w / unit * 10 * rng.uniform(0.7, 1.3))) for w in weights]
    room = int(sum(weights) * rng.uniform(0.4, 0.6))
    measure = "grams" if heavy else "kilos"
    items = "; ".join(f"{w} {measure} worth {v}" for w, v in zip(weights, worths, strict=True))
    text = rng.choice(
        (
            f"A bag holds {room} {measure}. Pack the greatest worth out of: {items}.",
            f"Choose things for a load of at most {room} {measure} so that their worth is highest: "
            f"{items}.",
        )
    )

    def greedy(steps: Steps) -> int:
        left, worth = room, 0
        for i in sorted(range(count), key=lambda i: -worths[i] / weights[i]):
            steps.take()
            if weights[i] <= left:
                left -= weights[i]
                worth += worths[i]
        return worth

    def table(steps: Steps) -> int:
        best = [0] * (room + 1)
        for weight, worth in zip(weights, worths, strict=True):
            steps.take(room + 1)
            for space in range(room, weight - 1, -1):
                best[space] = max(best[space], best[space - weight] + worth)
        return best[room]

    def search(steps: Steps) -> int:
        best = 0
        for size in range(count + 1):
            for chosen in combinations(range(count), size):
                steps.take()
                if sum(weights[i] for i in chosen) <= room:
                    best = max(best, sum(worths[i] for i in chosen))
        return best

    return Puzzle(
        text, "bag", table(Steps(None)), {"greedy": greedy, "table": table, "search": search}
    )


def _meetings(rng: random.Random) -> Puzzle:
    many = rng.random() < 0.6
    count = rng.randint(14, 18) if many else rng.randint(5, 8)
    meetings = []
    for _ in range(count):
        start = rng.randint(8, 17)
        meetings.append((start, start + rng.randint(1, 4)))
    names = ", ".join(f"{a}–{b}" for a, b in meetings)
    text = rng.choice(
        (
            f"One room, these wishes (hours): {names}. How many meetings can be held at most?",
            f"Fit as many of these meetings as possible into one room without overlap: {names}.",
        )
    )

    def greedy(steps: Steps) -> int:
        """By earliest end, which is optimal here."""
        free, held = 0, 0
        for start, end in sorted(meetings, key=lambda meeting: meeting[1]):
            steps.take()
            if start >= free:
                held, free = held + 1, end
        return held

    def table(steps: Steps) -> int:
        """Longest chain by start time: right for chains, but it needs them sorted by end."""
        best = [1] * count
        for i, (start, _) in enumerate(meetings):
            for j in range(i):
                steps.take()
                if meetings[j][1] <= start:
                    best[i] = max(best[i], best[j] + 1)
        return max(best)

    def search(steps: Steps) -> int:
        for size in range(count, 0, -1):
            for chosen in combinations(sorted(meetings), size):
                steps.take()
                if all(a[1] <= b[0] for a, b in pairwise(chosen)):
                    return size
        return 0

    return Puzzle(
        text, "meetings", greedy(Steps(None)), {"greedy": greedy, "table": table, "search": search}
    )
