import pytest

from knowhow_adapters.base.load import Base, load_base
from tests.adapters.tiny import tiny_folder


@pytest.fixture(scope="package")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    return load_base(str(tiny_folder(tmp_path_factory.mktemp("bases") / "tiny")))
