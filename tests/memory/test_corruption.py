"""A damaged store is refused with the restore instruction, or answers right: never wrong."""

import random
import shutil
import sqlite3
from collections import Counter

import pytest

from knowhow_memory import derived, migrate
from knowhow_memory.database import RESTORE_HINT
from knowhow_memory.errors import KnowhowError, StoreDamagedError
from knowhow_memory.memory import Memory
from knowhow_memory.models import DecisionCreate, Fault, OutcomeCreate
from tests.conftest import EMBEDDER

FLIPS = 250
PAGE = 4096
PROBLEMS = [f"how long do {n} trains need to {place}" for n in range(12) for place in ("A", "B")]
DECISIONS = [f"{n:032x}" for n in range(6)]
RETRIES = [
    OutcomeCreate(problem=PROBLEMS[1], arm="big", reward=1.0, content_id="content 1"),
    *(OutcomeCreate(decision_id=id_, reward=0.5) for id_ in DECISIONS[:3]),
]


def fill(folder):
    """A store with everything in it that a store can hold."""
    with Memory.open(folder, embedder=EMBEDDER) as memory:
        for n, problem in enumerate(PROBLEMS):
            memory.record(
                OutcomeCreate(
                    problem=problem,
                    arm=("big", "planner::greedy")[n % 2],
                    tenant=("default", "acme")[n % 3 == 0],
                    principal=("ann", None)[n % 2],
                    reward=None if n % 7 == 0 else n / 24,
                    fault=Fault.INFRA if n % 7 == 0 else Fault.AGENT,
                    content_id=f"content {n}",
                    trajectory=[{"thought": problem * 3}] if n % 4 == 0 else None,
                )
            )
        for n, id_ in enumerate(DECISIONS):
            memory.decide(
                DecisionCreate(
                    id=id_,
                    problem=PROBLEMS[n],
                    cause="test",
                    arm="big",
                    propensity=0.5,
                    candidates=[{"arm": "big", "estimate": n / 6}],
                )
            )
            memory.record(OutcomeCreate(decision_id=id_, reward=0.5))
        ids = [outcome.id for outcome in memory.outcomes()]
        memory.undo(ids[3])
        memory.correct(ids[4], reward=0.125)
        memory.correct(ids[4], reward=0.25)
        memory.check()
        memory.derived.save()


def answers(memory, *, retries=True):
    """All that can be asked, and what a retry is told."""
    told = {"count": memory.count(), "check": memory.check().ok}
    told["outcomes"] = [o.model_dump() for o in memory.outcomes(trajectories=True)]
    told["newest"] = [o.model_dump() for o in memory.newest(5, tenant="acme")]
    for tenant in ("default", "acme"):
        told[tenant] = [o.id for o in memory.outcomes(tenant=tenant)]
        for arm in (None, "big"):
            told[f"similar {tenant} {arm}"] = [
                (found.problem, round(found.similarity, 5), sorted(o.id for o in found.outcomes))
                for found in memory.similar(PROBLEMS[5], k=6, tenant=tenant, arm=arm)
            ]
    if retries:
        told["retries"] = [receipt.model_dump() for receipt in memory.record_many(RETRIES)]
    return told


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    patched = pytest.MonkeyPatch()
    patched.setattr(derived, "SAVE_AFTER_CHANGES", 1)
    folder = tmp_path_factory.mktemp("whole") / "store"
    fill(folder)
    with Memory.open(folder, embedder=EMBEDDER) as memory:
        truth = answers(memory)
        assert memory.derived.rebuilt_because is None
    patched.undo()
    return folder, truth


class Damaged:
    """Copies of the whole store, each hurt in one way, and what became of them."""

    def __init__(self, whole, folder):
        self.folder, self.truth = whole
        self.place = folder / "damaged"
        self.fates = Counter()
        self.wrong = []
        self.retries = True

    def hurt(self, name, damage, file="knowhow.db"):
        shutil.rmtree(self.place, ignore_errors=True)
        shutil.copytree(self.folder, self.place)
        path = self.place / file
        content = bytearray(path.read_bytes())
        damage(content)
        path.write_bytes(content)
        self.ask(name)

    def ask(self, name):
        try:
            with Memory.open(self.place, embedder=EMBEDDER) as memory:
                told = answers(memory, retries=self.retries)
        except KnowhowError as error:
            fate = (
                "refused" if RESTORE_HINT in str(error) and "\n" not in str(error) else str(error)
            )
        except Exception as error:  # noqa: BLE001  it is what the caller would have got
            fate = repr(error)
        else:
            differing = [question for question in told if told[question] != self.truth[question]]
            fate = f"wrong: {differing}" if differing else "right"
        self.fates[fate if fate in ("refused", "right") else "wrong"] += 1
        if fate not in ("refused", "right"):
            self.wrong.append((name, fate))


@pytest.fixture
def damaged(whole, tmp_path):
    return Damaged(whole, tmp_path)


def flip(rng):
    def damage(content):
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)

    return damage


def cut(length):
    def damage(content):
        del content[length:]

    return damage


def zero(start):
    def damage(content):
        content[start : start + PAGE] = bytes(PAGE)

    return damage


def test_single_bits(damaged):
    rng = random.Random(1)
    for n in range(FLIPS):
        damaged.hurt(f"flip {n}", flip(rng))
    assert damaged.wrong == []
    assert damaged.fates["refused"] > FLIPS / 20
    assert damaged.fates["right"] > FLIPS / 10


def test_single_bits_in_a_store_too_large_to_be_checked_whole(damaged, monkeypatch):
    """Rows are read by key and checked. Only a retry is known by an index, which may hide it."""
    monkeypatch.setattr(migrate, "CHECKED_WHOLE_BYTES", 0)
    damaged.retries = False
    rng = random.Random(2)
    for n in range(FLIPS):
        damaged.hurt(f"flip {n}", flip(rng))
    assert damaged.wrong == []
    assert damaged.fates["refused"] > FLIPS / 20


@pytest.mark.parametrize("limit", [0, migrate.CHECKED_WHOLE_BYTES])
def test_zeroed_pages(damaged, monkeypatch, limit):
    monkeypatch.setattr(migrate, "CHECKED_WHOLE_BYTES", limit)
    size = (damaged.folder / "knowhow.db").stat().st_size
    for start in range(0, size, PAGE):
        damaged.hurt(f"zero {start}", zero(start))
    assert damaged.wrong == []
    assert damaged.fates["refused"] > damaged.fates["right"]


@pytest.mark.parametrize("limit", [0, migrate.CHECKED_WHOLE_BYTES])
def test_cut_short(damaged, monkeypatch, limit):
    monkeypatch.setattr(migrate, "CHECKED_WHOLE_BYTES", limit)
    size = (damaged.folder / "knowhow.db").stat().st_size
    rng = random.Random(3)
    lengths = [0, 1, 50, 100, PAGE - 1, PAGE, size - PAGE, size - 1]
    for length in lengths + [rng.randrange(size) for _ in range(20)]:
        damaged.hurt(f"cut {length}", cut(length))
    assert damaged.wrong == []
    assert damaged.fates["right"] == 0


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a database",
        b"SQLite format 3\0",
        bytes(100_000),
        random.Random(4).randbytes(50_000),
    ],
)
def test_garbage_in_its_place(damaged, content):
    damaged.hurt("garbage", lambda there: there.__setitem__(slice(None), content))
    assert damaged.fates == {"refused": 1}


def another_database(path):
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE cats (name TEXT)")
    connection.close()


def another_with_migrations(path):
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
        connection.execute("INSERT INTO alembic_version VALUES ('ae1027a6acf')")
    connection.close()


def without_facts(path):
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM store_fact")
    connection.close()


def without_version(path):
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM alembic_version")
    connection.close()


@pytest.mark.parametrize("make", [another_database, another_with_migrations])
def test_somebody_elses_database_in_its_place(damaged, make):
    shutil.copytree(damaged.folder, damaged.place)
    path = damaged.place / "knowhow.db"
    path.unlink()
    make(path)
    before = path.read_bytes()
    damaged.ask("another")
    assert damaged.fates == {"refused": 1}
    assert path.read_bytes() == before


@pytest.mark.parametrize("take", [without_facts, without_version])
def test_a_store_that_does_not_know_itself(damaged, take):
    shutil.copytree(damaged.folder, damaged.place)
    take(damaged.place / "knowhow.db")
    damaged.ask("another")
    assert damaged.fates == {"refused": 1}


def test_another_store_in_its_place_gives_its_own_answers(damaged, tmp_path):
    """Its caches are not those of the store that was there before."""
    with Memory.open(tmp_path / "other", embedder=EMBEDDER) as other:
        other.record(OutcomeCreate(problem="theirs", arm="big", reward=1.0))
    shutil.copytree(damaged.folder, damaged.place)
    shutil.copy(tmp_path / "other" / "knowhow.db", damaged.place / "knowhow.db")
    with Memory.open(damaged.place, embedder=EMBEDDER) as memory:
        assert [found.problem for found in memory.similar(PROBLEMS[0])] == ["theirs"]
        assert "damaged or of another store" in memory.derived.rebuilt_because
        assert memory.count() == 1
        assert memory.check().ok


def test_an_older_copy_of_the_store_gives_its_older_answers(damaged, monkeypatch):
    monkeypatch.setattr(derived, "SAVE_AFTER_CHANGES", 1)
    shutil.copytree(damaged.folder, damaged.place)
    with Memory.open(damaged.place, embedder=EMBEDDER) as memory:
        memory.record(OutcomeCreate(problem="newer", arm="big", reward=1.0))
        memory.undo(memory.newest(3)[-1].id)
        memory.check()
    shutil.copy(damaged.folder / "knowhow.db", damaged.place / "knowhow.db")
    damaged.ask("older")
    assert damaged.fates == {"right": 1}


CACHES = ["columns.bin", "index"]


def cache(folder, name):
    [path] = [path for path in folder.glob("*.bin") if path.name.startswith(name)]
    return path.name


@pytest.mark.parametrize("name", CACHES)
def test_damaged_caches_cost_time_and_nothing_else(damaged, name):
    rng = random.Random(5)
    file = cache(damaged.folder, name)
    size = (damaged.folder / file).stat().st_size
    for n in range(40):
        damaged.hurt(f"flip {n}", flip(rng), file)
    for length in (0, 1, size // 2, size - 1):
        damaged.hurt(f"cut {length}", cut(length), file)
    damaged.hurt("zeros", zero(0), file)
    assert damaged.wrong == []
    assert damaged.fates == {"right": 45}


@pytest.mark.parametrize("name", CACHES)
def test_caches_damaged_while_the_store_is_open(damaged, name):
    shutil.copytree(damaged.folder, damaged.place)
    with Memory.open(damaged.place, embedder=EMBEDDER) as memory:
        first = answers(memory, retries=False)
        (damaged.place / cache(damaged.place, name)).write_bytes(b"noise")
        assert answers(memory, retries=False) == first
    damaged.ask("afterwards")
    assert damaged.fates == {"right": 1}


def test_damage_that_comes_while_the_store_is_open_and_read(damaged):
    """What was read before is right; what is read from the damaged file is refused."""
    shutil.copytree(damaged.folder, damaged.place)
    path = damaged.place / "knowhow.db"
    with Memory.open(damaged.place, embedder=EMBEDDER) as memory:
        assert answers(memory, retries=False)["check"]
        content = bytearray(path.read_bytes())
        for start in range(PAGE, len(content), PAGE):
            zero(start)(content)
        path.write_bytes(content)
        memory.database.engine.dispose()  # another connection, without what SQLite remembers
        for ask in (lambda: list(memory.outcomes()), lambda: memory.similar(PROBLEMS[0])):
            with pytest.raises(StoreDamagedError, match="db restore"):
                ask()
