"""What a disk may hold after a power cut, given everything that was asked of it before.

Only this is sure: the content a file had when it was last synced, and the names a folder had when
it was last synced. What came later is up to a `Fate`: lost, kept or torn at sector borders, each
operation by itself and in no order. That is harsher than most file systems are. Pure: knows
neither SQLite nor the store.
"""

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from knowhow.benches.crash.operations import Kind, Operation

SECTOR = 512
FOLDER = -1
"""The identity that stands for "this name is a folder"."""


@dataclass
class Fate:
    """What becomes of the operations nobody synced; `torn` decides sector by sector."""

    kept: float
    torn: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        self._rng = random.Random(self.seed)

    def keeps(self) -> bool:
        return self._rng.random() < self.kept

    def parts(self, operation: Operation) -> Iterator[tuple[int, bytes]]:
        """The pieces of an unsynced write that reached the disk."""
        if not self.torn:
            if self.keeps():
                yield operation.offset, operation.data
            return
        start, end = operation.offset, operation.offset + len(operation.data)
        while start < end:
            border = min(end, (start // SECTOR + 1) * SECTOR)
            if self.keeps():
                yield start, operation.data[start - operation.offset : border - operation.offset]
            start = border

    def filling(self, amount: int) -> bytes:
        """What stands where a file grew and nothing was written: anything, if all goes wrong."""
        return self._rng.randbytes(amount) if self.torn else bytes(amount)


@dataclass
class Disk:
    """Follows operations, keeping apart what is sure and what is not."""

    folder: Path
    names: dict[Path, int] = field(default_factory=dict)
    contents: dict[int, bytearray] = field(default_factory=lambda: defaultdict(bytearray))
    unsure_names: dict[Path, list[Operation]] = field(default_factory=lambda: defaultdict(list))
    unsure_contents: dict[int, list[Operation]] = field(default_factory=lambda: defaultdict(list))

    def follow(self, operations: Iterable[Operation]) -> None:
        for operation in operations:
            match operation.kind:
                case Kind.WRITE | Kind.TRUNCATE:
                    self.unsure_contents[operation.file].append(operation)
                case Kind.SYNC:
                    self._settle_content(operation.file, KEPT)
                case Kind.SYNC_FOLDER:
                    self._settle_names(operation.path, KEPT)
                case _:
                    changed = operation.target or operation.path
                    self.unsure_names[changed.parent].append(operation)

    def cut_power(self, fate: Fate) -> None:
        for file in list(self.unsure_contents):
            self._settle_content(file, fate)
        for folder in list(self.unsure_names):
            self._settle_names(folder, fate)

    def write_to(self, target: Path) -> None:
        """Lay the image out; what is below a folder that got lost is lost with it."""
        target.mkdir(parents=True)
        for path, file in sorted(self.names.items()):
            place = target / path.relative_to(self.folder)
            if not place.parent.is_dir():
                continue
            if file == FOLDER:
                place.mkdir()
            else:
                place.write_bytes(self.contents[file])

    def _settle_content(self, file: int, fate: Fate) -> None:
        content = self.contents[file]
        for operation in self.unsure_contents.pop(file, ()):
            if operation.kind is Kind.TRUNCATE:
                if fate.keeps():
                    resize(content, operation.size, fate)
                continue
            for offset, data in fate.parts(operation):
                if len(content) < offset:
                    resize(content, offset, fate)
                content[offset : offset + len(data)] = data

    def _settle_names(self, folder: Path, fate: Fate) -> None:
        for operation in self.unsure_names.pop(folder, ()):
            if not fate.keeps():
                continue
            match operation.kind:
                case Kind.CREATE:
                    self.names[operation.path] = operation.file
                case Kind.MAKE_FOLDER:
                    self.names[operation.path] = FOLDER
                case Kind.DELETE | Kind.REMOVE_FOLDER:
                    self.names.pop(operation.path, None)
                case Kind.RENAME | Kind.LINK:
                    assert operation.target is not None
                    if operation.kind is Kind.RENAME:
                        self.names.pop(operation.path, None)
                    self.names[operation.target] = operation.file


KEPT = Fate(kept=1.0)


def resize(content: bytearray, size: int, fate: Fate) -> None:
    if size < len(content):
        del content[size:]
    else:
        content += fate.filling(size - len(content))
