"""The loop: together as alone, interrupted as uninterrupted, one broken and the others not."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from knowhow_adapters.adapter import Adapter
from knowhow_adapters.artefact import read_adapter, write_adapter
from knowhow_adapters.errors import AdapterBroken
from knowhow_adapters.learn.checkpoint import CHECKPOINT
from knowhow_adapters.learn.examples import Example, NothingToLearn
from knowhow_adapters.learn.objective import Objective
from knowhow_adapters.learn.train import Job, Settings, Trained, train
from knowhow_adapters.threads import computing_threads
from knowhow_memory.errors import ConflictError, InputError, StoreError
from tests.adapters.learn.kit import close, example, examples, tiny_base

QUICK = Settings(rank=4, epochs=2, rows=4, rate=1e-2)
STEPS = 6
THREADS = 2
"""Of the process that is killed and of the one it is compared with."""
"""What twelve examples take by these settings."""


def job(
    agent: str = "counter",
    *,
    learnt: list[Example] | None = None,
    start: Adapter | None = None,
    settings: Settings = QUICK,
) -> Job:
    return Job(agent, learnt or examples(12), start, settings)


def run(folder: Path, *jobs: Job) -> list[Trained]:
    return train(tiny_base(), jobs, folder, save_every=2)


def adapter_of(trained: Trained) -> Adapter:
    assert trained.error is None and trained.adapter is not None
    return trained.adapter


def refs(found: list[Trained]) -> list[str]:
    return [adapter_of(trained).ref for trained in found]


def test_together_is_as_alone(tmp_path: Path) -> None:
    jobs = [
        job(),
        job("shorter", learnt=examples(5, 20), settings=replace(QUICK, seed=3, epochs=1)),
        job("other", learnt=examples(9, 40), settings=replace(QUICK, alpha=32.0, rate=3e-3)),
    ]
    together = run(tmp_path / "all", *jobs)
    for one, found in zip(jobs, together, strict=True):
        (alone,) = run(tmp_path / one.agent, one)
        assert len(found.losses) == len(alone.losses)
        close(torch.tensor(found.losses), torch.tensor(alone.losses))
        for path, pair in adapter_of(found).layers.items():
            for mine, own in zip(pair, adapter_of(alone).layers[path], strict=True):
                torch.testing.assert_close(mine, own, rtol=1e-2, atol=1e-3)


def test_with_a_thread_for_each_the_bits_are_those_of_one_alone(tmp_path: Path) -> None:
    # As many steps for both: whoever is left alone has all threads.
    jobs = [job(), job("other", learnt=examples(12, 20), settings=replace(QUICK, seed=3))]
    with computing_threads(len(jobs)):
        together = refs(run(tmp_path / "all", *jobs))
    with computing_threads(1):
        alone = [refs(run(tmp_path / one.agent, one))[0] for one in jobs]
    assert together == alone


def test_it_learns_and_what_it_learnt_can_be_published(tmp_path: Path) -> None:
    (found,) = run(tmp_path / "run", job(settings=replace(QUICK, epochs=20)))
    assert sum(found.losses[-3:]) < 0.6 * sum(found.losses[:3])
    adapter = adapter_of(found)
    assert (
        read_adapter(write_adapter(adapter, tiny_base(), tmp_path), tiny_base()).ref == adapter.ref
    )


def test_it_goes_on_from_an_older_version(tmp_path: Path) -> None:
    (first,) = run(tmp_path / "first", job(settings=replace(QUICK, epochs=20)))
    (second,) = run(tmp_path / "second", job(start=adapter_of(first)))
    assert second.losses[0] < 0.7 * first.losses[0]
    with pytest.raises(InputError, match=r"rank 4 .* training rank 2"):
        run(tmp_path / "third", job(start=adapter_of(first), settings=replace(QUICK, rank=2)))


def test_killed_and_resumed_is_bit_for_bit_the_same(tmp_path: Path) -> None:
    killed = tmp_path / "killed"
    with subprocess.Popen(
        [sys.executable, __file__, str(killed)], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if int(line) == 3:  # after a checkpoint and before the next
                os.kill(child.pid, signal.SIGKILL)
                break
    seen: list[int] = []
    resumed = train(tiny_base(), [job()], killed, report=lambda done, *_: seen.append(done))
    assert seen == [3, 4, 5, 6]
    with computing_threads(THREADS):
        whole = run(tmp_path / "whole", job())
    assert refs(resumed) == refs(whole)
    assert resumed[0].losses == whole[0].losses


def test_interrupted_and_resumed_is_bit_for_bit_the_same(tmp_path: Path) -> None:
    def interrupt(done: int, planned: int, losses: list[float]) -> None:
        assert planned == STEPS and len(losses) == 1
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(tiny_base(), [job()], tmp_path / "run", report=interrupt, save_every=100)
    seen: list[int] = []
    found = train(tiny_base(), [job()], tmp_path / "run", report=lambda done, *_: seen.append(done))
    assert seen == [4, 5, 6]
    assert refs(found) == refs(run(tmp_path / "whole", job()))


def test_a_finished_run_is_not_trained_further(tmp_path: Path) -> None:
    first = run(tmp_path, job())
    before = (tmp_path / CHECKPOINT).read_bytes()
    assert refs(run(tmp_path, job())) == refs(first)
    assert (tmp_path / CHECKPOINT).read_bytes() == before


@pytest.mark.parametrize(
    "other",
    [
        job(learnt=examples(11)),
        job(learnt=[*examples(11), example(11, weight=0.5)]),
        job("another"),
        job(settings=replace(QUICK, seed=1)),
        job(settings=replace(QUICK, epochs=3)),
    ],
)
def test_another_plan_is_refused(tmp_path: Path, other: Job) -> None:
    run(tmp_path, job())
    with pytest.raises(ConflictError, match="other examples, settings"):
        run(tmp_path, other)


def test_one_that_breaks_down_leaves_the_others_as_they_were(tmp_path: Path) -> None:
    wild = job("wild", settings=replace(QUICK, rate=1e30))
    sound, broken = run(tmp_path / "both", job(), wild)
    assert broken.adapter is None and isinstance(broken.error, AdapterBroken)
    assert str(broken.error).startswith("training 'wild' broke down at step 2:")
    (alone,) = run(tmp_path / "alone", job())
    close(torch.tensor(sound.losses), torch.tensor(alone.losses))
    assert adapter_of(sound)
    again = run(tmp_path / "both", job(), wild)
    assert str(again[1].error) == str(broken.error)


def test_when_all_break_down_there_is_an_end(tmp_path: Path) -> None:
    (broken,) = run(tmp_path, job(settings=replace(QUICK, rate=1e30)))
    assert broken.error and len(broken.losses) == 1


def test_what_does_not_fit_is_named_and_never_cut(tmp_path: Path) -> None:
    long = Example("short", "very " * 300, 1.0, "o-long", 7, None)
    with pytest.raises(InputError, match=r"outcome 'o-long' .* 1,5\d\d tokens, and 256 fit"):
        run(tmp_path, job(learnt=[*examples(5), long]))
    with pytest.raises(InputError, match="and 20 fit"):
        run(tmp_path, job(settings=replace(QUICK, max_len=20)))


def test_failures_matter_to_the_objectives_that_learn_from_them(tmp_path: Path) -> None:
    mixed = [example(n, weight=-1.0 if n % 2 else 1.0) for n in range(12)]
    found = {
        objective: run(
            tmp_path / objective, job(learnt=mixed, settings=replace(QUICK, objective=objective))
        )
        for objective in Objective
    }
    only_good = run(tmp_path / "good", job(learnt=[e for e in mixed if e.weight > 0]))
    assert refs(found[Objective.SFT]) == refs(only_good)
    assert len({refs(each)[0] for each in found.values()}) == 3
    for objective in (Objective.UNPAIRED, Objective.KTO):
        with pytest.raises(NothingToLearn, match="every example of 'counter' is a success"):
            run(tmp_path / "x", job(settings=replace(QUICK, objective=objective)))


def test_adapters_of_different_rank_do_not_share_a_pass(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="share one rank"):
        run(tmp_path, job(), job("narrow", settings=replace(QUICK, rank=2)))


def test_a_broken_disk_is_said(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("a file where the folder should be")
    with pytest.raises(StoreError, match="Not a directory"):
        run(tmp_path / "run", job())


if __name__ == "__main__":
    from knowhow_adapters.learn import train as loop

    loop.working_type = lambda: torch.float32
    with computing_threads(THREADS):
        train(
            tiny_base(), [job()], Path(sys.argv[1]), save_every=2,
            report=lambda done, *_: os.write(1, f"{done}\n".encode()) and None,
        )  # fmt: skip
