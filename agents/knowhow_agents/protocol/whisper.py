"""The specialist's word: what its champion adapter says about a problem, as guidance.

Who was taught to read word problems sets up sums, and the trace of them is carried out, so its
result is calculated and not guessed; what any other specialist says is whispered as it is. Without
a champion there is nothing to whisper. Blocks while the small model speaks. Knows nothing of big
models.
"""

import threading
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from knowhow_adapters.registry.registry import Registry
from knowhow_agents.protocol.guidance import Guidance
from knowhow_agents.skills.traces import solver
from knowhow_agents.skills.traces.language import SPECIALISTS

if TYPE_CHECKING:
    from knowhow_adapters.decode.engine import Decoder

MAX_TOKENS = 400
"""A long trace has 300."""
BANK_BYTES = 64_000_000
"""Room for dozens of adapters of the embedded base."""


@dataclass(frozen=True)
class Whisper:
    guidance: Guidance
    asked: str
    said: str


@dataclass(frozen=True)
class Spoken:
    text: str
    version: str | None
    """Of the adapter; None where the bare base spoke."""


class Whisperer:
    """Opens the base at its first word; safe to share between threads."""

    def __init__(self, registry: Registry, base: str) -> None:
        self._registry, self._base = registry, base
        self._decoder: Decoder | None = None
        self._opening = threading.Lock()

    def specialists(self) -> list[str]:
        """Those with a champion."""
        return [agent for agent in self._registry.agents() if self._registry.champion(agent)]

    def whisper(self, agent: str, problem: str) -> Whisper | None:
        champion = self._champion(agent)
        if champion is None:
            return None
        if agent in SPECIALISTS:
            return self._read(agent, problem, champion)
        said = self._speak(problem, champion, None)
        return Whisper(_guidance(said, champion), problem, said) if said.strip() else None

    def say(self, agent: str, asked: str, grammar: str | None = None) -> Spoken:
        """What the agent's champion, or the bare base before it has one, says to these words; a
        `grammar`, in Lark's notation, bounds it."""
        champion = self._champion(agent)
        return Spoken(self._speak(asked, champion, grammar), champion)

    def _read(self, agent: str, problem: str, champion: str) -> Whisper | None:
        """None where nothing came of it that can be carried out."""
        from knowhow_agents.skills.traces.team import Adapted, Team

        team = Team(Adapted(self._decoder_ready(), {agent: champion}))
        [attempt] = team.attempt([problem], specialist=agent, whole=True)
        if not attempt.carried_out:
            return None
        [said] = attempt.said
        return Whisper(_guidance(attempt.trace, champion), said.prompt, said.answer)

    def _champion(self, agent: str) -> str | None:
        return self._registry.champion(agent) if agent in self._registry.agents() else None

    def _speak(self, asked: str, champion: str | None, lark: str | None) -> str:
        from knowhow_adapters.decode.grammar import Grammar
        from knowhow_adapters.decode.request import Request

        grammar = None if lark is None else Grammar.lark(lark)
        request = Request(prompt=asked, adapter=champion, grammar=grammar, max_tokens=MAX_TOKENS)
        return self._decoder_ready().complete(request).text

    def _decoder_ready(self) -> "Decoder":
        with self._opening:
            if self._decoder is None:
                from knowhow_adapters.bank import Bank
                from knowhow_adapters.base.load import load_base
                from knowhow_adapters.decode.engine import Decoder

                bank = Bank(base := load_base(self._base), self._registry.folder_of, BANK_BYTES)
                self._decoder = Decoder(base, bank)
            return self._decoder


def _guidance(said: str, source: str) -> Guidance:
    answer = solver.run(said).answer
    if answer is None:
        return Guidance(said, source)
    result = _written(answer)
    return Guidance(f"{said}\nresult: {result}", source, result)


def _written(number: Fraction) -> str:
    return str(number) if number.denominator == 1 else f"{float(number):.6g}"
