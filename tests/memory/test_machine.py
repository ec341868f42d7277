"""Whatever happens to a store, in whatever order: it holds what a plain dictionary says, and what
it derived equals that of a store which never saw what was undone or purged.
"""

import gc
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from knowhow_memory import derived
from knowhow_memory.backup import backup, restore
from knowhow_memory.database import Database
from knowhow_memory.embedder import HashEmbedder
from knowhow_memory.errors import ConflictError, NotFoundError
from knowhow_memory.index import IndexSizes
from knowhow_memory.memory import Memory
from knowhow_memory.models import DecisionCreate, Fault, OutcomeCreate
from knowhow_memory.reembed import reembed
from tests.conftest import FAST_DISK

SIZES = IndexSizes(scan=6, cell=4, probes=64)
"""A handful of problems fills the exact index, and a dozen splits cells; all cells are searched."""
ROUNDING = 0.1
"""What one byte a component may cost a similarity."""

EMBEDDERS = (HashEmbedder(16), HashEmbedder(24))
tenants = st.sampled_from(["default", "acme"])
principals = st.sampled_from([None, "ann", "bob"])
answers = st.lists(st.sampled_from([None, 0.0, 1.0]), min_size=1, max_size=4)
purged = st.sampled_from([("acme", None), (None, "ann"), ("default", "bob"), ("acme", "ann")])
arms = st.sampled_from(["big", "planner::greedy", "solver"])
problems = st.builds(
    "{} of {} {}".format,
    st.sampled_from(["sum", "price", "path"]),
    st.integers(0, 3),
    st.sampled_from(["apples", "trains", "nodes"]),
)
rewards = st.sampled_from([None, 0.0, 0.25, 1.0])
"""None is a failure of the infrastructure."""


@dataclass(frozen=True)
class Told:
    """What the store was told of one outcome, and by which number it answered."""

    id: str
    seq: int
    first_seq: int
    tenant: str
    principal: str | None
    problem: str
    arm: str
    reward: float | None
    content: str | None = None
    decision: str | None = None
    live: bool = True

    @property
    def teaches(self) -> bool:
        return self.live and self.reward is not None


@dataclass(frozen=True)
class Decided:
    tenant: str
    principal: str | None
    problem: str
    arm: str


reached: Counter[str] = Counter()
MOST_ROUNDS = 4


class MemoryMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="knowhow-machine-", dir=FAST_DISK))
        self.place = self.folder / "store"
        self.told: dict[str, Told] = {}
        self.decided: dict[str, Decided] = {}
        self.embedder = EMBEDDERS[0]
        self.last_seq = 0
        self.copies = 0

    @initialize()
    def found(self) -> None:
        self.memory = self.opened()
        self.onlooker = self.opened()

    def opened(self) -> Memory:
        return Memory.open(self.place, embedder=self.embedder, sizes=SIZES)

    def teardown(self) -> None:
        if hasattr(self, "memory"):
            self.compare_with_a_fresh_store()
            self.memory.close()
            self.onlooker.close()
        shutil.rmtree(self.folder)

    # What people do.

    @rule(
        news=st.lists(
            st.tuples(tenants, principals, problems, arms, rewards, st.integers(0, 30)),
            min_size=1,
            max_size=8,
        )
    )
    def record_many(self, news) -> None:
        reached["record_many"] += 1
        forms = []
        for tenant, principal, problem, arm, reward, number in news:
            content = f"content {number}" if number < 20 else None
            forms.append(
                OutcomeCreate(
                    tenant=tenant,
                    principal=principal,
                    problem=problem,
                    arm=arm,
                    reward=reward,
                    fault=Fault.INFRA if reward is None else Fault.AGENT,
                    content_id=content,
                    trajectory=[{"thought": problem}] if number % 2 else None,
                )
            )
        receipts = self.memory.record_many(forms)
        for form, receipt in zip(forms, receipts, strict=True):
            same = [
                told
                for told in self.told.values()
                if told.content and (told.tenant, told.content) == (form.tenant, form.content_id)
            ]
            assert receipt.duplicate == bool(same)
            if same:
                reached["duplicate"] += 1
                assert receipt.id == same[0].id
            else:
                self.note(form, receipt)

    @rule(tenant=tenants, principal=principals, problem=problems, arm=arms)
    def decide(self, tenant, principal, problem, arm) -> None:
        reached["decide"] += 1
        decision = DecisionCreate(
            tenant=tenant,
            principal=principal,
            problem=problem,
            arm=arm,
            cause="test",
            propensity=0.5,
        )
        receipt = self.memory.decide(decision)
        self.comes_next(receipt.seq)
        self.decided[receipt.id] = Decided(tenant, principal, problem, arm)

    @precondition(lambda self: self.decided)
    @rule(data=st.data(), rewards=answers, principal=principals)
    def answer(self, data, rewards, principal) -> None:
        id_ = data.draw(st.sampled_from(list(self.decided)))
        for reward in rewards:
            self.answer_once(id_, reward, principal)

    @precondition(lambda self: self.decided)
    @rule(data=st.data())
    def answer_anew(self, data) -> None:
        id_ = data.draw(st.sampled_from(list(self.decided)))
        self.answer_once(id_, 0.25, None)
        for told in list(self.told.values()):
            if told.decision == id_ and told.teaches:
                reached["answer anew"] += 1
                self.comes_next(self.memory.undo(told.id).seq)
                self.told[told.id] = replace(told, live=False)
        self.answer_once(id_, 0.75, None)

    def answer_once(self, id_: str, reward: float | None, principal: str | None) -> None:
        decided = self.decided[id_]
        form = OutcomeCreate(
            decision_id=id_,
            tenant=decided.tenant,
            principal=principal,
            reward=reward,
            fault=Fault.INFRA if reward is None else Fault.AGENT,
        )
        answers = [told for told in self.told.values() if told.decision == id_ and told.teaches]
        if answers and answers[0].reward != reward:
            reached["contradiction"] += 1
            with pytest.raises(ConflictError):
                self.memory.record(form)
            return
        receipt = self.memory.record(form)
        assert receipt.duplicate == bool(answers)
        if answers:
            reached["repeated answer"] += 1
        else:
            reached["answer"] += 1
            form = form.model_copy(
                update={
                    "problem": decided.problem,
                    "arm": decided.arm,
                    "principal": principal or decided.principal,
                }
            )
            self.note(form, receipt)

    @precondition(lambda self: self.told)
    @rule(data=st.data(), reward=rewards)
    def correct(self, data, reward) -> None:
        told = self.told[data.draw(st.sampled_from(list(self.told)))]
        others = [
            other
            for other in self.told.values()
            if told.decision and other.decision == told.decision and other.id != told.id
        ]
        fault = Fault.INFRA if reward is None else Fault.AGENT
        refused = not told.live or (fault is Fault.AGENT and any(o.teaches for o in others))
        if refused:
            reached["refused correction"] += 1
            with pytest.raises(ConflictError):
                self.memory.correct(told.id, reward=reward, fault=fault)
            return
        reached["correct"] += 1
        receipt = self.memory.correct(told.id, reward=reward, fault=fault)
        self.comes_next(receipt.seq)
        self.told[told.id] = replace(told, reward=reward, seq=receipt.seq)

    @precondition(lambda self: self.told)
    @rule(data=st.data())
    def undo(self, data) -> None:
        told = self.told[data.draw(st.sampled_from(list(self.told)))]
        if not told.live:
            self.refuse_to_undo(told.id)
            return
        reached["undo"] += 1
        self.comes_next(self.memory.undo(told.id).seq)
        self.told[told.id] = replace(told, live=False)
        self.refuse_to_undo(told.id)

    def refuse_to_undo(self, outcome_id: str) -> None:
        reached["undone twice"] += 1
        with pytest.raises(ConflictError):
            self.memory.undo(outcome_id)

    @precondition(lambda self: len(self.told) > 6)
    @rule(whose=purged)
    def purge(self, whose) -> None:
        tenant, principal = whose
        decided = {
            id_ for id_, decided in self.decided.items() if owned(decided, tenant, principal)
        }
        told = {
            id_
            for id_, told in self.told.items()
            if owned(told, tenant, principal) or told.decision in decided
        }
        if not decided | told:
            return  # whether an empty tenant is still known depends on how it was emptied
        reached[f"purge tenant={tenant is not None} principal={principal is not None}"] += 1
        self.memory.purge(tenant=tenant, principal=principal)
        self.last_seq += 1
        self.decided = {k: v for k, v in self.decided.items() if k not in decided}
        self.told = {k: v for k, v in self.told.items() if k not in told}
        assert self.place.is_dir() and not self.cache_files()

    @rule()
    def purge_a_stranger(self) -> None:
        reached["nothing to purge"] += 1
        with pytest.raises(NotFoundError):
            self.memory.purge(principal="stranger")

    # What happens to machines.

    @rule(lose_caches=st.booleans())
    def crash(self, lose_caches) -> None:
        reached["crash"] += 1
        self.memory.database.engine.dispose()
        del self.memory
        gc.collect()
        self.reopen(lose_caches=lose_caches)

    @rule(lose_caches=st.booleans())
    def restart(self, lose_caches) -> None:
        reached["restart"] += 1
        self.memory.similar("sum of 1 apples")
        self.memory.close()
        self.reopen(lose_caches=lose_caches)

    def reopen(self, *, lose_caches: bool) -> None:
        if lose_caches:
            for path in self.cache_files():
                path.unlink()
        names = {path.name.split("-")[0] for path in self.cache_files()}
        self.memory = self.opened()
        self.memory.similar("sum of 1 apples")
        rebuilt = self.memory.derived.rebuilt_because is not None
        reached["index rebuilt" if rebuilt else "index read"] += 1
        reached["columns read"] += derived.COLUMNS_FILE in names

    def cache_files(self) -> list[Path]:
        return [path for pattern in derived.CACHE_FILES for path in self.place.glob(pattern)]

    @rule()
    def move_to_a_backup(self) -> None:
        reached["backup"] += 1
        self.copies += 1
        file = self.folder / f"backup-{self.copies}.db"
        backup(self.memory.database, file)
        self.memory.close()
        self.onlooker.close()
        self.place = self.folder / f"restored-{self.copies}"
        restore(file, Database(self.place))
        self.found()

    @rule()
    def change_embedder(self) -> None:
        reached["reembed"] += 1
        self.embedder = EMBEDDERS[self.embedder is EMBEDDERS[0]]
        reembed(self.memory.database, self.embedder)
        self.last_seq += 1
        self.memory.close()
        self.onlooker.close()
        self.found()

    # What is asked.

    @rule(problem=problems, tenant=tenants, arm=st.none() | arms, k=st.integers(1, 8))
    def search(self, problem, tenant, arm, k) -> None:
        candidates = {
            told.problem
            for told in self.told.values()
            if told.teaches and told.tenant == tenant and arm in (None, told.arm)
        }
        truth = {text: self.likeness(problem, text) for text in candidates}
        found = self.memory.similar(problem, k=k, tenant=tenant, arm=arm)
        with self.memory.derived.searching() as index:
            exact = index._cells.exact
            kind = "exact search" if exact else f"search in {min(2, len(index._cells))} cells"
            reached[kind] += 1
        reached["search finds"] += bool(found)
        error = 1e-5 if exact else ROUNDING
        assert len({similar.problem for similar in found}) == min(k, len(candidates))
        best = sorted(truth.values(), reverse=True)
        for similar, likeness in zip(found, best, strict=False):
            assert similar.similarity == pytest.approx(truth[similar.problem], abs=error)
            assert similar.similarity == pytest.approx(likeness, abs=error)
            assert {outcome.id for outcome in similar.outcomes} == {
                told.id
                for told in self.told.values()
                if (told.teaches and told.tenant == tenant and told.problem == similar.problem)
                and arm in (None, told.arm)
            }

    def likeness(self, one: str, other: str) -> float:
        return float(self.embedder.embed(one) @ self.embedder.embed(other))

    @rule()
    def look_with_other_eyes(self) -> None:
        reached["other process"] += 1
        assert contents(self.onlooker) == contents(self.memory)
        assert self.onlooker.check().ok

    @invariant()
    def holds_what_was_told(self) -> None:
        if not hasattr(self, "memory"):
            return
        live = {told.id: told for told in self.told.values() if told.live}
        found = list(self.memory.outcomes(trajectories=True))
        assert [outcome.seq for outcome in found] == sorted(told.seq for told in live.values())
        for outcome in found:
            told = live[outcome.id]
            assert (outcome.tenant, outcome.principal, outcome.problem, outcome.arm) == (
                (told.tenant, told.principal, told.problem, told.arm)
            )
            assert (outcome.reward, outcome.content_id) == (told.reward, told.content)
            assert (outcome.fault is Fault.INFRA) == (told.reward is None)
            assert (outcome.decision_id, outcome.propensity) == (
                (told.decision, 0.5 if told.decision else None)
            )
            assert outcome.trajectory in (None, [{"thought": told.problem}])
        assert self.memory.count() == len(live)
        assert self.memory.check().ok

    def compare_with_a_fresh_store(self) -> None:
        """One that was only ever told what is live."""
        survivors = sorted(
            (told for told in self.told.values() if told.live), key=lambda told: told.first_seq
        )
        with Memory.open(self.folder / "fresh", embedder=self.embedder, sizes=SIZES) as fresh:
            fresh.record_many(
                [
                    OutcomeCreate(
                        tenant=told.tenant,
                        principal=told.principal,
                        problem=told.problem,
                        arm=told.arm,
                        reward=told.reward,
                        fault=Fault.INFRA if told.reward is None else Fault.AGENT,
                        verified_by="any",
                    )
                    for told in survivors
                ]
            )
            assert learned(self.memory) == learned(fresh)

    def note(self, form, receipt) -> None:
        self.comes_next(receipt.seq)
        self.told[receipt.id] = Told(
            receipt.id,
            receipt.seq,
            receipt.seq,
            form.tenant,
            form.principal,
            form.problem,
            form.arm,
            form.reward,
            form.content_id,
            form.decision_id,
        )

    def comes_next(self, seq: int) -> None:
        assert seq == self.last_seq + 1
        self.last_seq = seq


def owned(entry: Told | Decided, tenant: str | None, principal: str | None) -> bool:
    return tenant in (None, entry.tenant) and principal in (None, entry.principal)


def contents(memory: Memory) -> list[tuple[str, int]]:
    return [(outcome.id, outcome.seq) for outcome in memory.outcomes()]


def learned(memory: Memory) -> dict[str, object]:
    """All that is derived, without the keys that depend on how it came about."""
    with memory.derived.searching() as index:
        columns = memory.derived.columns
        live = np.flatnonzero(columns["live"])
        texts = {o.id: o.problem for o in memory.outcomes()}
        by_seq = {o.seq: (o.tenant, texts[o.id]) for o in memory.outcomes()}
        rows = [
            (
                *by_seq[int(columns["seq"][row])],
                *(columns.names[n].text(columns[n][row]) for n in ("arm", "principal", "task")),
                repr(float(columns["reward"][row])),
                bool(columns["infra"][row]),
            )
            for row in live
        ]
        names = {int(columns["problem"][row]): by_seq[int(columns["seq"][row])] for row in live}
        filters = {}
        for tenant, arm in {row[0::2][:2] for row in rows}:
            filters[tenant, arm] = allowed(memory, names, tenant, arm)
            filters[tenant, None] = allowed(memory, names, tenant, None)
        return {
            "rows": rows,
            "filters": filters,
            "indexed": sorted(names[int(key)] for key in index.ids()),
            "ok": memory.check().ok,
        }


def allowed(memory: Memory, names, tenant: str, arm: str | None) -> set[str]:
    code = None if arm is None else memory.derived.columns.names["arm"].find(arm)
    key = memory._tenant_id(tenant)
    assert key is not None
    bits = np.unpackbits(memory.derived.filter(tenant=key, arm=code), bitorder="little")
    return {names[int(problem)] for problem in np.flatnonzero(bits)}


EXPECTED = {
    "record_many",
    "duplicate",
    "decide",
    "answer",
    "contradiction",
    "repeated answer",
    "answer anew",
    "correct",
    "refused correction",
    "undo",
    "undone twice",
    "purge tenant=True principal=False",
    "purge tenant=False principal=True",
    "purge tenant=True principal=True",
    "nothing to purge",
    "crash",
    "restart",
    "index read",
    "index rebuilt",
    "columns read",
    "backup",
    "reembed",
    "exact search",
    "search in 2 cells",
    "search finds",
    "other process",
}


LEAST_ROUNDS = 3
MOST_ROUNDS = 9
"""Until everything was reached: what hypothesis draws depends on the modules that are imported."""


def test_whatever_happens_the_store_holds_what_it_was_told(monkeypatch):
    monkeypatch.setattr(derived, "SAVE_AFTER_CHANGES", 1)
    reached.clear()
    tried = settings(max_examples=settings().max_examples // 5, stateful_step_count=40)
    for number in range(MOST_ROUNDS):
        run_state_machine_as_test(seed(number)(MemoryMachine), settings=tried)
        missing = EXPECTED - {name for name, times in reached.items() if times}
        if number + 1 >= LEAST_ROUNDS and not missing:
            break
    assert missing == set()
