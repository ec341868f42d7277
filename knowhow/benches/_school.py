"""Trains adapters and examines them, as the benches of learning do. Knows nothing about why."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from knowhow.benches._records import Problem, Specialist

if TYPE_CHECKING:
    from knowhow_adapters.adapter import Adapter
    from knowhow_adapters.base.load import Base
    from knowhow_adapters.learn.train import Job

ANSWER_TOKENS = 96
AMPLE = 2**30


class School:
    def __init__(self, base: "Base", place: Path) -> None:
        from knowhow_adapters.bank import Bank
        from knowhow_adapters.decode.engine import Decoder

        self.base, self.place = base, place
        self.versions = place / "versions"
        self.versions.mkdir()
        self.decoder = Decoder(base, Bank(base, lambda ref: self.versions / ref, AMPLE))
        self._runs = 0

    def train(self, jobs: "Sequence[Job]") -> "list[Adapter]":
        """All in one pass; one that breaks down is an error here."""
        from knowhow_adapters.learn.train import train

        found = train(self.base, jobs, self.next_run())
        for trained in found:
            if trained.error:
                raise trained.error
        return [trained.adapter for trained in found if trained.adapter]

    def next_run(self) -> Path:
        self._runs += 1
        return self.place / f"run{self._runs}"

    def publish(self, adapter: "Adapter") -> str:
        from knowhow_adapters.artefact import write_adapter

        return write_adapter(adapter, self.base, self.versions).name

    def examine(
        self, specialist: Specialist, problems: Sequence[Problem], ref: str | None
    ) -> list[float]:
        """1 for each problem whose answer is right letter by letter, else 0."""
        from knowhow_adapters.decode.request import Request

        requests = [
            Request(prompt=problem.text, adapter=ref, max_tokens=ANSWER_TOKENS)
            for problem in problems
        ]
        found = self.decoder.generate(requests)
        return [
            float(completion.text.strip() == specialist.solve(problem))
            for completion, problem in zip(found, problems, strict=True)
        ]
