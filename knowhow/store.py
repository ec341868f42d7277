"""Opens the memory that the settings name."""

from typing import TYPE_CHECKING

from knowhow.settings import Settings, load_settings

if TYPE_CHECKING:
    from knowhow_memory.memory import Memory


def open_memory(settings: Settings | None = None, *, create: bool = True) -> "Memory":
    from knowhow_memory.memory import Memory

    settings = settings or load_settings()
    return Memory.open(settings.memory.location, embedder=settings.embedder.model, create=create)
