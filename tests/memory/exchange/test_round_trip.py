"""Export and import on real stores: what goes out comes back, once, and nothing else changes."""

import contextlib
import gzip
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowhow_memory.errors import InputError, StoreFullError
from knowhow_memory.exchange import importer
from knowhow_memory.exchange.export import export_file, export_lines
from knowhow_memory.exchange.importer import Tally, examine, import_file
from knowhow_memory.exchange.records import Wishes
from knowhow_memory.memory import Memory
from knowhow_memory.models import DecisionCreate, Fault, OutcomeCreate, OutcomePublic
from tests.memory.exchange import samples

SUFFIXES = (".jsonl", ".jsonl.gz", ".parquet")
STORE_KEEPS = {"id", "seq", "event", "recorded_at"}
"""What a store says about an outcome that another store cannot take over."""
tenants = (f"tenant {number}" for number in itertools.count())


@pytest.fixture(scope="module")
def here(tmp_path_factory) -> Iterator[Memory]:
    with Memory.open(tmp_path_factory.mktemp("here"), embedder="hash:64") as memory:
        yield memory


@pytest.fixture(scope="module")
def there(tmp_path_factory) -> Iterator[Memory]:
    with Memory.open(tmp_path_factory.mktemp("there"), embedder="hash:64") as memory:
        yield memory


@pytest.fixture
def memory(tmp_path) -> Iterator[Memory]:
    with Memory.open(tmp_path / "store", embedder="hash:64") as memory:
        yield memory


def take(memory: Memory, path: Path, **options: Any) -> Tally:
    tally = Tally()
    wishes = Wishes(**options.pop("wishes", {}))
    import_file(path, memory, wishes=wishes, tally=tally, **options)
    return tally


def content(outcome: OutcomePublic) -> dict[str, Any]:
    facts = outcome.model_dump(exclude=STORE_KEEPS)
    facts["content_id"] = outcome.content_id or outcome.id
    return facts


def contents(memory: Memory, tenant: str | None = None) -> list[dict[str, Any]]:
    return [content(outcome) for outcome in memory.outcomes(tenant=tenant, trajectories=True)]


def without_times(memory: Memory, tenant: str) -> list[dict[str, Any]]:
    """Where a record says no time, the moment of the import is taken."""
    return [facts | {"occurred_at": None} for facts in contents(memory, tenant)]


def write_lines(path: Path, records: list[Any]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
name = text.filter(str.strip)
number = st.floats(0, 1e9)
leaf = st.none() | st.booleans() | st.integers() | text | number
steps = st.lists(
    st.dictionaries(text, leaf | st.lists(leaf, max_size=3), max_size=3), min_size=1, max_size=3
)
facts = st.fixed_dictionaries(
    {"problem": name, "arm": name, "verified_by": name},
    optional={
        "task": text,
        "principal": name,
        "source": text,
        "cost": number,
        "latency_s": number,
        "tokens_in": st.integers(0, 2**31 - 1),
        "tokens_out": st.integers(0, 2**31 - 1),
        "big_model": text,
        "adapter_version": text,
        "occurred_at": number,
        "trajectory": steps,
    },
)
verdicts = st.floats(0, 1).map(lambda reward: {"reward": reward}) | st.just({"fault": Fault.INFRA})
propensities = st.none() | st.floats(0.001, 1)


@st.composite
def histories(draw) -> list[dict[str, Any]]:
    """What may happen in a store: outcomes, some of decisions, some corrected, some undone."""
    return [
        {
            "outcome": draw(facts) | draw(verdicts),
            "decided": draw(st.booleans()),
            "propensity": draw(propensities),
            "named": draw(st.booleans()),
            "after": draw(st.sampled_from(["", "", "correct", "undo"])),
        }
        for _ in range(draw(st.integers(1, 5)))
    ]


def live(memory: Memory, tenant: str, history: list[dict[str, Any]]) -> None:
    for index, happened in enumerate(history):
        new = happened["outcome"] | {"tenant": tenant}
        if happened["named"]:
            new["content_id"] = f"own {index}"
        if happened["decided"]:
            decision = DecisionCreate(
                problem=new["problem"],
                tenant=tenant,
                cause="test",
                arm=new["arm"],
                propensity=happened["propensity"],
            )
            new["decision_id"] = memory.decide(decision).id
        receipt = memory.record(OutcomeCreate(**new))
        if happened["after"] == "correct":
            memory.correct(receipt.id, reward=0.5, fault=Fault.AGENT)
        elif happened["after"] == "undo":
            memory.undo(receipt.id)


@pytest.mark.parametrize("suffix", SUFFIXES)
@settings(max_examples=25, deadline=None)
@given(history=histories())
def test_export_then_import_is_identity_on_live_outcomes(
    here, there, tmp_path_factory, suffix, history
):
    tenant = next(tenants)
    live(here, tenant, history)
    path = tmp_path_factory.mktemp("export") / f"outcomes{suffix}"
    written = export_file(here, path, tenant=tenant)
    expected = contents(here, tenant)
    assert written == len(expected)

    first = take(there, path)
    assert (first.outcomes, first.duplicates, first.refused) == (written, 0, 0)
    assert contents(there, tenant) == expected

    again = take(there, path)
    assert (again.outcomes, again.duplicates) == (0, written)
    home = take(here, path)
    assert (home.outcomes, home.duplicates) == (0, written)
    assert contents(there, tenant) == contents(here, tenant) == expected


ROWS = {
    "own": [samples.OWN | {"problem": f"problem {n}"} for n in range(6)],
    "matrix": [samples.MATRIX | {"id": n, "problem": f"problem {n}"} for n in range(6)],
    "chat": [samples.CHAT | {"created": n + 1} for n in range(6)],
    "toucan": [samples.PLAIN | {"problem": f"problem {n}"} for n in range(6)],
    "langsmith": [samples.LANGSMITH[1] | {"id": f"r{n}", "trace_id": f"r{n}"} for n in range(6)],
    "otel": [
        samples.otlp(*(span | {"traceId": f"t{n}"} for span in samples.CURRENT_SPANS))
        for n in range(6)
    ],
}
BAD_LINES = ["{", '{"problem": "no arm", "reward": 1}', '{"messages": []}', "[1, 2]", "null", ""]


@pytest.mark.parametrize("kind", ROWS)
@settings(max_examples=15, deadline=None)
@given(data=st.data(), packed=st.booleans())
def test_any_prefix_and_then_the_whole_is_the_whole(
    here, there, tmp_path_factory, kind, data, packed
):
    """Also a prefix that ends in the middle of a line, and among lines that are refused."""
    folder = tmp_path_factory.mktemp("prefix")
    lines = [json.dumps(row) for row in ROWS[kind]]
    for bad in data.draw(st.lists(st.sampled_from(BAD_LINES), max_size=4)):
        lines.insert(data.draw(st.integers(1, len(lines))), bad)
    whole = "\n".join(lines).encode()
    prefix = whole[: data.draw(st.integers(0, len(whole)))]
    pack = gzip.compress if packed else bytes
    (folder / "prefix").write_bytes(pack(prefix))
    (folder / "whole").write_bytes(pack(whole))

    tenant = {"tenant": next(tenants)}
    straight = take(here, folder / "whole", wishes=tenant)
    with contextlib.suppress(InputError):  # so short that nothing tells the format
        take(there, folder / "prefix", wishes=tenant)
    rest = take(there, folder / "whole", wishes=tenant)

    assert without_times(there, **tenant) == without_times(here, **tenant)
    assert rest.outcomes + rest.duplicates == straight.outcomes > 0
    assert rest.refused == straight.refused


class TestImport:
    def test_bad_rows_are_counted_by_reason_with_their_lines(self, memory, tmp_path):
        good = json.dumps(samples.OWN)
        lines = [
            good,
            '{"problem": "x", "arm": "a"}',
            '{"problem": "x", "arm": "a", "reward": NaN}',
            '{"problem": "x", "arm": "a", "reward": 3}',
            '{"problem": "x", "arm": "a", "reward": -2}',
            '{"problem": "", "arm": "a", "reward": 1}',
            '{"problem": "x", "arm": "a"}',
            "{" * 100,
            json.dumps({"problem": "y" * 1_000_001, "arm": "a", "reward": 1}),
            json.dumps({"problem": "y" * 1_000_002, "arm": "a", "reward": 1}),
            json.dumps({"problem": "a\0b", "arm": "a", "reward": 1}),
            json.dumps({"problem": "\ud800", "arm": "a", "reward": 1}),
        ]
        path = tmp_path / "rows"
        path.write_text("\n".join(lines))
        tally = take(memory, path)
        assert (tally.records, tally.outcomes, tally.refused) == (12, 1, 11)
        found = {reason.text: reason.numbers for reason in tally.reasons.values()}
        assert [2, 7] in found.values()
        assert found["the problem has 1,000,001 bytes; the limit is 1,000,000"] == [9, 10]
        assert len(tally.reasons) == 9
        assert contents(memory)[0]["problem"] == samples.OWN["problem"]
        assert memory.count() == 1

    def test_reasons_are_bounded(self, memory, tmp_path):
        """Names with an apostrophe are quoted in another way, so each is a reason by itself."""
        rows = [samples.OWN | {"x" * (n + 1) + "'": 1} for n in range(200)]
        tally = take(memory, write_lines(tmp_path / "rows", rows))
        assert tally.refused == sum(reason.count for reason in tally.reasons.values()) == 200
        assert len(tally.reasons) == importer.MAX_REASONS + 1

    def test_a_row_the_memory_refuses_costs_itself_alone(self, memory, tmp_path):
        decision = memory.decide(
            DecisionCreate(problem="d", cause="test", arm="a", tenant="somebody else")
        )
        rows = [samples.OWN | {"problem": f"p{n}"} for n in range(20)]
        rows[7] |= {"decision_id": decision.id}
        tally = take(memory, write_lines(tmp_path / "rows", rows))
        assert (tally.outcomes, tally.refused) == (19, 1)
        [reason] = tally.reasons.values()
        assert reason.numbers == [8] and "no decision" in reason.text

    def test_a_matrix_row_is_taken_whole_or_not_at_all(self, memory, tmp_path):
        bad = samples.MATRIX | {"id": 2, "arms": {"direct": {"reward": 1}, "steps": {"reward": 7}}}
        tally = take(memory, write_lines(tmp_path / "rows", [samples.MATRIX, bad]))
        assert (tally.format, tally.outcomes, tally.refused) == ("matrix", 2, 1)

    def test_spans_of_a_trace_may_lie_anywhere(self, memory, tmp_path):
        requests = [
            samples.otlp(span | {"traceId": trace})
            for span in samples.CURRENT_SPANS
            for trace in ("t1", "t2", "t3")
        ]
        take(memory, write_lines(tmp_path / "rows", requests))
        found = contents(memory)
        assert len(found) == 3
        assert all(len(outcome["trajectory"]) == 4 for outcome in found)

    def test_a_format_by_name(self, memory, tmp_path):
        path = write_lines(tmp_path / "rows", [samples.CHAT])
        tally = take(memory, path, format_name="toucan", wishes={"arm": "a"})
        assert tally.format == "toucan" and tally.outcomes == 1
        with pytest.raises(InputError, match="no format 'csv'"):
            take(memory, path, format_name="csv")

    def test_nothing_tells_the_format(self, memory, tmp_path):
        with pytest.raises(InputError, match="--format"):
            take(memory, write_lines(tmp_path / "rows", [{"a": 1}]))

    @pytest.mark.parametrize("content", ["", "\n\n", "nonsense\n{"])
    def test_files_without_a_record(self, memory, tmp_path, content):
        path = tmp_path / "rows"
        path.write_text(content)
        assert take(memory, path).outcomes == 0

    def test_an_undone_outcome_does_not_come_back(self, memory, tmp_path):
        path = write_lines(tmp_path / "rows", [samples.OWN])
        take(memory, path)
        [outcome] = memory.outcomes()
        memory.undo(outcome.id)
        assert take(memory, path).duplicates == 1
        assert memory.count() == 0


class Stopping:
    """A memory whose process is interrupted, or whose disk is full, after some batches."""

    def __init__(self, memory: Memory, error: BaseException, after: int) -> None:
        self.memory, self.error, self.left = memory, error, after

    def record_many(self, outcomes, *, decisions=()):
        if not self.left:
            raise self.error
        self.left -= 1
        return self.memory.record_many(outcomes, decisions=decisions)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), StoreFullError("no space left")])
def test_a_stopped_import_goes_on_where_it_was(memory, tmp_path, monkeypatch, error):
    monkeypatch.setattr(importer, "BATCH_OUTCOMES", 10)
    path = write_lines(tmp_path / "rows", [samples.OWN | {"problem": str(n)} for n in range(95)])
    tally = Tally()
    with pytest.raises(type(error)):
        import_file(path, Stopping(memory, error, after=4), wishes=Wishes(), tally=tally)
    assert tally.outcomes == memory.count() == 40
    rest = take(memory, path)
    assert (rest.outcomes, rest.duplicates) == (55, 40)
    assert memory.count() == 95


def test_a_batch_ends_at_its_bytes_too(memory, tmp_path, monkeypatch):
    monkeypatch.setattr(importer, "BATCH_BYTES", 1000)
    rows = [samples.OWN | {"problem": f"{n} " + "x" * 600} for n in range(6)]
    stopping = Stopping(memory, KeyboardInterrupt(), after=1)
    with pytest.raises(KeyboardInterrupt):
        import_file(write_lines(tmp_path / "r", rows), stopping, wishes=Wishes(), tally=Tally())
    assert memory.count() == 2


def test_a_dry_run_says_the_same_and_writes_nothing(memory, tmp_path):
    path = write_lines(tmp_path / "rows", [samples.MATRIX, {"arms": {}}, samples.MATRIX])
    dry = Tally()
    examine(path, wishes=Wishes(), tally=dry)
    assert (dry.outcomes, dry.refused, memory.count()) == (4, 1, 0)
    assert [outcome.arm for outcome in dry.first] == ["direct", "steps", "direct"]
    wet = take(memory, path)
    assert (wet.outcomes + wet.duplicates, wet.reasons) == (dry.outcomes, dry.reasons)


class TestExport:
    def test_the_same_store_gives_the_same_bytes(self, memory, tmp_path):
        memory.record(OutcomeCreate(**samples.OWN))
        for suffix in SUFFIXES:
            one, two = tmp_path / f"one{suffix}", tmp_path / f"two{suffix}"
            export_file(memory, one)
            export_file(memory, two)
            assert one.read_bytes() == two.read_bytes()

    def test_an_empty_store(self, memory, tmp_path):
        for suffix in SUFFIXES:
            path = tmp_path / f"none{suffix}"
            assert export_file(memory, path) == 0
            assert take(memory, path).records == 0

    def test_one_tenant(self, memory, tmp_path):
        for tenant in ("a", "b"):
            memory.record(OutcomeCreate(**samples.OWN, tenant=tenant))
        assert export_file(memory, tmp_path / "a.jsonl", tenant="a") == 1

    def test_a_stream(self, memory, tmp_path):
        memory.record(OutcomeCreate(**samples.OWN))
        with (tmp_path / "lines").open("wb") as file:
            assert export_lines(memory, file) == 1
        assert take(memory, tmp_path / "lines").duplicates == 1

    def test_the_old_file_stays_when_it_fails(self, memory, tmp_path):
        class Failing:
            def outcomes(self, **_: Any) -> Iterator[OutcomePublic]:
                yield from memory.outcomes()
                raise StoreFullError("no more")

        memory.record(OutcomeCreate(**samples.OWN))
        for suffix in SUFFIXES:
            path = tmp_path / f"old{suffix}"
            path.write_text("old")
            with pytest.raises(StoreFullError):
                export_file(Failing(), path)
            assert path.read_text() == "old"
        assert not list(tmp_path.glob(".knowhow-tmp-*"))

    def test_where_it_cannot_be_written(self, memory, tmp_path):
        with pytest.raises(InputError, match="existing folder"):
            export_file(memory, tmp_path)
        with pytest.raises(InputError, match="existing folder"):
            export_file(memory, tmp_path / "missing" / "x.jsonl")
        with pytest.raises(InputError, match="no export format"):
            export_file(memory, tmp_path / "x", format_name="csv")


class TestParquet:
    def test_foreign_tables(self, memory, tmp_path):
        import pyarrow
        import pyarrow.parquet

        columns = {key for run in samples.LANGSMITH for key in run}
        texts = {"inputs", "outputs", "extra"}
        runs = [
            {key: json.dumps(run.get(key)) if key in texts else run.get(key) for key in columns}
            for run in samples.LANGSMITH
        ]
        path = tmp_path / "runs.parquet"
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(runs), path)
        tally = take(memory, path)
        assert (tally.format, tally.unit, tally.outcomes) == ("langsmith", "row", 1)
        [found] = contents(memory)
        assert (found["reward"], found["big_model"]) == (0.75, "big-2")

    def test_nan_in_a_table_is_nothing(self, memory, tmp_path):
        import pyarrow
        import pyarrow.parquet

        rows = [samples.OWN | {"cost": float("nan")}, samples.OWN | {"reward": float("nan")}]
        path = tmp_path / "rows.parquet"
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path)
        tally = take(memory, path)
        assert (tally.outcomes, tally.refused) == (1, 1)

    @pytest.mark.parametrize("keep", [4, 100, -200])
    def test_a_damaged_table(self, memory, tmp_path, keep):
        for n in range(50):
            memory.record(OutcomeCreate(**samples.OWN | {"problem": f"{n}"}))
        path = tmp_path / "rows.parquet"
        export_file(memory, path)
        path.write_bytes(path.read_bytes()[:keep])
        with pytest.raises(InputError, match="not a readable Parquet file"):
            take(memory, path)
