# ruff: noqa: E501
"""So many hundredths of an amount, less or more; a rise may be by more than a hundred."""

from knowhow_agents.skills.traces.patterns.pattern import Pattern, Result
from knowhow_agents.skills.traces.patterns.quantities import Percent, Plain, Whole

DISCOUNT = Pattern(
    "discount", "percentage", Result.MONEY, {"base": Plain(10, 2500), "rate": Percent(5, 90)},
    "base = {base}; rate = {rate}; result = percent_off base rate; query result",
    lambda n: n.base * (100 - n.rate) / 100, "the price after the discount",
    ("A chair in the {p} is marked ${base}. Today {rate}% is taken off. // What does the chair cost today?",
     "The {p} offers {a} a discount of {rate}% on an invoice of ${base}. // How many dollars does {a} have to pay?",
     "{a}'s rent of ${base} is lowered by {rate} percent. // What is the new rent?",
     "With a coupon for {rate}% off, {a} buys a carpet listed at ${base}. // How much is the carpet then?",
     "The price of a ticket to the {p} was ${base}; students get {rate}% off. // What does a student pay?",
     "A clock worth ${base} loses {rate}% of its worth. // What is the clock worth then?",
     "In the sale of the {p} everything is reduced by {rate}%. // What does a lamp of ${base} come to?"),
    ("{a} bargained at the {p}: ${base} was asked, and in the end the seller let {rate}% go. // For how many dollars did {a} get it?",
     "Members of the {p} save {rate}% on a course of ${base}. // What is the course for a member?"),
)  # fmt: skip
SURCHARGE = Pattern(
    "surcharge", "percentage", Result.MONEY, {"base": Plain(10, 2500), "rate": Percent(5, 60)},
    "base = {base}; rate = {rate}; result = percent_increase base rate; query result",
    lambda n: n.base * (100 + n.rate) / 100, "the price after the rise",
    ("A meal at the {p} costs ${base}, and {a} adds a tip of {rate}%. // How many dollars does {a} pay with the tip?",
     "{a} earns ${base} a week and gets a raise of {rate}%. // How much does {a} earn a week after it?",
     "To a price of ${base} the {p} adds a tax of {rate}%. // What is the price including tax?",
     "The fee of the {p}, ${base}, rises by {rate}%. // What is the fee from then on?",
     "{a} bought a painting for ${base} and sold it at a profit of {rate}%. // For how many dollars was it sold?",
     "A deposit of ${base} earns {rate} percent interest. // How much money is there with the interest?",
     "Sending a harp costs ${base} plus {rate}% for the insurance. // How many dollars is that with the insurance?"),
    ("Because of the frost, the {p} asks {rate}% more for a load of wood, which used to be ${base}. // What does a load cost now?",
     "{a}'s pension was ${base} until it went up by {rate} percent. // What is the pension since?"),
)  # fmt: skip
PORTION = Pattern(
    "portion", "percentage", Result.THINGS, {"base": Whole(20, 2000), "rate": Percent(2, 95, 1)},
    "base = {base}; rate = {rate}; result = percent_of base rate; query result",
    lambda n: n.base * n.rate / 100, "the number of {t} in question",
    ("The {p} has {base} {t}, {rate}% of which are green. // How many green {t} does the {p} have?",
     "Of {base} guests at the {p}, {rate}% arrived by train. // How many guests arrived by train?",
     "{a} examined {base} {t}; {rate} percent had a flaw. // How many {t} had a flaw?",
     "{base} people voted, and {a} got {rate}% of the votes. // How many people voted for {a}?",
     "A library of {base} books was sorted: {rate}% are novels. // How many novels are there?",
     "{rate}% of the {base} {t} in the {p} were made by {a}. // How many {t} were made by {a}?",
     "From {base} seeds, {rate}% sprouted. // How many seeds sprouted?"),
    ("Every one of the {base} {t} was weighed, and {rate}% proved too light. // How many {t} were too light?",
     "Among {base} letters to the {p}, complaints make up {rate} percent. // How many complaints are there?"),
)  # fmt: skip
SHRINKAGE = Pattern(
    "shrinkage", "percentage", Result.THINGS, {"base": Whole(20, 2000), "rate": Percent(2, 95, 1)},
    "base = {base}; rate = {rate}; result = percent_off base rate; query result",
    lambda n: n.base * (100 - n.rate) / 100, "the number that remains",
    ("A herd of {base} deer shrinks by {rate}% in a hard winter. // How many deer are there in spring?",
     "The {p} had {base} members, and {rate}% of them left. // How many members remain?",
     "{rate}% of {base} {t} melted in the heat. // How many {t} did not melt?",
     "Of the {base} lamps in the {p}, {rate}% are off. // How many lamps are on?",
     "{a} deleted {rate} percent of {base} photos. // How many photos did {a} keep?",
     "A town of {base} people loses {rate}% of them to the city. // How many people stay in the town?",
     "{base} runners started; {rate}% gave up. // How many runners finished?"),
    ("When the bridge closed, the {p}, with {base} customers, lost {rate}% of them. // How many customers come still?",
     "Storms felled {rate} percent of a forest of {base} pines. // How many pines stand?"),
)  # fmt: skip
GROWTH = Pattern(
    "growth", "percentage", Result.THINGS, {"base": Whole(20, 2000), "rate": Percent(10, 250)},
    "base = {base}; rate = {rate}; result = percent_increase base rate; query result",
    lambda n: n.base * (100 + n.rate) / 100, "the number after growing",
    ("A colony of {base} ants grows by {rate}%. // How many ants does it have then?",
     "Last year the {p} had {base} visitors, this year {rate}% more. // How many visitors did it have this year?",
     "{a}'s channel with {base} readers gains {rate}%. // How many readers follow it now?",
     "The output of the {p} was {base} {t} a day and went up by {rate} percent. // How many {t} a day is it now?",
     "{base} trees were there; after replanting there are {rate}% more. // How many trees are there after replanting?",
     "With new ovens the {p}, which made {base} {t}, makes {rate}% more. // How many {t} does it make with them?",
     "A village of {base} people has grown {rate}%. // How many people live there today?"),
    ("Word got round: the choir of {base} singers became {rate}% larger. // How many singers are in the choir?",
     "{a} used to sell {base} {t}, but an advert pushed sales up {rate} percent. // How many {t} does {a} sell since?"),
)  # fmt: skip

PATTERNS = (DISCOUNT, SURCHARGE, PORTION, SHRINKAGE, GROWTH)
