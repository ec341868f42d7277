"""Settings: `knowhow.toml` in the working folder (or the one `KNOWHOW_CONFIG` names), overridable
by `KNOWHOW_SECTION__KEY`. Unknown keys are refused with the nearest known one.

Keys and secrets never stand in the file: they come from the environment of the provider that needs
them. Read by the command line and `knowhow.open()`; the rooms take plain arguments.
"""

import difflib
import os
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, get_args, get_origin

from platformdirs import user_data_path
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from knowhow.logs import DEBUG_VARIABLE
from knowhow_agents.big_model.providers import DEFAULT_TERMS
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
NAMED_PROVIDERS = f"{PREFIX}BIG_MODEL__PROVIDERS__"
"""What follows is a name of the user's own and a key, which is checked with the rest."""


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


def _is_address(value: str) -> str:
    if not re.match(r"https?://[^/]", value):
        raise ValueError("it must begin with http:// or https:// and a host")
    return value


Address = Annotated[str, AfterValidator(_is_address)]


class ProviderSettings(Section):
    """One big model by a name of one's own."""

    model: str
    api_base: Address | None = None
    key_variable: str | None = None
    """The environment variable that holds the key (default: the provider's usual one)."""
    max_tokens: int | None = Field(None, ge=1)
    """The longest answer to ask for (default: the provider's)."""
    price: tuple[float, float] | None = None
    """Dollars per million tokens in and out, where LiteLLM's list has none."""


class BigModelSettings(Section):
    model: str = "embedded/big-reckoner"
    """As LiteLLM writes it, `provider/name`, or one of `providers`."""
    api_base: Address | None = None
    key_variable: str | None = None
    fallbacks: list[str] = Field(default_factory=list)
    """Asked in this order where the model does not answer."""
    providers: dict[str, ProviderSettings] = Field(default_factory=dict)
    first_token_s: float = Field(DEFAULT_TERMS.first_token_s, gt=0)
    between_s: float = Field(DEFAULT_TERMS.between_s, gt=0)
    attempt_s: float = Field(DEFAULT_TERMS.attempt_s, gt=0)
    total_s: float = Field(DEFAULT_TERMS.total_s, gt=0)
    attempts: int = Field(DEFAULT_TERMS.attempts, ge=1)
    cool_down_s: float = Field(DEFAULT_TERMS.cool_down_s, ge=0)
    budget_usd: float | None = Field(DEFAULT_TERMS.budget_usd, ge=0)
    concurrency: int = Field(DEFAULT_TERMS.concurrency, ge=1)


class ServerSettings(Section):
    host: str = "127.0.0.1"
    port: int = Field(8321, ge=0, le=65535)


class RouterSettings(Section):
    seed: int = 0
    price: float = Field(0.0, ge=0)
    """Reward given up per dollar."""
    budget: float | None = Field(None, gt=0)
    """A ceiling in dollars a problem, held over time."""
    abstain: bool = True
    opinions: bool = True
    """Hear which strategies adapters prefer that learnt it; they take part in the decision."""


class AgentsSettings(Section):
    folder: str = "specialists"
    """Where specialists are declared."""
    text_in_spans: bool = False
    """Whether words of problems and answers may go into traces."""


class LearningSettings(Section):
    outcomes: int = Field(500, ge=20)
    """New ones that start a specialist's training."""
    choice: Literal["raw", "filtered", "self_filtered"] = "filtered"
    """Which of them become examples."""
    backend: Literal["own", "trl"] = "own"
    """Who trains; `trl` needs the extra `train`."""


class WatchingSettings(Section):
    share: float = Field(1.0, ge=0, le=1)
    """Of the conversations in watched apps; each is kept as a whole or not at all."""
    text: bool = True
    """Keep what was said on the way; without it problems, names and numbers alone."""


class LogSettings(Section):
    level: Literal["debug", "info", "warning", "error"] = "warning"
    json_lines: bool = False


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", toml_file=CONFIG_FILE
    )

    big_model: BigModelSettings = Field(default_factory=BigModelSettings)
    memory: MemorySettings = Field(default_factory=MemorySettings)
    embedder: EmbedderSettings = Field(default_factory=EmbedderSettings)
    small_model: SmallModelSettings = Field(default_factory=SmallModelSettings)
    router: RouterSettings = Field(default_factory=RouterSettings)
    agents: AgentsSettings = Field(default_factory=AgentsSettings)
    learning: LearningSettings = Field(default_factory=LearningSettings)
    watching: WatchingSettings = Field(default_factory=WatchingSettings)
    server: ServerSettings = Field(default_factory=ServerSettings)
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
            if name.upper().startswith(NAMED_PROVIDERS):
                continue
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
    known |= {".".join([*place[:-1], key]) for key in _keys_below(place[:-1])}
    return f"unknown setting {'.'.join(place)!r}{_nearest('.'.join(place), known)}"


def _keys_below(place: Sequence[str]) -> list[str]:
    """Which keys a section or a named provider has."""
    at: Any = Settings
    for part in place:
        table = get_origin(at) is dict
        at = get_args(at)[1] if table else at.model_fields[part].annotation
    return list(at.model_fields)


def _nearest(name: str, known: set[str]) -> str:
    close = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.5)
    return f": did you mean {close[0]!r}?" if close else f": known are {', '.join(sorted(known))}"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"
