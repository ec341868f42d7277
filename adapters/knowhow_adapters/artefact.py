"""Adapters on disk: a folder that plain PEFT loads, and beside its files what proves them.

    adapter_config.json         as PEFT writes it
    adapter_model.safetensors   as PEFT writes it
    knowhow.json                version, base, SHA-256 of the files, fingerprint
    lineage.json, README.md     where it comes from, if its publisher says so

`write_adapter` publishes (whole or not at all), `read_adapter` takes back only what was published,
`export_adapter` and `import_adapter` carry it elsewhere as an archive; `import_adapter` also adopts
what plain PEFT made. Nothing is served that was not checked: names, sizes, types, shapes, numbers,
hashes, base, and at last what the base answers with it. Knows nothing about which version serves.
"""

import contextlib
import errno
import hashlib
import json
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import safetensors.torch
import torch
from torch import nn

from knowhow_adapters.adapter import Adapter, Layers, make_adapter
from knowhow_adapters.errors import AdapterBroken, AdapterError, AdapterForeign
from knowhow_adapters.fingerprint import refuse_other, take_fingerprint
from knowhow_adapters.manifest import (
    MAX_LINEAGE_BYTES,
    VOUCHED,
    Manifest,
    read_manifest,
    read_vouched,
)
from knowhow_adapters.names import SHORT_HASH
from knowhow_adapters.parts import (
    ARCHIVE_SUFFIX,
    CONFIG_FILE,
    LINEAGE_FILE,
    MANIFEST_FILE,
    WEIGHTS_FILE,
    Parts,
    open_parts,
    pack,
)
from knowhow_adapters.peft_config import MAX_CONFIG_BYTES, PlainLora, parse_config, render_config
from knowhow_adapters.tensors_file import DTYPES, Shape, largest_file, read_tensors
from knowhow_memory import durable
from knowhow_memory.errors import InputError

if TYPE_CHECKING:
    from knowhow_adapters.base.load import Base

__all__ = [
    "Adapter",
    "Layers",
    "Manifest",
    "export_adapter",
    "hash_tokenizer",
    "import_adapter",
    "linear_shapes",
    "make_adapter",
    "read_adapter",
    "write_adapter",
]

PREFIX, A_SUFFIX, B_SUFFIX = "base_model.model.", ".lora_A.weight", ".lora_B.weight"
OWN_DTYPES = frozenset({"F32"})
"""What is published is what is computed with, so its size on disk is its size in memory."""
NOTHING: Mapping[str, bytes] = MappingProxyType({})


def read_adapter(folder: Path, base: "Base") -> Adapter:
    """A published version, after every check."""
    with _naming(folder), open_parts(folder) as parts:
        return _read_published(parts, base)


def write_adapter(
    adapter: Adapter, base: "Base", into: Path, beside: Mapping[str, bytes] = NOTHING
) -> Path:
    """Publish as the folder `into/agent@sha12`, with the files that go `beside` it.

    The same version again is the same folder, and what lies beside it stays as it was.
    """
    folder = into / adapter.ref
    if folder.exists():
        read_adapter(folder, base)
    else:
        durable.make_folder(into)
        durable.remove_leftovers(into)
        _publish(_render(adapter, base, beside), base, folder)
    return folder


def export_adapter(adapter: Adapter, base: "Base", archive: Path) -> None:
    """As one file, for `import_adapter` elsewhere; unpacked, plain PEFT loads it."""
    if archive.suffix != ARCHIVE_SUFFIX:
        raise InputError(f"an adapter is exported as {ARCHIVE_SUFFIX!r}, not as {archive.name!r}")
    durable.write_file(archive, pack(_render(adapter, base, NOTHING)))


def import_adapter(source: Path, base: "Base", *, agent: str | None = None) -> Adapter:
    """An adapter from elsewhere: a folder or a `.zip`, published by us or made by plain PEFT.

    What plain PEFT made is nobody's yet, so `agent` must be given; given for ours, it renames.
    Nothing is written: `write_adapter` publishes the result.
    """
    with _naming(source), open_parts(source) as parts:
        _refuse_hard_links(source)
        ours = MANIFEST_FILE in parts.sizes
        if not ours and agent is None:
            raise AdapterForeign("it does not say whose it is: name an agent for it")
        adapter = _read_published(parts, base) if ours else _read_plain(parts, base, str(agent))
    if agent is None or agent == adapter.agent:
        return adapter
    return make_adapter(agent, base.hash, adapter.layers, rank=adapter.rank, alpha=adapter.alpha)


def linear_shapes(base: "Base") -> dict[str, Shape]:
    """What an adapter may change: path → (out, in). The output head is not among it."""
    head = base.model.get_output_embeddings()  # type: ignore[no-untyped-call]
    return {
        path: (module.out_features, module.in_features)
        for path, module in base.model.named_modules()
        if isinstance(module, nn.Linear) and module is not head
    }


def _publish(files: Mapping[str, bytes], base: "Base", folder: Path) -> None:
    """Whole and readable or not at all; who comes second finds the first one's."""
    with durable.explain_os_errors(folder):
        draft = durable.make_draft(folder.parent)
        try:
            for name, content in files.items():
                durable.write_file(draft / name, content)
            with _naming(folder), open_parts(draft) as parts:
                _read_published(parts, base)
            draft.rename(folder)
        except OSError as error:
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                raise
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        durable.sync_folder(folder.parent)


def _render(adapter: Adapter, base: "Base", beside: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files of a version; the manifest vouches for all but the card."""
    if adapter.base_hash != base.hash:
        raise AdapterForeign(f"{adapter.ref!r} was made for another base than {base.name!r}")
    _refuse_other_shapes(adapter, base)
    lora = PlainLora(adapter.rank, adapter.alpha, _targets(adapter, base))
    tensors = {
        f"{PREFIX}{path}{suffix}": tensor
        for path, pair in adapter.layers.items()
        for suffix, tensor in zip((A_SUFFIX, B_SUFFIX), pair, strict=True)
    }
    files = {
        CONFIG_FILE: render_config(lora, base.name),
        WEIGHTS_FILE: safetensors.torch.save(tensors, {"format": "pt"}),
        **beside,
    }
    manifest = Manifest(
        format=1,
        ref=adapter.ref,
        base=base.name,
        base_hash=base.hash,
        tokenizer_hash=hash_tokenizer(base),
        files={
            name: hashlib.sha256(content).hexdigest()
            for name, content in files.items()
            if name in VOUCHED
        },
        fingerprint=take_fingerprint(base, adapter),
    )
    return {**files, MANIFEST_FILE: manifest.model_dump_json(indent=2).encode()}


def _refuse_other_shapes(adapter: Adapter, base: "Base") -> None:
    linears = linear_shapes(base)
    for path, (a, b) in adapter.layers.items():
        if path not in linears:
            raise AdapterBroken(f"{adapter.ref!r} changes {path!r}, no linear module of the base")
        rows, columns = linears[path]
        if a.shape != (adapter.rank, columns) or b.shape != (rows, adapter.rank):
            raise AdapterBroken(
                f"{adapter.ref!r} has the shapes {list(a.shape)} and {list(b.shape)} at {path!r}, "
                f"the base needs {[adapter.rank, columns]} and {[rows, adapter.rank]}"
            )


def _targets(adapter: Adapter, base: "Base") -> tuple[str, ...]:
    """The modules by the ends of their paths, or by whole paths where the ends match others too."""
    ends = tuple(sorted({path.rpartition(".")[2] for path in adapter.layers}))
    if _matched(ends, linear_shapes(base)) == adapter.layers.keys():
        return ends
    return tuple(sorted(adapter.layers))


def _matched(targets: Iterable[str], paths: Iterable[str]) -> set[str]:
    """The modules that PEFT would take for these targets."""
    wanted = set(targets)
    return {path for path in paths if not wanted.isdisjoint(_ends_of(path))}


def _ends_of(path: str) -> Iterator[str]:
    """`a.b.c`, `b.c`, `c`."""
    yield path
    while "." in path:
        path = path.partition(".")[2]
        yield path


def _read_published(parts: Parts, base: "Base") -> Adapter:
    manifest = read_manifest(parts)
    _refuse_other_base(manifest, base)
    if LINEAGE_FILE in manifest.files:
        read_vouched(parts, LINEAGE_FILE, MAX_LINEAGE_BYTES, manifest.files)
    lora, layers = _read_lora(parts, base, OWN_DTYPES, manifest.files)
    agent = manifest.ref.partition("@")[0]
    adapter = make_adapter(agent, base.hash, layers, rank=lora.rank, alpha=lora.alpha)
    if adapter.ref != manifest.ref:
        raise AdapterBroken(f"its weights are not those of {manifest.ref!r}")
    refuse_other(manifest.fingerprint, take_fingerprint(base, adapter))
    return adapter


def _read_plain(parts: Parts, base: "Base", agent: str) -> Adapter:
    lora, layers = _read_lora(parts, base, DTYPES, {})
    adapter = make_adapter(agent, base.hash, layers, rank=lora.rank, alpha=lora.alpha)
    take_fingerprint(base, adapter)  # nothing to compare it with, but it must answer numbers
    return adapter


def _refuse_other_base(manifest: Manifest, base: "Base") -> None:
    if manifest.base_hash == base.hash:
        return
    same = manifest.tokenizer_hash == hash_tokenizer(base)
    raise AdapterForeign(
        f"it was made for the base {manifest.base!r} ({manifest.base_hash[:SHORT_HASH]}), here is "
        f"{base.name!r} ({base.hash[:SHORT_HASH]}) with {'the same' if same else 'another'} "
        "tokenizer: train it again on this base"
    )


def _read_lora(
    parts: Parts, base: "Base", dtypes: Collection[str], digests: Mapping[str, str]
) -> tuple[PlainLora, Layers]:
    lora = parse_config(read_vouched(parts, CONFIG_FILE, MAX_CONFIG_BYTES, digests))
    shapes = _expected(lora, base)
    content = read_vouched(parts, WEIGHTS_FILE, largest_file(shapes), digests)
    tensors = {
        name: tensor.to(torch.float32)
        for name, tensor in read_tensors(content, shapes, dtypes).items()
    }
    paths = [name.removesuffix(A_SUFFIX) for name in shapes if name.endswith(A_SUFFIX)]
    return lora, {
        path.removeprefix(PREFIX): (tensors[path + A_SUFFIX], tensors[path + B_SUFFIX])
        for path in paths
    }


def _expected(lora: PlainLora, base: "Base") -> dict[str, Shape]:
    """Exactly the tensors that a LoRA with this configuration has on this base."""
    linears = linear_shapes(base)
    for target in sorted(set(lora.targets).difference(*map(_ends_of, linears))):
        raise AdapterBroken(
            f"{CONFIG_FILE}: 'target_modules' names {target[:80]!r}, "
            f"no linear module of {base.name!r}"
        )
    shapes: dict[str, Shape] = {}
    for path in sorted(_matched(lora.targets, linears)):
        rows, columns = linears[path]
        shapes[f"{PREFIX}{path}{A_SUFFIX}"] = (lora.rank, columns)
        shapes[f"{PREFIX}{path}{B_SUFFIX}"] = (rows, lora.rank)
    return shapes


def hash_tokenizer(base: "Base") -> str:
    vocabulary = sorted(base.tokenizer.get_vocab().items())
    return hashlib.sha256(json.dumps(vocabulary).encode()).hexdigest()


def _refuse_hard_links(source: Path) -> None:
    """Another name of the same file could change it after the check."""
    for path in source.iterdir() if source.is_dir() else ():
        if path.lstat().st_nlink > 1:
            raise AdapterBroken(f"its {path.name!r} is a hard link: copy the folder")


@contextlib.contextmanager
def _naming(place: Path) -> Iterator[None]:
    """Which adapter it is, in front of why it is refused."""
    try:
        yield
    except AdapterError as error:
        raise type(error)(f"the adapter {str(place)!r} is refused: {error}") from error
