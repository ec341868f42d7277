# ruff: noqa: E501
"""Writing data as flow-style YAML and JSON, renaming it, and reading it back.

The kinds and keys are neutral or drawn at random, so what is learnt is the grammar of records and
lists of records, not any specialist's language.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from knowhow_adapters.base.corpus import words
from knowhow_adapters.base.corpus.forms_phrasings import (
    CONVERT,
    FILL,
    HAS,
    KEYS,
    LOOK_UP,
    PAIR,
    PICK,
    RENAME,
    STEP_FIRST,
    STEP_NEXT,
    STEPS,
    TITLED,
    TO_JSON,
    TO_YAML,
)
from knowhow_adapters.base.corpus.registry import Draw, Phrasings, skill

Record = dict[str, Any]


def flow(value: object) -> str:
    """Flow-style YAML without quotes; what goes in are plain words and numbers."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(flow(inner) for inner in value) + "]"
    return str(value)


def as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def lines(records: Sequence[Record]) -> str:
    """A YAML list with one flow-style record a line."""
    return "\n".join(f"- {flow(record)}" for record in records)


def _value(draw: Draw) -> Any:
    match draw.number(0, 5):
        case 0 | 1:
            return draw.number(0, 10 ** draw.number(1, 4))
        case 2:
            return draw.pick(words.THINGS)
        case 3:
            return draw.name()
        case 4:
            return [draw.pick(words.PLAIN_KEYS) for _ in range(draw.number(1, 3))]
        case _:
            return f"{draw.pick(words.PLAIN_KINDS)}_{draw.pick(words.THINGS)}"


def record(draw: Draw, size: int | None = None) -> Record:
    keys = words.TRACE_WORDS if draw.chance(0.2) else words.PLAIN_KEYS
    plain = [key for key in keys if "." not in key]
    return {key: _value(draw) for key in draw.some(plain, size or draw.number(1, 4))}


def _spoken(draw: Draw, given: Record) -> str:
    """All entries told in the same way."""
    pair = draw.phrase(PAIR, key="{key}", value="{value}")
    told = {key: " and ".join(v) if isinstance(v, list) else v for key, v in given.items()}
    return draw.pick((", ", "; ")).join(pair.format(key=k, value=v) for k, v in told.items())


ANALYSE = Phrasings(
    seen=(
        "[Please a|A]nalyse[ this| the problem| this problem|]: {text}",
        "{text}\n[Spec|The spec|A spec|Its spec] [as|in] JSON[, please|].",
        "[Problem|Task|The problem|This is the problem|Here is a problem]: {text}\n[What is it|What is asked|What kind of problem is it]? [Answer|Reply] with a [spec|JSON spec].",
        "{text}\n[Please a|A]nalyse [this|it|the problem|this problem][ as a spec| in JSON|].",
        "{text}\n[Write|Give|Give me|Show|Build|I need|I want] [a|the|its] [spec|JSON spec][, please|].",
        "[Write|Give|Give me|Show|Build] [a|the] [spec|JSON spec] [for|of] [this|what follows|the following]: {text}",
        "[Spec|JSON spec|A JSON spec|The spec in JSON][, please|]: {text}",
        "[Read|Look at|Take] [this problem|the problem|this] and [make|write|give] [a spec|a JSON spec|the spec as JSON]. {text}",
        "{text}\n[Put|Turn|Change] [this|it|the problem] into [a spec|a JSON spec|JSON|a spec in JSON].",
        "[What is|How do you write|What would be] the spec of this[ problem|]? {text}",
        "{text}\n[Do not solve it|No solution yet|Do not work it out]: [spec only|just the spec|only the JSON spec|analyse it].",
        "Can you [analyse|write a spec for|make a spec of] this[ problem|]? {text}",
    ),
    held=(
        "Make a JSON spec of this problem. {text}",
        "{text}\n[Which|What] spec [belongs to|fits] this problem?",
        "[As|In] JSON, what is the problem [here|asked]? {text}",
        "A problem to analyse, not to solve[, please|]: {text}",
    ),
)
"""How a spec is asked for, whatever the domain."""


@skill("write yaml record", "forms")
def yaml_record(draw: Draw) -> tuple[str, str]:
    given = record(draw)
    return draw.phrase(TO_YAML, text=_spoken(draw, given)), flow(given)


@skill("write json record", "forms")
def json_record(draw: Draw) -> tuple[str, str]:
    given = record(draw)
    return draw.phrase(TO_JSON, text=_spoken(draw, given)), as_json(given)


STEP_KEYS = (
    ("do", "who", "what", "n"),
    ("kind", "name", "item", "count"),
    ("job", "by", "thing", "number"),
    ("task", "person", "object", "amount"),
    ("work", "worker", "things", "total"),
)
"""The first are meant unless others are asked for."""


@skill("list steps as yaml", "forms")
def list_steps(draw: Draw) -> tuple[str, str]:
    """Sentences to a list of flow records: the shape of a program, of no use to anyone."""
    keys = draw.pick(STEP_KEYS)
    records, sentences = [], []
    for index in range(draw.number(1, 6)):
        values = {
            "do": draw.pick(words.PLAIN_KINDS), "who": draw.name(),
            "what": draw.pick(words.THINGS), "n": draw.number(2, 999),
        }  # fmt: skip
        sentences.append(draw.phrase(STEP_NEXT if index else STEP_FIRST, **values))
        records.append(dict(zip(keys, values.values(), strict=True)))
    text = " ".join(sentences)
    if keys != STEP_KEYS[0] or draw.chance(0.3):
        text = draw.phrase(KEYS, keys=", ".join(keys), text=text)
    if draw.chance(0.4):
        title = draw.pick(words.PLACES)
        text = draw.phrase(TITLED, title=title, text=text)
        return draw.phrase(STEPS, text=text), flow({"title": title, "steps": records})
    return draw.phrase(STEPS, text=text), lines(records)


@skill("convert format", "forms")
def convert(draw: Draw) -> tuple[str, str]:
    given = [record(draw) for _ in range(draw.number(1, 3))]
    if draw.chance(0.5):
        return draw.phrase(CONVERT, form="JSON", text=flow(given)), as_json(given)
    return draw.phrase(CONVERT, form="flow YAML", text=as_json(given)), flow(given)


@skill("rename key", "forms")
def rename(draw: Draw) -> tuple[str, str]:
    given = record(draw, draw.number(2, 5))
    old = draw.pick(tuple(given))
    new = draw.pick([key for key in words.PLAIN_KEYS + words.THINGS if key not in given])
    changed = {new if key == old else key: value for key, value in given.items()}
    write = draw.pick((flow, as_json))
    return draw.phrase(RENAME, old=old, new=new, text=write(given)), write(changed)


@skill("look up key", "forms")
def look_up(draw: Draw) -> tuple[str, str]:
    given = record(draw, draw.number(2, 6))
    key = draw.pick(tuple(given))
    write = draw.pick((flow, as_json))
    return draw.phrase(LOOK_UP, text=write(given), key=key), write(given[key]).strip('"')


@skill("keep keys", "forms")
def keep_keys(draw: Draw) -> tuple[str, str]:
    given = record(draw, draw.number(3, 6))
    kept = draw.some(tuple(given), 2)
    chosen = {key: value for key, value in given.items() if key in kept}
    write = draw.pick((flow, as_json))
    return draw.phrase(PICK, keys=" and ".join(chosen), text=write(given)), write(chosen)


@skill("fill form", "forms")
def fill_form(draw: Draw) -> tuple[str, str]:
    """Dotted names and given scaffolds, as hybrid variable names need."""
    names, thing = draw.names(draw.number(1, 3)), draw.pick(words.THINGS)
    numbers = [draw.number(2, 999) for _ in names]
    told = draw.shuffled(list(zip(names, numbers, strict=True)))
    text = " ".join(draw.phrase(HAS, name=n, number=m, thing=thing) for n, m in told)
    form = {f"{name.lower()}.{thing}": "?" for name in names}
    filled = {f"{n.lower()}.{thing}": m for n, m in zip(names, numbers, strict=True)}
    return draw.phrase(FILL, form=flow(form), text=text), flow(filled)
