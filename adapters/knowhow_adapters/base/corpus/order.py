"""Copying, ordering, counting and picking: what every longer answer is put together from."""

from knowhow_adapters.base.corpus import words
from knowhow_adapters.base.corpus.order_phrasings import (
    BEFORE,
    COPY,
    COUNT,
    FILTER,
    HOLDS,
    LARGEST,
    LENGTH,
    NTH,
    REVERSE,
    SORT_EVENTS,
    SORT_NUMBERS,
    SORT_TIMES,
    YES_NO,
)
from knowhow_adapters.base.corpus.reading import clock, time_of_day, write_time
from knowhow_adapters.base.corpus.registry import Draw, skill


def _line(draw: Draw) -> list[str]:
    pools = (words.TRACE_WORDS, words.THINGS, words.NAMES, words.PLAIN_KEYS, words.COLOURS)
    found = [draw.pick(draw.pick(pools)) for _ in range(draw.number(2, 9))]
    return [str(draw.number(0, 99_999)) if draw.chance(0.25) else word for word in found]


@skill("copy", "order")
def copy(draw: Draw) -> tuple[str, str]:
    if draw.chance(0.3):
        letters = [draw.pick("abcdefghijklmnopqrstuvwxyz") for _ in range(draw.number(3, 12))]
        text = "".join(letters)
    else:
        text = draw.pick((" ", ", ", "; ", ": ")).join(_line(draw))
    return draw.phrase(COPY, text=text), text


@skill("reverse", "order")
def reverse(draw: Draw) -> tuple[str, str]:
    line = _line(draw)[:6]
    return draw.phrase(REVERSE, text=", ".join(line)), ", ".join(reversed(line))


@skill("sort numbers", "order")
def sort_numbers(draw: Draw) -> tuple[str, str]:
    top = draw.pick((20, 100, 1000))
    numbers = [draw.number(0, top) for _ in range(draw.number(2, 8))]
    text = ", ".join(map(str, numbers))
    return draw.phrase(SORT_NUMBERS, text=text), ", ".join(map(str, sorted(numbers)))


@skill("sort times", "order")
def sort_times(draw: Draw) -> tuple[str, str]:
    times = [time_of_day(draw) for _ in range(draw.number(2, 8))]
    text = ", ".join(write_time(draw, time) for time in times)
    return draw.phrase(SORT_TIMES, text=text), ", ".join(clock(time) for time in sorted(times))


@skill("sort events", "order")
def sort_events(draw: Draw) -> tuple[str, str]:
    events = draw.some(words.EVENTS, draw.number(2, 6))
    times = draw.some(range(7 * 4, 20 * 4), len(events))
    pairs = list(zip(events, times, strict=True))
    text = ", ".join(f"{event} at {write_time(draw, time * 15)}" for event, time in pairs)
    ordered = sorted(pairs, key=lambda pair: pair[1])
    return draw.phrase(SORT_EVENTS, text=text), ", ".join(event for event, _ in ordered)


@skill("count", "order")
def count(draw: Draw) -> tuple[str, str]:
    kinds = draw.some(draw.pick((words.COLOURS, words.ANIMALS, words.ITEMS)), draw.number(2, 4))
    line = [draw.pick(kinds) for _ in range(draw.number(2, 12))]
    wanted = draw.pick(kinds)
    prompt = draw.phrase(COUNT, word=wanted, text=", ".join(line))
    return prompt, str(line.count(wanted))


@skill("count entries", "order")
def count_entries(draw: Draw) -> tuple[str, str]:
    pool = draw.pick((words.ITEMS, words.EVENTS, words.NAMES, words.THINGS))
    line = draw.some(pool, draw.number(1, 12))
    return draw.phrase(LENGTH, text=", ".join(line)), str(len(line))


@skill("pick entry", "order")
def pick_entry(draw: Draw) -> tuple[str, str]:
    pool = draw.pick((words.ITEMS, words.EVENTS, words.NAMES, words.THINGS, words.TOWNS))
    line = draw.some(pool, draw.number(2, 9))
    place = draw.number(1, len(line))
    return draw.phrase(NTH, n=place, text=", ".join(line)), line[place - 1]


@skill("find extreme", "order")
def find_extreme(draw: Draw) -> tuple[str, str]:
    names = draw.names(draw.number(2, 5))
    numbers = draw.some(range(1, draw.pick((20, 200, 2000))), len(names))
    most = draw.chance(0.5)
    thing = draw.pick(words.THINGS)
    holders = zip(names, numbers, strict=True)
    text = " ".join(draw.phrase(HOLDS, a=name, x=held, t=thing) for name, held in holders)
    winner = names[numbers.index(max(numbers) if most else min(numbers))]
    most_word, more, big = ("most", "more", "largest") if most else ("fewest", "fewer", "smallest")
    prompt = draw.phrase(LARGEST, most=most_word, more=more, big=big, t=thing, text=text)
    return prompt, winner


@skill("compare times", "order")
def compare_times(draw: Draw) -> tuple[str, str]:
    a = time_of_day(draw)
    b = a if draw.chance(0.2) else a + draw.pick((-60, -30, -15, 15, 30, 60, 120, -120))
    verdict = "yes" if a < b else "no"
    more = draw.phrase(YES_NO)
    return draw.phrase(BEFORE, a=write_time(draw, a), b=write_time(draw, b), more=more), verdict


ABOVE = ("above", "over", "greater than", "larger than", "bigger than", "higher than")
BELOW = ("below", "under", "less than", "smaller than", "lower than")


@skill("filter numbers", "order")
def filter_numbers(draw: Draw) -> tuple[str, str]:
    numbers = [draw.number(0, 99) for _ in range(draw.number(3, 8))]
    limit, above = draw.number(10, 90), draw.chance(0.5)
    kept = [n for n in numbers if (n > limit if above else n < limit)]
    how, text = draw.pick(ABOVE if above else BELOW), ", ".join(map(str, numbers))
    return draw.phrase(FILTER, how=how, limit=limit, text=text), ", ".join(map(str, kept)) or "none"
