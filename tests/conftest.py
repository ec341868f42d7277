"""What all tests share: how much hypothesis tries, and the places a store can be in.

No test asks a model that is not on this machine: `KNOWHOW_FORBID_NETWORK` is set for all of them
and for what they start.

`KNOWHOW_HYPOTHESIS=thorough` tries more, and other examples each time. `KNOWHOW_REQUIRE_POSTGRES=1`
turns a missing PostgreSQL from a skip into a failure.
"""

import itertools
import os
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from knowhow_memory.memory import Memory

os.environ["KNOWHOW_FORBID_NETWORK"] = "1"
# Two threads that share a busy core wait for each other a hundred times longer than they compute.
os.environ.setdefault("OMP_NUM_THREADS", "1")

EMBEDDER = "hash:64"
FAST_DISK = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""For what is not about disks."""
SLOW_DISKS = [HealthCheck.too_slow]
PROFILE = os.environ.get("KNOWHOW_HYPOTHESIS", "ci")

settings.register_profile(
    "ci", deadline=None, derandomize=True, max_examples=50, suppress_health_check=SLOW_DISKS
)
settings.register_profile(
    "thorough", deadline=None, max_examples=1000, suppress_health_check=SLOW_DISKS
)
settings.load_profile(PROFILE)


def require_postgres(reason: str) -> None:
    message = (
        f"{reason}: pip install 'knowhow[dev]' brings a server that the tests start themselves"
    )
    if os.environ.get("KNOWHOW_REQUIRE_POSTGRES"):
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Callable[[str], str]]:
    """A real server for the session; gives the address of a database by its name."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import pgserver
        except ImportError as error:
            require_postgres(f"no PostgreSQL ({error})")
        # Not below pytest's own folder, which the server's user may not enter.
        with tempfile.TemporaryDirectory(prefix="knowhow-postgres-", dir=FAST_DISK) as folder:
            Path(folder).chmod(0o755)
            try:
                server = pgserver.get_server(folder, cleanup_mode="stop")
            except Exception as error:  # noqa: BLE001  whatever it is, it is the reason to skip
                require_postgres(f"PostgreSQL does not start ({error})")
            yield server.get_uri
            server.cleanup()


@pytest.fixture(scope="session")
def new_postgres(postgres_server: Callable[[str], str]) -> Callable[[], str]:
    """Makes an empty database and gives its location."""
    import psycopg

    numbers = itertools.count()

    def make() -> str:
        name = f"store_{next(numbers)}"
        with psycopg.connect(postgres_server("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return postgres_server(name).replace("postgresql://", "postgresql+psycopg://")

    return make


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def location(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> str:
    """Where a store can be: the same tests hold for each."""
    if request.param == "sqlite":
        return str(tmp_path / "store")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    make: Callable[[], str] = request.getfixturevalue("new_postgres")
    return make()


@pytest.fixture
def memory(location: str) -> Iterator[Memory]:
    with Memory.open(location, embedder=EMBEDDER) as memory:
        yield memory


@pytest.fixture
def sqlite_memory(tmp_path: Path) -> Iterator[Memory]:
    """For what only files can do."""
    with Memory.open(tmp_path / "files", embedder=EMBEDDER) as memory:
        yield memory
