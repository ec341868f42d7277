"""Reading what a text says in numbers: quantities, units, money, percentages, fractions, times."""

from collections.abc import Callable

from knowhow_adapters.base.corpus import words
from knowhow_adapters.base.corpus.registry import Draw, Phrasings, skill

SENTENCES = Phrasings(
    seen=(
        "{name} bought {amount} of {stuff} at the {place}.",
        "There were {amount} of {stuff} left when {name} came.",
        "On {day} {name} carried {amount} of {stuff} home.",
        "{name} needs {amount} of {stuff} for the {place}.",
        "The {place} ordered {amount} of {stuff}.",
    ),
    held=(
        "After a long {day}, {name} counted {amount} of {stuff}.",
        "{amount} of {stuff} went from {name} to the {place}.",
    ),
)
QUESTIONS = Phrasings(
    seen=("How much {stuff}?", "Read the amount of {stuff}.", "Give the amount of {stuff}."),
    held=("What does the text say about how much {stuff} there is?", "State the {stuff} amount."),
)


def _amount(draw: Draw) -> tuple[str, str]:
    """As written, and as it should be read."""
    value, unit = draw.number(1, 99), draw.pick(words.UNITS)
    many = draw.number(1, 999)
    kinds = (
        (f"{value} {unit}", f"{value} {unit}"),
        (f"{words.spell(value)} {unit}", f"{value} {unit}"),
        (f"{many},{value:03d} {unit}", f"{many}{value:03d} {unit}"),
        (f"{value}.{draw.number(1, 9)} {unit}", ""),
        (f"half a dozen {unit}", f"6 {unit}"),
        (f"a dozen {unit}", f"12 {unit}"),
        (f"{words.spell(draw.number(2, 9))} dozen {unit}", ""),
    )
    written, read = draw.pick(kinds)
    if written.endswith(f"dozen {unit}") and not read:
        read = f"{words.NUMBER_WORDS.index(written.split()[0]) * 12} {unit}"
    return written, read or written


@skill("read amounts", "reading")
def amounts(draw: Draw) -> tuple[str, str]:
    stuffs = draw.some(words.FLUIDS + words.FOODS, draw.number(1, 3))
    read: dict[str, str] = {}
    sentences = []
    for stuff in stuffs:
        written, read[stuff] = _amount(draw)
        sentences.append(
            draw.phrase(
                SENTENCES, name=draw.name(), amount=written, stuff=stuff,
                place=draw.pick(words.PLACES), day=draw.pick(words.DAYS),
            )
        )  # fmt: skip
    wanted = draw.pick(stuffs)
    return f"{' '.join(sentences)}\n{draw.phrase(QUESTIONS, stuff=wanted)}", read[wanted]


MONEY = Phrasings(
    seen=(
        "A {thing} costs {price}.",
        "{name} paid {price} for a {thing}.",
        "The price of a {thing} is {price}.",
        "For the {thing} {name} spent {price}.",
    ),
    held=("{price} is what {name} gave for the {thing}.", "You can get a {thing} for {price}."),
)
MONEY_QUESTIONS = Phrasings(
    seen=("Price of the {thing} in dollars?", "What does the {thing} cost, as a number?"),
    held=("As a plain number of dollars, how much was the {thing}?",),
)


@skill("read money", "reading")
def money(draw: Draw) -> tuple[str, str]:
    things = draw.some(words.ITEMS, draw.number(1, 4))
    read, sentences = {}, []
    for thing in things:
        dollars, cents = draw.number(1, 400), draw.number(1, 99)
        written, read[thing] = draw.pick(
            (
                (f"${dollars}", f"{dollars}"),
                (f"${dollars}.{cents:02d}", f"{dollars}.{cents:02d}"),
                (f"{dollars} dollars", f"{dollars}"),
                (f"{cents} cents", f"0.{cents:02d}"),
                (f"${dollars},{cents:02d}0", f"{dollars}{cents:02d}0"),
            )
        )
        sentences.append(draw.phrase(MONEY, thing=thing, name=draw.name(), price=written))
    wanted = draw.pick(things)
    question = draw.phrase(MONEY_QUESTIONS, thing=wanted)
    return f"{' '.join(sentences)}\n{question}", read[wanted]


def _share(draw: Draw) -> tuple[str, str]:
    percent = draw.number(1, 150)
    below = draw.number(2, 12)
    above = draw.number(1, below - 1) if below > 2 else 1
    spoken = draw.pick(
        (("half", "1/2"), ("a third", "1/3"), ("a quarter", "1/4"), ("three quarters", "3/4"),
         ("two thirds", "2/3"), ("a fifth", "1/5"), ("a tenth", "1/10"))
    )  # fmt: skip
    return draw.pick(
        (
            (f"{percent}%", f"{percent}/100"),
            (f"{percent} percent", f"{percent}/100"),
            (f"{above}/{below}", f"{above}/{below}"),
            spoken,
        )
    )


SHARES = Phrasings(
    seen=(
        "{name} kept {share} of the {things}.",
        "Of all {things}, {share} went to {name}.",
        "{share} of the {things} were sold by {name}.",
        "{name} gave away {share} of the {things}.",
    ),
    held=("{name}'s part of the {things} was {share}.", "To {name} belonged {share} of {things}."),
)
SHARE_QUESTIONS = Phrasings(
    seen=("Which fraction of the {things}?", "Write the share of the {things} as a fraction."),
    held=("The part of the {things}, written as a fraction:",),
)


@skill("read shares", "reading")
def shares(draw: Draw) -> tuple[str, str]:
    things = draw.some(words.THINGS, draw.number(1, 3))
    read, sentences = {}, []
    for thing in things:
        written, read[thing] = _share(draw)
        sentences.append(draw.phrase(SHARES, name=draw.name(), share=written, things=thing))
    wanted = draw.pick(things)
    question = draw.phrase(SHARE_QUESTIONS, things=wanted)
    return f"{' '.join(sentences)}\n{question}", read[wanted]


def write_time(draw: Draw, minutes: int) -> str:
    """A time of day the way somebody might write it."""
    hour, minute = divmod(minutes, 60)
    half = "am" if hour < 12 else "pm"
    twelve = (hour - 1) % 12 + 1
    forms: list[Callable[[], str]] = [
        lambda: f"{hour}:{minute:02d}",
        lambda: f"{hour:02d}:{minute:02d}",
        lambda: f"{twelve}:{minute:02d}{half}" if minute else f"{twelve}{half}",
        lambda: f"{twelve}:{minute:02d} {half}" if minute else f"{twelve} {half}",
    ]
    if not minute:
        forms.append(lambda: f"{hour}")
    return draw.pick(forms)()


def clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def time_of_day(draw: Draw, low: int = 7, high: int = 20) -> int:
    return draw.number(low, high) * 60 + draw.pick((0, 0, 15, 30, 45, 0, 30, draw.number(0, 59)))


TIMES = Phrasings(
    seen=(
        "The {event} is at {time}.",
        "{name} goes to the {event} at {time}.",
        "At {time} there is the {event}.",
        "The {event} of {name} begins at {time}.",
    ),
    held=("Be at the {event} by {time}, {name}!", "{time} is when the {event} starts."),
)
TIME_QUESTIONS = Phrasings(
    seen=("When is the {event}? Write it as HH:MM.", "Time of the {event} as HH:MM?"),
    held=("In the form HH:MM, at what time is the {event}?",),
)
MINUTE_QUESTIONS = Phrasings(
    seen=("When is the {event}? Write it in minutes after midnight.",
          "Minutes after midnight of the {event}?"),
    held=("How many minutes after midnight is the {event}?",),
)  # fmt: skip


def _times(draw: Draw, questions: Phrasings, write: Callable[[int], str]) -> tuple[str, str]:
    events = draw.some(words.EVENTS, draw.number(1, 4))
    read, sentences = {}, []
    for event in events:
        read[event] = time_of_day(draw)
        time = write_time(draw, read[event])
        sentences.append(draw.phrase(TIMES, event=event, name=draw.name(), time=time))
    wanted = draw.pick(events)
    return f"{' '.join(sentences)}\n{draw.phrase(questions, event=wanted)}", write(read[wanted])


@skill("read times", "reading")
def times(draw: Draw) -> tuple[str, str]:
    return _times(draw, TIME_QUESTIONS, clock)


@skill("read minutes", "reading")
def minutes(draw: Draw) -> tuple[str, str]:
    return _times(draw, MINUTE_QUESTIONS, str)


EVERY_NUMBER = Phrasings(
    seen=(
        "List every number in the text.",
        "Which numbers occur, in order?",
        "Write down the numbers.",
    ),
    held=("Copy out all the numbers you find, from left to right.",),
)
NUMBER_SENTENCES = Phrasings(
    seen=(
        "{name} has {n} {things}.",
        "The {place} sold {n} {things} on {day}.",
        "{name} lives at {place} {n}.",
        "It took {n} minutes to find the {things}.",
        "There is a {colour} bag with {n} {things} in it.",
    ),
    held=("No more than {n} {things} fit in {name}'s bag.", "{name}, aged {n}, likes {things}."),
)


@skill("list numbers", "reading")
def every_number(draw: Draw) -> tuple[str, str]:
    numbers, sentences = [], []
    for _ in range(draw.number(2, 6)):
        digits = draw.number(1, 4)
        numbers.append(str(draw.number(1, 10**digits)))
        sentences.append(
            draw.phrase(
                NUMBER_SENTENCES, name=draw.name(), n=numbers[-1], things=draw.pick(words.THINGS),
                place=draw.pick(words.PLACES), day=draw.pick(words.DAYS),
                colour=draw.pick(words.COLOURS),
            )
        )  # fmt: skip
    return f"{' '.join(sentences)}\n{draw.phrase(EVERY_NUMBER)}", f"[{', '.join(numbers)}]"
