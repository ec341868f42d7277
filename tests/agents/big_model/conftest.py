from collections.abc import Iterator

import pytest

from tests.agents.big_model.fault_server import FaultServer, fault_server


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with fault_server() as server:
        yield server
