"""Who answers: the embedded models, and the champion of every specialist as `specialist/AGENT`.

A champion is asked for at every request, so a promotion or a rollback is followed at once. Models
are loaded at their first use. Knows nothing of HTTP.
"""

import difflib
import threading
from typing import TYPE_CHECKING

from knowhow.settings import Settings
from knowhow.store import adapters_folder
from knowhow_adapters.registry.registry import Registry
from knowhow_agents.big_model.chat import Messages, Options, Turn, take
from knowhow_agents.big_model.embedded import embedded_names, resident
from knowhow_memory.errors import NotFoundError

if TYPE_CHECKING:
    from knowhow_adapters.decode.engine import Decoder

SPECIALIST = "specialist/"
BANK_BYTES = 256_000_000
"""Adapters kept ready; one of the embedded base takes under a megabyte."""


class Offers:
    """Safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        self._base = settings.small_model.base
        self._registry = Registry(adapters_folder(settings))
        self._specialists: Decoder | None = None
        self._loading = threading.Lock()

    def names(self) -> list[str]:
        agents = filter(self._registry.champion, self._registry.agents())
        return [*embedded_names(), *(f"{SPECIALIST}{agent}" for agent in agents)]

    def take(
        self, name: str, messages: Messages, options: Options, cancel: threading.Event
    ) -> Turn:
        """Check what is asked of a model; may take as long as loading it does."""
        if name not in self.names():
            raise NotFoundError(f"there is no model {name[:80]!r}: {self._hint(name)}")
        if not name.startswith(SPECIALIST):
            return take(resident(name), messages, options, cancel=cancel)
        champion = self._registry.champion(name.removeprefix(SPECIALIST))
        return take(self._decoder(), messages, options, cancel=cancel, adapter=champion)

    def _decoder(self) -> "Decoder":
        """The shared base, with room for specialists' adapters."""
        with self._loading:
            if self._specialists is None:
                from knowhow_adapters.bank import Bank
                from knowhow_adapters.base.load import load_base
                from knowhow_adapters.decode.engine import Decoder

                base = load_base(self._base)
                bank = Bank(base, self._registry.folder_of, BANK_BYTES)
                self._specialists = Decoder(base, bank)
            return self._specialists

    def _hint(self, name: str) -> str:
        names = self.names()
        close = difflib.get_close_matches(name, names, n=1)
        return f"did you mean {close[0]!r}?" if close else f"there are {', '.join(names)}"
