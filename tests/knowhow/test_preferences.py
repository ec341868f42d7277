"""What specialists' adapters think of their strategies reaches the router, and costs nothing where
nobody thinks."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from knowhow.benches._adapters import random_adapter
from knowhow.cli import run
from knowhow.know import Know
from knowhow.settings import Settings, load_settings
from knowhow.store import adapters_folder
from knowhow_adapters.base.load import load_base
from knowhow_adapters.registry.lineage import PREFERS, Lineage
from knowhow_adapters.registry.registry import Registry
from tests.adapters.tiny import tiny_folder

ARMS = ["sorter::add", "sorter::mul", "sorter::sub", "sorter", "big model", "b@d::add", "b@d::mul"]
SORTERS = ARMS[:3]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    for key, value in {
        "MEMORY__LOCATION": str(tmp_path / "store"),
        "EMBEDDER__MODEL": "hash:16",
        "SMALL_MODEL__BASE": str(tiny_folder(tmp_path / "base")),
    }.items():
        monkeypatch.setenv(f"KNOWHOW_{key}", value)
    return load_settings()


def promote(settings: Settings, seed: int, *, prefers: bool) -> None:
    base, registry = load_base(settings.small_model.base), Registry(adapters_folder(settings))
    adapter = random_adapter(base, seed, agent="sorter")
    lineage = Lineage(origin="trained", settings={PREFERS: prefers})
    ref = registry.publish(adapter, base, lineage)
    seen = registry.aliases("sorter").revision
    registry.promote("sorter", ref, expect_revision=seen, cause="a test")


def test_a_champion_that_prefers_is_heard_from_the_next_question_on(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with Know(settings) as know:
        assert know.route("trace 1", arms=ARMS).opinion == {}
        promote(settings, 0, prefers=True)
        first = know.route("trace 1", arms=ARMS).opinion
        assert sorted(first) == sorted(SORTERS)
        assert sum(first.values()) == pytest.approx(1.0)
        assert know.route("expert 2", arms=ARMS).opinion != first
        assert know.route("trace 1", arms=ARMS[2:]).opinion == {}  # one alone is no choice
        promote(settings, 1, prefers=True)
        second = know.route("trace 1", arms=ARMS).opinion
        assert sorted(second) == sorted(SORTERS) and second != first
        promote(settings, 2, prefers=False)
        assert know.route("trace 1", arms=ARMS).opinion == {}
    assert caplog.text == ""


def test_it_is_shown_beside_the_candidates(
    settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    promote(settings, 0, prefers=True)
    asked = ["route", "trace 1", "--explain", *(f"--arm={arm}" for arm in ARMS[1:4])]
    assert run(asked) == 0
    assert "opinion" in capsys.readouterr().out
    assert run([*asked, "--json"]) == 0
    thought = json.loads(capsys.readouterr().out)["opinion"]
    assert sorted(thought) == SORTERS[1:]


def test_a_version_that_is_damaged_is_not_heard(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    promote(settings, 0, prefers=True)
    [weights] = adapters_folder(settings).glob("sorter/versions/*/*.safetensors")
    weights.write_bytes(b"damaged")
    with Know(settings) as know:
        assert know.route("trace 1", arms=ARMS).opinion == {}
    assert "decided without an opinion" in caplog.text


def test_opinions_can_be_switched_off(settings: Settings) -> None:
    promote(settings, 0, prefers=True)
    settings.router.opinions = False
    with Know(settings) as know:
        assert know.route("trace 1", arms=ARMS).opinion == {}


def test_where_nobody_prefers_no_model_is_loaded(settings: Settings) -> None:
    promote(settings, 0, prefers=False)
    program = (
        "import knowhow, sys; know = knowhow.open();"
        "know.route('x', arms=['sorter::add', 'sorter::mul', 'other::a', 'other::b']);"
        "know.close(); sys.exit('torch' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
