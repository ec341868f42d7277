"""Episodes on their way into the store: each once, none at the app's expense."""

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from knowhow_agents.watching.functions import Watching
from knowhow_agents.watching.keeping import Keeping, judge, seen_earlier
from knowhow_agents.watching.recorder import BATCH, Home, Recorder
from knowhow_agents.watching.verdicts import thumbs
from knowhow_memory.decisions import DecisionPublic, newest_decisions
from knowhow_memory.errors import ConflictError
from knowhow_memory.memory import Memory
from knowhow_memory.models import OutcomePublic

EMBEDDER = "hash:64"
Read = Callable[[], list[OutcomePublic]]
Decisions = Callable[[], list[DecisionPublic]]


def finish(recorder: Recorder, problem: str, **more: object) -> str:
    with Watching(recorder, problem, **more) as episode:
        episode.said("done", by="ann")
    return episode.id


def test_every_episode_is_kept_once_from_many_threads(
    recorder: Recorder, decisions: Decisions
) -> None:
    def work(name: int) -> None:
        for i in range(BATCH):
            finish(recorder, f"{name} of {i}")

    threads = [threading.Thread(target=work, args=(name,)) for name in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert recorder.flush()
    kept = {decision.id for decision in decisions()}
    assert len(kept) == 100  # as many as are asked for
    assert recorder.counted() == {
        "kept": 3 * BATCH, "judged": 0, "dropped": 0, "lost": 0, "not_sampled": 0,
    }  # fmt: skip


def test_what_was_seen_completes_an_outcome_that_comes_later(
    recorder: Recorder, store: Memory, decisions: Decisions, outcomes: Read
) -> None:
    with Watching(recorder, "2 + 2?", arm="ann") as episode:
        episode.called("add", {"a": 2, "b": 2}, 4)
        episode.used(12, 3, cost=0.25)
    [decision] = decisions()
    assert (decision.cause, decision.arm, decision.propensity) == ("watched", "ann", None)
    assert outcomes() == []
    judge(store, "default", episode.id, thumbs(up=True))
    [outcome] = outcomes()
    assert (outcome.reward, outcome.verified_by, outcome.cost) == (1.0, "user", 0.25)
    assert (outcome.tokens_in, outcome.tokens_out) == (12, 3)
    assert outcome.trajectory == [
        {"kind": "tool_call", "name": "add", "arguments": {"a": 2, "b": 2}},
        {"kind": "tool_result", "name": "add", "content": 4},
    ]
    assert outcome.latency_s is not None


def test_a_user_may_think_again_and_a_check_stands(
    recorder: Recorder, store: Memory, outcomes: Read
) -> None:
    finish(recorder, "judged by nobody yet")
    with Watching(recorder, "checked", check=lambda problem, result: True) as checked:
        checked.result = 4
    with Watching(recorder, "liked") as liked:
        pass
    liked.thumbs_up()
    liked.thumbs_down()
    by_problem = {outcome.problem: outcome for outcome in outcomes()}
    assert {name: outcome.reward for name, outcome in by_problem.items()} == {
        "checked": 1.0, "liked": 0.0,
    }  # fmt: skip
    assert by_problem["checked"].verified_by == "check"
    with pytest.raises(ConflictError):
        judge(store, "default", checked.id, thumbs(up=False))
    assert recorder.counted()["judged"] == 2


def test_a_share_takes_conversations_as_a_whole(make: Callable[..., Recorder]) -> None:
    recorder = make(share=0.5)
    talks = {f"talk {i}": [recorder.takes(f"talk {i}") for _ in range(3)] for i in range(200)}
    assert all(len(set(taken)) == 1 for taken in talks.values())
    assert 70 < sum(taken[0] for taken in talks.values()) < 130
    turns = [recorder.begin(f"turn {i}", session="talk 1").wanted for i in range(5)]
    assert turns == [talks["talk 1"][0]] * 5


def test_a_full_queue_drops_the_newest_and_waits_for_nobody(
    store: Memory, caplog: pytest.LogCaptureFixture
) -> None:
    opened = threading.Event()

    def slow() -> Home:
        opened.wait(10)
        return store, Keeping("default", str)

    recorder = Recorder(slow, room=5)
    with caplog.at_level(logging.WARNING):
        finish(recorder, "first")
        while recorder._queue.qsize():  # until the writer holds it
            time.sleep(0.01)
        for i in range(8):
            finish(recorder, f"next {i}")
    opened.set()
    recorder.close()
    counts = recorder.counted()
    # The writer gathers what comes within a moment, so it may have taken some of the eight.
    assert counts["dropped"] >= 1
    assert counts["kept"] + counts["dropped"] == 9
    assert caplog.text.count("watching fails") == 1


def test_a_store_that_does_not_open_costs_the_app_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    tried = []

    def broken() -> Home:
        tried.append(1)
        raise OSError("the disk is gone")

    recorder = Recorder(broken)
    with caplog.at_level(logging.WARNING):
        for i in range(3):
            finish(recorder, f"problem {i}")
            assert recorder.flush()
    recorder.close()
    assert recorder.counted()["lost"] == 3
    assert len(tried) == 1  # and not at every episode
    assert caplog.text.count("the disk is gone") == 1


def test_a_redaction_that_fails_keeps_nothing_and_spoils_nobody_else(store: Memory) -> None:
    def redact(text: str) -> str:
        if "poison" in text:
            raise ValueError("cannot read this")
        return text.upper()

    recorder = Recorder(lambda: (store, Keeping("default", redact)))
    for problem in ("one", "poison", "two"):
        finish(recorder, problem, arm="ann")
    recorder.close()
    with store.database.reading() as connection:
        texts = connection.exec_driver_sql("select text from problem").scalars().all()
    assert sorted(texts) == ["ONE", "TWO"]
    assert recorder.counted() | {"kept": 2, "lost": 1} == recorder.counted()


def test_a_row_that_is_refused_takes_no_other_with_it(recorder: Recorder, outcomes: Read) -> None:
    for i, reward in enumerate([1.0, 7.0, 0.5]):
        with Watching(recorder, f"problem {i}", arm="ann") as episode:
            episode.record(reward)
    same = [Watching(recorder, "twice", arm="ann") for _ in range(2)]
    same[1]._episode.id = same[0]._episode.id  # a clash that only the store can notice
    for reward, block in zip([1.0, 0.0], same, strict=True):
        with block as episode:
            episode.record(reward)
    assert [outcome.reward for outcome in outcomes()] == [1.0, 0.5, 1.0]
    assert recorder.counted()["lost"] == 2


def test_texts_may_stay_out(
    make: Callable[..., Recorder], store: Memory, decisions: Decisions
) -> None:
    recorder = make(text=False)
    with Watching(recorder, "Who am I?", arm="ann") as episode:
        episode.said("You are Bob, born in 1970.", by="ann")
        episode.called("lookup", {"name": "Bob"}, "1970")
        episode.used(5, 6)
    assert recorder.flush()
    seen = seen_earlier(store.database, episode.id)
    assert "Bob" not in str(seen) and "1970" not in str(seen)
    assert [step["name"] for step in seen["trajectory"]] == ["ann", "lookup", "lookup"]
    assert (seen["tokens_in"], seen["tokens_out"]) == (5, 6)


def test_a_closed_recorder_opens_again(recorder: Recorder, decisions: Decisions) -> None:
    finish(recorder, "before")
    recorder.close()
    finish(recorder, "after")
    assert [decision.problem for decision in decisions()] == ["before", "after"]


PROGRAM = """
import os, sys

import knowhow

with knowhow.watching("finished", arm="ann") as episode:
    episode.record(1.0)
knowhow.flush(60)
if os.fork() == 0:
    with knowhow.watching("in a forked process", arm="ann") as episode:
        episode.record(0.5)
    sys.exit()
os.wait()
unfinished = knowhow.watching("unfinished").__enter__()
with knowhow.watching("interrupted"):
    raise KeyboardInterrupt
"""


def test_processes_that_fork_and_are_interrupted_keep_what_was_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KNOWHOW_MEMORY__LOCATION", str(tmp_path / "store"))
    monkeypatch.setenv("KNOWHOW_EMBEDDER__MODEL", EMBEDDER)
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    assert done.stderr.rstrip().endswith("KeyboardInterrupt"), done.stderr
    with Memory.open(tmp_path / "store", embedder=EMBEDDER) as memory:
        kept = [("finished", 1.0), ("in a forked process", 0.5)]
        assert [(o.problem, o.reward) for o in memory.outcomes()] == kept
        assert len(newest_decisions(memory.database, 9)) == 2
