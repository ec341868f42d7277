"""From outcomes in a log to a version that serves, without anybody's act."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from knowhow_adapters.bank import Bank
from knowhow_adapters.decode.engine import Decoder
from knowhow_adapters.learn.attempts import ask_strategy, is_held_out
from knowhow_adapters.learn.counting import specialists
from knowhow_adapters.learn.ledger import Order, only_learner, read_ledger, write_ledger
from knowhow_adapters.learn.loop import Learner, Specialist, Terms, _no_bar, _Run
from knowhow_adapters.learn.train import GENTLER, Settings
from knowhow_adapters.registry.registry import Registry
from knowhow_memory.errors import ConflictError, StoreDamagedError
from knowhow_memory.memory import Memory
from knowhow_memory.models import OutcomeCreate
from tests.adapters.learn.kit import tiny_base

AGENT = "sorter"
TERMS = Terms(enough=120, training=Settings(epochs=6, rate=1e-2))


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    with Memory.open(tmp_path / "store", embedder="hash:16") as opened:
        yield opened


def record(
    memory: Memory, count: int, *, seed: int = 0, right: float = 0.7, principal: str | None = None
) -> None:
    """Attempts at telling sums from products, which are right that often."""
    rng = random.Random(seed)
    outcomes = []
    for _ in range(count):
        word, answer = rng.choice((("trace", "add"), ("expert", "mul")))
        problem = f"{word} {rng.randint(0, 10**6)}"
        good = rng.random() < right
        said = answer if good else ({"add", "mul"} - {answer}).pop()
        outcomes.append(
            OutcomeCreate(
                problem=problem, arm=f"{AGENT}::read", reward=float(good), principal=principal,
                trajectory=[{"prompt": problem, "answer": said}], task=word,
            )
        )  # fmt: skip
    memory.record_many(outcomes)


def learner(memory: Memory, tmp_path: Path) -> Learner:
    return Learner(
        memory, tiny_base(), Registry(tmp_path / "adapters"), tmp_path / "learning", TERMS
    )


def test_nothing_happens_before_there_is_enough(memory: Memory, tmp_path: Path) -> None:
    record(memory, TERMS.enough - 1)
    one = learner(memory, tmp_path)
    assert one.learn(Specialist(AGENT)) is None
    assert one.standing(AGENT).new == TERMS.enough - 1 and not one.standing(AGENT).due


def test_enough_outcomes_make_a_champion_with_its_evidence(memory: Memory, tmp_path: Path) -> None:
    record(memory, 400)
    one = learner(memory, tmp_path)
    assert one.standing(AGENT).due
    report = one.learn(Specialist(AGENT))
    assert report is not None and report.result == "better", report
    standing = one.standing(AGENT)
    assert standing.new == 0 and not standing.due and standing.ledger.last == report
    assert standing.champion == report.candidate
    lineage = one.registry.show(str(report.candidate)).lineage
    assert lineage.gate is not None and lineage.gate.evidence >= 20
    assert lineage.data is not None and lineage.data.n == 400
    assert not lineage.prefers_strategies and lineage.settings["objective"] == "sft"
    assert not (tmp_path / "learning" / AGENT / "run").exists()
    assert one.learn(Specialist(AGENT)) is None


def test_a_champion_is_trained_on_more_gently(memory: Memory, tmp_path: Path) -> None:
    record(memory, 400)
    one = learner(memory, tmp_path)
    first = one.learn(Specialist(AGENT))
    record(memory, TERMS.enough, seed=1)
    second = one.learn(Specialist(AGENT))
    assert first is not None and second is not None and second.champion == first.candidate
    before, after = (one.registry.show(str(run.candidate)).lineage for run in (first, second))
    assert before.settings["rate"] == TERMS.training.rate
    assert after.settings["rate"] == GENTLER * TERMS.training.rate


def choose(memory: Memory, count: int) -> None:
    """Ways of sorting tried at random; which is right stands in the first word."""
    rng = random.Random(0)
    for _ in range(count):
        word, right = rng.choice((("trace", "add"), ("expert", "mul")))
        tried = rng.choice(("add", "mul"))
        problem, arm = f"{word} {rng.randint(0, 10**6)}", f"{AGENT}::{tried}"
        memory.record(OutcomeCreate(problem=problem, arm=arm, reward=float(tried == right)))


def test_strategies_that_were_tried_make_a_champion_that_prefers(
    memory: Memory, tmp_path: Path
) -> None:
    choose(memory, 400)
    one = learner(memory, tmp_path)
    report = one.learn(Specialist(AGENT))
    assert report is not None and report.result == "better", report
    ref = str(report.candidate)
    lineage = one.registry.show(ref).lineage
    assert lineage.prefers_strategies and lineage.settings["objective"] == "unpaired"
    decoder = Decoder(one.base, Bank(one.base, one.registry.folder_of, 2**30))
    for word, right in (("trace", "add"), ("expert", "mul")):
        thought = decoder.choose(ask_strategy(f"{word} 4711"), ["add", "mul"], ref)
        assert thought[right] > 0.8


def test_a_preview_says_what_would_be_learnt_and_leaves_no_trace(
    memory: Memory, tmp_path: Path
) -> None:
    record(memory, 150)
    one = learner(memory, tmp_path)
    preview = one.preview(Specialist(AGENT))
    assert preview.outcomes == 150 and preview.counts["used"] == preview.examples
    assert preview.examples + preview.counts["held_out"] <= 150 and preview.held_out > 0
    assert preview.seconds is not None and preview.obstacle is None
    assert not (tmp_path / "learning").exists() and not (tmp_path / "adapters").exists()


def test_a_preview_says_why_there_is_nothing_to_learn(memory: Memory, tmp_path: Path) -> None:
    record(memory, 3)
    preview = learner(memory, tmp_path).preview(Specialist(AGENT))
    assert preview.seconds is None and "record more" in str(preview.obstacle)


def test_whoever_could_have_an_adapter_is_counted(memory: Memory) -> None:
    for arm in ("sorter::read", "sorter::guess", "Ann Smith", "bob"):
        memory.record(OutcomeCreate(problem="2 + 2?", arm=arm, reward=1.0))
    assert specialists(memory) == ["bob", "sorter"]


def test_what_teaches_nothing_is_reported_and_counted_as_looked_at(
    memory: Memory, tmp_path: Path
) -> None:
    record(memory, TERMS.enough, right=0.0)
    one = learner(memory, tmp_path)
    report = one.learn(Specialist(AGENT))
    assert report is not None and report.result == "nothing to learn"
    assert "success" in report.reasons[0]
    assert one.standing(AGENT).new == 0 and one.standing(AGENT).champion is None


def test_a_run_that_was_begun_is_gone_on_with_on_the_same_outcomes(
    memory: Memory, tmp_path: Path
) -> None:
    record(memory, 200)
    one = learner(memory, tmp_path)
    [last] = memory.newest(1)
    order = Order(after=0, until=last.seq, outcomes=200, champion=None, seed=0)
    whole = learner(memory, tmp_path / "whole").learn(Specialist(AGENT))
    write_ledger(tmp_path / "learning" / AGENT, read_ledger(tmp_path).model_copy(
        update={"order": order}
    ))  # fmt: skip
    record(memory, 50, seed=1)
    report = one.learn(Specialist(AGENT))
    assert report is not None and whole is not None
    assert (report.candidate, report.until) == (whole.candidate, last.seq)
    assert one.standing(AGENT).new == 50


def test_replay_is_spent_on_what_teaches(memory: Memory, tmp_path: Path) -> None:
    record(memory, 200)
    one = learner(memory, tmp_path)
    one.terms = Terms(replayed=30)
    *_, last = memory.outcomes()
    order = Order(after=last.seq - 60, until=last.seq, outcomes=60, champion=None, seed=0)
    run = _Run(one, Specialist(AGENT), order, tmp_path, _no_bar)
    examples = run._examples(run._selection())
    older = [example for example in examples if example.seq <= order.after]
    assert len(older) == 30 and all(example.weight > 0 for example in older)
    assert any(example.weight < 0 for example in examples)


def test_only_one_process_learns_for_a_specialist(memory: Memory, tmp_path: Path) -> None:
    one = learner(memory, tmp_path)
    with only_learner(tmp_path / "learning" / AGENT, AGENT), pytest.raises(ConflictError):
        one.learn(Specialist(AGENT), now=True)


def test_a_ledger_that_cannot_be_read_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "learning.json").write_text("{")
    with pytest.raises(StoreDamagedError, match="delete it"):
        read_ledger(tmp_path)


def test_some_problems_are_held_out() -> None:
    assert 60 < sum(is_held_out(f"trace {n}") for n in range(500)) < 140
