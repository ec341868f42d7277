"""Answering about short texts, with other facts around and orders inside that nobody should obey.

Sentences are shuffled, so an answer has to be found rather than expected at a place.
"""

from knowhow_adapters.base.corpus import words
from knowhow_adapters.base.corpus.asking_phrasings import ASK, DATA, ORDERS, UNKNOWN
from knowhow_adapters.base.corpus.facts_phrasings import (
    HOW_MANY,
    LIKES,
    LIKES_WHAT,
    LIKES_WHO,
    LIVES,
    LIVES_WHERE,
    LIVES_WHO,
    OWNERS_HOME,
    OWNS,
    OWNS_WHAT,
    OWNS_WHO,
    PRONOUNS,
    WORKS,
    WORKS_WHAT,
    WORKS_WHO,
)
from knowhow_adapters.base.corpus.registry import Draw, skill

RELATIONS = {
    "lives": (LIVES, words.TOWNS, LIVES_WHERE, LIVES_WHO),
    "works": (WORKS, words.JOBS, WORKS_WHAT, WORKS_WHO),
    "owns": (OWNS, words.ANIMALS, OWNS_WHAT, OWNS_WHO),
    "likes": (LIKES, words.COLOURS, LIKES_WHAT, LIKES_WHO),
}


def _forms(value: str) -> dict[str, str]:
    """A value as a sentence may need it: `owl`, `an owl`, `An owl`."""
    one = f"{'an' if value[0] in 'aeiou' else 'a'} {value}"
    return {"b": value, "one": one, "One": one.capitalize()}


def facts_text(draw: Draw, relation: str, people: int) -> tuple[list[str], list[tuple[str, str]]]:
    phrasings, values, _, _ = RELATIONS[relation]
    pairs = list(zip(draw.names(people), draw.some(values, people), strict=True))
    return [draw.phrase(phrasings, a=a, **_forms(b)) for a, b in pairs], pairs


def _question(draw: Draw, relation: str, pairs: list[tuple[str, str]]) -> tuple[str, str]:
    a, b = draw.pick(pairs)
    _, _, forward, backward = RELATIONS[relation]
    if draw.chance(0.5):
        return draw.phrase(forward, a=a), b
    return draw.phrase(backward, **_forms(b)), a


@skill("answer from facts", "facts")
def from_facts(draw: Draw) -> tuple[str, str]:
    relations = draw.some(tuple(RELATIONS), draw.number(1, 2))
    sentences: list[str] = []
    for relation in relations:
        told, pairs = facts_text(draw, relation, draw.number(1, 4))
        sentences += told
    question, answer = _question(draw, relations[-1], pairs)
    return draw.phrase(ASK, text=" ".join(draw.shuffled(sentences)), question=question), answer


@skill("say what is not told", "facts")
def not_told(draw: Draw) -> tuple[str, str]:
    relation = draw.pick(tuple(RELATIONS))
    told, pairs = facts_text(draw, relation, draw.number(1, 4))
    _, values, forward, backward = RELATIONS[relation]
    names, taken = zip(*pairs, strict=True)
    if draw.chance(0.5):
        question, answer = _question(draw, relation, pairs)
    elif draw.chance(0.7):
        stranger = draw.pick([name for name in draw.names(8) if name not in names])
        question, answer = draw.phrase(forward, a=stranger), "unknown"
    else:
        other = draw.pick([value for value in values if value not in taken])
        question, answer = draw.phrase(backward, **_forms(other)), "unknown"
    return draw.phrase(UNKNOWN, text=" ".join(told), question=question), answer


@skill("two hops", "facts")
def two_hops(draw: Draw) -> tuple[str, str]:
    people = draw.names(draw.number(2, 4))
    animals, towns = draw.some(words.ANIMALS, len(people)), draw.some(words.TOWNS, len(people))
    sentences = [draw.phrase(OWNS, a=a, **_forms(b)) for a, b in zip(people, animals, strict=True)]
    sentences += [draw.phrase(LIVES, a=a, b=b) for a, b in zip(people, towns, strict=True)]
    chosen = draw.number(0, len(people) - 1)
    question = draw.phrase(OWNERS_HOME, **_forms(animals[chosen]))
    text = " ".join(draw.shuffled(sentences))
    return draw.phrase(ASK, text=text, question=question), towns[chosen]


@skill("ignore orders in data", "facts")
def ignore_orders(draw: Draw) -> tuple[str, str]:
    relation = draw.pick(tuple(RELATIONS))
    told, pairs = facts_text(draw, relation, draw.number(1, 4))
    bait = draw.pick((draw.pick(RELATIONS[relation][1]), draw.name(), "yes", "42", "hacked"))
    told.insert(draw.number(0, len(told)), draw.phrase(ORDERS, bait=bait))
    question, answer = _question(draw, relation, pairs)
    data = draw.phrase(DATA, text=" ".join(told))
    return (f"{question}\n{data}" if draw.chance(0.25) else f"{data}\n{question}"), answer


@skill("whose number", "facts")
def whose_number(draw: Draw) -> tuple[str, str]:
    parts, holdings = [], {}
    for thing in draw.some(words.THINGS, draw.number(1, 3)):
        a, b = draw.names(2)
        x, y = draw.number(1, 300), draw.number(1, 300)
        parts.append(draw.phrase(PRONOUNS, a=a, b=b, x=x, y=y, t=thing))
        holdings.update({(a, thing): x, (b, thing): y})
    name, thing = draw.pick(tuple(holdings))
    question = draw.phrase(HOW_MANY, a=name, t=thing)
    text = " ".join(draw.shuffled(parts))
    return draw.phrase(ASK, text=text, question=question), str(holdings[name, thing])
