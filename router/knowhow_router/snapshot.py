"""A routing state as plain values and arrays, and back: so that a restart need not learn it all
again.

Only the classes listed here are taken apart and put together, by name; nothing in a snapshot is
ever run. What comes back decides like what was taken, to the last bit.
"""

from __future__ import annotations

import inspect
from collections import OrderedDict, deque
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowhow_memory.cells import CellData
from knowhow_memory.index import IndexData, VectorIndex
from knowhow_router import (
    abstention,
    bills,
    brain,
    budget,
    calibration,
    drift,
    estimate,
    evidence,
    experts,
    history,
    observation,
    opinion,
    partitions,
    slopes,
    state,
    tables,
    trust,
)

Arrays = dict[str, NDArray[Any]]

MODULES = (
    abstention,
    bills,
    brain,
    budget,
    calibration,
    drift,
    estimate,
    evidence,
    experts,
    history,
    observation,
    opinion,
    partitions,
    slopes,
    state,
    tables,
    trust,
)
CLASSES: dict[str, type] = {
    name: found
    for module in MODULES
    for name, found in inspect.getmembers(module, inspect.isclass)
    if found.__module__ == module.__name__
} | {"IndexData": IndexData, "CellData": CellData}
MAPPINGS: dict[str, type] = {"dict": dict, "OrderedDict": OrderedDict}
SEQUENCES: dict[str, type] = {"tuple": tuple, "list": list, "set": set, "frozenset": frozenset}


def take_apart(value: Any, arrays: Arrays) -> Any:
    """The value as JSON can hold it; arrays are put into `arrays` and named in their place."""
    kind = type(value).__name__
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, np.ndarray | np.generic):
        name = str(len(arrays))
        arrays[name] = np.asarray(value)
        return {"array" if isinstance(value, np.ndarray) else "number": name}
    if isinstance(value, VectorIndex):
        return {"index": take_apart(value.data(), arrays)}
    if isinstance(value, deque):
        return {"deque": [take_apart(v, arrays) for v in value], "maxlen": value.maxlen}
    if kind in MAPPINGS:
        pairs = [[take_apart(k, arrays), take_apart(v, arrays)] for k, v in value.items()]
        return {kind: pairs}
    if kind in SEQUENCES:
        ordered = sorted(value) if isinstance(value, set | frozenset) else value
        return {kind: [take_apart(v, arrays) for v in ordered]}
    if CLASSES.get(kind) is type(value):
        fields = {name: take_apart(getattr(value, name), arrays) for name in _fields(value)}
        return {"class": kind, "fields": fields}
    raise TypeError(f"a snapshot cannot hold a {kind}")


def put_together(value: Any, arrays: Arrays) -> Any:
    """The inverse of `take_apart`."""
    match value:
        case {"array": name}:
            return arrays[name]
        case {"number": name}:
            return arrays[name][()]
        case {"index": data}:
            return VectorIndex.restore(put_together(data, arrays))
        case {"deque": items, "maxlen": maxlen}:
            return deque((put_together(v, arrays) for v in items), maxlen)
        case {"class": name, "fields": fields}:
            made: Any = object.__new__(CLASSES[name])
            for field, content in fields.items():
                object.__setattr__(made, field, put_together(content, arrays))
            return made
        case dict():
            [(kind, items)] = value.items()
            if kind in MAPPINGS:
                pairs = ((put_together(k, arrays), put_together(v, arrays)) for k, v in items)
                return MAPPINGS[kind](pairs)
            return SEQUENCES[kind](put_together(v, arrays) for v in items)
        case _:
            return value


def _fields(value: Any) -> list[str]:
    slots = [name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())]
    return [name for name in (*slots, *getattr(value, "__dict__", ())) if hasattr(value, name)]
