# ruff: noqa: E501
"""Two amounts of which one is told by the other: more, fewer, so many times, a share."""

from knowhow_agents.skills.traces.patterns.pattern import Pattern, Result
from knowhow_agents.skills.traces.patterns.quantities import Times, Whole

TIMES_TOTAL = Pattern(
    "times_total", "comparison", Result.THINGS, {"first": Whole(4, 150), "times": Times()},
    "{a}.{t} = {first}; factor = {times}; step1 = mul {a}.{t} factor; result = add {a}.{t} step1; query result",
    lambda n: n.first + n.first * n.times, "the number of {t} that both have",
    ("{a} has {first} {t}, and {b} has {times} as many. // How many {t} do {a} and {b} have between them?",
     "{b} can count {times} as many {t} as {a}, who counts {first}. // How many {t} do both count?",
     "Compared with {a}'s {first} {t}, {b} has {times} as many. // How many {t} are there if both are counted?",
     "{a} planted {first} {t}; {b} planted {times} as many. // What is their joint number of {t}?",
     "With {first} {t} from {a} and {times} as many from {b}, a chest is filled. // How many {t} are in the chest?",
     "The {p} took {first} {t} from {a} and {times} as many from {b}. // How many {t} did the {p} take?",
     "{b}'s shelf shows {times} as many {t} as {a}'s, on which there are {first}. // How many {t} are on the two shelves?"),
    ("{a} carried {first} {t} to the {p}. {b} was there as well, carrying {times} as many. // How many {t} reached the {p}?",
     "If {a} knits {first} {t} and {b} knits {times} as many, they can open a stall. // How many {t} will be on it?"),
)  # fmt: skip
TIMES_GAP = Pattern(
    "times_gap", "comparison", Result.THINGS, {"first": Whole(4, 150), "times": Times()},
    "{a}.{t} = {first}; factor = {times}; step1 = mul {a}.{t} factor; result = sub step1 {a}.{t}; query result",
    lambda n: n.first * n.times - n.first, "the distance between the two numbers",
    ("{a} has {first} {t}. {b} has {times} as many. // How many more {t} than {a} does {b} have?",
     "{b} sorted {times} as many {t} as {a}. {a} sorted {first}. // How many {t} more did {b} sort?",
     "{a} saw {first} {t} at the {p}, {b} saw {times} as many. // By how many {t} did {b} see more?",
     "While {a} sold {first} {t}, {b} sold {times} as many. // What is the surplus of {b} over {a}?",
     "{first} {t} are {a}'s record; {b}'s record is {times} as many. // By how many does {b}'s record exceed {a}'s?",
     "The {p} lent {first} {t} to {a} and {times} as many to {b}. // How many more {t} did {b} borrow?",
     "{b} needs {times} as many {t} as {a}, and {a} needs {first}. // How many {t} does {b} need beyond what {a} needs?"),
    ("Side by side, {a}'s {first} {t} look few: {b} has {times} as many. // How many {t} is {a} behind?",
     "{b} cleaned {times} as many {t} as {a}, and {a} cleaned {first}. // How many would {a} have to clean to catch up?"),
    keep=lambda n: n.times > 1,
)  # fmt: skip
MORE_TOTAL = Pattern(
    "more_total", "comparison", Result.THINGS, {"first": Whole(5, 250), "more": Whole(2, 120)},
    "{a}.{t} = {first}; more = {more}; step1 = add {a}.{t} more; result = add {a}.{t} step1; query result",
    lambda n: 2 * n.first + n.more, "the sum of both",
    ("{a} has {first} {t}; {b} has {more} more than {a}. // How many {t} do {a} and {b} have in sum?",
     "{b} carved {more} {t} more than {a} did. {a} carved {first}. // How many {t} did both of them carve?",
     "{b} exceeds {a}'s {first} {t} by {more}. // How many {t} are the two numbers together?",
     "The {p} bought {first} {t} from {a} and from {b} {more} more than from {a}. // How many {t} did the {p} buy?",
     "If {a} has {first} {t} and {b} is {more} {t} ahead of {a}, a big box will hold all of them. // How many {t} will be in the box?",
     "{a} wrote {first} cards. {b} wrote {more} cards more than {a}. // How many cards were written by the pair?",
     "{first} {t} were {a}'s harvest, and {b}'s was greater by {more}. // What was harvested by both?"),
    ("{b} made it to {more} {t} more than {a}, whose count stopped at {first}. // What do the counts of {a} and {b} add up to?",
     "{a} swept up {first} {t} at the {p}; {b} swept up {more} more than {a} had. // How many {t} were swept up by the two?"),
)  # fmt: skip
FEWER_TOTAL = Pattern(
    "fewer_total", "comparison", Result.THINGS, {"first": Whole(10, 250), "fewer": Whole(2, 120)},
    "{a}.{t} = {first}; fewer = {fewer}; step1 = sub {a}.{t} fewer; result = add {a}.{t} step1; query result",
    lambda n: 2 * n.first - n.fewer, "the number of {t} that {a} and {b} have",
    ("{a} has {first} {t}; {b} has {fewer} fewer than {a}. // How many {t} do {a} and {b} have in sum?",
     "{b} painted {fewer} {t} fewer than {a}. {a} painted {first}. // How many {t} were painted by both?",
     "{b} falls short of {a}'s {first} {t} by {fewer}. // How many {t} are the two numbers together?",
     "The {p} ordered {first} {t} from {a} and {fewer} fewer from {b}. // How many {t} did the {p} order?",
     "{a} solved {first} riddles and {b} solved {fewer} fewer than {a}. // How many riddles were solved by the pair?",
     "{first} {t} hang at {a}'s door, and at {b}'s hang {fewer} fewer. // How many {t} hang at both doors?",
     "{b} is {fewer} {t} behind {a}, who is at {first}. // What do {a} and {b} reach jointly?"),
    ("Had {b} had {fewer} {t} more, {b} would have as many as {a}, who has {first}. // How many {t} do they have jointly?",
     "{a} unwrapped {first} {t}, {b} unwrapped {fewer} less. // How many {t} did the two unwrap?"),
    keep=lambda n: n.first > n.fewer,
)  # fmt: skip
SHIFTED_TIMES = Pattern(
    "times_and_more", "comparison", Result.THINGS, {"first": Whole(4, 120), "times": Times(), "more": Whole(2, 60)},
    "{a}.{t} = {first}; factor = {times}; step1 = mul {a}.{t} factor; result = add step1 {more}; query result",
    lambda n: n.first * n.times + n.more, "the number of {t} that {b} has",
    ("{a} has {first} {t}. {b} has {more} more than {times} as many as {a}. // How many {t} does {b} have?",
     "{b}'s {t} are {more} more than {times} the number of {a}'s, who has {first}. // How many {t} are {b}'s?",
     "{a} wrapped {first} {t}. {b} wrapped {times} as many, and {more} besides. // How many {t} did {b} wrap?",
     "Take {times} as many {t} as the {first} of {a}, and {more} more: that is what {b} has. // How many {t} does {b} have?",
     "{first} {t} were shown by {a}; by {b} {times} as many plus {more}. // How many {t} were shown by {b}?",
     "{b} has {times} as many {t} as {a} and {more} on top of that; {a} has {first}. // What is the number of {b}'s {t}?",
     "The {p} counted {first} {t} for {a}, and for {b} {more} more than {times} as many. // How many {t} were counted for {b}?"),
    ("{a} needed {first} {t}; {b} thought {times} as many would do, but needed {more} more than that. // How many {t} did {b} need?",
     "Beyond {times} as many {t} as {a}, {b} possesses another {more}. {a} possesses {first}. // How many {t} does {b} possess?"),
)  # fmt: skip

PATTERNS = (TIMES_TOTAL, TIMES_GAP, MORE_TOTAL, FEWER_TOTAL, SHIFTED_TIMES)
