"""The folder of one version, looked at without loading it: what it claims, and whether it is whole.

Knows nothing about which version serves.
"""

from dataclasses import dataclass
from pathlib import Path

from knowhow_adapters.errors import AdapterBroken, AdapterError
from knowhow_adapters.manifest import (
    MAX_LINEAGE_BYTES,
    Manifest,
    read_manifest,
    read_vouched,
)
from knowhow_adapters.parts import LINEAGE_FILE, Parts, open_parts
from knowhow_adapters.registry.lineage import Lineage, parse_lineage


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
