"""The files of a published adapter, taken apart and put together again without any check.

What an attacker has at hand. Knows nothing about what is refused.
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import safetensors.torch

from knowhow_adapters.adapter import make_adapter
from knowhow_adapters.artefact import A_SUFFIX, B_SUFFIX, PREFIX
from knowhow_adapters.parts import CONFIG_FILE, MANIFEST_FILE, WEIGHTS_FILE

Header = dict[str, Any]


class Payload:
    """Unpickling it leaves a folder behind."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str, int]]:
        return os.mkdir, (str(self.folder / "executed"), 0o700)


def read_json(path: Path) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(path.read_bytes())
    return value


def change_json(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps({**read_json(path), **changes}))


def read_weights(folder: Path) -> tuple[Header, bytearray]:
    content = (folder / WEIGHTS_FILE).read_bytes()
    start = 8 + int.from_bytes(content[:8], "little")
    return json.loads(content[8:start]), bytearray(content[start:])


def write_weights(folder: Path, header: Header | bytes, data: bytes | bytearray) -> None:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    (folder / WEIGHTS_FILE).write_bytes(len(text).to_bytes(8, "little") + text + data)


def names(header: Header) -> list[str]:
    return sorted(header.keys() - {"__metadata__"})


def seal(folder: Path) -> None:
    """Make hashes and name agree with the files again, as far as those can be read."""
    digests = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (folder / CONFIG_FILE, folder / WEIGHTS_FILE)
        if path.is_file()
    }
    change_json(folder / MANIFEST_FILE, files=digests)
    with contextlib.suppress(Exception):
        change_json(folder / MANIFEST_FILE, ref=_name_anew(folder))


def _name_anew(folder: Path) -> str:
    manifest, config = read_json(folder / MANIFEST_FILE), read_json(folder / CONFIG_FILE)
    tensors = safetensors.torch.load_file(folder / WEIGHTS_FILE)
    layers = {
        name.removeprefix(PREFIX).removesuffix(A_SUFFIX): (
            tensor,
            tensors[name.removesuffix(A_SUFFIX) + B_SUFFIX],
        )
        for name, tensor in tensors.items()
        if name.endswith(A_SUFFIX)
    }
    agent = manifest["ref"].partition("@")[0]
    rank, alpha = config["r"], config["lora_alpha"]
    return make_adapter(agent, manifest["base_hash"], layers, rank=rank, alpha=alpha).ref
