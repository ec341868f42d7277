"""Settings: from the file, overridden by the environment, and refused when misspelt."""

from pathlib import Path

import pytest

from knowhow.settings import load_settings
from knowhow_memory.errors import SettingsError


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_defaults_need_no_file() -> None:
    settings = load_settings()
    assert settings.embedder.model == "all-MiniLM-L6-v2"
    assert settings.memory.tenant == "default"


def test_the_environment_goes_before_the_file(
    empty_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (empty_folder / "knowhow.toml").write_text('[memory]\nlocation = "here"\ntenant = "acme"\n')
    monkeypatch.setenv("KNOWHOW_MEMORY__LOCATION", "there")
    settings = load_settings()
    assert (settings.memory.location, settings.memory.tenant) == ("there", "acme")


def test_another_file_can_be_named(empty_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (empty_folder / "other.toml").write_text('[embedder]\nmodel = "hash:64"\n')
    monkeypatch.setenv("KNOWHOW_CONFIG", "other.toml")
    assert load_settings().embedder.model == "hash:64"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[memory]\nlocatoin = "x"\n', "'memory.locatoin': did you mean 'memory.location'?"),
        ("[memry]\n", "'memry': did you mean 'memory'?"),
        ('[log]\nlevel = "loud"\n', "'log.level'"),
        ("[big_model]\nmodle = 'x'\n", "did you mean 'big_model.model'?"),
        ("[big_model]\nattempts = 0\n", "'big_model.attempts'"),
        ("[big_model]\napi_base = 'localhost:1'\n", "must begin with http://"),
        ("[big_model]\nbudget_usd = -1\n", "'big_model.budget_usd'"),
        (
            "[big_model.providers.local]\nmodel = 'openai/x'\napi_bas = 'y'\n",
            "did you mean 'big_model.providers.local.api_base'?",
        ),
        ("[memory\n", "not valid TOML"),
    ],
)
def test_a_wrong_file_is_refused_with_the_nearest_key(
    empty_folder: Path, text: str, message: str
) -> None:
    (empty_folder / "knowhow.toml").write_text(text)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_misspelt_variable_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KNOWHOW_MEMORY__LOCATON", "x")
    with pytest.raises(SettingsError, match="did you mean 'KNOWHOW_MEMORY__LOCATION'"):
        load_settings()


def test_a_named_provider_can_be_set_by_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KNOWHOW_BIG_MODEL__PROVIDERS__LOCAL__MODEL", "openai/x")
    assert load_settings().big_model.providers["local"].model == "openai/x"
    monkeypatch.setenv("KNOWHOW_BIG_MODEL__PROVIDERS__LOCAL__MODLE", "y")
    with pytest.raises(SettingsError, match=r"did you mean 'big_model\.providers\.local\.model'"):
        load_settings()


def test_a_named_file_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KNOWHOW_CONFIG", "nowhere.toml")
    with pytest.raises(SettingsError, match=r"nowhere\.toml"):
        load_settings()
