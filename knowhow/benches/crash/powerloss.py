"""Power cuts, computed: what would the store be if only synced data had reached the disk?

One process uses a store while everything it asks of the disk is written down, together with what
its clients were promised. Then, for a moment in that record, the disk is laid out as a power cut
could have left it, and the real code opens it. Leaving out the syncs of one kind shows what each
of them is good for, and that this bench would notice.
"""

import hashlib
import random
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from multiprocessing.connection import Connection
from pathlib import Path

from knowhow.benches.crash.clients import EMBEDDER, Client
from knowhow.benches.crash.disk import KEPT, SECTOR, Disk, Fate
from knowhow.benches.crash.inspection import inspect
from knowhow.benches.crash.ledger import Findings, Ledger, Note
from knowhow.benches.crash.operations import Kind, Operation, Role
from knowhow.benches.crash.processes import end, received, start
from knowhow.benches.crash.taps import Recorder, observe
from knowhow_memory import derived
from knowhow_memory.backup import backup
from knowhow_memory.durable import write_file
from knowhow_memory.errors import InternalError
from knowhow_memory.memory import Memory


@dataclass(frozen=True)
class Kept:
    """A file that was promised to stay as it is: a backup, or what `write_file` wrote."""

    path: Path
    digest: bytes

    @classmethod
    def of(cls, path: Path) -> "Kept":
        return cls(path, hashlib.sha256(path.read_bytes()).digest())


Record = Sequence[Operation | Note | Kept]

STORE = "store"
"""Made by the recorded process itself, inside a folder that is there already."""
SHARED_MEMORY = "-shm"
"""SQLite maps this file and never syncs it: it is worth nothing after a power cut."""
ACTIONS = 60
THREADS = 3
FATES = (
    Fate(kept=0.0),
    Fate(kept=0.5),
    Fate(kept=0.5, torn=True),
    Fate(kept=0.9, torn=True),
)


class Sync(StrEnum):
    """What a sync is for. A commit syncs the journal three times: the old pages, then how many they
    are (from here on they would be played back), and its end (from here on they would not)."""

    DATABASE = "database"
    JOURNAL_CONTENT = "journal_content"
    JOURNAL_COUNT = "journal_count"
    JOURNAL_END = "journal_end"
    JOURNAL_FOLDER = "journal_folder"
    OWN_FILE = "own_file"
    OWN_FOLDER = "own_folder"


SYNCS = {
    (Kind.SYNC, Role.DATABASE): Sync.DATABASE,
    (Kind.SYNC_FOLDER, Role.JOURNAL): Sync.JOURNAL_FOLDER,
    (Kind.SYNC, Role.OWN): Sync.OWN_FILE,
    (Kind.SYNC_FOLDER, Role.OWN): Sync.OWN_FOLDER,
}
JOURNAL_COUNT_BYTES = 12
"""SQLite's magic number and the count; all else at a journal's start is written with its header."""


@dataclass
class Tally:
    runs: int = 0
    confirmations: int = 0
    findings: Findings = field(default_factory=Findings)


def record_use(folder: Path, *, seed: int) -> Record:
    """What one process asked of the disk below `folder` and promised to its clients."""
    process, pipe = start(_use, folder, seed)
    messages = received(pipe)
    if end(process) or not messages:
        raise InternalError("the recorded process failed: its complaint is on stderr")
    record: Record = messages[0]
    assert_complete(record, folder)
    return record


def assert_complete(record: Record, folder: Path) -> None:
    """With nothing lost, the record must give exactly the files that are there."""
    disk = Disk(folder)
    disk.follow(step for step in record if isinstance(step, Operation))
    disk.cut_power(KEPT)
    expected = {path: bytes(disk.contents[file]) for path, file in disk.names.items() if file > 0}
    found = {
        path: path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith(SHARED_MEMORY)
    }
    if expected != found:
        differing = [p.name for p in expected.keys() | found if expected.get(p) != found.get(p)]
        raise InternalError(f"the record of the disk is incomplete: {sorted(differing)}")


def cut_power_repeatedly(
    record: Record,
    folder: Path,
    *,
    runs: int,
    seed: int,
    report: Callable[[str], None],
    until_noticed: bool = False,
) -> Tally:
    rng = random.Random(seed)
    tally = Tally()
    for run in range(runs):
        fate = replace(FATES[run % len(FATES)], seed=rng.randrange(2**32))
        end = rng.randrange(1, len(record) + 1)
        ledger, findings = cut_power(record[:end], folder, fate)
        tally.runs += 1
        tally.confirmations += ledger.confirmations
        tally.findings.add(findings)
        report(f"power cut {tally.runs} of {runs}")
        if until_noticed and findings:
            break
    return tally


def without(sync: Sync, record: Record) -> Record:
    """As if nobody had asked for this kind of sync any more once the store was in use."""
    in_use = next(number for number, step in enumerate(record) if isinstance(step, Note))
    kinds = kinds_of_sync(record)
    return [
        step
        for number, step in enumerate(record)
        if number < in_use or kinds.get(number) is not sync
    ]


def essential_syncs(record: Record) -> set[Sync]:
    """Those that something depends on.

    The journal's old pages are synced again together with their count; what SQLite's first sync
    adds is order between the two, and its checksums stand in for that.
    """
    asked_for = set(kinds_of_sync(record).values())
    return asked_for - {Sync.JOURNAL_CONTENT} if Sync.JOURNAL_COUNT in asked_for else asked_for


def kinds_of_sync(record: Record) -> dict[int, Sync]:
    """Which steps are syncs, and of which kind."""
    kinds: dict[int, Sync] = {}
    of_journal = Sync.JOURNAL_CONTENT
    for number, step in enumerate(record):
        match step:
            case Operation(Kind.SYNC, Role.JOURNAL):
                kinds[number] = of_journal
            case Operation(Kind.TRUNCATE, Role.JOURNAL):
                of_journal = Sync.JOURNAL_END
            case Operation(Kind.WRITE, Role.JOURNAL):
                is_count = step.offset == 0 and len(step.data) == JOURNAL_COUNT_BYTES
                of_journal = Sync.JOURNAL_COUNT if is_count else Sync.JOURNAL_CONTENT
            case Operation(Kind.SYNC | Kind.SYNC_FOLDER as kind, role):
                kinds[number] = SYNCS[kind, role]
    return kinds


def cut_power(record: Record, folder: Path, fate: Fate) -> tuple[Ledger, Findings]:
    """The last step of the record was the last one before the light went out."""
    disk, ledger = Disk(folder), Ledger()
    disk.follow(step for step in record if isinstance(step, Operation))
    disk.cut_power(fate)
    for step in record:
        if isinstance(step, Note):
            ledger.take(step)
    with tempfile.TemporaryDirectory(dir=folder.parent) as place:
        image = Path(place) / "image"
        disk.write_to(image)
        lost = [
            step.path.name
            for step in record
            if isinstance(step, Kept) and not is_kept(step, image / step.path.relative_to(folder))
        ]
        findings = inspect(image / STORE, ledger)
    findings.lost += lost
    return ledger, findings


def is_kept(promise: Kept, path: Path) -> bool:
    return path.exists() and Kept.of(path).digest == promise.digest


def _use(pipe: Connection, folder: Path, seed: int) -> None:
    """First alone, so that each commit stands for itself; then with others in one commit."""
    derived.SAVE_AFTER_CHANGES = 1  # so that a small store saves its index, too
    recorder = Recorder()
    observe(recorder, folder)
    memory = Memory.open(folder / STORE, embedder=EMBEDDER)

    def keep_files(number: int) -> None:
        copy, note = folder / "backups" / f"{number}.db", folder / f"note-{number}"
        backup(memory.database, copy)
        recorder.note(Kept.of(copy))
        write_file(note, copy.name.encode() * SECTOR)
        recorder.note(Kept.of(note))

    def work(client: Client) -> None:
        for _ in range(ACTIONS):
            client.act()
        memory.check()
        memory.derived.save()

    work(Client(memory, recorder.note, f"alone-{seed}"))
    keep_files(1)
    clients = [Client(memory, recorder.note, f"together-{seed}-{n}") for n in range(THREADS)]
    threads = [threading.Thread(target=work, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    keep_files(2)
    memory.close()
    pipe.send(recorder.steps)
