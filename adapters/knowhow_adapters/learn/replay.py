"""Which older examples are trained on again, so that a specialist does not forget them.

A fixed budget, so that a retraining costs the same however long the history is; shared evenly by
the patterns, so that a rare one is not crowded out. Which examples of a pattern stay follows from
their outcomes' ids alone: adding to what was kept gives what the whole history would have given.
Knows nothing about models.
"""

import hashlib
from collections.abc import Iterable

from knowhow_adapters.learn.examples import Example


def keep_for_replay(examples: Iterable[Example], budget: int) -> list[Example]:
    """At most `budget` of the examples, in the order of the log."""
    queues: dict[str, list[Example]] = {}
    for example in {example.outcome_id: example for example in examples}.values():
        queues.setdefault(example.pattern or "", []).append(example)
    for queue in queues.values():
        queue.sort(key=_luck)
    share = _fair_share([len(queue) for queue in queues.values()], budget)
    kept = [example for queue in queues.values() for example in queue[:share]]
    # What the even share leaves over goes to the luckiest of those that come next.
    following = sorted((queue[share] for queue in queues.values() if len(queue) > share), key=_luck)
    kept += following[: budget - len(kept)]
    return sorted(kept, key=lambda example: example.seq)


def _fair_share(sizes: list[int], budget: int) -> int:
    """The largest number that every pattern may keep."""
    share = 0
    while share < max(sizes, default=0) and sum(min(s, share + 1) for s in sizes) <= budget:
        share += 1
    return share


def _luck(example: Example) -> bytes:
    return hashlib.sha256(example.outcome_id.encode()).digest()
