"""Sentences with a number that does not matter. Know nothing about the problems they stand in."""

SEEN = (
    "The bridge to the {q} is {n} [steps|metres] long.",
    "{x}, who [watches|passes by], wears a shirt with the number {n}.",
    "A clock in the {q} strikes every {n} minutes.",
    "{x} turned {n} last [spring|winter].",
    "The {q} [has stood|has been shut] for {n} years.",
    "There are {n} stairs to the roof of the {q}.",
    "It is {n} degrees outside.",
    "{x} has read {n} pages of a novel about a [lighthouse|dragon].",
    "Tram {n} was late that day.",
    "The mayor, {x}, has been in office for {n} months.",
)
HELD = (
    "On the wall of the {q} hangs a map from which {n} streets are missing.",
    "{x} once slept {n} hours on a train.",
    "Channel {n} showed a film about the {q}.",
    "The neighbour's parrot knows {n} songs.",
)
