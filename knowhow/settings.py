"""Settings: `knowhow.toml` in the working folder (or the one `KNOWHOW_CONFIG` names), overridable
by `KNOWHOW_SECTION__KEY`. Unknown keys are refused with the nearest known one.

Keys and secrets never stand in the file: they come from the environment of the provider that needs
them. Read by the command line and `knowhow.open()`; the rooms take plain arguments.
"""

import difflib
import os
import tomllib
from pathlib import Path
from typing import Any, ClassVar, Literal

from platformdirs import user_data_path
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from knowhow.logs import DEBUG_VARIABLE
from knowhow_memory.errors import SettingsError

PREFIX = "KNOWHOW_"
CONFIG_VARIABLE = "KNOWHOW_CONFIG"
CONFIG_FILE = "knowhow.toml"
OTHER_VARIABLES = {
    CONFIG_VARIABLE,
    DEBUG_VARIABLE,
    "KNOWHOW_FORBID_NETWORK",
    "KNOWHOW_REPLAY_DATA",
    "KNOWHOW_REQUIRE_POSTGRES",
}
"""Variables of ours that are not settings."""


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid")


class MemorySettings(Section):
    location: str = Field(default_factory=lambda: str(user_data_path("knowhow")))
    tenant: str = "default"


class EmbedderSettings(Section):
    model: str = "all-MiniLM-L6-v2"


class SmallModelSettings(Section):
    base: str = "knowhow-base"
    """An embedded model's name, a folder, or a hub id, best with its revision: `owner/name@…`."""


class RouterSettings(Section):
    seed: int = 0
    price: float = Field(0.0, ge=0)
    """Reward given up per dollar."""
    budget: float | None = Field(None, gt=0)
    """A ceiling in dollars a problem, held over time."""
    abstain: bool = True


class LearningSettings(Section):
    outcomes: int = Field(500, ge=20)
    """New ones that start a specialist's training."""
    choice: Literal["raw", "filtered", "self_filtered"] = "filtered"
    """Which of them become examples."""
    backend: Literal["own", "trl"] = "own"
    """Who trains; `trl` needs the extra `train`."""


class LogSettings(Section):
    level: Literal["debug", "info", "warning", "error"] = "warning"
    json_lines: bool = False


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", toml_file=CONFIG_FILE
    )

    memory: MemorySettings = Field(default_factory=MemorySettings)
    embedder: EmbedderSettings = Field(default_factory=EmbedderSettings)
    small_model: SmallModelSettings = Field(default_factory=SmallModelSettings)
    router: RouterSettings = Field(default_factory=RouterSettings)
    learning: LearningSettings = Field(default_factory=LearningSettings)
    log: LogSettings = Field(default_factory=LogSettings)

    file: ClassVar[Path | None] = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (
            init_settings,
            env_settings,
            TomlConfigSettingsSource(settings_cls, toml_file=config_path()),
        )


def config_path() -> Path:
    return Path(os.environ.get(CONFIG_VARIABLE, CONFIG_FILE))


def load_settings() -> Settings:
    """The settings in force, or one line that says which key is wrong and what it may be."""
    path = config_path()
    if CONFIG_VARIABLE in os.environ and not path.is_file():
        raise SettingsError(f"{CONFIG_VARIABLE} names {str(path)!r}, which is not there")
    _refuse_unknown_variables()
    try:
        return Settings()
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{str(path)!r} is not valid TOML: {error}") from error
    except ValidationError as error:
        raise SettingsError(_explain(error)) from error


def _refuse_unknown_variables() -> None:
    """A misspelt variable would otherwise be ignored in silence."""
    known = {f"{PREFIX}{s}__{k}".upper() for s, keys in known_keys().items() for k in keys}
    known |= {f"{PREFIX}{s}".upper() for s in known_keys()} | OTHER_VARIABLES
    for name in sorted(os.environ):
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            raise SettingsError(f"unknown setting {name!r}{_nearest(name.upper(), known)}")


def known_keys() -> dict[str, list[str]]:
    """Section → its keys."""
    return {
        name: list(field.annotation.model_fields)  # type: ignore[union-attr]
        for name, field in Settings.model_fields.items()
    }


def _explain(error: ValidationError) -> str:
    first = error.errors()[0]
    place = [str(part) for part in first["loc"]]
    if first["type"] != "extra_forbidden":
        return f"setting {'.'.join(place)!r}: {first['msg']}, got {_shown(first['input'])}"
    known = {f"{s}.{k}" for s, keys in known_keys().items() for k in keys} | set(known_keys())
    return f"unknown setting {'.'.join(place)!r}{_nearest('.'.join(place), known)}"


def _nearest(name: str, known: set[str]) -> str:
    close = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.5)
    return f": did you mean {close[0]!r}?" if close else f": known are {', '.join(sorted(known))}"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"
