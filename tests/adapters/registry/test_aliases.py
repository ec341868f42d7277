"""One small file that many read and few replace, and the history beside it."""

import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from knowhow_adapters.registry import aliases as module
from knowhow_adapters.registry.aliases import Aliases, AliasFile
from knowhow_memory import durable
from knowhow_memory.errors import StoreBusyError, StoreDamagedError, StoreError

REFS = [f"sums@{number:012x}" for number in range(10)]


def move(file: AliasFile, ref: str) -> None:
    with file.locked() as aliases:
        file.replace(aliases, "promoted", ref, "a test", champion=ref)


def age(folder: Path) -> None:
    """As if the last move had been a second ago."""
    past = (folder / "aliases.json").stat().st_mtime - 1
    os.utime(folder / "aliases.json", (past, past))


def causes(folder: Path) -> list[tuple[int, str | None]]:
    return [(each.revision, each.ref) for each in AliasFile(folder).history()]


def test_nothing_there_is_the_bare_base(tmp_path: Path) -> None:
    assert AliasFile(tmp_path / "none").read() == Aliases()
    assert AliasFile(tmp_path / "none").history() == []
    assert not (tmp_path / "none").exists()


def test_a_reader_follows_every_move_of_another(tmp_path: Path) -> None:
    reader, writer = AliasFile(tmp_path), AliasFile(tmp_path)
    for ref in REFS:
        move(writer, ref)
        assert reader.read().champion == ref
        age(tmp_path)
        assert reader.read().champion == ref  # and remembers it from now on


def test_what_does_not_change_is_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = AliasFile(tmp_path)
    move(file, REFS[0])
    age(tmp_path)
    first = file.read()
    monkeypatch.setattr(Path, "read_bytes", lambda path: pytest.fail("it was read again"))
    assert file.read() is first


def test_a_crash_between_move_and_history_is_made_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = AliasFile(tmp_path)
    move(file, REFS[0])
    with monkeypatch.context() as patch:
        patch.setattr(AliasFile, "_append", lambda *_: None)
        move(file, REFS[1])
    assert causes(tmp_path) == [(1, REFS[0]), (2, REFS[1])]  # a reader sees it already
    move(file, REFS[2])
    assert len((tmp_path / "history.jsonl").read_text().splitlines()) == 3
    assert causes(tmp_path) == [(1, REFS[0]), (2, REFS[1]), (3, REFS[2])]


def test_a_half_written_line_is_cut_off(tmp_path: Path) -> None:
    file = AliasFile(tmp_path)
    move(file, REFS[0])
    with (tmp_path / "history.jsonl").open("ab") as history:
        history.write(b'{"revision": 2, "mo')
    assert causes(tmp_path) == [(1, REFS[0])]
    move(file, REFS[1])
    assert causes(tmp_path) == [(1, REFS[0]), (2, REFS[1])]


def test_a_move_that_happened_is_no_error_because_its_line_did_not_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = AliasFile(tmp_path)
    move(file, REFS[0])
    whole_write = durable.write_file

    def fill_the_disk_afterwards(path: Path, *chunks: bytes) -> None:
        whole_write(path, *chunks)
        monkeypatch.setattr(os, "write", refuse)

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(durable, "write_file", fill_the_disk_afterwards)
    move(file, REFS[1])
    monkeypatch.undo()
    assert file.read().champion == REFS[1]
    assert causes(tmp_path) == [(1, REFS[0]), (2, REFS[1])]


def test_damage_is_named(tmp_path: Path) -> None:
    file = AliasFile(tmp_path)
    move(file, REFS[0])
    for content in ("{", "[]", '{"champion": "../../etc/passwd"}', '{"champion": 3}'):
        (tmp_path / "aliases.json").write_text(content)
        with pytest.raises(StoreDamagedError, match=r"aliases\.json.*is damaged"):
            AliasFile(tmp_path).read()


def test_a_damaged_history_stops_no_move(tmp_path: Path) -> None:
    file = AliasFile(tmp_path)
    move(file, REFS[0])
    (tmp_path / "history.jsonl").write_text("nonsense\n")
    move(file, REFS[1])
    assert file.read().champion == REFS[1]
    with pytest.raises(StoreDamagedError, match=r"history\.jsonl.*is damaged"):
        file.history()


def test_who_finds_the_lock_taken_waits_and_then_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOCK_LIMIT_S", 0.05)
    with AliasFile(tmp_path).locked(), pytest.raises(StoreBusyError, match="another process"):
        move(AliasFile(tmp_path), REFS[0])
    move(AliasFile(tmp_path), REFS[0])


def test_threads_move_one_after_the_other(tmp_path: Path) -> None:
    files = [AliasFile(tmp_path) for _ in range(4)]
    threads = [
        threading.Thread(target=lambda file=file: [move(file, ref) for ref in REFS])
        for file in files
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [revision for revision, _ in causes(tmp_path)] == list(range(1, 41))


@pytest.mark.parametrize("refuse", [os.fsync, os.replace])
def test_a_failing_disk_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refuse: Callable[..., None]
) -> None:
    file = AliasFile(tmp_path)
    move(file, REFS[0])

    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, refuse.__name__, fail)
    with pytest.raises(StoreError, match="the disk failed"):
        move(file, REFS[1])
    monkeypatch.undo()
    assert AliasFile(tmp_path).read().champion == REFS[0]
    assert {path.name for path in tmp_path.iterdir()} == {
        ".lock",
        "aliases.json",
        "history.jsonl",
    }
