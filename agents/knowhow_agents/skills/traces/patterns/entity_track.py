# ruff: noqa: E501
"""People's belongings, which move between people, come from outside or are used up."""

from knowhow_agents.skills.traces.patterns.pattern import Pattern, Result
from knowhow_agents.skills.traces.patterns.quantities import Whole

USED = Pattern(
    "used", "entity_track", Result.THINGS, {"start": Whole(10, 120), "gone": Whole(2, 60)},
    "{a}.{t} = {start}; consume {a}.{t} {gone}; query {a}.{t}",
    lambda n: n.start - n.gone, "the number of {t} that {a} has left",
    ("{a} owns {start} {t} and uses up {gone} of them. // How many {t} does {a} own after that?",
     "{start} {t} are in {a}'s pocket. {gone} fall out and are never found. // How many {t} are in {a}'s pocket still?",
     "{a} started the week with {start} {t}; {gone} of {a}'s {t} broke. // With how many {t} did {a} end the week?",
     "Out of {a}'s {start} {t}, the dog chewed up {gone}. // How many whole {t} has {a}?",
     "{a}, who had {start} {t}, threw {gone} into the river. // How many {t} did {a} keep?",
     "{a} is the owner of {start} {t}. A fire destroys {gone} of {a}'s {t}. // How many does {a} save?",
     "There are {start} {t} in {a}'s bag before {a} wastes {gone}. // How many {t} are in {a}'s bag now?"),
    ("{gone} of the {start} {t} that belong to {a} wear out. // How many of {a}'s {t} are any good?",
     "{a} carried {start} {t} up the hill, dropping {gone} on the way. // How many {t} did {a} still carry at the top?"),
    keep=lambda n: n.start > n.gone,
)  # fmt: skip
GIFT = Pattern(
    "gift", "entity_track", Result.THINGS, {"x": Whole(10, 120), "y": Whole(2, 90), "given": Whole(2, 60)},
    "{a}.{t} = {x}; {b}.{t} = {y}; transfer {a}.{t} {b}.{t} {given}; query {b}.{t}",
    lambda n: n.y + n.given, "the number of {t} that {b} has",
    ("{a} has {x} {t} and {b} has {y}. {a} hands {given} {t} to {b}. // How many {t} does {b} have?",
     "{b}'s collection is {y} {t}, {a}'s is {x}. On {d} {b} receives {given} {t} from {a}. // How many {t} are in {b}'s collection?",
     "Of {t}, {a} owned {x} and {b} owned {y}, until {a} made {b} a present of {given}. // How many did {b} own after the present?",
     "{given} {t} pass from {a}, who had {x}, to {b}, who had {y}. // How many {t} does {b} hold now?",
     "{a} lends {b} {given} {t}. Before, {a} had {x} {t} and {b} {y}. // How many {t} lie with {b}?",
     "{b} keeps {y} {t} in a drawer. {a} keeps {x} and slips {given} of them into {b}'s drawer. // How many {t} are in {b}'s drawer?",
     "At breakfast {a} had {x} {t} and {b} {y}; at lunch {a} gave away {given} to {b}. // How many {t} did {b} have at dinner?"),
    ("{b} won {given} {t} from {a} in a bet. They had sat down with {x} ({a}) and {y} ({b}). // With how many {t} did {b} get up?",
     "{a} ({x} {t}) sends {b} ({y} {t}) a letter with {given} {t} in it. // How many {t} has {b} once it arrives?"),
    keep=lambda n: n.x > n.given,
)  # fmt: skip
GIVER = Pattern(
    "giver", "entity_track", Result.THINGS, {"x": Whole(20, 150), "y": Whole(2, 90), "given": Whole(2, 60)},
    "{a}.{t} = {x}; {b}.{t} = {y}; transfer {a}.{t} {b}.{t} {given}; query {a}.{t}",
    lambda n: n.x - n.given, "the number of {t} that stay with {a}",
    ("{a} has {x} {t} and {b} has {y}. {a} passes {given} {t} on to {b}. // How many {t} does {a} keep?",
     "{b}, with {y} {t}, gets {given} from {a}, with {x} {t}. // How many {t} are there with {a} afterwards?",
     "{x} {t} belong to {a}, {y} to {b}. Then {given} of {a}'s {t} become {b}'s. // How many {t} belong to {a} from now on?",
     "Before the trade {a} held {x} {t} and {b} {y}. {b} took {given} of {a}'s. // How many {t} does {a} hold after the trade?",
     "{a} swims with {x} {t} and {b} with {y}; {a} loses {given} to {b}. // How many {t} can {a} still call their own?",
     "{b} had {y} {t} and asked {a}, who had {x}, for {given}. {a} agreed. // How many {t} did {a} have then?",
     "{a} put {x} {t} on the table, {b} put {y}. {b} was allowed to grab {given} of {a}'s. // How many of {a}'s {t} remained?"),
    ("It was {b}'s birthday: to {b}'s {y} {t} came {given} from {a}, who had owned {x}. // How many {t} does {a} own since?",
     "{a} sold {given} {t} to {b}; {a} had brought {x} to the market and {b} {y}. // How many {t} did {a} take back home?"),
    keep=lambda n: n.x > n.given,
)  # fmt: skip
REFILL = Pattern(
    "refill", "entity_track", Result.THINGS, {"start": Whole(10, 120), "found": Whole(2, 60), "gone": Whole(2, 60)},
    "{a}.{t} = {start}; add_entity {a}.{t} {found}; consume {a}.{t} {gone}; query {a}.{t}",
    lambda n: n.start + n.found - n.gone, "the number of {t} that {a} has in the end",
    ("{a} owned {start} {t}, found {found} on the beach and lost {gone} on the way home. // How many {t} does {a} own at home?",
     "{start} {t} are in {a}'s purse. {a} picks up {found} and uses up {gone}. // How many {t} are in {a}'s purse in the end?",
     "{a} begins the game with {start} {t}, wins {found} and then breaks {gone}. // How many {t} does {a} have when the game is over?",
     "After {a} found {found} {t} in the attic, {a}'s {start} {t} became more, but moths ate {gone}. // How many {t} has {a}?",
     "{a}'s {start} {t} were joined by {found} that {a} dug up; {gone} got wet and were useless. // How many useful {t} has {a}?",
     "{a} bakes for {a}'s own fun: {start} {t} were there, {found} are made, and {a} eats {gone}. // How many {t} has {a} then?",
     "To {start} {t} of {a}'s own {a} adds {found} found in the park, then drops {gone} into a well. // How many {t} does {a} have?"),
    ("{a} discovers {found} {t} under the bed, which makes {a} happy, as {a} had only {start}. But {gone} turn out to fall apart. // How many {t} does {a} have in good order?",
     "In spring {a} had {start} {t}, in summer {a} gathered {found}, and in autumn {a} used up {gone}. // How many {t} did {a} have in winter?"),
    keep=lambda n: n.start + n.found > n.gone,
)  # fmt: skip
PASSED_ON = Pattern(
    "passed_on", "entity_track", Result.THINGS, {"x": Whole(20, 120), "y": Whole(5, 90), "z": Whole(2, 60), "one": Whole(2, 50), "two": Whole(2, 50)},
    "{a}.{t} = {x}; {b}.{t} = {y}; {c}.{t} = {z}; transfer {a}.{t} {b}.{t} {one}; transfer {b}.{t} {c}.{t} {two}; query {b}.{t}",
    lambda n: n.y + n.one - n.two, "the number of {t} that {b} is left with",
    ("{a}, {b} and {c} have {x}, {y} and {z} {t}. {a} gives {one} to {b}, and {b} gives {two} to {c}. // How many {t} has {b}?",
     "{x} {t} are {a}'s, {y} are {b}'s and {z} are {c}'s. {b} gets {one} from {a} and passes {two} to {c}. // How many {t} does {b} have then?",
     "{a} holds {x} {t}, {b} holds {y}, {c} holds {z}. First {one} go from {a} to {b}, next {two} go from {b} to {c}. // How many {t} does {b} hold?",
     "There are {x} {t} with {a}, {y} with {b}, {z} with {c}. {a} hands {b} {one}; later {b} hands {c} {two}. // How many {t} are with {b}?",
     "{a} starts at {x} {t}, {b} at {y} and {c} at {z}. After {a} lost {one} to {b}, {b} lost {two} to {c}. // At how many {t} does {b} stand?",
     "{b} has {y} {t} and two friends: {a} with {x} and {c} with {z}. {a} sends {b} {one}, and {b} sends {c} {two}. // How many {t} are {b}'s?",
     "On {d}, {a} brought {x} {t} to school, {b} {y} and {c} {z}. {a} let {b} have {one}, and {b} let {c} have {two}. // With how many {t} did {b} leave school?"),
    ("{one} {t} wander from {a} to {b} and then {two} from {b} to {c}. Beforehand {a} could show {x}, {b} {y} and {c} {z}. // How many {t} can {b} show?",
     "Counting their {t}, {a} said {x}, {b} said {y} and {c} said {z}. {a} owed {b} {one} and paid; {b} owed {c} {two} and paid. // What would {b} say now?"),
    keep=lambda n: n.x > n.one and n.y + n.one > n.two,
)  # fmt: skip
LEAD = Pattern(
    "lead", "entity_track", Result.THINGS, {"x": Whole(30, 150), "y": Whole(2, 60), "given": Whole(2, 40)},
    "{a}.{t} = {x}; {b}.{t} = {y}; transfer {a}.{t} {b}.{t} {given}; result = sub {a}.{t} {b}.{t}; query result",
    lambda n: n.x - n.y - 2 * n.given, "the lead of {a} over {b}",
    ("{a} has {x} {t} and {b} has {y}. {a} gives {b} {given} {t}. // How many more {t} than {b} does {a} have after that?",
     "{b} owns {y} {t}, {a} owns {x}. When {a} has handed over {given} {t} to {b}, {a} still has more. // How many more?",
     "{given} of {a}'s {x} {t} go to {b}, who had {y}. // By how many {t} is {a} ahead of {b} then?",
     "From {a}, with {x} {t}, {b}, with {y} {t}, receives {given}. // What is the difference between their {t} now?",
     "{a} and {b} had {x} and {y} {t} when {a} presented {b} with {given}. // By how many {t} does {a} lead?",
     "{b} took {given} {t} from {a}. At first they had had {y} ({b}) and {x} ({a}). // How many {t} more has {a} even so?",
     "{a} is rich in {t}, owning {x}; {b} owns {y}. {a} makes over {given} to {b}. // How many {t} does {a} own beyond what {b} owns?"),
    ("Even after sending {given} {t} to {b}, who had {y}, {a} is ahead, having begun with {x}. // How large is the lead?",
     "{x} {t} stood in {a}'s window and {y} in {b}'s. {given} moved from {a}'s window to {b}'s. // How many more stand in {a}'s window now?"),
    keep=lambda n: n.x - n.y > 2 * n.given,
)  # fmt: skip

PATTERNS = (USED, GIFT, GIVER, REFILL, PASSED_ON, LEAD)
