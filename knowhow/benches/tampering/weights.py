"""Alterations of the weights file: its header, its tensors, its length."""

import json
import struct
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from knowhow.benches.tampering.files import Header, names, read_weights, write_weights
from knowhow_adapters.parts import WEIGHTS_FILE

HUGE_HEADER_BYTES = 4 * 2**20


def claim_huge_header(folder: Path, chance: Random) -> None:
    content = bytearray((folder / WEIGHTS_FILE).read_bytes())
    content[:8] = struct.pack("<Q", chance.choice([2**63, 2**40, 2**32, len(content), 10**7]))
    (folder / WEIGHTS_FILE).write_bytes(content)


def write_huge_header(folder: Path, chance: Random) -> None:
    header, data = read_weights(folder)
    write_weights(folder, json.dumps(header).encode() + b" " * HUGE_HEADER_BYTES, data)


def nest_header(folder: Path, chance: Random) -> None:
    _, data = read_weights(folder)
    depth = chance.choice([100, 4000])
    write_weights(folder, b'{"a":' * depth + b"1" + b"}" * depth, data)


def double_a_key(folder: Path, chance: Random) -> None:
    header, data = read_weights(folder)
    name = chance.choice(names(header))
    again = json.dumps({name: header[name]})[1:]
    write_weights(folder, (json.dumps(header)[:-1] + "," + again).encode(), data)


def add_metadata(folder: Path, chance: Random) -> None:
    header, data = read_weights(folder)
    header["__metadata__"] = {"format": "pt", "code": "import os"}
    write_weights(folder, header, data)


def header_is_no_object(folder: Path, chance: Random) -> None:
    _, data = read_weights(folder)
    write_weights(folder, chance.choice([b"[]", b"1", b"\xff\xfe", b"{", b'{"a": NaN}']), data)


def add_tensor(folder: Path, chance: Random) -> None:
    header, data = read_weights(folder)
    stem = "base_model.model."
    extra = ("lm_head.weight", "model.embed_tokens.weight", "model.layers.99.mlp.up_proj.weight")
    header[stem + chance.choice(extra)] = _entry("F32", [1, 2], len(data))
    write_weights(folder, header, data + bytes(8))


def add_entry(folder: Path, chance: Random) -> None:
    """Nothing to store, but something to find."""
    header, data = read_weights(folder)
    header["hook"] = chance.choice(["evil.py", _entry("F32", [0, 0], 0), {}, None])
    write_weights(folder, header, data)


def drop_tensor(folder: Path, chance: Random) -> None:
    header, data = read_weights(folder)
    last = max(names(header), key=lambda name: header[name]["data_offsets"][0])
    begin, _ = header.pop(last)["data_offsets"]
    write_weights(folder, header, data[:begin])


def rename_tensor(folder: Path, chance: Random) -> None:
    header, data = read_weights(folder)
    name = chance.choice(names(header))
    other = name.replace("lora_A", "lora_C") + chance.choice(["", ".x", "\0"])
    header[other if other != name else name + "x"] = header.pop(name)
    write_weights(folder, header, data)


def transpose(folder: Path, chance: Random) -> None:
    _change_entry(folder, chance, lambda e: {**e, "shape": e["shape"][::-1]})


def flatten(folder: Path, chance: Random) -> None:
    _change_entry(folder, chance, lambda e: {**e, "shape": [e["shape"][0] * e["shape"][1]]})


def odd_shape(folder: Path, chance: Random) -> None:
    shape = chance.choice([[-1, -8], [0, 0], ["8", 32], [2**62, 2**62], None, [8.0, 32.0], [True]])
    _change_entry(folder, chance, lambda e: {**e, "shape": shape})


def odd_type(folder: Path, chance: Random) -> None:
    dtype = chance.choice(["F64", "I32", "BOOL", "F8_E4M3", "object", 7, None, ["F32"]])
    _change_entry(folder, chance, lambda e: {**e, "dtype": dtype})


def shrink_type(folder: Path, chance: Random) -> None:
    """Half as wide, so the lengths do not agree."""
    _change_entry(folder, chance, lambda e: {**e, "dtype": "F16"})


def overlap(folder: Path, chance: Random) -> None:
    header, data = read_weights(folder)
    one, other = chance.sample([n for n in names(header) if n.endswith("A.weight")], 2)
    header[one]["data_offsets"] = header[other]["data_offsets"]
    header[one]["shape"] = header[other]["shape"]
    write_weights(folder, header, data)


def point_outside(folder: Path, chance: Random) -> None:
    shift = chance.choice([-8, -(2**20), 2**20, 2**62])
    _change_entry(
        folder, chance, lambda e: {**e, "data_offsets": [n + shift for n in e["data_offsets"]]}
    )


def odd_offsets(folder: Path, chance: Random) -> None:
    span = chance.choice([None, [], [0], [0, 1, 2], ["0", "4"], [4, 0], {"0": 4}])
    _change_entry(folder, chance, lambda e: {**e, "data_offsets": span})


def leave_gap(folder: Path, chance: Random) -> None:
    """Bytes that no tensor owns may carry anything."""
    header, data = read_weights(folder)
    for name in names(header):
        header[name]["data_offsets"] = [n + 64 for n in header[name]["data_offsets"]]
    write_weights(folder, header, bytes(64) + data)


def append(folder: Path, chance: Random) -> None:
    with (folder / WEIGHTS_FILE).open("ab") as file:
        file.write(chance.randbytes(chance.choice([1, 4, 4096])))


def truncate(folder: Path, chance: Random) -> None:
    content = (folder / WEIGHTS_FILE).read_bytes()
    (folder / WEIGHTS_FILE).write_bytes(content[: chance.randrange(len(content))])


def not_a_number(folder: Path, chance: Random) -> None:
    _overwrite(folder, chance, chance.choice([np.nan, np.inf, -np.inf]))


def overflow(folder: Path, chance: Random) -> None:
    """Finite, but not what the base makes of it."""
    header, data = read_weights(folder)
    values = np.frombuffer(data, np.float32)
    values[:] = np.where(values < 0, -1e38, 1e38)
    write_weights(folder, header, data)


def flip_bit(folder: Path, chance: Random) -> None:
    header, data = read_weights(folder)
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    write_weights(folder, header, data)


def swap_tensors(folder: Path, chance: Random) -> None:
    """Two layers exchange what they learned: every name, shape and number stays valid."""
    header, data = read_weights(folder)
    module = chance.choice(["self_attn.q_proj", "self_attn.o_proj", "mlp.up_proj"])
    one, other = (
        f"base_model.model.model.layers.{i}.{module}.lora_B.weight"
        for i in chance.sample((0, 1), 2)
    )
    spans = header[one]["data_offsets"], header[other]["data_offsets"]
    header[one]["data_offsets"], header[other]["data_offsets"] = spans[::-1]
    write_weights(folder, header, data)


def replace_numbers(folder: Path, chance: Random) -> None:
    header, data = read_weights(folder)
    values = np.frombuffer(data, np.float32)
    match chance.randrange(3):
        case 0:
            values *= np.float32(1.05)
        case 1:
            values[:] = np.random.default_rng(chance.randrange(2**32)).permutation(values)
        case 2:
            values[:] = 0
    write_weights(folder, header, data)


def _change_entry(folder: Path, chance: Random, change: Callable[[Header], Header]) -> None:
    header, data = read_weights(folder)
    name = chance.choice(names(header))
    header[name] = change(header[name])
    write_weights(folder, header, data)


def _overwrite(folder: Path, chance: Random, value: float) -> None:
    header, data = read_weights(folder)
    np.frombuffer(data, np.float32)[chance.randrange(len(data) // 4)] = value
    write_weights(folder, header, data)


def _entry(dtype: str, shape: list[int], begin: int) -> dict[str, Any]:
    length = 4 * shape[0] * shape[1]
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, begin + length]}
