import sqlite3
from itertools import pairwise
from pathlib import Path

import pytest

from knowhow.benches import durability
from knowhow.benches.crash.crowd import Answer, overtaken
from knowhow.benches.crash.disk import SECTOR, Disk, Fate
from knowhow.benches.crash.failpoints import Point, mishaps_at
from knowhow.benches.crash.inspection import inspect, integrity_faults
from knowhow.benches.crash.ledger import Ledger, Note
from knowhow.benches.crash.operations import Kind, Operation, Role
from knowhow.benches.crash.powerloss import (
    Sync,
    assert_complete,
    essential_syncs,
    kinds_of_sync,
    without,
)
from knowhow.benches.crash.scenario import LEAVER, STEPS, Life, portrait
from knowhow.benches.crash.taps import Mishap
from knowhow.benches.crash.vfs import library_of_sqlite3
from knowhow_memory.errors import InternalError, KnowhowError
from knowhow_memory.memory import Memory
from knowhow_memory.models import OutcomeCreate

FOLDER = Path("/disk")
FILE = FOLDER / "file"
NOTHING_KEPT, EVERYTHING_KEPT = Fate(kept=0.0), Fate(kept=1.0)


@pytest.fixture(scope="module")
def figures():
    try:
        library_of_sqlite3()
    except KnowhowError as error:
        pytest.skip(str(error))
    return durability.run(quick=True, report=lambda line: None)


def test_nothing_is_lost_whatever_happens(figures):
    assert figures.values["ok"], figures.notes
    counted = ("lost", "returned", "duplicates", "halves", "damage", "faults", "errors")
    wrong = {key: n for key, n in figures.values.items() if key.endswith(counted) and n}
    assert not wrong


def test_enough_happened_to_say_so(figures):
    values = figures.values
    assert values["kills.count"] >= durability.QUICK.kills
    assert values["kills.acknowledged"] > 50
    assert values["failpoints.points"] >= 60
    assert values["failpoints.crashes"] >= 20
    assert values["failpoints.refusals"] >= 10
    assert values["failing_disk.refusals"] >= 1
    assert values["power_loss.runs"] == durability.QUICK.cuts
    assert values["power_loss.acknowledged"] > 500
    assert values["crowd.rows"] == 32 * durability.QUICK.outcomes
    assert values["crowd.consecutive"]


@pytest.mark.parametrize("sync", durability.QUICK.omissions)
def test_a_sync_left_out_is_noticed(figures, sync):
    assert figures.values[f"omissions.{sync}.noticed"]


class TestDisk:
    def image(self, *operations, fate=NOTHING_KEPT):
        disk = Disk(FOLDER)
        disk.follow(operations)
        disk.cut_power(fate)
        return {path.name: bytes(disk.contents[file]) for path, file in disk.names.items()}

    def asked(self, kind, path=FILE, file=1, **more):
        return Operation(kind, Role.OWN, path, file, **more)

    def created(self):
        return [self.asked(Kind.CREATE), self.asked(Kind.SYNC_FOLDER, FOLDER)]

    def test_what_was_synced_stays(self):
        write = self.asked(Kind.WRITE, data=b"content")
        sync = self.asked(Kind.SYNC)
        assert self.image(*self.created(), write, sync) == {"file": b"content"}

    def test_a_write_without_a_sync_is_lost(self):
        assert self.image(*self.created(), self.asked(Kind.WRITE, data=b"x")) == {"file": b""}

    def test_a_synced_file_without_a_synced_name_is_lost(self):
        write, sync = self.asked(Kind.WRITE, data=b"content"), self.asked(Kind.SYNC)
        assert self.image(self.asked(Kind.CREATE), write, sync) == {}

    def test_a_rename_needs_its_folder_synced(self):
        rename = self.asked(Kind.RENAME, target=FOLDER / "new")
        assert self.image(*self.created(), rename).keys() == {"file"}
        assert self.image(*self.created(), rename, fate=EVERYTHING_KEPT).keys() == {"new"}

    def test_a_deleted_file_comes_back(self):
        delete = self.asked(Kind.DELETE)
        assert self.image(*self.created(), delete).keys() == {"file"}
        assert self.image(*self.created(), delete, self.asked(Kind.SYNC_FOLDER, FOLDER)) == {}

    def test_a_shortened_file_is_long_again(self):
        write, sync = self.asked(Kind.WRITE, data=b"content"), self.asked(Kind.SYNC)
        shorten = self.asked(Kind.TRUNCATE, size=3)
        assert self.image(*self.created(), write, sync, shorten) == {"file": b"content"}
        assert self.image(*self.created(), write, sync, shorten, sync) == {"file": b"con"}

    def test_a_write_is_torn_at_sectors_only(self):
        write = self.asked(Kind.WRITE, offset=100, data=b"x" * 4 * SECTOR)
        lengths = set()
        for seed in range(50):
            content = self.image(*self.created(), write, fate=Fate(0.5, torn=True, seed=seed))
            lengths.add(len(content["file"]))
        assert lengths == {0, *(n * SECTOR for n in range(1, 5)), 100 + 4 * SECTOR}

    def test_the_image_is_laid_out_with_its_folders(self, tmp_path):
        disk = Disk(FOLDER)
        inner = FOLDER / "inner"
        disk.follow(
            [
                self.asked(Kind.MAKE_FOLDER, inner),
                self.asked(Kind.CREATE, inner / "file"),
                self.asked(Kind.WRITE, data=b"content"),
                self.asked(Kind.CREATE, FOLDER / "lost" / "file", file=2),
            ]
        )
        disk.cut_power(EVERYTHING_KEPT)
        disk.write_to(tmp_path / "image")
        files = [path for path in (tmp_path / "image").rglob("*") if path.is_file()]
        assert [path.relative_to(tmp_path / "image") for path in files] == [Path("inner/file")]

    def test_an_incomplete_record_is_refused(self, tmp_path):
        file = tmp_path / "file"
        file.write_bytes(b"content")
        create = Operation(Kind.CREATE, Role.OWN, file, 1)
        write = Operation(Kind.WRITE, Role.OWN, file, 1, data=b"content")
        assert_complete([create, write], tmp_path)
        with pytest.raises(InternalError, match="file"):
            assert_complete([create], tmp_path)


class TestSyncs:
    CHANGES = (
        Operation(Kind.WRITE, Role.JOURNAL, FILE, data=b"h" * SECTOR),
        Operation(Kind.SYNC, Role.JOURNAL, FILE),
        Operation(Kind.WRITE, Role.JOURNAL, FILE, data=b"c" * 12),
        Operation(Kind.SYNC, Role.JOURNAL, FILE),
        Operation(Kind.SYNC, Role.DATABASE, FILE),
        Operation(Kind.TRUNCATE, Role.JOURNAL, FILE),
        Operation(Kind.SYNC, Role.JOURNAL, FILE),
    )

    def test_the_syncs_of_a_commit_are_told_apart(self):
        assert kinds_of_sync(self.CHANGES) == {
            1: Sync.JOURNAL_CONTENT,
            3: Sync.JOURNAL_COUNT,
            4: Sync.DATABASE,
            6: Sync.JOURNAL_END,
        }

    def test_only_the_one_is_left_out_and_only_once_the_store_is_in_use(self):
        record = [*self.CHANGES, Note("client", 1, {}), *self.CHANGES]
        left = without(Sync.DATABASE, record)
        assert left == [*self.CHANGES, record[7], *self.CHANGES[:4], *self.CHANGES[5:]]

    def test_a_log_that_is_synced_once_depends_on_that(self):
        assert essential_syncs(self.CHANGES[:2]) == {Sync.JOURNAL_CONTENT}
        assert Sync.JOURNAL_CONTENT not in essential_syncs(self.CHANGES)


class TestLedger:
    @pytest.fixture
    def ledger(self):
        ledger = Ledger()
        ledger.take(Note("client", 1, {"a": 0.5}))
        ledger.take(Note("client", 1))
        return ledger

    def wrong(self, ledger, *stored):
        return {name for name, found in vars(ledger.compare(stored)).items() if found}

    def test_a_promise_kept(self, ledger):
        assert not ledger.compare([("a", 0.5)])

    @pytest.mark.parametrize(
        ("stored", "wrong"),
        [
            ([], "lost"),
            ([("a", 0.25)], "lost"),
            ([("a", 0.5), ("a", 0.5)], "duplicates"),
            ([("a", 0.5), ("stranger", 1.0)], "returned"),
        ],
    )
    def test_a_promise_broken(self, ledger, stored, wrong):
        assert self.wrong(ledger, *stored) == {wrong}

    def test_what_was_undone_must_not_return(self, ledger):
        ledger.take(Note("client", 2, {"a": None}))
        ledger.take(Note("client", 2))
        assert not self.wrong(ledger)
        assert self.wrong(ledger, ("a", 0.5)) == {"returned"}

    def test_an_open_change_is_made_whole_or_not_at_all(self, ledger):
        ledger.take(Note("client", 2, {"b": 1.0, "c": 1.0}))
        assert not self.wrong(ledger, ("a", 0.5))
        assert not self.wrong(ledger, ("a", 0.5), ("b", 1.0), ("c", 1.0))
        assert self.wrong(ledger, ("a", 0.5), ("b", 1.0)) == {"halves"}
        assert self.wrong(ledger, ("a", 0.5), ("b", 1.0), ("c", 0.9)) == {"halves"}

    def test_a_later_word_decides_what_was_open(self, ledger):
        ledger.take(Note("client", 2, {"a": 0.75}))
        ledger.take(Note("client", 3, {"a": None}))
        ledger.take(Note("client", 3))
        assert not self.wrong(ledger)
        assert self.wrong(ledger, ("a", 0.75)) == {"returned"}

    def test_after_a_crash_the_store_has_the_last_word(self, ledger):
        ledger.take(Note("client", 2, {"a": 0.75}))
        ledger.settle([("a", 0.75)])
        assert self.wrong(ledger, ("a", 0.5)) == {"lost"}


class TestInspection:
    @pytest.fixture
    def store(self, tmp_path):
        with Memory.open(tmp_path, embedder="hash:64") as memory:
            for name in ("a", "b"):
                memory.record(OutcomeCreate(problem=name, arm="x", reward=0.5, content_id=name))
        return tmp_path

    def ledger(self, **promised):
        return Ledger(confirmed=dict(promised))

    def test_a_good_store(self, store):
        assert not inspect(store, self.ledger(a=0.5, b=0.5))

    def test_a_missing_outcome(self, store):
        assert inspect(store, self.ledger(a=0.5, b=0.5, c=0.5)).lost == ["c"]

    def test_a_row_that_went(self, store):
        with sqlite3.connect(store / "knowhow.db") as connection:
            connection.execute("DELETE FROM outcome WHERE content_id = 'b'")
        connection.close()
        assert inspect(store, self.ledger(a=0.5, b=0.5)).damage

    def test_an_index_entry_that_went(self, store):
        database = store / "knowhow.db"
        assert integrity_faults(database) == []
        with sqlite3.connect(database) as connection:
            connection.execute("PRAGMA writable_schema=ON")
            connection.execute("DELETE FROM sqlite_master WHERE name LIKE 'ix_outcome%'")
        connection.close()
        assert integrity_faults(database)

    def test_damage_that_only_the_database_shows(self, store):
        with sqlite3.connect(store / "knowhow.db") as connection:
            connection.execute(
                "INSERT INTO problem (tenant_id, digest, text) VALUES (99, 'd', 't')"
            )
        connection.close()
        assert inspect(store, self.ledger(a=0.5, b=0.5)).damage


class TestScenario:
    def test_each_step_shows_in_the_portrait_or_leaves_it_alone(self, tmp_path):
        life = Life(tmp_path)
        seen = [portrait(tmp_path)]
        for step in STEPS:
            step(life)
            seen.append(portrait(tmp_path))
        unchanged = {
            step.__name__
            for step, (before, after) in zip(STEPS, pairwise(seen), strict=True)
            if before == after
        }
        assert unchanged == {"save_index", "close"}

    def test_two_lives_give_the_same_portraits(self, tmp_path):
        lives = [Life(tmp_path / name) for name in ("one", "other")]
        for life in lives:
            life.folder.mkdir()
            for step in STEPS:
                step(life)
        assert len({portrait(life.folder) for life in lives}) == 1

    def test_what_was_purged_is_in_no_file(self, tmp_path):
        life = Life(tmp_path)
        for step in STEPS:
            step(life)
            if step is Life.purge:
                break
        life.memory.close()
        store = [path for path in (tmp_path / "store").rglob("*") if path.is_file()]
        assert store
        assert not [path for path in store if LEAVER.encode() in path.read_bytes()]


def test_mishaps_that_cannot_be_are_left_out():
    folder_sync = Point(0, 1, Role.JOURNAL, Kind.SYNC_FOLDER)
    assert set(mishaps_at(folder_sync)) == {Mishap.CRASH_BEFORE, Mishap.CRASH_AFTER}
    assert set(mishaps_at(Point(0, 1, Role.DATABASE, Kind.WRITE))) == set(Mishap)
    assert Mishap.DISK_FULL not in mishaps_at(Point(0, 1, Role.OWN, Kind.DELETE))


def test_a_number_given_out_too_early_is_counted():
    first, second = Answer(0.0, 1.0, seq=1), Answer(2.0, 3.0, seq=2)
    overlapping = Answer(0.5, 2.5, seq=3)
    assert overtaken([first, second, overlapping]) == 0
    assert overtaken([Answer(0.0, 1.0, seq=2), Answer(2.0, 3.0, seq=1)]) == 1
