"""Every fault of a provider × whole answers and streams × one provider that has it, or all of them.

In each cell the call ends in time, is tried no more often than allowed, stays within the budget and
tells no secret; where no answer came, it leaves one row typed `infra` that moves no statistic. All
cells run once, many at a time; each is then looked at by a test of its own.
"""

import asyncio
import contextlib
import ctypes
import gc
import itertools
import logging
import resource
import socket
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from autogen_core.models import CreateResult, UserMessage

from knowhow_adapters.registry.registry import Registry
from knowhow_agents.big_model.client import BigModel
from knowhow_agents.big_model.errors import ProviderFault
from knowhow_agents.big_model.providers import Price, Provider, Terms
from knowhow_agents.protocol.ask import Asker
from knowhow_agents.protocol.turns import ALONE
from knowhow_agents.protocol.whathow import WhatHow
from knowhow_agents.protocol.whisper import Whisperer
from knowhow_memory.memory import Memory
from knowhow_memory.models import OutcomeCreate, OutcomePublic
from knowhow_router.router import Router
from knowhow_router.snapshot import take_apart
from tests.agents.big_model.fault_server import NOWHERE, FaultServer, fault_server
from tests.agents.big_model.faults import ANSWER, FAULTS, FINE, WITHOUT_AN_ANSWER

ALL_FAULTS = [*WITHOUT_AN_ANSWER, *FAULTS]
BEARABLE = {"no end mark", "no counts", "negative counts", "counts beyond everything", "flapping"}
"""An answer comes all the same, at the second try at the latest."""
AFTER_ITS_FIRST_WORD = {
    "an endless answer",
    "counts that are no numbers",
    "ends in the middle",
    "resets in the middle",
    "stalls in the middle",
}
"""A stream with that fault has said something by then, so nobody else can be asked."""
TERMS = Terms(
    first_token_s=2.0,
    between_s=1.0,
    attempt_s=3.0,
    total_s=10.0,
    attempts=2,
    pause_s=0.01,
    budget_usd=0.02,
)
PRICE = Price(prompt=1e-6, completion=1e-5)
FAR_TOO_LATE_S = 10.0
"""Beyond the deadline: no measure, only that the call did not hang."""
AT_ONCE = 8
SECRET = "sk-not-for-anybodys-eyes-8d2f"
KEY = "FAULTY_PROVIDERS_API_KEY"
OPEN_FILES = Path("/proc/self/fd")
PAGES = Path("/proc/self/statm")
KEPT_MB = 100
"""A tenth of what was sent by those who send 100 MB."""


@dataclass(frozen=True)
class Cell:
    fault: str
    streamed: bool
    everywhere: bool

    def __repr__(self) -> str:
        how, who = "stream" if self.streamed else "whole", "all" if self.everywhere else "one"
        return f"{self.fault}, {how}, {who}"

    @property
    def answered(self) -> bool:
        if self.fault in BEARABLE:
            return True
        return not self.everywhere and not (self.streamed and self.fault in AFTER_ITS_FIRST_WORD)


CELLS = [Cell(*cell) for cell in itertools.product(ALL_FAULTS, (False, True), (False, True))]


@dataclass
class Found:
    """What came of a cell."""

    said: CreateResult | None
    fault: ProviderFault | None
    seconds: float
    requests: int
    spent: float
    told: str
    """All that a log or a terminal may show of it."""
    rows: list[OutcomePublic]


@dataclass
class Matrix:
    found: dict[Cell, Found]
    logged: list[str]
    open_before: int
    open_after: int
    grown_mb: float
    state_before: Any
    state_after: Any
    database: bytes


class Streaming(BigModel):
    """Whoever asks it for a whole answer gets one out of a stream."""

    async def create(self, messages: Any, **more: Any) -> CreateResult:
        pieces = [piece async for piece in self.create_stream(messages, **more)]
        assert isinstance(pieces[-1], CreateResult)
        assert all(isinstance(piece, str) for piece in pieces[:-1])
        return pieces[-1]


class Notes(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture(scope="module")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Matrix]:
    folder, notes = tmp_path_factory.mktemp("faults"), Notes()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(KEY, SECRET)
        _take_address_away(patch)
        patch.setattr(logging.root, "handlers", [*logging.root.handlers, notes])
        logging.getLogger("LiteLLM").addHandler(notes)
        try:
            yield _run(folder, notes)
        finally:
            logging.getLogger("LiteLLM").removeHandler(notes)


def _take_address_away(patch: pytest.MonkeyPatch) -> None:
    known = socket.getaddrinfo

    def look_up(host: Any, *more: Any, **named: Any) -> Any:
        if host in (NOWHERE, NOWHERE.encode()):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return known(host, *more, **named)

    patch.setattr(socket, "getaddrinfo", look_up)


def _run(folder: Path, notes: Notes) -> Matrix:
    with Memory.open(folder / "store", embedder="hash:64") as memory:
        router = Router(memory)
        for number in range(12):
            arm, reward = (ALONE, "other::way")[number % 2], number % 3 / 2
            memory.record(OutcomeCreate(problem=f"problem {number}", arm=arm, reward=reward))
        asker = _Asking(memory, router, Whisperer(Registry(folder / "adapters"), "knowhow-base"))
        with fault_server() as server:
            asyncio.run(asker.cells(server, [Cell(FINE, True, True)]))
        before, open_before, held = _state(router), _open_files(), _resident_mb()
        with fault_server() as server:
            found = asyncio.run(asker.cells(server, CELLS))
        return Matrix(
            found,
            notes.lines,
            open_before,
            _open_files(),
            _resident_mb() - held,
            before,
            _state(router),
            b"".join(path.read_bytes() for path in (folder / "store").rglob("*") if path.is_file()),
        )


@dataclass
class _Asking:
    memory: Memory
    router: Router
    whisperer: Whisperer

    async def cells(self, server: FaultServer, cells: list[Cell]) -> dict[Cell, Found]:
        places = asyncio.Semaphore(AT_ONCE)

        async def ask(cell: Cell) -> Found:
            async with places:
                return await self._cell(server, cell)

        found = dict(zip(cells, await asyncio.gather(*map(ask, cells)), strict=True))
        rows = list(self.memory.outcomes())
        for cell, one in found.items():
            one.rows = [row for row in rows if row.problem == str(cell)]
        return found

    async def _cell(self, server: FaultServer, cell: Cell) -> Found:
        faults = [cell.fault, cell.fault if cell.everywhere else FINE]
        addresses = [server.address(name, f"{abs(hash(cell))}") for name in faults]
        providers = [
            Provider("openai/m", f"p{n}", address, KEY, PRICE, max_tokens=50)
            for n, address in enumerate(addresses)
        ]
        model = (Streaming if cell.streamed else BigModel)(providers, terms=TERMS)
        said, fault, told = None, None, ""
        began = time.monotonic()
        try:
            if cell.answered or cell.fault == FINE:
                said = await model.create([UserMessage(content=str(cell), source="user")])
            else:
                await self._asker(model).ask(str(cell))
        except ProviderFault as error:
            fault, told = error, "".join(traceback.format_exception(error))
        seconds = time.monotonic() - began
        requests = sum(server.requests[address] for address in set(addresses))
        return Found(
            said, fault, seconds, requests, model.spent_usd, f"{told}{fault!r}{said!r}", []
        )

    def _asker(self, model: BigModel) -> Asker:
        return Asker(self.memory, self.router, WhatHow(model), self.whisperer, big_model="a/b")


def _state(router: Router) -> Any:
    """All that the router knows, to the bit."""
    router.follow()
    arrays: dict[str, Any] = {}
    state = router._state
    told = take_apart({"brain": state.brain, "evidence": state.evidence}, arrays)
    return told, {name: (array.dtype, array.tobytes()) for name, array in arrays.items()}


def _open_files() -> int:
    gc.collect()
    return len(list(OPEN_FILES.iterdir())) if OPEN_FILES.exists() else 0


def _resident_mb() -> float:
    gc.collect()
    if not PAGES.exists():
        return 0.0
    with contextlib.suppress(OSError, AttributeError):  # other libraries than GNU's cannot
        ctypes.CDLL("libc.so.6").malloc_trim(0)  # what is free, but not given back yet
    return int(PAGES.read_text().split()[1]) * resource.getpagesize() / 1e6


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_a_fault_is_borne_or_told_and_is_nobodys(matrix: Matrix, cell: Cell) -> None:
    found = matrix.found[cell]
    if cell.answered:
        assert found.said and found.said.content == ANSWER
        assert 0 < found.said.usage.prompt_tokens < 1000
        assert found.rows == []
    else:
        assert found.fault and found.fault.infra
        assert 1 <= len(found.fault.attempts) <= TERMS.attempts
        assert [(row.fault, row.reward) for row in found.rows] == [("infra", None)]
    assert found.requests <= TERMS.attempts
    assert found.spent <= (TERMS.budget_usd or 0)
    assert found.seconds < TERMS.total_s + FAR_TOO_LATE_S
    assert SECRET not in found.told


def test_no_statistic_moves(matrix: Matrix) -> None:
    assert any(found.rows for found in matrix.found.values())
    assert matrix.state_after == matrix.state_before


def test_no_secret_is_logged_or_kept(matrix: Matrix) -> None:
    assert not [line for line in matrix.logged if SECRET in line]
    assert b"infra" in matrix.database
    assert SECRET.encode() not in matrix.database


def test_nothing_stays_open(matrix: Matrix) -> None:
    assert matrix.open_after <= matrix.open_before
    assert matrix.grown_mb < KEPT_MB
