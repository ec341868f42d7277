"""Every command and example in the pages is run, and every file they point to is there."""

import re
import shlex
from pathlib import Path

import pytest

from knowhow import benches, evals
from knowhow.cli import run
from knowhow.measuring import summaries
from knowhow.settings import load_settings

ROOT = Path(__file__).parents[2]
ROOMS = ("memory", "router", "adapters", "agents", "knowhow")
PAGES = ["README.md", *(f"{room}/README.md" for room in ROOMS)]


@pytest.fixture(autouse=True)
def own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KNOWHOW_MEMORY__LOCATION", str(tmp_path / "store"))
    monkeypatch.setenv("KNOWHOW_EMBEDDER__MODEL", "hash:64")


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", (ROOT / page).read_text(), re.M | re.S)


@pytest.mark.parametrize("page", PAGES)
def test_python_examples_run(page: str) -> None:
    examples = blocks(page, "python")
    assert examples
    for example in examples:
        exec(compile(example, page, "exec"), {})


def test_commands_run_in_their_order(capsys: pytest.CaptureFixture[str]) -> None:
    commands = [
        line.removeprefix("$ ")
        for block in blocks("README.md", "console")
        for line in block.splitlines()
        if line.startswith("$ ")
    ]
    assert commands
    for command in commands:
        program, *arguments = shlex.split(command)
        assert program == "knowhow"
        assert run(arguments) == 0, f"{command}: {capsys.readouterr().err}"


def test_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for line in "".join(blocks("README.md", "sh")).splitlines():
        program, target, *_ = line.split()
        assert program == "make"
        assert f"\n{target}:" in makefile


def test_settings_example_is_valid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KNOWHOW_MEMORY__LOCATION")
    monkeypatch.delenv("KNOWHOW_EMBEDDER__MODEL")
    [example] = blocks("README.md", "toml")
    (tmp_path / "knowhow.toml").write_text(example.replace("# budget", "budget"))
    settings = load_settings()
    assert settings.router.budget == 0.001
    assert settings.big_model.providers["local"].model == "openai/big-planner"
    assert settings.embedder.model == "all-MiniLM-L6-v2"


@pytest.mark.parametrize("page", ["README.md", "docs/measured.md"])
def test_what_figures_come_from_can_be_run(page: str) -> None:
    measured = re.findall(r"`knowhow (bench|eval) ([\w-]+)", (ROOT / page).read_text())
    known = {"bench": summaries(benches), "eval": summaries(evals)}
    assert measured
    assert [(kind, name) for kind, name in measured if name not in known[kind]] == []


@pytest.mark.parametrize(
    "page", [*PAGES, "CONTRIBUTING.md", "docs/replay.md", "docs/measured.md", "demos/README.md"]
)
def test_links_lead_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", (ROOT / page).read_text()):
        assert ((ROOT / page).parent / target).exists(), f"{page} points to {target}"
