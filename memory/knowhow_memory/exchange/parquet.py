"""Parquet files: tables of outcomes written, and tables of anything read row by row.

Needs the `parquet` extra. Trajectories are kept as JSON text in one column, because their steps
have no common shape. Reading turns every cell into plain JSON, so formats see the same as in lines.
"""

import json
import math
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

from knowhow_memory.errors import InputError, MissingExtraError
from knowhow_memory.exchange.records import Record, Refusal
from knowhow_memory.exchange.values import Json, RefusedError, check_depth

ROWS_AT_ONCE = 256
"""Few enough that rows with long trajectories fit in memory together."""


def pyarrow() -> Any:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtraError(
            "Parquet needs a package: pip install 'knowhow[parquet]'"
        ) from error
    return pyarrow


class TableSource:
    """The rows of a Parquet file as records."""

    unit = "row"

    def __init__(self, path: Path) -> None:
        self._arrow = pyarrow()
        self.size = path.stat().st_size
        self._done = 0
        try:
            self._file = self._arrow.parquet.ParquetFile(path)
        except (self._arrow.ArrowException, OSError) as error:
            raise InputError(f"{str(path)!r} is not a readable Parquet file") from error
        self._rows = int(self._file.metadata.num_rows)

    def position(self) -> int:
        return self.size * self._done // max(self._rows, 1)

    def __iter__(self) -> Iterator[Record | Refusal]:
        self._done = 0
        try:
            for batch in self._file.iter_batches(batch_size=ROWS_AT_ONCE):
                size = batch.nbytes // max(batch.num_rows, 1)
                for row in batch.to_pylist():
                    self._done += 1
                    yield _record(self._done, row, size)
        except (self._arrow.ArrowException, OSError):
            yield Refusal(self._done + 1, "the Parquet file is damaged from here")


def _record(number: int, row: Json, size: int) -> Record | Refusal:
    try:
        return Record(number, check_depth(plain(row)), size)
    except RefusedError as error:
        return Refusal(number, str(error))


def plain(cell: Any) -> Json:
    """JSON for what a table may hold; a NaN is how tables write that nothing is there."""
    match cell:
        case dict():
            return {str(key): plain(value) for key, value in cell.items()}
        case list() | tuple():
            return [plain(value) for value in cell]
        case float():
            return cell if math.isfinite(cell) else None
        case None | str() | bool() | int():
            return cell
        case datetime() | date():
            return cell.isoformat()
        case Decimal():
            return plain(float(cell))
        case bytes():
            return _text(cell)
        case _:
            return str(cell)


def _text(cell: bytes) -> str:
    try:
        return cell.decode()
    except UnicodeDecodeError:
        raise RefusedError("not UTF-8") from None


class TableWriter:
    """Writes exported rows as a Parquet table, a row group at a time."""

    def __init__(self, file: BinaryIO) -> None:
        arrow = pyarrow()
        text, number, count = arrow.string(), arrow.float64(), arrow.int64()
        required = {"id": text, "seq": count, "event": text, "tenant": text, "problem": text}
        required |= {"arm": text, "fault": text, "verified_by": text, "content_id": text}
        required |= {"occurred_at": number, "recorded_at": number}
        optional = {"task": text, "reward": number, "principal": text, "source": text}
        optional |= {"decision_id": text, "propensity": number, "cost": number}
        optional |= {"latency_s": number, "tokens_in": count, "tokens_out": count}
        optional |= {"big_model": text, "adapter_version": text, "trajectory": text}
        fields = [arrow.field(name, kind, nullable=False) for name, kind in required.items()]
        fields += [arrow.field(name, kind) for name, kind in optional.items()]
        self._arrow = arrow
        self._schema = arrow.schema(fields)
        self._writer = arrow.parquet.ParquetWriter(file, self._schema, compression="zstd")

    def write(self, rows: Sequence[dict[str, Any]]) -> None:
        flat = [
            row | {"trajectory": json.dumps(row["trajectory"])} if "trajectory" in row else row
            for row in rows
        ]
        self._writer.write_table(self._arrow.Table.from_pylist(flat, schema=self._schema))

    def close(self) -> None:
        self._writer.close()
