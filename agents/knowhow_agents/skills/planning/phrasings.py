# ruff: noqa: E501  a way to tell a problem in one line reads better than one in two
"""How problems are told: frames with gaps for the data, and styles in which data are listed.

`[one|another]` leaves a choice. What is held is for the examination alone. Knows nothing about
which problems there are.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Frames:
    usual: tuple[str, ...]
    held: tuple[str, ...]


FRAMES = {
    "colouring": Frames(
        usual=(
            "[Paint|Colour] {places} places with {colours} colours so that neighbours look different. Neighbours: {edges}.{given}",
            "{places} radio masts share {colours} channels; masts that disturb each other need different ones: {edges}.{given}",
            "These pairs of {places} exams have students in common and need different slots: {edges}. There are {colours} slots.{given}",
            "Give each of {places} lamps one of {colours} colours, never the same to a pair: {edges}.{given}",
            "[Can|How can] {places} fields be marked with {colours} labels if these pairs must differ: {edges}?{given}",
        ),
        held=(
            "{colours} teams have to take in {places} people, and whoever quarrels may not meet: {edges}.{given}",
            "Quarrels: {edges}. Seat {places} guests at {colours} tables without any.{given}",
        ),
    ),
    "knapsack": Frames(
        usual=(
            "A [bag|cart] holds {limit}. Pack the greatest worth out of {count} things: {items}.",
            "Choose from {count} goods so that the load stays within {limit} and the worth is highest: {items}.",
            "{items}: which of these {count} are worth the most together if {limit} is all that can be carried?",
            "The boat takes {limit}. On the quay lie {count} crates: {items}. Load the most valuable ones.",
            "[Which|What] should go into a rucksack for {limit}, to have the best of {count} things: {items}?",
        ),
        held=(
            "Nobody can lift more than {limit}. Out of {count} finds, {items}, keep what brings in most.",
            "For the museum van, {limit} at the very most, pick the treasures of highest total worth among {count}: {items}.",
        ),
    ),
    "packing": Frames(
        usual=(
            "Pack {count} parcels into as few boxes as possible. A box takes {limit}; the parcels: {sizes}.",
            "How few trucks, each for {limit}, will carry {count} loads: {sizes}?",
            "Loads: {sizes}. Use the smallest number of crates for all {count}; one crate holds {limit}.",
            "Cut these {count} pieces from boards of {limit} with as few boards as you can: {sizes}.",
            "Each disc has {limit}. Store {count} files on the fewest discs: {sizes}.",
        ),
        held=(
            "There are {count} songs, {sizes}, and tapes of {limit}. Save tapes.",
            "Without splitting anything, put {sizes}, that is {count} orders, into the fewest vans of {limit}.",
        ),
    ),
    "tour": Frames(
        usual=(
            "Find the shortest round trip through {count} stops and back to the first: {stops}.",
            "A van starts at the first of {count} customers, visits all and comes home; plan the shortest round: {stops}.",
            "Drill {count} holes at {stops} in the order that moves the drill least, ending where it began.",
            "In which order should a postman who returns to the start visit these {count} addresses: {stops}?",
            "Stops: {stops}. Visit all {count} once and return, on the shortest way.",
        ),
        held=(
            "The night watch begins and ends at the first of {count} gates, {stops}, and wants to walk as little as possible.",
            "What is the briefest loop that touches each of the {count} buoys at {stops}?",
        ),
    ),
    "queens": Frames(
        usual=(
            "Place {size} queens on a board of {size} by {size} so that none attacks another.{given}",
            "On a chess board with {size} columns and {size} rows, put a queen into each column; no two may attack each other.{given}",
            "[Find|Give] a safe place for {size} queens, one in each column and row, never two on a diagonal.{given}",
            "Can {size} queens live in peace on a {size} by {size} board?{given}",
            "Fill a board of {size} by {size} with as many queens as it has columns, all of them safe.{given}",
        ),
        held=(
            "A square field has {size} columns and {size} rows; set {size} queens that cannot see one another.{given}",
            "Nobody may capture anybody: that is the rule for the {size} queens of a board {size} by {size}.{given}",
        ),
    ),
    "shifts": Frames(
        usual=(
            "Make the cheapest rota for {days} days with {need} people a day. Nobody works more than {most} shifts{rest}. Staff: {staff}.",
            "{days} days, {need} people a day, at most {most} shifts each{rest}: who comes when, for the least pay? {staff}.",
            "The kitchen needs {need} people a day for {days} days. Hire as cheaply as possible, nobody for more than {most} shifts{rest}: {staff}.",
            "Staff: {staff}. Cover {days} days with {need} people a day at the lowest cost; each works {most} shifts at most{rest}.",
            "Plan the guard for {days} days, {need} people a day, up to {most} shifts each{rest}, paying as little as you can: {staff}.",
        ),
        held=(
            "Who should be called on which of {days} days if {need} people a day are wanted, {most} shifts each are the limit{rest}, and money is short? {staff}.",
            "The clinic wants {need} people a day over {days} days and the smallest wage bill, with no more than {most} shifts for anybody{rest}. {staff}.",
        ),
    ),
    "subset": Frames(
        usual=(
            "Which of these {count} numbers add up to exactly {goal}: {numbers}?",
            "Choose some of {numbers} so that their sum is {goal}; there are {count} to choose from.",
            "A till shows {goal}. Which of the {count} bills were paid: {numbers}?",
            "Pick numbers out of {count} with a total of {goal}, neither more nor less: {numbers}.",
            "Amounts: {numbers}. Find those among the {count} that make {goal}.",
        ),
        held=(
            "The payment of {goal} settles several of {count} invoices in full: {numbers}. Which ones?",
            "Reach {goal} on the dot with weights from this set of {count}: {numbers}.",
        ),
    ),
    "jobs": Frames(
        usual=(
            "Schedule {count} jobs so that all is done as early as possible; a machine does one thing at a time. {jobs}.",
            "A workshop has {count} orders, each going from machine to machine. Finish the last as soon as you can: {jobs}.",
            "{jobs}. In which order should the machines take these {count} jobs to be done soonest?",
            "Find the shortest schedule of {count} jobs, whose steps follow each other: {jobs}.",
            "Machines can do one step at a time. Plan {count} jobs for the earliest end: {jobs}.",
        ),
        held=(
            "We close when the last of {count} pieces is through all its machines. Let us close early: {jobs}.",
            "Give the {count} repairs their turns at the machines, without two at one, so that the day is short: {jobs}.",
        ),
    ),
}

GIVEN_COLOUR = " Number {place} has {colour} already."
GIVEN_QUEEN = " One stands at column {column}, row {row}."
REST = (", and nobody on two days running", ", never on two days running")
ITEM_STYLES = (
    "{weight} {unit} worth {worth}",
    "{weight} {unit} (worth {worth})",
    "{weight} {unit}, worth {worth}",
)
STAFF_STYLES = (
    "{name} ({pay} a shift, away on {off})",
    "{name} for {pay} a shift, away on {off}",
    "{name}: {pay} a shift, away on {off}",
)
STEP_STYLES = ("M{machine} {hours} h", "M{machine} for {hours} h", "{hours} h on M{machine}")
JOB_STYLES = ("J{number}: {steps}", "J{number} {steps}", "J{number} ({steps})")
PEOPLE = (
    "Ann", "Ben", "Cleo", "Dan", "Eve", "Finn", "Gita", "Hugo", "Ida", "Jon", "Kim", "Leo", "Mia",
    "Nils", "Olga", "Paul", "Rosa", "Sam", "Tess", "Uwe",
)  # fmt: skip
KILOS, GRAMS = "kg", "g"
HEAVIEST_KILOS = 100
"""Whoever weighs more than this is weighed in grams."""
SIZE_UNITS = ("kg", "cm", "litres", "minutes")
