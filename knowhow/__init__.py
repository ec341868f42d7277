"""knowhow learns from verified outcomes which agent to ask and which way.

import knowhow

know = knowhow.open()
decision = know.route("A set of cups costs $80, 20% off. Sale price?", arms=["ann", "bob"])
know.record(decision, reward=1.0)
"""

from typing import TYPE_CHECKING

from knowhow_memory.errors import KnowhowError

if TYPE_CHECKING:
    from knowhow.know import Know

__all__ = ["KnowhowError", "open"]


def open(location: str | None = None, *, create: bool = True) -> "Know":  # noqa: A001
    """Open the store that the settings name, or the one at `location`."""
    from knowhow.know import Know
    from knowhow.settings import load_settings

    settings = load_settings()
    if location is not None:
        settings.memory.location = location
    return Know(settings, create=create)
