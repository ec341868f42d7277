# ruff: noqa: E501
"""Texts for examination alone, told blind: whoever wrote them knew what a pattern means and two of
the templates that are trained on, and had seen neither those that are held out nor any attempt.

The templates that are held out have been looked at while the specialists were built, these have
not. Knows nothing about how problems are put together.
"""

from collections.abc import Mapping

BLIND: Mapping[str, tuple[str, ...]] = {
    "crates": (
        "{a} sorted the {t} at the {p} into drawers. {groups} drawers were filled with {each} {t} each, and the remaining {rest} were put in a jar. // How many {t} did {a} sort?",
        "On the counter of the {p} there are {rest} loose {t}. Behind the counter stand {groups} boxes, and each box holds {each} {t}. // What is the total number of {t} on and behind the counter?",
        "A packet of {t} contains {each} pieces. For a class project, a teacher buys {groups} packets at the {p} and borrows a further {rest} {t} from a neighbour. // How many {t} are available for the project?",
    ),
    "bill": (
        "At the {p}, {t} cost ${px} each and {u} cost ${py} each. {a} buys {x} of the {t} and {y} of the {u}. // How much does {a} spend altogether?",
        "A football club needs {y} shirts and {x} balls. Each ball costs ${px}, and the price of a shirt is ${py}. // How much will the club have to pay for everything?",
        "Tickets for a boat trip cost ${px} for an adult and ${py} for a child. A group of {x} adults and {y} children books the trip. // What is the total price of the tickets?",
    ),
    "change": (
        "A market stall sells {t} at ${price} each. {a} chooses {count} of them and hands the seller ${paid}. // How much change should {a} get?",
        "With ${paid} in the purse, {a} goes shopping at the {p} and buys {count} {t}. Each of them costs ${price}. // How much money is left in the purse?",
        "For a birthday party {a} needs {count} {t}, which the {p} sells for ${price} each. The party budget is ${paid}. // How much of the budget remains after {a} has paid for the {t}?",
    ),
    "shared": (
        "A band of {people} musicians is paid ${total} for a concert, and the musicians share this fee equally. The organiser also gives each of them ${extra} for travel. // How much money does each musician receive?",
        "Every apple picker on a farm is paid ${extra} in wages for the day. In addition, the {people} pickers share a prize of ${total} equally. // How many dollars does each picker take home?",
        "{people} friends rent a cottage for ${total} and divide the rent equally among themselves. On top of that, each of them pays ${extra} for the train. // How much do the cottage and the train cost each friend?",
    ),
    "leftover": (
        "On {d} the {p} received {made} {t}, and the next day {more} arrived. The staff put all of these into bags of {size} until there were not enough for another full bag. // How many {t} were left over?",
        "A school collected {made} {t} in spring and {more} in autumn. All of them are to be arranged in complete rows of {size}. // How many {t} are left when as many rows as possible have been made?",
        "A tray at the {p} holds exactly {size} {t}. There are {more} {t} from the morning and {made} from the afternoon, and as many trays as possible are filled. // How many {t} remain after the last full tray?",
    ),
    "average": (
        "{a} read {x} pages on Monday, {y} on Tuesday and {z} on Wednesday. // How many pages did {a} read per day on average?",
        "This year a farmer harvested {x} sacks of potatoes from the north field, {y} from the east field and {z} from the west field. // What was the average harvest per field, in sacks?",
        "In the spelling, geography and music tests {a} scored {z}, {x} and {y} points. // What is {a}'s mean score for these tests?",
    ),
    "goal": (
        "{a} wants to buy a bicycle that costs ${goal} and has already saved ${start}. For the next {weeks} weeks, {a} will save ${week} every week. // How much more money will {a} still need after that?",
        "Each week a school choir earns ${week} by washing cars. It began with ${start} in the cash box and wants to pay for a trip that costs ${goal}. // How much money does the choir still lack after {weeks} weeks of washing cars?",
        "{a} took out an interest-free loan of ${goal}. {a} paid back ${start} straight away and has paid ${week} a week for {weeks} weeks since then. // How much does {a} still owe?",
    ),
    "stock": (
        "There were {start} {t} in the storeroom of the {p} on {d}. During the following week {went} were taken out and {came} new ones were put in. // How many {t} are in the storeroom now?",
        "A library had {start} books in the building when it opened on {d}. During the day readers returned {came} books and borrowed {went}. // How many books were in the building when the library closed?",
        "A truck brought {came} {t} to the {p}, which already had {start}. Since then {went} {t} have been used. // How many {t} does the {p} have now?",
    ),
    "repacked": (
        "A farmer collects {each} eggs from each of {shelves} henhouses. {broken} eggs break on the way to the kitchen, and the rest are put into cartons that hold {size} eggs each. // How many cartons does the farmer fill?",
        "{shelves} crates arrive at the {p}, each containing {each} {t}. After {broken} damaged {t} have been removed, the others are repacked into bags of {size}. // How many bags does this make?",
        "For the school play, {each} chairs are brought from each of {shelves} classrooms. {broken} of the chairs turn out to be broken and are set aside; the usable chairs are placed in rows of {size}. // How many rows of chairs are there?",
    ),
    "season": (
        "The {p} had {x} visitors on Saturday and {y} on Sunday. Admission was ${price} per person, but {free} of the visitors had a pass and paid nothing. // How much admission money did the {p} take in over the weekend?",
        "A potter charges ${price} for a mug. Of the {x} blue mugs and {y} white mugs made this summer, {free} cracked in the kiln and the rest were sold. // How much money did the potter receive for the mugs?",
        "A school printed {x} copies of its magazine in May and {y} more in June. All of the copies were sold at ${price} each, apart from {free} that were given to the authors. // What was the total income from the magazine?",
    ),
    "reserve": (
        "A camp leader had {total} {t}. After putting {kept} aside, the leader divided the others equally among {parts} tents. The children in the green tent used {used} of their {t}. // How many {t} were left in the green tent?",
        "{a} collected {total} {t}, kept {kept} and gave the rest in equal shares to {parts} cousins. {b}, who is among these cousins, has since lost {used} of the {t}. // How many {t} from {a} does {b} still have?",
        "The {p} set {kept} of its {total} {t} aside for emergencies and handed out the remaining {t} in equal numbers to {parts} teams. By noon every team had used up {used}. // How many {t} did each team still have?",
    ),
    "used": (
        "{a} sold {gone} {t} at the flea market. In the morning {a} had brought {start} to the stall. // How many {t} did {a} take home again?",
        "Of the {start} {t} that {a} bought at the {p}, {gone} turned out to be damaged and had to be thrown away. // How many undamaged {t} did {a} have?",
        "{a} must label {start} {t} for the {p} and has already labelled {gone}. // How many {t} does {a} still have to label?",
    ),
    "gift": (
        "On the way to the {p}, {a} carries {x} {t} and {b} carries {y}. To make {a}'s bag lighter, {b} takes {given} {t} from {a}. // How many {t} is {b} carrying now?",
        "{b} wants more {t} and asks {a} for some. {a} has {x} and gives {given} of them to {b}, who already had {y}. // How many {t} does {b} end up with?",
        "Before a game, there were {x} {t} in front of {a} and {y} in front of {b}. During the game {b} won {given} {t} from {a} and lost none. // How many {t} were in front of {b} after the game?",
    ),
    "giver": (
        "{a} and {b} collect {t}; {a} has {x} of them and {b} has {y}. As a birthday present, {b} gets {given} of {a}'s {t}. // How many {t} are left in {a}'s collection?",
        "{a} lost a bet and owes {b} {given} {t}. Before paying this debt, {a} had {x} {t}, while {b} had {y}. // How many {t} did {a} have after paying?",
        "{b} came to the {p} with {y} {t}, and {a} came with {x}. Since {b} did not have enough, {a} lent {given} {t} to {b}. // How many {t} did {a} have left?",
    ),
    "refill": (
        "{a} had {start} {t} at home and bought {found} more at the {p}. Later {a} needed {gone} of the {t} for a school project. // How many {t} does {a} have left over?",
        "{a} started a game with {start} {t}. Before the break {a} won {found} {t}, and after the break {a} lost {gone}. // With how many {t} did {a} finish the game?",
        "On {d} a parcel with {found} {t} arrives for {a}, who had {start} before. {a} then sells {gone} {t} to the {p}. // How many {t} does {a} have now?",
    ),
    "passed_on": (
        "At the beginning of the day {b} had {y} {t}, {a} had {x} and {c} had {z}. In the morning {a} gave {b} {one} {t}; in the afternoon {c} got {two} {t} from {b}. // How many {t} did {b} have at the end of the day?",
        "There are {x} {t} in {a}'s basket, {y} in {b}'s and {z} in {c}'s. {a} moves {one} {t} from {a}'s basket to {b}'s. After that, {b} moves {two} {t} from {b}'s basket to {c}'s. // How many {t} are in {b}'s basket now?",
        "{b} gave {two} {t} to {c} after receiving {one} from {a}. Before any of this happened, {c} had {z} {t}, {a} had {x} and {b} had {y}. // How many {t} did {b} have in the end?",
    ),
    "lead": (
        "In a collecting contest {a} leads with {x} {t}, and {b} has {y}. {a} lets {b} have {given} of {a}'s {t} but stays in the lead. // By how many {t} is {a} ahead of {b} now?",
        "{a}'s bag contains {x} {t}, and {b}'s bag contains {y}. {given} {t} are taken out of {a}'s bag and put into {b}'s. // How many more {t} are there in {a}'s bag than in {b}'s now?",
        "As thanks for helping in the garden, {b} was given {given} {t} by {a}. Until then {b} had {y} {t} and {a} had {x}. // How many fewer {t} than {a} did {b} have after this gift?",
    ),
    "times_total": (
        "For the school fair {a} brought {first} {t}. {b} brought {times} as many as {a}. // How many {t} did {a} and {b} bring together?",
        "{b} used {times} as many {t} as {a} to build a model ship. {a} used {first} {t}. // What is the total number of {t} that {a} and {b} used?",
        "{a} has a jar with {first} {t} in it, and {b}'s jar contains {times} as many. They empty the jars into a large bowl, which held nothing before. // How many {t} are in the bowl?",
    ),
    "times_gap": (
        "{a} bought {first} {t} at the {p}. On the same day {b} bought {times} as many {t} as {a}. // How many more {t} did {b} buy than {a}?",
        "On {d} {b} packed {times} as many {t} as {a}, who packed {first}. // What is the difference between the numbers of {t} they packed?",
        "There are {first} {t} in {a}'s box and {times} as many in {b}'s. // How many {t} must be added to {a}'s box so that it holds as many as {b}'s?",
    ),
    "more_total": (
        "While tidying up the {p}, {a} found {first} {t}. {b}, who searched longer, found {more} more {t} than {a}. // How many {t} did they find in total?",
        "{b} delivered {more} more {t} to the {p} than {a} did. {a}'s delivery consisted of {first} {t}. // How many {t} did the {p} get from {a} and {b} altogether?",
        "{a} needs {first} {t} to decorate a costume. {b}'s costume takes {more} {t} more than {a}'s. // How many {t} do {a} and {b} need for their costumes together?",
    ),
    "fewer_total": (
        "{a} put {first} {t} on an empty cart. {b} then added {fewer} fewer {t} than {a} had put there. // How many {t} were on the cart after that?",
        "At the fair {a} won {first} {t}. {b} was less lucky and won {fewer} fewer. // How many {t} did {a} and {b} win together?",
        "{b} ordered {fewer} fewer {t} from the {p} than {a}, who ordered {first}. // How many {t} does the {p} have to deliver to {a} and {b} in total?",
    ),
    "times_and_more": (
        "{a} wrapped {first} {t} on {d}. {b} wrapped {times} as many as {a} and then another {more}. // How many {t} did {b} wrap?",
        "{b} started the day with {times} as many {t} as {a}, who had {first}. During the day {b} bought {more} more {t} at the {p}. // How many {t} did {b} have in the evening?",
        "{b} keeps {more} {t} on a desk and the others in a drawer. In {b}'s drawer there are {times} as many {t} as in {a}'s drawer, which holds {first}. // How many {t} does {b} have altogether?",
    ),
    "discount": (
        "In the winter sale, all coats are reduced by {rate} percent. {a} picks a coat whose regular price is ${base}. // How much does {a} pay for this coat?",
        "A travel agency normally charges ${base} for a week at the seaside. Guests who book before March pay {rate}% less. // What is the price for a guest who books in February?",
        "A computer was bought for ${base} and lost {rate}% of its value within a year. // How many dollars was it worth at the end of that year?",
    ),
    "surcharge": (
        "{a} stays at a hotel where a room costs ${base} per night in spring. In summer the price is {rate}% higher. // What would {a} pay per night in summer?",
        "The plumber's bill that {a} receives comes to ${base} before tax. A sales tax of {rate} percent has to be added. // What is the total amount that {a} must pay?",
        "{a} bought a painting for ${base} and wants to sell it for {rate}% more than that. // At what price must {a} sell the painting?",
    ),
    "portion": (
        "Inspectors at the {p} checked {base} {t} and found that {rate}% of them were faulty. // How many faulty {t} did the inspectors find?",
        "There are {base} pupils at a school, and {rate} percent of them walk to school. // How many pupils walk to school?",
        "This month {rate}% of the {t} sold by the {p} were ordered online. The {p} sold {base} {t} during the month. // How many of these {t} were ordered online?",
    ),
    "shrinkage": (
        "Before the dry summer, {base} trout lived in a lake. The drought killed {rate}% of them. // How many trout survived?",
        "The {p} ordered {base} {t}, but {rate} percent of them had to be sent back. // How many {t} did the {p} keep?",
        "Since the new road opened, {rate}% fewer cars drive through the village each day. Before, there were {base} cars a day. // How many cars a day drive through the village now?",
    ),
    "growth": (
        "When the factory opened, the town had {base} inhabitants. Since then the population has increased by {rate}%. // What is the population of the town today?",
        "The {p} plans to order {rate} percent more {t} this year than last year. Last year's order was for {base} {t}. // How many {t} does the {p} plan to order this year?",
        "{a}'s video had {base} views on {d}. By the following evening, the number of views had risen by {rate}%. // How many views did the video have that evening?",
    ),
    "distance": (
        "A ship keeps a steady speed of {rate} km/h. It needs {time} hours to reach the next port. // How long is this voyage in kilometres?",
        "{a} reached the coast after {time} hours of driving at an average speed of {rate} km per hour. // How many kilometres did {a} drive?",
        "Migrating storks stay in the air for {time} hours without a break. Every hour they fly {rate} kilometres. // What distance, in kilometres, do they fly in this time?",
    ),
    "wage": (
        "Last month {a} worked {time} hours at the {p}. The hourly wage there is ${rate}. // What was {a}'s pay for the month?",
        "{a} gives piano lessons and charges ${rate} for an hour. This week the lessons take {time} hours altogether. // How much money does {a} take in this week?",
        "To repair a roof, {a} needs {time} hours. The customer has agreed to pay {a} ${rate} for every hour of work. // How much will {a} be paid for the repair?",
    ),
    "output": (
        "{rate} {t} come off an assembly line every hour. This week the line ran for {time} hours. // How many {t} came off the line this week?",
        "It took {a} {time} minutes to check all the {t} in the storeroom of the {p}. On average {a} checked {rate} {t} per minute. // How many {t} were in the storeroom?",
        "A robot sorts {t} at a speed of {rate} per minute. // How many {t} has it sorted after {time} minutes?",
    ),
    "unit_price": (
        "{a} is fencing a garden and needs {time} metres of wire. A metre of wire costs ${rate}. // How much will the wire cost?",
        "The {p} buys {time} kilos of cheese from a dairy, which charges ${rate} per kilo. // What is the total on the dairy's invoice?",
        "At the lake, boats can be hired for ${rate} a day. {a}'s family hires a boat for {time} days. // What does the family pay for the boat?",
    ),
    "flow": (
        "A garden hose delivers {rate} litres of water per minute. Filling an empty pond with this hose takes {time} minutes. // How many litres does the pond hold?",
        "Because of a leak, a tank loses {rate} litres every hour. The leak is discovered after {time} hours. // How many litres have been lost by then?",
        "For {time} minutes a pump worked in a flooded cellar. It pumped out {rate} litres of water each minute. // How much water, in litres, did the pump remove?",
    ),
}
