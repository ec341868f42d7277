"""The folder of one version, looked at without loading it: what it claims, whether it is whole, and
its way elsewhere.

Knows nothing about which version serves.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from knowhow_adapters.errors import AdapterBroken, AdapterError
from knowhow_adapters.manifest import (
    MAX_LINEAGE_BYTES,
    Manifest,
    read_manifest,
    read_vouched,
)
from knowhow_adapters.parts import ARCHIVE_SUFFIX, LINEAGE_FILE, Parts, open_parts, pack
from knowhow_adapters.registry.lineage import Lineage, parse_lineage
from knowhow_memory import durable
from knowhow_memory.errors import ConflictError


@dataclass(frozen=True)
class Version:
    ref: str
    folder: Path
    manifest: Manifest
    lineage: Lineage


def look(folder: Path) -> Version:
    """What the version says of itself; its weights are not read."""
    return _read(folder, whole=False)


def check(folder: Path) -> Version:
    """The same, once every file is the one that was published."""
    return _read(folder, whole=True)


def copy(folder: Path, target: Path) -> None:
    """All its files as a new folder, or as one file if the target's name says so; whole or not."""
    if target.exists():
        raise ConflictError(f"{str(target)!r} is there already: choose another place")
    with open_parts(folder) as parts:
        files = {name: bytes(parts.read(name, size)) for name, size in parts.sizes.items()}
    durable.make_folder(target.parent)
    if target.suffix == ARCHIVE_SUFFIX:
        durable.write_file(target, pack(files))
        return
    with durable.explain_os_errors(target):
        draft = durable.make_draft(target.parent)
        try:
            for name, content in files.items():
                durable.write_file(draft / name, content)
            draft.rename(target)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        durable.sync_folder(target.parent)


def _read(folder: Path, *, whole: bool) -> Version:
    try:
        with open_parts(folder) as parts:
            manifest = read_manifest(parts)
            if manifest.ref != folder.name:
                raise AdapterBroken(f"it holds {manifest.ref!r}")
            if whole:
                _check_files(parts, manifest)
            content = read_vouched(parts, LINEAGE_FILE, MAX_LINEAGE_BYTES, manifest.files)
            return Version(folder.name, folder, manifest, parse_lineage(content))
    except AdapterError as error:
        raise type(error)(f"the version {folder.name!r} cannot serve: {error}") from error


def _check_files(parts: Parts, manifest: Manifest) -> None:
    for name in manifest.files.keys() & parts.sizes.keys():
        read_vouched(parts, name, parts.sizes[name], manifest.files)
    if missing := sorted(manifest.files.keys() - parts.sizes.keys()):
        raise AdapterBroken(f"it lacks {missing[0]!r}")
