"""The bench of the gate: its rewards are as stated, its doors are real, its checks can fail."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from knowhow.benches import _unfit
from knowhow.benches import gate as bench
from knowhow.benches._rewards import (
    CHAMPION,
    CORRELATION,
    FROZEN_ONES,
    Kind,
    draw_pairs,
    draw_rewards,
    everywhere,
    mean_gain,
    one_slice,
)
from knowhow_adapters import gate
from knowhow_adapters.adapter import Adapter
from knowhow_adapters.base.load import Base, load_base
from knowhow_adapters.errors import AdapterError
from knowhow_adapters.gate import FROZEN, Pair
from tests.adapters.tiny import tiny_folder

N = 40_000


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    return load_base(str(tiny_folder(tmp_path_factory.mktemp("bases") / "tiny")))


@pytest.fixture(scope="module")
def other(base: Base, tmp_path_factory: pytest.TempPathFactory) -> Base:
    return _unfit.write_other_base(base, tmp_path_factory.mktemp("bases") / "other")


@pytest.mark.parametrize("graded", [False, True])
def test_rewards_are_as_stated(graded: bool) -> None:
    rng = np.random.default_rng(0)
    kind = Kind((0.1,), graded=graded)
    old, new = draw_rewards(rng, np.full(N, 0.7), np.full(N, 0.1), kind)
    assert old.mean() == pytest.approx(0.7, abs=0.01)
    assert new.mean() == pytest.approx(0.8, abs=0.01)
    assert np.corrcoef(old, new)[0, 1] == pytest.approx(CORRELATION, abs=0.02)
    assert set(np.unique(old)) == ({0, 0.25, 0.5, 0.75, 1} if graded else {0, 1})


def test_pairs_are_as_stated() -> None:
    pairs = draw_pairs(np.random.default_rng(0), one_slice(-0.2, 0.1), N)
    frozen = [pair for pair in pairs if FROZEN in pair.slices]
    assert len(frozen) == FROZEN_ONES
    assert mean_gain(pairs) == pytest.approx(one_slice(-0.2, 0.1).worth, abs=0.01)
    middle = len(CHAMPION) // 2
    for pattern, accuracy in enumerate(CHAMPION):
        of_it = [pair for pair in pairs if f"pattern:{pattern}" in pair.slices]
        gain = -0.2 if pattern == middle else 0.1
        assert len(of_it) == N // len(CHAMPION)
        assert np.mean([pair.champion for pair in of_it]) == pytest.approx(accuracy, abs=0.02)
        assert mean_gain(of_it) == pytest.approx(gain, abs=0.02)


def test_another_base_differs_in_nothing_but_its_numbers(base: Base, other: Base) -> None:
    assert other.hash != base.hash
    assert other.model.config.hidden_size == base.model.config.hidden_size


def test_unfit_adapters_are_refused_at_every_door_and_plain_peft_takes_them(
    base: Base, other: Base, tmp_path: Path
) -> None:
    assert _unfit.refuse_nan(base, tmp_path / "nan", 1)
    assert _unfit.refuse_other_base(base, other, tmp_path / "base", 1)
    assert _unfit.take_sound(base, tmp_path / "sound", 1)
    folders = [*(tmp_path / "nan").iterdir(), *(tmp_path / "base" / "honest").iterdir()]
    assert _unfit.plain_peft_takes(base, folders) == [True, True]
    assert _unfit.plain_peft_takes(base, [tmp_path / "nothing"]) == [False]


@pytest.mark.parametrize(
    ("door", "asleep"),
    [
        ("write_adapter", lambda adapter, base, into: into),
        ("read_adapter", lambda folder, base: None),
    ],
)
def test_one_door_that_sleeps_is_noticed(
    base: Base,
    other: Base,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    door: str,
    asleep: Callable[..., object],
) -> None:
    real = getattr(_unfit, door)

    def dozing(subject: Adapter | Path, base: Base, *more: Path) -> object:
        try:
            return real(subject, base, *more)
        except AdapterError:
            return asleep(subject, base, *more)

    monkeypatch.setattr(_unfit, door, dozing)
    assert not _unfit.refuse_nan(base, tmp_path / "nan", 1)
    assert not _unfit.refuse_other_base(base, other, tmp_path / "base", 1)


def test_a_gate_that_believes_in_nan_is_noticed(
    base: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Pair, "__post_init__", lambda pair: None)
    assert not _unfit.refuse_nan(base, tmp_path, 1)


def test_a_trial_knows_its_controls() -> None:
    better, worse = (
        bench._try(np.random.default_rng(0), everywhere(gain), 300) for gain in (0.3, -0.3)
    )
    assert (better.promoted, better.if_higher, better.sign_test, better.peeking) == (True,) * 4
    assert (worse.promoted, worse.if_higher, worse.sign_test, worse.peeking) == (False,) * 4


def test_looking_often_finds_what_is_not_there() -> None:
    rng = np.random.default_rng(0)
    trials = [bench._try(rng, bench.SAME, 300) for _ in range(40)]
    assert sum(t.peeking for t in trials) > sum(t.sign_test for t in trials)
    assert sum(t.sign_test for t in trials) <= 5


def test_signs_are_deceived_by_lopsided_rewards() -> None:
    rng = np.random.default_rng(0)
    trials = [bench._judge_all(bench._draw_lopsided(rng, 300), 0.0) for _ in range(20)]
    assert all(trial.sign_test for trial in trials)
    assert not any(trial.promoted for trial in trials)


def test_a_life_goes_where_its_policy_leads() -> None:
    def live(promotes: Callable[[list[Pair], float], bool]) -> tuple[float, int]:
        return bench._live(np.random.default_rng(3), promotes)

    first = bench.FIRST_ACCURACY
    best, never = live(lambda pairs, change: change > 0)
    worst, often = live(lambda pairs, change: change < 0)
    assert worst < first < best
    assert never == 0 < often
    assert live(lambda pairs, change: False) == (first, 0)
    assert first <= live(lambda pairs, change: gate.judge(pairs).promotes)[0] <= best


def test_a_retrained_adapter_still_solves_most_of_what_it_solved() -> None:
    rng = np.random.default_rng(0)
    old = np.arange(bench.HELD_OUT) % 2 == 0
    many = [bench._retrain(rng, old, 0.5, 0.6) for _ in range(100)]
    assert np.mean(many) == pytest.approx(0.6, abs=0.01)
    agreement = np.mean([np.corrcoef(old, new)[0, 1] for new in many])
    assert agreement == pytest.approx(CORRELATION, abs=0.02)


def test_the_whole_bench(base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("EACH", "EQUAL", "BETTER", "MANY", "MOST", "LIVES"):
        monkeypatch.setattr(bench, f"QUICK_{name}", 2)
    monkeypatch.setattr(bench, "SIZES", (60,))
    monkeypatch.setattr("knowhow.benches._base.load_bench_base", lambda: base)
    document = bench.run(seed=0, quick=True, report=lambda text: None).document()
    assert document["figures"]["worse.refused"]["n"] == 10
    assert document["figures"]["worse.refused"]["mean"] == 1.0
    assert document["figures"]["worse.nan.plain_peft_takes"]["mean"] == 1.0
    assert document["figures"]["sound.taken"]["mean"] == 1.0
    assert document["figures"]["better.promoted"]["n"] == 2
