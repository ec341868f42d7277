"""Every alteration at every door: is it refused, by name, with nothing written and nothing run?

Beside the altered adapters the unaltered one goes through the same doors and must be taken, so that
refusing everything does not count as safe.
"""

import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from knowhow.benches._adapters import random_adapter
from knowhow.benches.tampering import archives, folders, weights
from knowhow.benches.tampering.files import seal
from knowhow.benches.tampering.folders import Change
from knowhow_adapters.artefact import import_adapter, read_adapter, write_adapter
from knowhow_adapters.errors import AdapterError
from knowhow_adapters.parts import MANIFEST_FILE

if TYPE_CHECKING:
    from knowhow_adapters.base.load import Base

Pack = Callable[[archives.Files, Random, Path], bytes]

RESEALED: tuple[Change, ...] = (
    weights.claim_huge_header,
    weights.write_huge_header,
    weights.nest_header,
    weights.double_a_key,
    weights.add_metadata,
    weights.header_is_no_object,
    weights.add_tensor,
    weights.add_entry,
    weights.drop_tensor,
    weights.rename_tensor,
    weights.transpose,
    weights.flatten,
    weights.odd_shape,
    weights.odd_type,
    weights.shrink_type,
    weights.overlap,
    weights.point_outside,
    weights.odd_offsets,
    weights.leave_gap,
    weights.append,
    weights.truncate,
    weights.not_a_number,
    weights.overflow,
    folders.lose_a_file,
    folders.cut_the_configuration,
    folders.damage_the_configuration,
    folders.pickle_beside,
    folders.pickle_instead,
    folders.pickle_in_disguise,
    folders.code_beside,
    folders.stranger_beside,
)
"""Hashes and name agree again afterwards; refused also as plain PEFT's, which has none."""
UNPACKABLE: tuple[Change, ...] = (
    folders.folder_inside,
    folders.link_to_outside,
    folders.link_beside,
    folders.pipe_instead,
    folders.folder_instead,
    folders.link_to_the_folder,
)
"""More than files, so they are neither sealed nor packed."""
ONLY_FOREIGN: tuple[Change, ...] = (folders.hard_link,)
"""Refused from elsewhere; in the own store a backup may have linked a file."""
PROVED: tuple[Change, ...] = (
    weights.swap_tensors,
    weights.replace_numbers,
    folders.change_alpha,
    folders.other_base,
    folders.change_the_fingerprint,
)
"""Resealed; what is left to tell them is the base or the fingerprint."""
UNSEALED: tuple[Change, ...] = (
    weights.flip_bit,
    weights.swap_tensors,
    folders.cut_the_manifest,
)
PACKED: tuple[Pack, ...] = (
    archives.name_outside,
    archives.all_names_outside,
    archives.link_entry,
    archives.twice,
    archives.in_a_folder,
    archives.bomb,
    archives.lying_bomb,
    archives.many_entries,
    archives.encrypted,
    archives.odd_method,
    archives.pickle_entry,
    archives.entry_missing,
    archives.cut,
    archives.damaged,
    archives.not_at_the_end,
    archives.tar_in_disguise,
)

OURS, PLAIN = "ours", "plain"
"""With `knowhow.json` and without: as published here, and as plain PEFT leaves it."""
GUEST = "guest"
DOORS: dict[str, Callable[["Base", Path], object]] = {
    "read": lambda base, box: read_adapter(box / OURS / "adapter", base),
    "import": lambda base, box: import_adapter(box / OURS / "adapter", base),
    "unpack": lambda base, box: import_adapter(box / "ours.zip", base),
    "adopt": lambda base, box: import_adapter(box / PLAIN / "adapter", base, agent=GUEST),
    "unpack plain": lambda base, box: import_adapter(box / "plain.zip", base, agent=GUEST),
}
ALL, PUBLISHED = tuple(DOORS), ("read", "import", "unpack")


@dataclass(frozen=True)
class Finding:
    """How one adapter fared at one door."""

    adapter: str
    door: str
    verdict: str
    """`refused`, `taken`, or `crashed` with an error that is none of ours."""
    reason: str
    touched: tuple[str, ...]
    """What appeared, vanished or changed anywhere in the sandbox."""

    @property
    def safe(self) -> bool:
        return self.verdict == "refused" and not self.touched


@dataclass(frozen=True)
class Kind:
    name: str
    doors: tuple[str, ...]
    prepare: Callable[[Path, str], None]
    """Alters what lies in the sandbox, by a seed."""


def try_altered(
    base: "Base", count: int, seed: int, report: Callable[[str], None]
) -> list[Finding]:
    """So many altered adapters, of each kind as many as of the others."""
    kinds = [*_folder_kinds(), *(_archive_kind(pack) for pack in PACKED)]
    findings = []
    with tempfile.TemporaryDirectory() as place:
        published = write_adapter(random_adapter(base, seed), base, Path(place) / "published")
        for number in range(count):
            report(f"altered adapters: {number} of {count}")
            kind = kinds[number % len(kinds)]
            box = _fill_box(Path(place) / str(number), published)
            kind.prepare(box, f"{seed} {number}")
            name = f"{number} {kind.name}"
            findings += [_try(base, box, name, door) for door in kind.doors]
            shutil.rmtree(box)
    return findings


def try_unaltered(base: "Base", seed: int) -> list[Finding]:
    with tempfile.TemporaryDirectory() as place:
        published = write_adapter(random_adapter(base, seed), base, Path(place) / "published")
        box = _fill_box(Path(place) / "unaltered", published)
        _pack_both(box)
        return [_try(base, box, "unaltered", door) for door in DOORS]


def count_safe(findings: list[Finding]) -> int:
    """Adapters that every door refused, with nothing else happening."""
    adapters = {finding.adapter for finding in findings}
    return len(adapters - {finding.adapter for finding in findings if not finding.safe})


def _fill_box(box: Path, published: Path) -> Path:
    for shape in (OURS, PLAIN):
        shutil.copytree(published, box / shape / "adapter")
    (box / PLAIN / "adapter" / MANIFEST_FILE).unlink()
    return box


def _pack_both(box: Path) -> None:
    for shape in (OURS, PLAIN):
        shutil.make_archive(str(box / shape), "zip", box / shape / "adapter")


def _folder_kinds() -> list[Kind]:
    groups: tuple[tuple[Sequence[Change], tuple[str, ...], bool], ...] = (
        (RESEALED, ALL, True),
        (folders.CONFIG_CHANGES, ALL, True),
        (folders.MANIFEST_CHANGES, PUBLISHED, False),
        (UNPACKABLE, ("read", "import", "adopt"), False),
        (ONLY_FOREIGN, ("import", "adopt"), False),
        (PROVED, PUBLISHED, True),
        (UNSEALED, PUBLISHED, False),
    )
    return [
        Kind(change.__name__, doors, _altering(change, doors, sealed))
        for changes, doors, sealed in groups
        for change in changes
    ]


def _altering(change: Change, doors: tuple[str, ...], sealed: bool) -> Callable[[Path, str], None]:
    def prepare(box: Path, seed: str) -> None:
        change(box / OURS / "adapter", Random(seed))
        if sealed:
            seal(box / OURS / "adapter")
        if "adopt" in doors:
            change(box / PLAIN / "adapter", Random(seed))
        if "unpack" in doors:
            _pack_both(box)

    return prepare


def _archive_kind(pack: Pack) -> Kind:
    def prepare(box: Path, seed: str) -> None:
        files = {path.name: path.read_bytes() for path in (box / OURS / "adapter").iterdir()}
        (box / "ours.zip").write_bytes(pack(files, Random(seed), box))

    return Kind(pack.__name__, ("unpack",), prepare)


def _try(base: "Base", box: Path, adapter: str, door: str) -> Finding:
    before = _look_around(box.parent)
    try:
        DOORS[door](base, box)
        verdict, reason = "taken", ""
    except AdapterError as error:
        verdict, reason = "refused", str(error)
    except Exception as error:  # noqa: BLE001  whatever else comes out is the finding
        verdict, reason = "crashed", repr(error)
    touched = before ^ _look_around(box.parent)
    return Finding(adapter, door, verdict, reason, tuple(sorted(path for path, *_ in touched)))


def _look_around(place: Path) -> set[tuple[str, int, int, int]]:
    """Everything in the sandbox; a pickle that ran would leave its mark here, too."""
    found = set()
    for path in place.rglob("*"):
        status = path.lstat()
        found.add((str(path), status.st_mode, status.st_size, status.st_mtime_ns))
    return found
