"""Opens what the settings name: the memory, and beside it the versions of adapters."""

from pathlib import Path
from typing import TYPE_CHECKING

from knowhow.settings import Settings, load_settings

if TYPE_CHECKING:
    from knowhow_agents.protocol.whisper import Whisperer
    from knowhow_memory.memory import Memory


def open_memory(settings: Settings | None = None, *, create: bool = True) -> "Memory":
    from knowhow_memory.memory import Memory

    settings = settings or load_settings()
    return Memory.open(settings.memory.location, embedder=settings.embedder.model, create=create)


def adapters_folder(settings: Settings) -> Path:
    """The root of the registry; beside the store, or on this machine where that is a server."""
    return _data_folder(settings) / "adapters"


def open_whisperer(settings: Settings) -> "Whisperer":
    """Whoever speaks for the specialists; the small model is loaded at its first word."""
    from knowhow_adapters.registry.registry import Registry
    from knowhow_agents.protocol.whisper import Whisperer

    return Whisperer(Registry(adapters_folder(settings)), settings.small_model.base)


def learning_folder(settings: Settings) -> Path:
    """Where specialists' ledgers and unfinished runs lie."""
    return _data_folder(settings) / "learning"


def _data_folder(settings: Settings) -> Path:
    from platformdirs import user_data_path

    if "://" in settings.memory.location:
        return user_data_path("knowhow")
    path = Path(settings.memory.location).expanduser()
    return path.parent if path.suffix == ".db" else path
