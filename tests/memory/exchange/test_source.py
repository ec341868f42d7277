"""Files as streams of records: what is a record, what is refused, and how much memory it takes."""

import gzip
import json
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowhow_memory.errors import InputError
from knowhow_memory.exchange.document import values_of
from knowhow_memory.exchange.records import Record, Refusal
from knowhow_memory.exchange.source import MAX_RECORD_BYTES, TextSource, open_source
from knowhow_memory.exchange.traces import Traces
from knowhow_memory.exchange.values import RefusedError

ROW = {"problem": "p", "arm": "a", "reward": 1}
LINE = json.dumps(ROW).encode() + b"\n"


def read(folder: Path, content: bytes, *, limit: int = MAX_RECORD_BYTES) -> list[Record | Refusal]:
    path = folder / "file"
    path.write_bytes(content)
    return list(TextSource(path, limit=limit))


def values(found: list[Record | Refusal]) -> list[object]:
    return [item.value for item in found if isinstance(item, Record)]


def refusals(found: list[Record | Refusal]) -> dict[int, str]:
    return {item.number: item.reason for item in found if isinstance(item, Refusal)}


class TestLines:
    def test_numbers_are_those_of_an_editor(self, tmp_path):
        found = read(tmp_path, LINE + b"\n  \n" + LINE)
        assert [(item.number, item.value) for item in found] == [(1, ROW), (4, ROW)]

    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            (b'{"a": \n', "invalid JSON"),
            (b'{"a": NaN}\n', "NaN is not a number"),
            (b'{"a": "\xff"}\n', "not UTF-8"),
            (b"[" * 200_000 + b"\n", "nested deeper"),
            (b'{"a": "' + b"x" * 5000 + b'"}\n', "longer than 4,000 bytes"),
            (b"\x00\x01\n", "invalid JSON"),
        ],
    )
    def test_a_bad_line_costs_itself_alone(self, tmp_path, line, reason):
        limit = 4000 if b"x" * 5000 in line else MAX_RECORD_BYTES
        found = read(tmp_path, LINE + line + LINE, limit=limit)
        assert values(found) == [ROW, ROW]
        assert list(refusals(found)) == [2]
        assert reason in refusals(found)[2]

    def test_a_bad_first_line_leaves_the_others(self, tmp_path):
        found = read(tmp_path, b'{"a": oops}\n' + LINE)
        assert values(found) == [ROW]
        assert list(refusals(found)) == [1]

    def test_no_newline_at_the_end_and_a_byte_order_mark_at_the_start(self, tmp_path):
        assert values(read(tmp_path, b"\xef\xbb\xbf" + LINE + LINE.strip())) == [ROW, ROW]

    def test_an_empty_file_has_no_records(self, tmp_path):
        assert read(tmp_path, b"") == []

    def test_a_million_characters_in_a_line_are_read(self, tmp_path):
        long = {"text": "x" * 1_000_000}
        assert values(read(tmp_path, json.dumps(long).encode())) == [long]


class TestCompressed:
    def test_known_by_content_not_by_name(self, tmp_path):
        assert values(read(tmp_path, gzip.compress(LINE * 3))) == [ROW] * 3

    @pytest.mark.parametrize("damage", ["cut", "flipped"])
    def test_what_came_before_the_damage_is_kept(self, tmp_path, damage):
        lines = b"".join(json.dumps({"n": n, "x": str(n**9)}).encode() + b"\n" for n in range(9999))
        packed = bytearray(gzip.compress(lines))
        if damage == "cut":
            del packed[len(packed) // 2 :]
        else:
            packed[-6] ^= 1
        found = read(tmp_path, bytes(packed))
        assert values(found)[0] == {"n": 0, "x": "0"}
        assert "damaged or cut off" in found[-1].reason


class TestDocuments:
    @pytest.mark.parametrize(
        "text",
        [
            json.dumps([ROW, ROW]),
            json.dumps([ROW, ROW], indent=2),
            f"{json.dumps(ROW, indent=2)}\n{json.dumps(ROW, indent=2)}",
            f"[\n{json.dumps(ROW)},\n{json.dumps(ROW)}\n]\n",
        ],
    )
    def test_every_way_to_write_two_records(self, tmp_path, text):
        assert values(read(tmp_path, text.encode())) == [ROW, ROW]

    @pytest.mark.parametrize("indent", [None, 1])
    def test_lists_of_records_inside_an_object(self, tmp_path, indent):
        document = {"cursor": {"next": None}, "runs": [{"id": 1}, {"id": 2}]}
        found = read(tmp_path, json.dumps(document, indent=indent).encode())
        runs = [run for value in values(found) for run in value["runs"]]
        assert runs == [{"id": 1}, {"id": 2}]

    def test_one_line_longer_than_a_record_is_taken_apart(self, tmp_path):
        document = {"resourceSpans": [{"n": n} for n in range(500)]}
        found = read(tmp_path, json.dumps(document).encode(), limit=1000)
        assert values(found) == [{"resourceSpans": [{"n": n}]} for n in range(500)]

    def test_an_element_that_is_too_long_ends_it(self, tmp_path):
        document = [ROW, {"text": "x" * 300_000}, ROW]
        found = read(tmp_path, json.dumps(document).encode(), limit=1000)
        assert values(found) == [ROW]
        assert "longer than 1,000" in refusals(found)[2]

    def test_a_bad_number_costs_its_record_alone(self, tmp_path):
        text = f'[{json.dumps(ROW)}, {{"a": [NaN, 1]}}, {{"a": 1e999}}, {json.dumps(ROW)}]'
        found = read(tmp_path, text.encode())
        assert values(found) == [ROW, ROW]
        assert list(refusals(found)) == [2, 3]

    @pytest.mark.parametrize(
        ("tail", "reason"),
        [
            ("", "expected one of"),
            (", {", "invalid JSON"),
            (", \x00]", "invalid JSON"),
            (f", {'[' * 100_000}", "nested deeper"),
        ],
    )
    def test_a_broken_document_keeps_what_came_before(self, tmp_path, tail, reason):
        found = read(tmp_path, f"[{json.dumps(ROW)}{tail}".encode())
        assert values(found) == [ROW]
        assert reason in refusals(found)[2]

    def test_not_utf8_in_the_middle(self, tmp_path):
        found = read(tmp_path, b"[" + LINE + b", \xff]")
        assert "not UTF-8" in found[-1].reason

    @given(
        records=st.lists(
            st.dictionaries(st.text(max_size=5), st.text(max_size=20) | st.integers(), max_size=3)
        ),
        size=st.integers(1, 40),
        indent=st.none() | st.integers(0, 3),
    )
    def test_pieces_may_end_anywhere(self, records, size, indent):
        text = json.dumps(records, indent=indent, ensure_ascii=False)
        pieces = iter([text[i : i + size] for i in range(0, len(text), size)])
        found = values_of(lambda: next(pieces, ""), 10_000)
        assert [value for value, _ in found] == records

    @given(text=st.text(alphabet='[]{}",:0123.eE-nulltruefasNI \n', max_size=60))
    def test_anything_ends(self, text):
        pieces = iter([text])
        try:
            for value, size in values_of(lambda: next(pieces, ""), 1000):
                assert size >= 0, value
        except RefusedError:
            pass


class TestFiles:
    def test_a_folder_or_nothing(self, tmp_path):
        with pytest.raises(InputError, match="no file"):
            open_source(tmp_path)
        with pytest.raises(InputError, match="no file"):
            open_source(tmp_path / "missing")

    def test_utf16_says_what_to_do(self, tmp_path):
        path = tmp_path / "file"
        path.write_text(json.dumps(ROW), encoding="utf-16")
        with pytest.raises(InputError, match="convert it to UTF-8"):
            open_source(path)

    def test_the_position_ends_at_the_size(self, tmp_path):
        path = tmp_path / "file.gz"
        path.write_bytes(gzip.compress(LINE * 1000))
        source = open_source(path)
        positions = [source.position() for _ in source]
        assert positions == sorted(positions)
        assert source.position() == source.size == path.stat().st_size


@pytest.mark.parametrize("shape", ["lines", "document"])
def test_memory_does_not_grow_with_the_file(tmp_path, shape):
    path = tmp_path / "file"
    row = json.dumps({"text": "x" * 10_000})
    with path.open("w") as file:
        file.write("[" if shape == "document" else "")
        for index in range(2000):
            file.write(("," if shape == "document" and index else "") + row + "\n")
        file.write("]" if shape == "document" else "")
    tracemalloc.start()
    try:
        assert sum(isinstance(found, Record) for found in TextSource(path)) == 2000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert path.stat().st_size > 20 * 10**6
    assert peak < 2 * 10**6


class TestTraces:
    def test_parts_come_back_by_trace_in_the_order_of_beginning(self):
        with Traces() as traces:
            for number, trace in enumerate(["b", "a", "b", "c", "a"], start=1):
                traces.add(number, trace, {"n": number})
            found = [(record.number, [part["n"] for part in record.value]) for record in traces]
        assert found == [(1, [1, 3]), (2, [2, 5]), (4, [4])]

    def test_a_trace_without_end_is_refused_alone(self):
        with Traces(limit=1000) as traces:
            for number in range(100):
                traces.add(number, "long", {"text": "x" * 50})
            traces.add(100, "short", {})
            found = list(traces)
        assert isinstance(found[0], Refusal) and found[0].number == 0
        assert isinstance(found[1], Record) and found[1].value == [{}]

    def test_half_a_character_in_an_id(self):
        with Traces() as traces:
            traces.add(1, "\ud800", {"text": "\udfff"})
            [record] = traces
        assert record.value == [{"text": "\udfff"}]
