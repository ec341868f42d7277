"""The bank: within its bound, never another version than asked for, whoever asks and whenever."""

import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import torch
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from knowhow.benches import bank as bench
from knowhow.benches._adapters import random_adapter
from knowhow_adapters import bank as bank_module
from knowhow_adapters.artefact import Adapter, read_adapter, write_adapter
from knowhow_adapters.bank import Bank
from knowhow_adapters.base.load import Base, load_base
from knowhow_adapters.errors import (
    AdapterBroken,
    AdapterError,
    AdapterForeign,
    AdapterMissing,
    NoRoomForAdapter,
)
from tests.adapters.tiny import tiny_folder

VERSIONS = 6


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    return load_base(str(tiny_folder(tmp_path_factory.mktemp("bases") / "tiny")))


@pytest.fixture(scope="module")
def adapters(base: Base) -> list[Adapter]:
    return [random_adapter(base, seed, rank=2) for seed in range(VERSIONS)]


@pytest.fixture(scope="module")
def untouched(
    base: Base, adapters: list[Adapter], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    folder = tmp_path_factory.mktemp("versions")
    for adapter in adapters:
        write_adapter(adapter, base, folder)
    return folder


@pytest.fixture
def store(untouched: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(untouched, tmp_path / "versions"))


@pytest.fixture
def refs(adapters: list[Adapter]) -> list[str]:
    return [adapter.ref for adapter in adapters]


def size_of(store: Path, ref: str) -> int:
    return (store / ref / "adapter_model.safetensors").stat().st_size


def bank_for(base: Base, store: Path, refs: list[str], places: float) -> Bank:
    """Room for so many adapters; all are of one size."""
    return Bank(base, lambda ref: store / ref, int(places * size_of(store, refs[0])))


def lease_once(bank: Bank, ref: str) -> str:
    with bank.lease(ref) as adapter:
        return adapter.ref


def test_a_lease_is_the_version_that_was_asked_for(
    base: Base, store: Path, adapters: list[Adapter]
) -> None:
    bank = bank_for(base, store, [a.ref for a in adapters], VERSIONS)
    for adapter in adapters * 2:
        with bank.lease(adapter.ref) as found:
            assert found.ref == adapter.ref
            for path, (a, b) in adapter.layers.items():
                assert torch.equal(found.layers[path][0], a)
                assert torch.equal(found.layers[path][1], b)
    assert bank.resident == [adapter.ref for adapter in adapters]


def test_the_longest_unused_makes_room(base: Base, store: Path, refs: list[str]) -> None:
    bank = bank_for(base, store, refs, 2.5)
    for ref in (refs[0], refs[1], refs[0], refs[2]):
        lease_once(bank, ref)
    assert bank.resident == [refs[0], refs[2]]
    assert bank.used_bytes == 2 * size_of(store, refs[0]) <= bank.max_bytes


def test_what_is_in_use_stays(base: Base, store: Path, refs: list[str]) -> None:
    bank = bank_for(base, store, refs, 2)
    with bank.lease(refs[0]) as held, bank.lease(refs[0]) as again:
        assert held is again
        for ref in refs[1:]:
            with bank.lease(ref):
                assert bank.resident == [refs[0], ref]
        with bank.lease(refs[0]) as still:
            assert still is held


def test_no_room_names_the_sizes_and_costs_nobody_a_place(
    base: Base, store: Path, refs: list[str]
) -> None:
    bank = bank_for(base, store, refs, 2.5)
    bank.max_bytes, size = 10**9, size_of(store, refs[0])
    lease_once(bank, refs[1])
    with bank.lease(refs[0]), bank.lease(refs[2]):
        for bytes_allowed, held in ((3 * size - 1, 2 * size), (size - 1, 2 * size)):
            bank.max_bytes = bytes_allowed
            with pytest.raises(NoRoomForAdapter) as refusal:
                lease_once(bank, refs[3])
            for number in (size, bytes_allowed, held):
                assert f"{number / 1e6:.2f} MB" in str(refusal.value)
        assert bank.resident == [refs[1], refs[0], refs[2]]


def test_no_memory_is_said_in_a_line(
    base: Base, store: Path, refs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def exhausted(folder: Path, base: Base) -> Adapter:
        raise MemoryError

    bank = bank_for(base, store, refs, 2)
    with monkeypatch.context() as patch:
        patch.setattr(bank_module, "read_adapter", exhausted)
        with pytest.raises(NoRoomForAdapter, match="no memory is left for the adapter"):
            lease_once(bank, refs[0])
    assert (bank.resident, bank.used_bytes) == ([], 0)
    with bank.lease(refs[0]) as found:
        assert found.ref == refs[0]


def test_missing_foreign_and_broken_ones_are_refused_and_forgotten(
    base: Base, store: Path, refs: list[str], tmp_path: Path
) -> None:
    bank = bank_for(base, store, refs, 4)
    shutil.rmtree(store / refs[0])
    shutil.rmtree(store / refs[1])
    shutil.copytree(store / refs[2], store / refs[1])
    (store / refs[3] / "adapter_config.json").write_text("{}")
    other = load_base(str(tiny_folder(tmp_path / "other", seed=1)))
    foreign = write_adapter(random_adapter(other, 0, rank=2), other, store)
    for ref, kind in (
        (refs[0], AdapterMissing),
        (refs[1], AdapterForeign),
        (refs[3], AdapterBroken),
        (foreign.name, AdapterForeign),
    ):
        with pytest.raises(kind):
            lease_once(bank, ref)
    assert (bank.resident, bank.used_bytes) == ([], 0)
    shutil.rmtree(store / refs[3])
    shutil.copytree(store / refs[2], store / refs[3])
    lease_once(bank, refs[2])
    assert bank.resident == [refs[2]]


def test_what_was_replaced_on_disk_is_noticed(
    base: Base, store: Path, adapters: list[Adapter], refs: list[str]
) -> None:
    """What is in memory is still what its name says; the next load is not."""
    bank = bank_for(base, store, refs, 1)
    lease_once(bank, refs[0])
    shutil.rmtree(store / refs[0])
    shutil.copytree(store / refs[1], store / refs[0])
    with bank.lease(refs[0]) as found:
        path, (a, _) = next(iter(adapters[0].layers.items()))
        assert torch.equal(found.layers[path][0], a)
    lease_once(bank, refs[2])
    with pytest.raises(AdapterForeign, match=f"holds '{refs[1]}' instead of '{refs[0]}'"):
        lease_once(bank, refs[0])


class Gate:
    """Reads adapters for real, but only once `opened` is set; counts how often."""

    def __init__(self) -> None:
        self.opened, self.entered = threading.Event(), threading.Event()
        self.count = 0

    def read(self, folder: Path, base: Base) -> Adapter:
        self.count += 1
        self.entered.set()
        assert self.opened.wait(30)
        return read_adapter(folder, base)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    gate = Gate()
    monkeypatch.setattr(bank_module, "read_adapter", gate.read)
    yield gate
    gate.opened.set()


def waiting_for(bank: Bank, ref: str, threads: int) -> None:
    """Until so many hold or await the version."""
    for _ in range(30_000):
        if bank._slots[ref].leases == threads:
            return
        threading.Event().wait(0.001)
    pytest.fail(f"{bank._slots[ref].leases} instead of {threads} came together")


def test_many_who_ask_at_once_load_it_once(
    base: Base, store: Path, refs: list[str], gate: Gate
) -> None:
    """All eight have found nothing resident before the first begins to load."""
    together = threading.Barrier(8)

    def find(ref: str) -> Path:
        together.wait(30)
        return store / ref

    bank = Bank(base, find, size_of(store, refs[0]))
    with ThreadPoolExecutor(8) as pool:
        found = [pool.submit(lease_once, bank, refs[0]) for _ in range(8)]
        assert gate.entered.wait(30)
        waiting_for(bank, refs[0], 8)
        gate.opened.set()
        assert {future.result() for future in found} == {refs[0]}
    assert gate.count == 1
    assert bank._slots[refs[0]].leases == 0


def test_others_are_served_while_one_loads(
    base: Base, store: Path, refs: list[str], gate: Gate
) -> None:
    bank = bank_for(base, store, refs, 2)
    gate.opened.set()
    lease_once(bank, refs[0])
    gate.opened.clear()
    gate.entered.clear()
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(lease_once, bank, refs[1])
        assert gate.entered.wait(30)
        assert lease_once(bank, refs[0]) == refs[0]
        # Neither the one in use nor the one on its way may make room.
        with bank.lease(refs[0]), pytest.raises(NoRoomForAdapter):
            lease_once(bank, refs[2])
        assert not slow.done()
        gate.opened.set()
        assert slow.result() == refs[1]


def test_all_who_wait_learn_that_it_failed_and_the_next_try_is_new(
    base: Base, store: Path, refs: list[str], gate: Gate
) -> None:
    bank = bank_for(base, store, refs, 1)
    good = store / refs[0] / "adapter_config.json"
    content = good.read_bytes()
    good.write_bytes(content + b" ")
    with ThreadPoolExecutor(4) as pool:
        found = [pool.submit(lease_once, bank, refs[0]) for _ in range(4)]
        assert gate.entered.wait(30)
        waiting_for(bank, refs[0], 4)
        gate.opened.set()
        assert {type(future.exception()) for future in found} == {AdapterBroken}
    assert (gate.count, bank.resident) == (1, [])
    good.write_bytes(content)
    assert lease_once(bank, refs[0]) == refs[0]


def test_an_interrupted_load_leaves_no_one_waiting(
    base: Base, store: Path, refs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(folder: Path, base: Base) -> Adapter:
        raise KeyboardInterrupt

    bank = bank_for(base, store, refs, 1)
    with monkeypatch.context() as patch:
        patch.setattr(bank_module, "read_adapter", interrupted)
        with pytest.raises(KeyboardInterrupt):
            lease_once(bank, refs[0])
    assert lease_once(bank, refs[0]) == refs[0]


def test_a_crowd_in_a_small_bank_never_gets_another_version(
    base: Base, store: Path, refs: list[str]
) -> None:
    bank = bank_for(base, store, refs, 3)

    def ask(number: int) -> bool:
        ref = refs[number * 7 % VERSIONS]
        try:
            with bank.lease(ref) as adapter:
                return adapter.ref == ref and bank.used_bytes <= bank.max_bytes
        except NoRoomForAdapter:
            return bank.used_bytes <= bank.max_bytes

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(ask, range(120)))
    assert all(slot.leases == 0 for slot in bank._slots.values())


class BankMachine(RuleBasedStateMachine):
    """Leases opened and closed in any order, files damaged and mended, beside a simple model."""

    base: Base
    store: Path
    good: Path
    refs: list[str]

    def __init__(self) -> None:
        super().__init__()
        self.bank = bank_for(self.base, self.store, self.refs, 3)
        self.held: list[tuple[str, AbstractContextManager[Adapter]]] = []
        self.used: list[str] = []
        """Resident, the longest unused first: what the bank should say."""
        self.damaged: set[str] = set()

    @rule(number=st.integers(0, VERSIONS - 1))
    def lease(self, number: int) -> None:
        ref = self.refs[number]
        lease = self.bank.lease(ref)
        expected = self.expect(ref)
        if expected is None:
            assert lease.__enter__().ref == ref
            self.held.append((ref, lease))
            return
        with pytest.raises(expected):
            lease.__enter__()

    def expect(self, ref: str) -> type[AdapterError] | None:
        """Bring the model up to date and say what must come out."""
        if ref in self.used:
            self.used.remove(ref)
            self.used.append(ref)
            return None
        pinned = {held for held, _ in self.held}
        if len(pinned) == 3:
            return NoRoomForAdapter
        while len(self.used) >= 3:
            self.used.remove(next(name for name in self.used if name not in pinned))
        if ref in self.damaged:
            return AdapterBroken
        self.used.append(ref)
        return None

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def give_back(self, data: st.DataObject) -> None:
        number = data.draw(st.integers(0, len(self.held) - 1))
        _, lease = self.held.pop(number)
        lease.__exit__(None, None, None)

    @rule(number=st.integers(0, VERSIONS - 1))
    def damage(self, number: int) -> None:
        self.damaged.add(self.refs[number])
        self.config(number).write_bytes(b"{}")

    @precondition(lambda self: self.damaged)
    @rule()
    def mend(self) -> None:
        for ref in self.damaged:
            shutil.copy(self.good / ref / "adapter_config.json", self.store / ref)
        self.damaged.clear()

    def config(self, number: int) -> Path:
        return self.store / self.refs[number] / "adapter_config.json"

    @invariant()
    def agrees_with_the_model(self) -> None:
        assert self.bank.resident == self.used
        assert self.bank.used_bytes <= self.bank.max_bytes
        assert {ref for ref, _ in self.held} <= set(self.bank.resident)

    def teardown(self) -> None:
        self.mend()


def test_the_bank_behaves_as_a_simple_model_of_it(
    base: Base, store: Path, untouched: Path, refs: list[str]
) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    machine = type(
        "Machine",
        (BankMachine,),
        {"base": base, "store": store, "good": untouched, "refs": refs},
    )
    run_state_machine_as_test(
        machine, settings=settings(max_examples=25, stateful_step_count=20, deadline=None)
    )


def test_the_bench_counts_what_happened() -> None:
    figures = bench.run(seed=1, quick=True, report=lambda line: None).document()["figures"]
    assert figures["resident.adapters"] == 4
    assert figures["load.requests"] > 0
    assert figures["load.loads_from_disk"] > 0
    assert figures["load.different_answers"] == 16
    assert figures["load.failed"] == figures["load.wrong_version"] == 0
    assert figures["load.wrong_text"] == 0
    assert figures["altered.refused"] == figures["altered.adapters"] == 20
    assert figures["altered.touched_files"] == 0
    assert figures["unaltered.taken"] == figures["unaltered.attempts"] == 5
