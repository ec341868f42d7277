"""Safetensors from bytes, believing none of them.

The caller says which tensors there must be and of which shape; everything else about the file (the
length of its header, its keys, its types, where each tensor lies) must agree, byte for byte, and
every number must be finite. Tensors are views of the bytes: what was checked is what is used.
Knows nothing about adapters.
"""

import math
from collections.abc import Collection, Mapping
from typing import Any

import torch
from torch import Tensor

from knowhow_adapters.errors import AdapterBroken
from knowhow_adapters.strict_json import parse_object

LENGTH_BYTES = 8
"""The header's length, little-endian, begins the file."""
HEADER_ALLOWANCE, HEADER_PER_TENSOR = 4096, 512
"""Bytes of header: a tensor's entry takes its name and about 80 more."""
ALIGNMENT = 4
DTYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
METADATA_KEY = "__metadata__"
METADATA: tuple[Any, ...] = (None, {}, {"format": "pt"})
ENTRY_KEYS = {"dtype", "shape", "data_offsets"}

Shape = tuple[int, int]


def largest_file(shapes: Mapping[str, Shape]) -> int:
    """More bytes than any file with these tensors has."""
    numbers = sum(math.prod(shape) for shape in shapes.values())
    return LENGTH_BYTES + _header_limit(shapes) + numbers * torch.float32.itemsize


def read_tensors(
    content: bytearray, shapes: Mapping[str, Shape], dtypes: Collection[str]
) -> dict[str, Tensor]:
    header, start = _read_header(content, _header_limit(shapes))
    _refuse_other_keys(header, shapes)
    spans = [_check_entry(name, header[name], shape, dtypes) for name, shape in shapes.items()]
    _refuse_gaps(spans, len(content) - start)
    tensors = {}
    for name, shape in shapes.items():
        dtype, (begin, _) = DTYPES[header[name]["dtype"]], header[name]["data_offsets"]
        flat = torch.frombuffer(content, dtype=dtype, count=math.prod(shape), offset=start + begin)
        if not bool(torch.isfinite(flat).all()):
            raise AdapterBroken(f"the tensor {name!r} holds NaN or infinity")
        tensors[name] = flat.view(shape)
    return tensors


def _header_limit(shapes: Mapping[str, Shape]) -> int:
    return HEADER_ALLOWANCE + HEADER_PER_TENSOR * len(shapes)


def _read_header(content: bytearray, limit: int) -> tuple[dict[str, Any], int]:
    """The entries, and where the data begin."""
    if len(content) < LENGTH_BYTES:
        raise AdapterBroken("the weights file is cut short")
    length = int.from_bytes(content[:LENGTH_BYTES], "little")
    start = LENGTH_BYTES + length
    if length > limit:
        raise AdapterBroken(f"the weights file claims a header of {length:,} bytes")
    if start > len(content):
        raise AdapterBroken("the weights file is cut short")
    if start % ALIGNMENT:
        raise AdapterBroken("the weights file is not aligned")
    header = parse_object(content[LENGTH_BYTES:start], "the weights file's header")
    if header.pop(METADATA_KEY, None) not in METADATA:
        raise AdapterBroken("the weights file's header carries more than tensors")
    return header, start


def _refuse_other_keys(header: Mapping[str, Any], shapes: Mapping[str, Shape]) -> None:
    for name in sorted(header.keys() - shapes.keys()):
        raise AdapterBroken(f"the weights file holds {name[:120]!r}, which the base has no use for")
    for name in sorted(shapes.keys() - header.keys()):
        raise AdapterBroken(f"the weights file lacks {name!r}, which its configuration promises")


def _check_entry(name: str, entry: Any, shape: Shape, dtypes: Collection[str]) -> tuple[int, int]:
    """The bytes that the tensor lies in."""
    if not isinstance(entry, dict) or entry.keys() != ENTRY_KEYS:
        raise AdapterBroken(f"the weights file's entry for {name!r} is malformed")
    if not isinstance(entry["dtype"], str) or entry["dtype"] not in dtypes:
        raise AdapterBroken(
            f"the tensor {name!r} is of type {str(entry['dtype'])[:20]!r}, not {_either(dtypes)}"
        )
    if not _is_integers(entry["shape"]) or entry["shape"] != list(shape):
        raise AdapterBroken(
            f"the tensor {name!r} has the shape {str(entry['shape'])[:60]}, "
            f"the base needs {list(shape)}"
        )
    span = entry["data_offsets"]
    if not _is_integers(span) or len(span) != 2:
        raise AdapterBroken(f"the weights file's entry for {name!r} is malformed")
    if span[1] - span[0] != math.prod(shape) * DTYPES[entry["dtype"]].itemsize:
        raise AdapterBroken(f"the tensor {name!r} has a length that is not its shape's")
    return span[0], span[1]


def _refuse_gaps(spans: list[tuple[int, int]], length: int) -> None:
    """Side by side from the first byte to the last: nothing overlaps, nothing hides between."""
    end = 0
    for begin, next_end in sorted(spans):
        if begin != end:
            raise AdapterBroken("the weights file's tensors overlap or leave gaps")
        end = next_end
    if end != length:
        raise AdapterBroken(f"the weights file has {length:,} bytes of data instead of {end:,}")


def _is_integers(value: Any) -> bool:
    return isinstance(value, list) and all(type(number) is int for number in value)


def _either(names: Collection[str]) -> str:
    return " or ".join(sorted(names))
