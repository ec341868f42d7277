# ruff: noqa: E501  a story in one line reads better than a story in two
"""Patterns of word problems: texts with gaps, what their numbers mean, and the sums to do.

A pattern's steps are neutral sums ("start + bought"); no specialist's trace occurs here or is made
from here. Knows nothing about prompts.
"""

from dataclasses import dataclass

Range = tuple[int, int]


@dataclass(frozen=True)
class Pattern:
    domain: str
    kind: str
    numbers: dict[str, Range]
    """What each number is called, in the order of the text, and where it is drawn from."""
    steps: tuple[tuple[str, str, str], ...]
    """(left, sign, right): a name of a number, `#1` for the first step's result, or a constant."""
    find: str
    seen: tuple[str, ...]
    held: tuple[str, ...]


def _p(
    domain: str, kind: str, numbers: dict[str, Range], steps: str, find: str, seen: tuple[str, ...],
    held: tuple[str, ...],
) -> Pattern:  # fmt: skip
    parsed = tuple(tuple(step.split()) for step in steps.split(";"))
    return Pattern(domain, kind, numbers, parsed, find, seen, held)  # type: ignore[arg-type]


PATTERNS: tuple[Pattern, ...] = (
    _p("arithmetic", "gain_lose", {"start": (10, 90), "gain": (2, 60), "loss": (1, 9)},
       "start + gain; #1 - loss", "left",
       ("{a} has {start} {t}. {a} buys {gain} more and gives {loss} away. How many {t} are left?",
        "{a} had {start} {t}, found {gain} {t} and lost {loss}. How many does {a} have now?",
        "At first there were {start} {t} on the table. {a} put {gain} there and took {loss}. How many {t} lie there now?"),
       ("{gain} {t} were added to the {start} that {a} owned; {loss} broke. How many {t} remain?",)),
    _p("arithmetic", "groups_rest", {"groups": (2, 12), "each": (2, 12), "rest": (1, 20)},
       "groups * each; #1 + rest", "total",
       ("{a} fills {groups} boxes with {each} {t} each and has {rest} {t} over. How many {t} in all?",
        "There are {groups} bags of {each} {t} and {rest} single ones. How many {t} does {a} have?"),
       ("{each} {t} go in a crate. {a} has {groups} full crates and {rest} loose {t}. Total?",)),
    _p("arithmetic", "share_out", {"each": (2, 12), "children": (2, 9), "extra": (1, 20)},
       "each * children; #1 + extra", "needed",
       ("{a} gives {each} {t} to each of {children} children and keeps {extra}. How many {t} were there?",
        "Every one of {children} children gets {each} {t} from {a}, who keeps {extra} {t}. How many {t} had {a}?"),
       ("{children} children, {each} {t} for each, {extra} for {a}: how many {t} at the start?",)),
    _p("arithmetic", "cost_change", {"count": (2, 9), "price": (2, 12), "paid": (110, 200)},
       "count * price; paid - #1", "change",
       ("{a} buys {count} {t} at ${price} each and pays with ${paid}. How much change does {a} get?",
        "{t} cost ${price} each. {a} takes {count} and hands over ${paid}. How many dollars come back?"),
       ("From ${paid}, how much is left after {a} pays for {count} {t} at ${price}?",)),
    _p("arithmetic", "two_kinds", {"x": (2, 12), "px": (2, 9), "y": (2, 12), "py": (2, 9)},
       "x * px; y * py; #1 + #2", "total",
       ("{a} buys {x} {t} for ${px} each and {y} {u} for ${py} each. How much does {a} spend?",
        "{x} {t} at ${px} and {y} {u} at ${py}: what does {a} pay in all?"),
       ("What is the bill of {a} for {x} {t} (${px} apiece) and {y} {u} (${py} apiece)?",)),
    _p("arithmetic", "difference_total", {"first": (5, 90), "more": (2, 40)},
       "first + more; first + #1", "total",
       ("{a} has {first} {t}. {b} has {more} more than {a}. How many {t} do they have together?",
        "{b} owns {more} {t} more than {a}, who owns {first}. How many {t} in all?"),
       ("With {more} {t} more than {a}'s {first}, {b} joins in. Their total?",)),
    _p("arithmetic", "three_sum", {"x": (3, 60), "y": (3, 60), "z": (3, 60)},
       "x + y; #1 + z", "total",
       ("On {d} {a} sold {x} {t}, then {y}, then {z}. How many {t} were sold?",
        "{a} picks {x} {t}, {b} picks {y} and {c} picks {z}. How many {t} is that together?"),
       ("{x}, {y} and {z} {t}: what do {a}, {b} and {c} bring in all?",)),
    _p("arithmetic", "split_even", {"parts": (2, 9), "each": (2, 20), "spoilt": (1, 9)},
       "parts * each; #1 - spoilt", "good",
       ("{a} gets {parts} trays with {each} {t} on each; {spoilt} are spoilt. How many good {t}?",),
       ("Of {parts} trays with {each} {t}, {spoilt} {t} cannot be used by {a}. How many can?",)),
    _p("comparison", "times_as_many", {"base": (3, 40), "times": (2, 9)},
       "base * times", "other",
       ("{a} has {base} {t}. {b} has {times} times as many. How many {t} does {b} have?",
        "{b} has {times} times as many {t} as {a}, who has {base}. How many are {b}'s?"),
       ("{a}'s {base} {t} are few: {b} has {times} times that. How many has {b}?",)),
    _p("comparison", "difference", {"first": (40, 150), "second": (2, 39)},
       "first - second", "difference",
       ("{a} has {first} {t} and {b} has {second}. How many more {t} does {a} have?",
        "{a} read {first} pages, {b} read {second}. By how many is {a} ahead?"),
       ("How many fewer {t} has {b} with {second} than {a} with {first}?",)),
    _p("comparison", "times_difference", {"base": (3, 30), "times": (2, 6)},
       "base * times; #1 - base", "difference",
       ("{a} has {base} {t} and {b} has {times} times as many. How many more does {b} have than {a}?",
        "{b} has {times} times the {base} {t} of {a}. What is the difference?"),
       ("By how many {t} does {b}, with {times} times the {base} of {a}, lead?",)),
    _p("comparison", "times_total", {"base": (3, 30), "times": (2, 6)},
       "base * times; base + #1", "total",
       ("{a} has {base} {t}; {b} has {times} times as many. How many {t} together?",),
       ("Add {a}'s {base} {t} to {b}'s, which are {times} times as many. What comes out?",)),
    _p("percentage", "percent_of", {"whole": (2, 30), "percent": (1, 9)},
       "whole * percent", "part",
       ("Of {whole}00 {t}, {percent}% belong to {a}. How many are {a}'s?",
        "{a} sold {percent}% of {whole}00 {t}. How many {t} were sold?"),
       ("What is {percent}% of the {whole}00 {t} that {a} has?",)),
    _p("percentage", "percent_off", {"price": (1, 9), "percent": (1, 9)},
       "price * percent; {price}00 - #1", "sale price",
       ("A bag of {t} costs ${price}00. {a} gets {percent}% off. What does {a} pay?",
        "The {t} were ${price}00 and are now {percent}% cheaper. What is the new price?"),
       ("With a discount of {percent}%, what do the ${price}00 {t} cost {a}?",)),
    _p("percentage", "percent_increase", {"price": (1, 9), "percent": (1, 30)},
       "price * percent; {price}00 + #1", "new amount",
       ("{a} earns ${price}00 and gets {percent}% more. What does {a} earn now?",
        "The rent of ${price}00 rises by {percent}%. What is the new rent?"),
       ("After growing by {percent}%, how large is {a}'s stock of {price}00 {t}?",)),
    _p("rate", "speed_distance", {"speed": (3, 90), "hours": (2, 9)},
       "speed * hours", "distance",
       ("{a} drives {speed} km an hour for {hours} hours. How far is that in km?",
        "A train goes {speed} miles in an hour. How many miles in {hours} hours?"),
       ("How many km does {a} get in {hours} hours at {speed} km/h?",)),
    _p("rate", "work_time", {"each": (2, 60), "days": (2, 12)},
       "each * days", "made",
       ("{a} makes {each} {t} a day. How many {t} in {days} days?",
        "A machine packs {each} {t} in a minute. How many in {days} minutes?"),
       ("In {days} days, at {each} {t} daily, what does {a} make?",)),
    _p("rate", "pay", {"hours": (2, 12), "pay": (5, 60)},
       "hours * pay", "earned",
       ("{a} works {hours} hours for ${pay} an hour. How much does {a} earn?",
        "For each hour {a} gets ${pay}. What are {hours} hours worth?"),
       ("What does {a} take home after {hours} hours at ${pay} each?",)),
    _p("entity", "give", {"start": (20, 90), "given": (1, 19)},
       "start - given", "rest",
       ("{a} has {start} {t} and gives {given} to {b}. How many {t} does {a} have then?",
        "{a} owned {start} {t}. {b} got {given} of them. How many are still {a}'s?"),
       ("{b} receives {given} of {a}'s {start} {t}. What is left for {a}?",)),
    _p("entity", "receive", {"first": (20, 90), "second": (2, 60), "given": (1, 19)},
       "second + given", "holds",
       ("{a} has {first} {t}, {b} has {second}. {a} gives {given} to {b}. How many has {b} now?",
        "{b} starts with {second} {t} and {a} with {first}. Then {given} go from {a} to {b}. How many are {b}'s?"),
       ("After {a} (with {first} {t}) hands {given} to {b} (with {second}), how many has {b}?",)),
    _p("entity", "eat_and_get", {"start": (20, 60), "eaten": (1, 15), "got": (2, 30)},
       "start - eaten; #1 + got", "holds",
       ("{a} has {start} {t}. {a} uses up {eaten} and {b} brings {got} more. How many {t} has {a}?",
        "Of {start} {t} {a} loses {eaten}, then receives {got} from {b}. How many {t} are there?"),
       ("{a}: {start} {t}, minus {eaten} used, plus {got} from {b}. How many?",)),
    _p("entity", "pass_on", {"start": (30, 90), "one": (1, 14), "two": (1, 14)},
       "start - one; #1 - two", "rest",
       ("{a} has {start} {t}, gives {one} to {b} and {two} to {c}. How many {t} remain with {a}?",),
       ("{b} takes {one} and {c} takes {two} of the {start} {t} of {a}. What remains?",)),
)  # fmt: skip
FOLLOW_UPS: tuple[Pattern, ...] = (
    _p("arithmetic", "then_add", {"more": (2, 60)}, "prev + more", "total",
       ("Then {b} adds {more}. How many are there now?", "After that {more} more arrive. What is the total?"),
       ("With {more} on top, what is the sum?",)),
    _p("comparison", "then_times", {"times": (2, 5)}, "prev * times", "other",
       ("{b} has {times} times as many as that. How many has {b}?",),
       ("What is {times} times that, which is what {b} has?",)),
    _p("rate", "then_rate", {"price": (2, 9)}, "prev * price", "worth",
       ("Each of those is sold for ${price}. How many dollars does that bring?",
        "If each one is worth ${price}, how much is that?"),
       ("At ${price} for every one of them, what is the income?",)),
    _p("entity", "then_give", {"given": (1, 5)}, "prev - given", "rest",
       ("Of these, {given} go to {b}. How many stay?",),
       ("What stays when {b} is handed {given} of these?",)),
)  # fmt: skip
