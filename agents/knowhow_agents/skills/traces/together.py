"""What is likeliest together, where every part of something can be one of several things."""

import heapq
from collections.abc import Iterator, Sequence

Worth = tuple[float, str]
"""Of sums, as a log-probability."""


def in_order_of_worth(parts: Sequence[Sequence[Worth]]) -> Iterator[tuple[float, list[str]]]:
    """One of every part, in all ways, the likeliest together first. Every part's likeliest comes
    first; where a part has nothing, nothing can be put together."""
    if not all(parts):
        return

    def worth(places: tuple[int, ...]) -> float:
        return sum(part[at][0] for part, at in zip(parts, places, strict=True))

    first = (0,) * len(parts)
    waiting, seen = [(-worth(first), first)], {first}
    while waiting:
        loss, places = heapq.heappop(waiting)
        yield -loss, [part[at][1] for part, at in zip(parts, places, strict=True)]
        for number, at in enumerate(places):
            further = (*places[:number], at + 1, *places[number + 1 :])
            if at + 1 < len(parts[number]) and further not in seen:
                seen.add(further)
                heapq.heappush(waiting, (-worth(further), further))
