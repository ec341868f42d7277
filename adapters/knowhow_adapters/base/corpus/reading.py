"""Reading what a text says in numbers: quantities, units, money, percentages, fractions, times."""

from collections.abc import Callable

from knowhow_adapters.base.corpus import words
from knowhow_adapters.base.corpus.reading_phrasings import (
    EVERY_NUMBER,
    LAYOUTS,
    MINUTE_QUESTIONS,
    MONEY,
    MONEY_QUESTIONS,
    NUMBER_SENTENCES,
    QUESTIONS,
    SENTENCES,
    SHARE_QUESTIONS,
    SHARES,
    TIME_QUESTIONS,
    TIMES,
)
from knowhow_adapters.base.corpus.registry import Draw, Phrasings, skill

GOODS = (
    *(item for item in words.ITEMS if item != "boots"), "ladder", "bike", "scooter", "bucket",
    "pillow", "mirror", "bench", "carpet", "spade", "saddle", "basket", "guitar", "wagon", "scarf",
)  # fmt: skip


def _asked(draw: Draw, sentences: list[str], question: str) -> str:
    """The text and what is asked about it, on one page."""
    return draw.phrase(LAYOUTS, text=" ".join(sentences), question=question)


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
    return _asked(draw, sentences, draw.phrase(QUESTIONS, stuff=wanted)), read[wanted]


@skill("read money", "reading")
def money(draw: Draw) -> tuple[str, str]:
    things = draw.some(GOODS, draw.number(1, 4))
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
    return _asked(draw, sentences, question), read[wanted]


def _share(draw: Draw) -> tuple[str, str]:
    percent = draw.number(1, 150)
    below = draw.number(2, 12)
    above = draw.number(1, below - 1) if below > 2 else 1
    spoken = draw.pick(
        (("half", "1/2"), ("a third", "1/3"), ("a quarter", "1/4"), ("three quarters", "3/4"),
         ("two thirds", "2/3"), ("a fifth", "1/5"), ("a tenth", "1/10"), ("two fifths", "2/5"),
         ("three fifths", "3/5"), ("a sixth", "1/6"), ("an eighth", "1/8"))
    )  # fmt: skip
    return draw.pick(
        (
            (f"{percent}%", f"{percent}/100"),
            (f"{percent} percent", f"{percent}/100"),
            (f"{above}/{below}", f"{above}/{below}"),
            spoken,
        )
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
    return _asked(draw, sentences, question), read[wanted]


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


def _times(draw: Draw, questions: Phrasings, write: Callable[[int], str]) -> tuple[str, str]:
    events = draw.some(words.EVENTS, draw.number(1, 4))
    read, sentences = {}, []
    for event in events:
        read[event] = time_of_day(draw)
        time = write_time(draw, read[event])
        sentences.append(draw.phrase(TIMES, event=event, name=draw.name(), time=time))
    wanted = draw.pick(events)
    question = draw.phrase(questions, event=wanted)
    return _asked(draw, sentences, question), write(read[wanted])


@skill("read times", "reading")
def times(draw: Draw) -> tuple[str, str]:
    return _times(draw, TIME_QUESTIONS, clock)


@skill("read minutes", "reading")
def minutes(draw: Draw) -> tuple[str, str]:
    return _times(draw, MINUTE_QUESTIONS, str)


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
    return _asked(draw, sentences, draw.phrase(EVERY_NUMBER)), f"[{', '.join(numbers)}]"
