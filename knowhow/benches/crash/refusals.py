"""A disk that fails once while several threads share a commit.

Whoever was refused may find the change made or not, but whole; whoever got a receipt finds it kept;
and everybody goes on with the same open store.
"""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from knowhow.benches.crash.clients import EMBEDDER, Client
from knowhow.benches.crash.inspection import inspect
from knowhow.benches.crash.ledger import Findings, Ledger, Note
from knowhow.benches.crash.processes import end, received, start
from knowhow.benches.crash.taps import Breakdown, Mishap, observe
from knowhow_memory.errors import KnowhowError
from knowhow_memory.memory import Memory

THREADS = 6
ACTIONS = 12
LAST_OPERATION = 1200
"""About what the actions of all threads ask of the disk."""


@dataclass(frozen=True)
class Refused:
    error: str


@dataclass
class Tally:
    runs: int = 0
    refusals: int = 0
    findings: Findings = field(default_factory=Findings)


def refuse_repeatedly(
    folder: Path, *, runs: int, seed: int, report: Callable[[str], None]
) -> Tally:
    rng = random.Random(seed)
    tally = Tally()
    for run in range(runs):
        place = folder / f"refused-{run}"
        place.mkdir(parents=True)
        mishap = (Mishap.IO_ERROR, Mishap.DISK_FULL)[run % 2]
        process, pipe = start(work, place, f"{seed}-{run}", rng.randrange(LAST_OPERATION), mishap)
        ledger = Ledger()
        for message in received(pipe):
            match message:
                case Note():
                    ledger.take(message)
                case Refused():
                    tally.refusals += 1
                case complaint:
                    tally.findings.damage.append(f"a client heard {complaint}")
        end(process)
        tally.findings.add(inspect(place / "store", ledger))
        tally.runs += 1
        report(f"failing disk: {tally.runs} of {runs}")
    return tally


def work(pipe: Connection, folder: Path, name: str, at: int, mishap: Mishap) -> None:
    tap = Breakdown()
    observe(tap, folder)
    memory = Memory.open(folder / "store", embedder=EMBEDDER)
    speaking = threading.Lock()

    def tell(message: object) -> None:
        with speaking:
            pipe.send(message)

    def use(client: Client) -> None:
        for _ in range(ACTIONS):
            try:
                client.act()
            except KnowhowError as error:
                tap.disarm()
                tell(Refused(str(error)))
            except Exception as error:  # noqa: BLE001  whatever it is, it is reported as a fault
                tap.disarm()
                tell(repr(error))

    tap.arm(at, mishap)
    clients = [Client(memory, tell, f"{name}-{number}") for number in range(THREADS)]
    threads = [threading.Thread(target=use, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tap.disarm()
    memory.close()
