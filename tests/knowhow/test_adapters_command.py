"""`knowhow adapters`, through the real command line, on a tiny base."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from knowhow.cli import run
from knowhow_adapters.base.load import Base, load_base
from knowhow_adapters.registry.registry import Registry
from tests.adapters.registry.kit import adapter, filled, lineage, promote
from tests.adapters.test_artefact import merged_logits, peft_logits, plain_peft
from tests.adapters.tiny import tiny_folder

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")
Ask = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    return load_base(str(tiny_folder(tmp_path_factory.mktemp("bases") / "tiny")))


@pytest.fixture(autouse=True)
def place(tmp_path: Path, base: Base, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KNOWHOW_MEMORY__LOCATION", str(tmp_path / "store"))
    monkeypatch.setenv("KNOWHOW_SMALL_MODEL__BASE", str(base.folder))
    return tmp_path / "store" / "adapters"


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Ask:
    def command(*arguments: str) -> dict[str, Any]:
        assert run(["adapters", *arguments, "--json"]) == 0, capsys.readouterr().err
        document: dict[str, Any] = json.loads(capsys.readouterr().out)
        return document

    return command


def test_versions_are_listed_shown_and_moved(ask: Ask, base: Base, place: Path) -> None:
    registry, (one, two) = filled(place, base, 2)
    moved = ask("promote", one[:9])
    assert (moved["champion"], moved["previous"], moved["cause"]) == (one, None, "by hand")
    assert ask("promote", two, "--because", "it looks good")["previous"] == one
    listed = ask("list")["agents"]["sums"]
    assert [row["ref"] for row in listed["versions"]] == [two, one]
    assert [row["serves_as"] for row in listed["versions"]] == ["champion", "previous"]
    shown = ask("show", "sums")
    assert shown["ref"] == two and shown["serves_as"] == "champion"
    assert shown["lineage"]["gate"]["verdict"] == "better"
    assert [move["cause"] for move in shown["history"]] == ["trained", "it looks good"]
    assert ask("rollback", "sums")["champion"] == one
    assert registry.champion("sums") == one


def test_a_person_reads_the_same(
    ask: Ask, base: Base, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    registry, (one, two) = filled(place, base, 2)
    promote(registry, one)
    for command, said in {
        ("list",): (one, "champion", "500 outcomes", "better +0.080"),
        ("show", one): ("learning_rate", "0.001", "ahead on 19 problems", "promoted", "a test"),
        ("diff", one, two): ("data.last_seq", "501", "of 0 problems"),
        ("verify",): (one, "yes"),
        ("prune", "sums"): ("nothing to remove",),
        ("shadow", two, "--share", "0.2"): (f"sums: {one} serves, {two} on 20%",),
        ("shadow", two, "--share", "0"): (f"sums: {one} serves",),
        ("rollback", "sums"): ("the bare base serves",),
    }.items():
        assert run(["adapters", *command]) == 0, capsys.readouterr().err
        shown = capsys.readouterr().out
        assert all(word in shown for word in said), (command, shown)


def test_what_answers_otherwise_is_told_and_never_promoted(
    base: Base, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    registry, (good, bad) = filled(place, base, 2)
    promote(registry, good, bad)
    (registry.folder_of(bad) / "lineage.json").write_text("{}")
    assert run(["adapters", "verify", "--json"]) == 1
    [proof] = json.loads(capsys.readouterr().out)["verified"]
    assert (proof["ref"], proof["ok"], proof["answers"]) == (bad, False, None)
    assert "not the file that was published" in proof["reason"]
    assert run(["adapters", "rollback", "sums"]) == 0
    capsys.readouterr()
    assert run(["adapters", "promote", bad]) == 1
    assert "not the file that was published" in capsys.readouterr().err
    assert run(["adapters", "list"]) == 0
    assert "broken" in capsys.readouterr().out


def test_an_exported_version_gives_the_same_logits_in_plain_peft(
    ask: Ask, base: Base, place: Path, tmp_path: Path
) -> None:
    filled(place, base, 1)
    [ref] = Registry(place).refs("sums")
    ask("export", ref, "carried/folder")
    ask("export", ref, "carried/file.zip")
    ask("export", ref, "carried/again.zip")
    assert Path("carried/again.zip").read_bytes() == Path("carried/file.zip").read_bytes()
    theirs = peft_logits(base, tmp_path / "carried" / "folder")
    ours = merged_logits(base, adapter(base, 0, agent="sums"))
    torch.testing.assert_close(theirs, ours, rtol=1e-4, atol=1e-4)
    for source in ("carried/folder", "carried/file.zip"):
        imported = ask("import", source, "--agent", "guest")["ref"]
        assert imported == ref.replace("sums@", "guest@")
    shown = ask("show", imported)
    assert (shown["serves_as"], shown["lineage"]["origin"]) == (None, "imported")
    assert shown["lineage"]["data"] is None


def test_what_plain_peft_made_is_taken_in(ask: Ask, base: Base, tmp_path: Path) -> None:
    plain_peft(base, tmp_path / "made")
    ref = ask("import", "made", "--agent", "guest")["ref"]
    assert ask("promote", ref)["champion"] == ref
    assert ask("verify", "guest")["verified"] == [
        {"ref": ref, "base": "tiny", "ok": True, "reason": None, "answers": ref}
    ]


def test_errors_are_one_line(base: Base, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, (ref,) = filled(place, base, 1)
    (place.parent / "there").mkdir()
    for arguments, said in {
        ("show", "nobody"): "'nobody' has no champion",
        ("show", "sums@zz"): "no versions are called 'sums@zz'",
        ("list", "nobody"): "there are sums",
        ("rollback", "nobody"): "there are sums",
        ("rollback", "sums"): "no champion",
        ("promote", "../x@y"): "cannot name an agent",
        ("shadow", ref, "--share", "0.9"): "a share of up to 0.5",
        ("export", ref, str(place.parent / "there")): "is there already",
        ("import", "nothing.zip"): "no such file",
    }.items():
        assert run(["adapters", *arguments]) == 1
        error = capsys.readouterr().err
        assert said in error and error.count("\n") == 1, (arguments, error)
    assert sorted(path.name for path in place.iterdir()) == ["sums"]


def test_names_move_without_loading_a_model(base: Base, place: Path) -> None:
    registry = Registry(place)
    ref = registry.publish(adapter(base, 0, agent="sums"), base, lineage())
    promote(registry, ref)
    program = (
        "import sys; from knowhow.cli import run\n"
        "for name in (['list'], ['show', 'sums'], ['diff', 'sums', 'sums'], ['prune', 'sums'],"
        " ['rollback', 'sums']): assert run(['adapters', *name, '--json']) == 0\n"
        "heavy = {'torch', 'transformers', 'sqlalchemy', 'faiss'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", program], check=True, stdout=subprocess.DEVNULL)
    assert registry.champion("sums") is None


def test_a_purge_withdraws_what_learnt_from_it(
    base: Base, place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KNOWHOW_EMBEDDER__MODEL", "hash:16")
    registry, (one, two) = filled(place, base, 2)
    promote(registry, one, two)
    purge = ["outcome", "purge", "--principal", "user-1"]
    add = ["outcome", "add", "2 + 2?", "--arm", "sums", "--reward", "1", "--principal", "user-1"]
    assert run(add) == 0
    capsys.readouterr()
    assert run(purge) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert said == f"1 rows purged {two} had learnt from them and serves no more"
    assert registry.champion("sums") == one
    assert run([*purge, "--json"]) == 0  # nothing of theirs is left, but versions that knew it
    found = json.loads(capsys.readouterr().out)
    assert found == {"removed": 0, "learnt_from": [two], "withdrawn": []}
    assert run(["outcome", "purge", "--principal", "nobody"]) == 1
    assert "nothing to purge of 'nobody'" in capsys.readouterr().err
