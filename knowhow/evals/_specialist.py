"""A specialist that learns from verified examples of its domain, and what it whispers.

An example is a problem of the training side with what a specialist should say about it; it counts
only if the solver gets to the right answer from it. Knows nothing of big models.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from knowhow.evals._problems import Item
from knowhow_adapters.base.corpus.registry import Side
from knowhow_agents.protocol.guidance import Guidance

if TYPE_CHECKING:
    from knowhow_adapters.base.load import Base
    from knowhow_adapters.decode.engine import Decoder
    from knowhow_adapters.learn.examples import Example

MAX_TOKENS = 200
WARM = 0.7
"""The temperature of a second try."""
EPOCHS = 4
BANK_BYTES = 64_000_000

Report = Callable[[str], None]


class Domain(Protocol):
    """What `_stories` and `_plans` are, as modules."""

    NAME: str
    CHECKED: bool
    """Whether specs are of use: the protocol can check an answer by one."""

    def draw(self, count: int, seed: int, side: Side, *, held: bool = False) -> list[Item]: ...
    def prompt(self, problem: str) -> str: ...
    def whisper(self, said: str, source: str) -> Guidance | None: ...


@dataclass(frozen=True)
class Specialist:
    domain: Domain
    decoder: "Decoder"
    adapter: str | None
    """None: the bare base, which nobody taught."""
    examples: int = 0

    def whispers(self, items: Sequence[Item], *, warm: int | None = None) -> list[Guidance | None]:
        """What it says about each: the likeliest, or a warm draw of that seed."""
        prompts = [self.domain.prompt(item.problem) for item in items]
        source = self.adapter or self.decoder.base.version
        said = self.say(prompts, warm=warm)
        return [self.domain.whisper(text, source) for text in said]

    def say(self, prompts: Sequence[str], *, warm: int | None = None) -> list[str]:
        from knowhow_adapters.decode.request import Request

        requests = [
            Request(
                prompt=prompt,
                adapter=self.adapter,
                max_tokens=MAX_TOKENS,
                temperature=0.0 if warm is None else WARM,
                seed=warm or 0,
            )
            for prompt in prompts
        ]
        return [completion.text for completion in self.decoder.generate(requests)]


Lessons = Mapping[str, "tuple[Domain, Sequence[Example]]"]
"""A specialist's name → what it is for, and what it learns from."""


def learnt(
    domains: Sequence[Domain], base: "Base", count: int, seed: int, folder: Path, report: Report
) -> Mapping[str, Specialist]:
    """A specialist for each domain, trained in one pass on its verified examples."""
    lessons = {domain.NAME: (domain, verified(domain, count, seed)) for domain in domains}
    return taught(lessons, base, seed, folder, report)


def taught(
    lessons: Lessons, base: "Base", seed: int, folder: Path, report: Report
) -> Mapping[str, Specialist]:
    from knowhow_adapters.artefact import write_adapter
    from knowhow_adapters.bank import Bank
    from knowhow_adapters.decode.engine import Decoder
    from knowhow_adapters.learn.train import Job, Settings, train

    settings = Settings(seed=seed, epochs=EPOCHS)
    jobs = [Job(name, examples, settings=settings) for name, (_, examples) in lessons.items()]
    trained = train(
        base, jobs, folder / "run", report=lambda done, of, _: report(f"training, {done}/{of}")
    )
    versions = folder / "versions"
    bank = Bank(base, lambda ref: versions / ref, max_bytes=BANK_BYTES)
    serving = Decoder(base, bank)
    found: dict[str, Specialist] = {}
    for (name, (domain, examples)), one in zip(lessons.items(), trained, strict=True):
        if one.adapter is None:
            assert one.error is not None
            raise one.error
        write_adapter(one.adapter, base, versions)
        found[name] = Specialist(domain, serving, one.adapter.ref, len(examples))
    return found


def verified(domain: Domain, count: int, seed: int) -> "list[Example]":
    from knowhow_adapters.learn.examples import Example

    found: list[Example] = []
    for number, item in enumerate(domain.draw(count, seed, "train")):
        guidance = domain.whisper(item.specialists, "an example")
        if guidance is not None and guidance.answer and item.is_right(guidance.answer):
            prompt = domain.prompt(item.problem)
            found.append(Example(prompt, item.specialists, 1.0, str(number), number, None))
    return found
