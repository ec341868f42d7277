"""TRL in place of the own loop, where it is installed; and what is said where it is not."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from knowhow_adapters.learn.loop import Backend, Learner, Specialist
from knowhow_adapters.learn.objective import Objective
from knowhow_adapters.learn.train import Job, Settings, train
from knowhow_adapters.learn.trl_backend import train_with_trl
from knowhow_adapters.registry.registry import Registry
from knowhow_memory.errors import InputError
from knowhow_memory.memory import Memory
from tests.adapters.learn.kit import examples, tiny_base
from tests.adapters.learn.test_loop import AGENT, TERMS, record

JOB = Job("sorter", examples(24), settings=Settings(epochs=4, rate=1e-2))
pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
"""Of the libraries about one another."""


def test_without_the_package_it_is_said_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "trl", None)
    with pytest.raises(InputError, match=r"pip install 'knowhow\[train\]'"):
        train_with_trl(tiny_base(), [JOB], tmp_path)


def test_it_learns_what_the_own_loop_learns_and_tells_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("trl", reason="needs the extra 'train'")
    from huggingface_hub.utils import _telemetry

    sent: list[object] = []
    monkeypatch.setattr(_telemetry._TELEMETRY_QUEUE, "put", sent.append)
    base, told = tiny_base(), []
    [own] = train(base, [JOB], tmp_path / "own")
    [found] = train_with_trl(base, [JOB], tmp_path, report=lambda *said: told.append(said))
    assert sent == []
    assert found.adapter is not None and found.adapter.agent == "sorter" and own.adapter
    assert found.adapter.layers.keys() == own.adapter.layers.keys()
    # The same start and the same tokens; the rows come in another order.
    assert found.losses[0] == pytest.approx(own.losses[0], rel=0.1)
    assert found.losses[-1] == pytest.approx(own.losses[-1], rel=0.5)
    assert (told[-1][:2], len(told)) == ((12, 12), 12)
    [again] = train_with_trl(base, [JOB], tmp_path)
    assert again.adapter and again.adapter.ref == found.adapter.ref
    [later] = train_with_trl(base, [replace(JOB, start=found.adapter)], tmp_path)
    assert later.losses[0] < found.losses[0]
    assert not any(parameter.requires_grad for parameter in base.model.parameters())
    assert not any("lora" in name for name, _ in base.model.named_modules())


def test_what_it_trained_goes_the_same_way_to_the_registry(tmp_path: Path) -> None:
    pytest.importorskip("trl", reason="needs the extra 'train'")
    terms = replace(TERMS, backend=Backend.TRL)
    registry = Registry(tmp_path / "adapters")
    with Memory.open(tmp_path / "store", embedder="hash:16") as memory:
        record(memory, 300)
        learner = Learner(memory, tiny_base(), registry, tmp_path / "learning", terms)
        assert learner.preview(Specialist(AGENT)).seconds is None
        report = learner.learn(Specialist(AGENT))
    assert report is not None and report.result == "better", report
    assert registry.champion(AGENT) == report.candidate
    assert registry.show(str(report.candidate)).lineage.settings["backend"] == "trl"
    assert registry.verify(str(report.candidate), tiny_base()).ref == report.candidate


def test_what_it_does_not_do_is_said(tmp_path: Path) -> None:
    pytest.importorskip("trl", reason="needs the extra 'train'")
    job = replace(JOB, settings=replace(JOB.settings, objective=Objective.KTO))
    with pytest.raises(InputError, match="learns by 'sft' only, not 'kto'"):
        train_with_trl(tiny_base(), [job], tmp_path)
