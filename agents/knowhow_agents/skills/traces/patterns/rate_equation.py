# ruff: noqa: E501
"""A steady rate, for so long or so many: one product."""

from typing import Any

from knowhow_agents.skills.traces.patterns.pattern import Pattern, Result
from knowhow_agents.skills.traces.patterns.quantities import Plain, Price, Whole

_STEPS = "rate = {rate}; time = {time}; result = mul rate time; query result"


def _product(n: Any) -> Any:
    return n.rate * n.time


DISTANCE = Pattern(
    "distance", "rate_equation", Result.MEASURE, {"rate": Plain(3, 120), "time": Whole(2, 40)},
    _STEPS, _product, "the distance",
    ("A train runs at {rate} km per hour for {time} hours. // How many km does it cover?",
     "{a} cycles {time} hours at a speed of {rate} km/h. // How far does {a} cycle?",
     "For {time} hours a ship sails at {rate} miles an hour. // How many miles does it sail?",
     "At a steady {rate} metres per minute, {a} swims for {time} minutes. // How many metres does {a} swim?",
     "A falcon flies {rate} metres each second. // How many metres does it fly in {time} seconds?",
     "{a} walks to the {p} at {rate} metres a minute and needs {time} minutes. // How many metres is the way?",
     "Going {rate} miles per hour, a truck is on the road for {time} hours. // What distance does it go?",
     "[A bus|A car|A boat|A horse] [goes|does|makes] {rate} km [an hour|each hour|per hour]. // How far does it [get|go] in {time} hours?",
     "{a} [walks|runs|rides|drives] for {time} [hours|days], [covering|doing|making] {rate} km in each. // How many km [is that|is it in all]?",
     "[The speed of|The pace of] [a drone|a tram|a kite] is {rate} metres [a second|per second]. It [flies|moves|goes] for {time} seconds. // What [distance|way] is that?",
     "In one [minute|hour] a [snail|train|swimmer] [covers|goes|makes] {rate} metres. // How many metres are [covered|gone|made] in {time}?",
     "{time} hours long {a} [moves|travels|sails|marches] {rate} miles [an hour|every hour]. // How many miles [is that|does {a} go]?"),
    ("The rover of the {p} crawls {rate} cm every minute. // What stretch does it crawl in {time} minutes?",
     "{time} hours is how long {a} rode, at a constant {rate} km per hour. // How long was the ride in km?"),
)  # fmt: skip
WAGE = Pattern(
    "wage", "rate_equation", Result.MONEY, {"rate": Price(5, 80), "time": Whole(2, 60)},
    _STEPS, _product, "the amount",
    ("{a} works at the {p} for ${rate} an hour. // How many dollars does {a} earn in {time} hours?",
     "The {p} pays {a} ${rate} per hour. {a} works {time} hours. // How much does {a} earn?",
     "{a} tutors for {time} hours, charging ${rate} per hour. // What does {a} receive?",
     "At an hourly wage of ${rate}, {a} is busy for {time} hours. // What is {a} paid?",
     "{time} hours of repairs were billed to the {p} at ${rate} an hour. // How much was billed?",
     "Renting a boat is ${rate} a day. {a} rents it for {time} days. // What does {a} pay?",
     "A parking lot takes ${rate} per hour; {a} parks there for {time} hours. // How many dollars is that?",
     "{a} [gets|makes|takes|earns] ${rate} [an hour|a day|a night]. // How much [is that for|comes together in|does {a} get for] {time}?",
     "[Cleaning|Guarding|Painting] the {p} [brings|pays|earns] {a} ${rate} [an hour|per hour]. It takes {time} hours. // How many dollars [is that|does {a} get]?",
     "{a} [helped|worked|sang|cooked] for {time} [days|nights|weeks] and got ${rate} [for each|each time]. // How much [is that in all|did {a} get]?",
     "[A guide|A driver|A nurse] costs ${rate} [per hour|an hour]. {a} needs one for {time} hours. // What does {a} [pay|spend]?",
     "For {time} [lessons|trips|songs] {a} is paid ${rate} [apiece|each]. // How many dollars [is that|does {a} make]?"),
    ("{a} minds the {p} for {time} evenings and is given ${rate} every evening. // What do the evenings bring?",
     "A plumber who asks ${rate} for each hour stays {time} hours at the {p}. // What does the plumber ask for?"),
)  # fmt: skip
OUTPUT = Pattern(
    "output", "rate_equation", Result.THINGS, {"rate": Whole(3, 150), "time": Whole(2, 48)},
    _STEPS, _product, "the number of {t} made",
    ("A machine at the {p} makes {rate} {t} per hour. // How many {t} does it make in {time} hours?",
     "{a} can fold {rate} {t} a minute and keeps it up for {time} minutes. // How many {t} does {a} fold?",
     "For {time} days the {p} turns out {rate} {t} per day. // How many {t} is that?",
     "{rate} {t} leave the press every minute. // How many {t} leave it in {time} minutes?",
     "Typing {rate} words per minute, {a} types for {time} minutes. // How many words does {a} type?",
     "In each hour the {p} polishes {rate} {t}; it is open {time} hours. // How many {t} does it polish?",
     "{a} inspects {rate} {t} an hour over a shift of {time} hours. // How many {t} does {a} inspect?",
     "[A press|An oven|A printer] [makes|turns out|gives] {rate} {t} [an hour|each hour|a minute]. // How many {t} [is that|does it make] in {time}?",
     "{a} [packs|paints|sews|fills] {rate} {t} [a day|per day] and does so for {time} days. // How many {t} [is that|are done then]?",
     "[During|Over] {time} hours the {p} [produces|ships|sells] {rate} {t} in each. // How many {t} [is that in all|are that]?",
     "Every [hour|day] {rate} {t} are [made|built|packed] at the {p}. // How many are there after {time} [hours|days]?",
     "With {rate} {t} [a minute|per hour] [a robot|{a}|a crew] works on, {time} [long|in a row]. // How many {t} come out?"),
    ("The robot's pace is {rate} {t} a minute, and it is switched off after {time} minutes. // How many {t} has it done?",
     "A pump of the {p} moves {rate} litres every minute. // How many litres does it move in {time} minutes?"),
)  # fmt: skip
UNIT_PRICE = Pattern(
    "unit_price", "rate_equation", Result.MONEY, {"rate": Price(2, 60), "time": Whole(3, 90)},
    _STEPS, _product, "the cost",
    ("Cloth costs ${rate} per metre at the {p}. // What do {time} metres cost?",
     "Coffee is sold at ${rate} a kilo, and {a} needs {time} kilos. // How many dollars does {a} need?",
     "{a} fills the tank with {time} litres at ${rate} per litre. // What does it cost?",
     "The {p} pays ${rate} for each kilo of wool and gets {time} kilos from {a}. // How much does {a} get?",
     "One square metre of floor comes to ${rate}. The {p} has {time} square metres. // What does the floor come to?",
     "For a cable at ${rate} a metre, {a} asks for {time} metres. // How much is the cable?",
     "Gravel is ${rate} per tonne. {time} tonnes go to the {p}. // What is paid for the gravel?",
     "[Oil|Silk|Tea|Rope] is ${rate} [a litre|a metre|a kilo]. {a} [buys|wants|takes] {time}. // What [does it cost|does {a} pay|is the price]?",
     "{time} [kilos|metres|litres] of [rice|wire|milk] are [bought|ordered] at ${rate} [each|for one]. // How many dollars [is that|are paid]?",
     "One [litre|kilo|metre] [costs|is] ${rate} at the {p}. // What [do|would] {time} [cost|come to]?",
     "{a} [takes|needs|gets] {time} [bags|sacks|tons] of [salt|sand|flour], and [a bag|one] costs ${rate}. // How much [is that|does {a} pay]?",
     "The price [per kilo|per metre|per ton] is ${rate}, and {time} are [wanted|needed|taken]. // What is [the whole price|the cost]?"),
    ("A farmer lets land at ${rate} an acre; {a} takes {time} acres. // What is the rent?",
     "{time} pounds of {t} were weighed out for {a}, with the pound at ${rate}. // What does {a} owe the shop?"),
)  # fmt: skip
FLOW = Pattern(
    "flow", "rate_equation", Result.MEASURE, {"rate": Plain(2, 90), "time": Whole(2, 60)},
    _STEPS, _product, "the amount of water",
    ("Water runs into the pool of the {p} at {rate} litres per minute. // How many litres run in during {time} minutes?",
     "A spring gives {rate} litres an hour. // How many litres does it give in {time} hours?",
     "{a}'s garden takes {rate} litres of water a day for {time} days. // How many litres does it take?",
     "Through a pipe pass {rate} gallons per minute, {time} minutes long. // How many gallons pass?",
     "A heater burns {rate} litres of oil a week. // How many litres does it burn in {time} weeks?",
     "The well of the {p} yields {rate} buckets an hour; {a} draws for {time} hours. // How many buckets does it yield?",
     "Rain falls into a barrel, {rate} litres each hour, for {time} hours. // How many litres fall into it?",
     "[A pump|A hose|A stream] [gives|brings|moves] {rate} litres [an hour|a minute|each day]. // How many litres [is that|does it give] in {time}?",
     "[Oil|Milk|Wine] [drips|pours|flows] at {rate} [ml|litres] a minute for {time} minutes. // How [much is it|many are that in all]?",
     "In {time} [hours|minutes] a [tank|pond|basin] [gets|takes in] {rate} litres in each. // How many litres [is that|come together]?",
     "[A cow|A ship|A farm] [needs|drinks|uses] {rate} litres [a day|per day]. // How many litres [is that|does it need] for {time} days?",
     "Every minute {rate} litres [leave|enter] the [lake|canal|tank] of the {p}, {time} minutes [long|in a row]. // How many litres are that?"),
    ("The leak in the roof lets through {rate} ml per minute and is noticed after {time} minutes. // How many ml came through?",
     "{a} opens a tap that pours {rate} litres a minute and closes it {time} minutes later. // What amount in litres was poured?"),
)  # fmt: skip

PATTERNS = (DISTANCE, WAGE, OUTPUT, UNIT_PRICE, FLOW)
