"""Writing data as flow-style YAML and JSON, renaming it, and reading it back.

The kinds and keys are neutral or drawn at random, so what is learnt is the grammar of records and
lists of records, not any specialist's language.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from knowhow_adapters.base.corpus import words
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


def _spoken(given: Record) -> str:
    return ", ".join(
        f"{key} {' and '.join(v) if isinstance(v, list) else v}" for key, v in given.items()
    )


ANALYSE = Phrasings(
    seen=(
        "Analyse: {text}",
        "{text}\nSpec as JSON.",
        "Problem: {text}\nWhat is it? Answer with a spec.",
    ),
    held=("Make a JSON spec of this problem. {text}",),
)
"""How a spec is asked for, whatever the domain."""
TO_YAML = Phrasings(
    seen=(
        "Write as flow YAML: {text}",
        "As a YAML record: {text}",
        "{text}\nFormat: YAML, one line.",
    ),
    held=("Turn this into one line of YAML: {text}",),
)
TO_JSON = Phrasings(
    seen=("Write as JSON: {text}", "As a JSON object: {text}", "{text}\nFormat: JSON."),
    held=("Turn this into a JSON object: {text}",),
)


@skill("write yaml record", "forms")
def yaml_record(draw: Draw) -> tuple[str, str]:
    given = record(draw)
    return draw.phrase(TO_YAML, text=_spoken(given)), flow(given)


@skill("write json record", "forms")
def json_record(draw: Draw) -> tuple[str, str]:
    given = record(draw)
    return draw.phrase(TO_JSON, text=_spoken(given)), as_json(given)


STEPS = Phrasings(
    seen=(
        "List the steps as YAML. {text}",
        "Steps as YAML, one record a line: {text}",
        "{text}\nWrite the steps as a YAML list.",
    ),
    held=("Turn what was done into a YAML list. {text}",),
)
STEP_SENTENCES = (
    ("First {who} will {do} {n} {what}.", "Then {who} will {do} {n} {what}."),
    ("{who} has to {do} {n} {what}.", "Next {who} has to {do} {n} {what}."),
    ("Let {who} {do} {n} {what}.", "After that let {who} {do} {n} {what}."),
)


@skill("list steps as yaml", "forms")
def list_steps(draw: Draw) -> tuple[str, str]:
    """Sentences to a list of flow records: the shape of a program, of no use to anyone."""
    first, following = draw.pick(STEP_SENTENCES)
    keys = draw.pick((("do", "who", "what", "n"), ("kind", "name", "item", "count")))
    records, sentences = [], []
    for index in range(draw.number(1, 6)):
        values = {
            "do": draw.pick(words.PLAIN_KINDS), "who": draw.name(),
            "what": draw.pick(words.THINGS), "n": draw.number(2, 999),
        }  # fmt: skip
        sentences.append((following if index else first).format(**values))
        records.append(dict(zip(keys, values.values(), strict=True)))
    wrapped = draw.chance(0.4)
    text = " ".join(sentences)
    if wrapped:
        title = draw.pick(words.PLACES)
        answer = flow({"title": title, "steps": records})
        return draw.phrase(STEPS, text=f"Title {title}, all on one line. {text}"), answer
    return draw.phrase(STEPS, text=text), lines(records)


CONVERT = Phrasings(
    seen=("Change to {form}: {text}", "The same as {form}: {text}"),
    held=("Give me this in {form}: {text}",),
)


@skill("convert format", "forms")
def convert(draw: Draw) -> tuple[str, str]:
    given = [record(draw) for _ in range(draw.number(1, 3))]
    if draw.chance(0.5):
        return draw.phrase(CONVERT, form="JSON", text=flow(given)), as_json(given)
    return draw.phrase(CONVERT, form="flow YAML", text=as_json(given)), flow(given)


RENAME = Phrasings(
    seen=("Rename {old} to {new}: {text}", "Call {old} from now on {new}: {text}"),
    held=("Replace the key {old} by {new}: {text}",),
)


@skill("rename key", "forms")
def rename(draw: Draw) -> tuple[str, str]:
    given = record(draw, draw.number(2, 5))
    old = draw.pick(tuple(given))
    new = draw.pick([key for key in words.PLAIN_KEYS + words.THINGS if key not in given])
    changed = {new if key == old else key: value for key, value in given.items()}
    write = draw.pick((flow, as_json))
    return draw.phrase(RENAME, old=old, new=new, text=write(given)), write(changed)


LOOK_UP = Phrasings(
    seen=("{text}\nValue of {key}?", "In {text} what is {key}?"),
    held=("{text}\nTell me what stands under {key}.",),
)


@skill("look up key", "forms")
def look_up(draw: Draw) -> tuple[str, str]:
    given = record(draw, draw.number(2, 6))
    key = draw.pick(tuple(given))
    write = draw.pick((flow, as_json))
    return draw.phrase(LOOK_UP, text=write(given), key=key), write(given[key]).strip('"')


PICK = Phrasings(
    seen=("Keep {keys} of {text}", "Only the keys {keys}: {text}"),
    held=("Drop everything but {keys} from {text}",),
)


@skill("keep keys", "forms")
def keep_keys(draw: Draw) -> tuple[str, str]:
    given = record(draw, draw.number(3, 6))
    kept = draw.some(tuple(given), 2)
    chosen = {key: value for key, value in given.items() if key in kept}
    write = draw.pick((flow, as_json))
    return draw.phrase(PICK, keys=" and ".join(chosen), text=write(given)), write(chosen)


FILL = Phrasings(
    seen=("Fill the form {form} from: {text}", "{text}\nFill in {form}"),
    held=("Use what is said here, {text} to complete {form}",),
)


@skill("fill form", "forms")
def fill_form(draw: Draw) -> tuple[str, str]:
    """Dotted names and given scaffolds, as hybrid variable names need."""
    names, thing = draw.names(draw.number(1, 3)), draw.pick(words.THINGS)
    numbers = [draw.number(1, 999) for _ in names]
    text = " ".join(
        f"{n} has {m} {thing}." for n, m in draw.shuffled(list(zip(names, numbers, strict=True)))
    )
    form = {f"{name.lower()}.{thing}": "?" for name in names}
    filled = {f"{n.lower()}.{thing}": m for n, m in zip(names, numbers, strict=True)}
    return draw.phrase(FILL, form=flow(form), text=text), flow(filled)
