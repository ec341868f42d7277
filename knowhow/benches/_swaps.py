"""A champion that is replaced again and again while requests come in.

Requests arrive at a fixed pace, each for the version that is champion at that moment; one server
answers whatever waits, versions mixed. Only half of the versions fit into the bank, so swapping
also means loading and evicting. Every answer is held against the version that was asked for and
against the text that this version gave beforehand, alone.
"""

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from knowhow.figures import Figures

if TYPE_CHECKING:
    from knowhow_adapters.bank import Bank
    from knowhow_adapters.base.load import Base
    from knowhow_adapters.decode.engine import Decoder
    from knowhow_adapters.decode.request import Completion, Request

SWAPS, QUICK_SWAPS = 1_000, 10
VERSIONS = 16
ROOM = 8.5
"""Adapters that the bank holds."""
REQUESTS_PER_SECOND = 20
SWAPS_PER_SECOND = 20
PAUSE_S = 0.01
LARGEST_BATCH = 16
TOKENS = 8
PROMPTS = (
    "How many apples are left?",
    "Sort the names.",
    '{"price": 80, "off": 20}',
    "The tram leaves at 14:05.",
)


@dataclass(frozen=True)
class Asked:
    at: float
    prompt: str
    ref: str


@dataclass(frozen=True)
class Answered:
    asked: Asked
    completion: "Completion"
    seconds: float


def measure_swaps(
    figures: Figures,
    base: "Base",
    place: Path,
    refs: list[str],
    *,
    quick: bool,
    seed: int,
    report: Callable[[str], None],
) -> None:
    from knowhow_adapters.bank import Bank
    from knowhow_adapters.decode.engine import Decoder

    refs = refs[:VERSIONS]
    sizes = [(place / ref / "adapter_model.safetensors").stat().st_size for ref in refs]
    loads: list[str] = []

    def find(ref: str) -> Path:
        """Asked only for what is not resident."""
        loads.append(ref)
        return place / ref

    bank = Bank(base, find, int(max(sizes) * min(ROOM, len(refs) / 2 + 0.5)))
    decoder = Decoder(base, bank)
    report("what each version answers alone")
    alone = {(ref, prompt): _alone(decoder, ref, prompt) for ref in refs for prompt in PROMPTS}
    loads.clear()
    traffic = Traffic(decoder, refs[0])
    start = time.perf_counter()
    swaps = QUICK_SWAPS if quick else SWAPS
    with traffic:
        put_off = _swap(traffic, bank, refs, swaps, Random(seed), report)
        seconds = time.perf_counter() - start
        report("answering what still waits")
    answers = traffic.answers
    figures.set("load.versions", len(refs))
    figures.set("load.different_answers", len({*alone.values()}))
    figures.set("load.swaps", swaps)
    figures.set("load.swaps_put_off", put_off)
    figures.set("load.seconds", seconds)
    figures.set("load.requests", traffic.asked)
    figures.set("load.requests_per_second", traffic.asked / seconds)
    figures.set("load.loads_from_disk", len(loads))
    figures.set("load.failed", traffic.asked - sum(a.completion.error is None for a in answers))
    figures.set("load.wrong_version", sum(a.completion.version != a.asked.ref for a in answers))
    figures.set(
        "load.wrong_text",
        sum(a.completion.text != alone[a.asked.ref, a.asked.prompt] for a in answers),
    )
    figures.percentiles("load.answer", [answer.seconds for answer in answers])


class Traffic:
    """Requests at a pace, and the server that answers them; both end with the block."""

    def __init__(self, decoder: "Decoder", champion: str) -> None:
        self._decoder = decoder
        self.champion = champion
        self.asked = 0
        self.answers: list[Answered] = []
        self._waiting: queue.Queue[Asked | None] = queue.Queue()
        self._over = threading.Event()
        self._threads = [threading.Thread(target=work) for work in (self._ask, self._serve)]

    def __enter__(self) -> None:
        for thread in self._threads:
            thread.start()

    def __exit__(self, *failure: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _ask(self) -> None:
        """By the clock, however long the answers take."""
        due = time.perf_counter()
        while not self._over.wait(max(0.0, due - time.perf_counter())):
            prompt = PROMPTS[self.asked % len(PROMPTS)]
            self._waiting.put(Asked(time.perf_counter(), prompt, self.champion))
            self.asked += 1
            due += 1 / REQUESTS_PER_SECOND
        self._waiting.put(None)

    def _serve(self) -> None:
        while batch := self._next_batch():
            completions = self._decoder.generate([_request(a.ref, a.prompt) for a in batch])
            now = time.perf_counter()
            self.answers += [
                Answered(asked, completion, now - asked.at)
                for asked, completion in zip(batch, completions, strict=True)
            ]

    def _next_batch(self) -> list[Asked]:
        """What waits, or nothing at the end; the end mark stays for the next call."""
        batch: list[Asked] = []
        while len(batch) < LARGEST_BATCH and (not batch or not self._waiting.empty()):
            asked = self._waiting.get()
            if asked is None:
                self._waiting.put(None)
                break
            batch.append(asked)
        return batch


def _swap(
    traffic: Traffic,
    bank: "Bank",
    refs: list[str],
    swaps: int,
    chance: Random,
    report: Callable[[str], None],
) -> int:
    """Bring the next champion into memory, then name it; returns how often there was no room yet,
    because a batch was using what would have had to go."""
    put_off = 0
    due = time.perf_counter()
    for number in range(swaps):
        report(f"swaps under load: {number:,} of {swaps:,}")
        following = chance.choice([ref for ref in refs if ref != traffic.champion])
        while not _name(traffic, bank, following):
            put_off += 1
            time.sleep(PAUSE_S)
        due += 1 / SWAPS_PER_SECOND
        time.sleep(max(0.0, due - time.perf_counter()))
    return put_off


def _name(traffic: Traffic, bank: "Bank", ref: str) -> bool:
    from knowhow_adapters.errors import NoRoomForAdapter

    try:
        with bank.lease(ref):
            traffic.champion = ref
    except NoRoomForAdapter:
        return False
    return True


def _alone(decoder: "Decoder", ref: str, prompt: str) -> str:
    return decoder.complete(_request(ref, prompt)).text


def _request(ref: str, prompt: str) -> "Request":
    from knowhow_adapters.decode.request import Request

    return Request(prompt=prompt, adapter=ref, max_tokens=TOKENS)
