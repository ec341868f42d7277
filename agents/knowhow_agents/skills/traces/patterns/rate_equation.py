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
     "Going {rate} miles per hour, a truck is on the road for {time} hours. // What distance does it go?"),
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
     "A parking lot takes ${rate} per hour; {a} parks there for {time} hours. // How many dollars is that?"),
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
     "{a} inspects {rate} {t} an hour over a shift of {time} hours. // How many {t} does {a} inspect?"),
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
     "Gravel is ${rate} per tonne. {time} tonnes go to the {p}. // What is paid for the gravel?"),
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
     "Rain falls into a barrel, {rate} litres each hour, for {time} hours. // How many litres fall into it?"),
    ("The leak in the roof lets through {rate} ml per minute and is noticed after {time} minutes. // How many ml came through?",
     "{a} opens a tap that pours {rate} litres a minute and closes it {time} minutes later. // What amount in litres was poured?"),
)  # fmt: skip

PATTERNS = (DISTANCE, WAGE, OUTPUT, UNIT_PRICE, FLOW)
