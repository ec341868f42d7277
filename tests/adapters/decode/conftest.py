"""Tiny bases, and adapters of theirs in a real bank."""

from collections.abc import Callable
from pathlib import Path

import pytest

from knowhow.benches._adapters import random_adapter
from knowhow_adapters.artefact import write_adapter
from knowhow_adapters.bank import Bank
from knowhow_adapters.base.load import Base, load_base
from knowhow_adapters.decode.engine import Decoder
from tests.adapters.tiny import CONFIGS, tiny_folder

AMPLE = 2**30
ADAPTERS = 3


class Workshop:
    """A base, a decoder with adapters for it, and an untouched copy to compare with."""

    def __init__(self, place: Path, architecture: str) -> None:
        self.folder = tiny_folder(place / "base", architecture)
        self.base: Base = load_base(str(self.folder))
        self.plain: Base = load_base(str(self.folder))
        self.versions = place / "versions"
        self.versions.mkdir()
        adapters = [random_adapter(self.base, seed, rank=4) for seed in range(ADAPTERS)]
        for adapter in adapters:
            write_adapter(adapter, self.base, self.versions)
        self.refs = [adapter.ref for adapter in adapters]
        self.size = adapters[0].size_bytes
        self.decoder = self.open()

    def open(self, max_bytes: int = AMPLE) -> Decoder:
        return Decoder(self.base, Bank(self.base, lambda ref: self.versions / ref, max_bytes))


@pytest.fixture(scope="session")
def make_workshop(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Workshop]:
    made: dict[str, Workshop] = {}

    def make(architecture: str) -> Workshop:
        if architecture not in made:
            made[architecture] = Workshop(tmp_path_factory.mktemp(architecture), architecture)
        return made[architecture]

    return make


@pytest.fixture(params=CONFIGS)
def any_shop(request: pytest.FixtureRequest, make_workshop: Callable[[str], Workshop]) -> Workshop:
    return make_workshop(request.param)


@pytest.fixture(params=["llama", "phi3"])
def shop(request: pytest.FixtureRequest, make_workshop: Callable[[str], Workshop]) -> Workshop:
    """One base of each way to compute: its own forward, and that of transformers."""
    return make_workshop(request.param)


@pytest.fixture
def llama(make_workshop: Callable[[str], Workshop]) -> Workshop:
    return make_workshop("llama")
