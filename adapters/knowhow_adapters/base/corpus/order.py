"""Copying, ordering, counting and picking: what every longer answer is put together from."""

from knowhow_adapters.base.corpus import words
from knowhow_adapters.base.corpus.reading import clock, time_of_day, write_time
from knowhow_adapters.base.corpus.registry import Draw, Phrasings, skill

COPY = Phrasings(
    seen=("Copy: {text}", "Repeat this: {text}", "Write again: {text}"),
    held=("Say the same once more: {text}",),
)


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


REVERSE = Phrasings(
    seen=("Write backwards: {text}", "Reverse the list: {text}"),
    held=("From last to first: {text}",),
)


@skill("reverse", "order")
def reverse(draw: Draw) -> tuple[str, str]:
    line = _line(draw)[:6]
    return draw.phrase(REVERSE, text=", ".join(line)), ", ".join(reversed(line))


SORT_NUMBERS = Phrasings(
    seen=("Sort, smallest first: {text}", "Put in rising order: {text}"),
    held=("Arrange from low to high: {text}",),
)


@skill("sort numbers", "order")
def sort_numbers(draw: Draw) -> tuple[str, str]:
    top = draw.pick((20, 100, 1000))
    numbers = [draw.number(0, top) for _ in range(draw.number(2, 8))]
    text = ", ".join(map(str, numbers))
    return draw.phrase(SORT_NUMBERS, text=text), ", ".join(map(str, sorted(numbers)))


SORT_TIMES = Phrasings(
    seen=("Sort the times, earliest first, as HH:MM: {text}", "Times in order as HH:MM: {text}"),
    held=("Earliest to latest, each as HH:MM: {text}",),
)


@skill("sort times", "order")
def sort_times(draw: Draw) -> tuple[str, str]:
    times = [time_of_day(draw) for _ in range(draw.number(2, 8))]
    text = ", ".join(write_time(draw, time) for time in times)
    return draw.phrase(SORT_TIMES, text=text), ", ".join(clock(time) for time in sorted(times))


SORT_EVENTS = Phrasings(
    seen=("What happens first? List the events by time. {text}", "Order of the day: {text}"),
    held=("Name the events in the order they take place. {text}",),
)


@skill("sort events", "order")
def sort_events(draw: Draw) -> tuple[str, str]:
    events = draw.some(words.EVENTS, draw.number(2, 6))
    times = draw.some(range(7 * 4, 20 * 4), len(events))
    pairs = list(zip(events, times, strict=True))
    text = ", ".join(f"{event} at {write_time(draw, time * 15)}" for event, time in pairs)
    ordered = sorted(pairs, key=lambda pair: pair[1])
    return draw.phrase(SORT_EVENTS, text=text), ", ".join(event for event, _ in ordered)


COUNT = Phrasings(
    seen=("How many {word} are in the list? {text}", "Count {word}: {text}"),
    held=("The list has how many times {word}? {text}",),
)


@skill("count", "order")
def count(draw: Draw) -> tuple[str, str]:
    kinds = draw.some(draw.pick((words.COLOURS, words.ANIMALS, words.ITEMS)), 3)
    line = [draw.pick(kinds) for _ in range(draw.number(2, 12))]
    wanted = draw.pick(kinds)
    prompt = draw.phrase(COUNT, word=wanted, text=", ".join(line))
    return prompt, str(line.count(wanted))


LENGTH = Phrasings(
    seen=("How many entries: {text}", "Length of the list: {text}"),
    held=("Say how long this list is: {text}",),
)


@skill("count entries", "order")
def count_entries(draw: Draw) -> tuple[str, str]:
    pool = draw.pick((words.ITEMS, words.EVENTS, words.NAMES, words.THINGS))
    line = draw.some(pool, draw.number(1, 12))
    return draw.phrase(LENGTH, text=", ".join(line)), str(len(line))


NTH = Phrasings(
    seen=("Entry {n} of: {text}", "Which one is number {n}? {text}"),
    held=("Give only the one at place {n}: {text}",),
)


@skill("pick entry", "order")
def pick_entry(draw: Draw) -> tuple[str, str]:
    line = draw.some(draw.pick((words.ITEMS, words.EVENTS, words.NAMES)), draw.number(2, 9))
    place = draw.number(1, len(line))
    return draw.phrase(NTH, n=place, text=", ".join(line)), line[place - 1]


LARGEST = Phrasings(
    seen=("Who has the {most}? {text}", "{text} Name the one with the {most}."),
    held=("{text} Tell me whose number is the {most}.",),
)


@skill("find extreme", "order")
def find_extreme(draw: Draw) -> tuple[str, str]:
    names = draw.names(draw.number(2, 5))
    numbers = draw.some(range(1, draw.pick((20, 200, 2000))), len(names))
    most = draw.chance(0.5)
    thing = draw.pick(words.THINGS)
    text = " ".join(f"{n} has {m} {thing}." for n, m in zip(names, numbers, strict=True))
    winner = names[numbers.index(max(numbers) if most else min(numbers))]
    return draw.phrase(LARGEST, most="most" if most else "fewest", text=text), winner


BEFORE = Phrasings(
    seen=("Is {a} before {b}? {more}", "Does {a} come earlier than {b}? {more}"),
    held=("Compare: is {a} sooner than {b}? {more}",),
)


@skill("compare times", "order")
def compare_times(draw: Draw) -> tuple[str, str]:
    a = time_of_day(draw)
    b = a if draw.chance(0.2) else a + draw.pick((-60, -30, -15, 15, 30, 60, 120, -120))
    verdict = "yes" if a < b else "no"
    prompt = draw.phrase(
        BEFORE, a=write_time(draw, a), b=write_time(draw, b), more="Answer yes or no."
    )
    return prompt, verdict


FILTER = Phrasings(
    seen=("Keep only the numbers {how} {limit}: {text}", "Numbers {how} {limit} in {text}?"),
    held=("Throw out all but those {how} {limit}: {text}",),
)


@skill("filter numbers", "order")
def filter_numbers(draw: Draw) -> tuple[str, str]:
    numbers = [draw.number(0, 99) for _ in range(draw.number(3, 8))]
    limit, above = draw.number(10, 90), draw.chance(0.5)
    kept = [n for n in numbers if (n > limit if above else n < limit)]
    prompt = draw.phrase(
        FILTER, how="above" if above else "below", limit=limit, text=", ".join(map(str, numbers))
    )
    return prompt, ", ".join(map(str, kept)) or "none"
