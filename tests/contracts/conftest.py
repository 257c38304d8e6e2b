"""Engines that contracts run on beside SQLite and a folder: a real PostgreSQL, and an S3 over HTTP."""

from collections.abc import Iterator

import pytest
from obstore.store import LocalStore, MemoryStore, ObjectStore, S3Store
from sqlalchemy import Engine, create_engine

from tests import engines


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Of one that lives as long as the test session."""
    with engines.postgres() as url:
        yield url


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


@pytest.fixture(scope="session")
def s3_environ() -> Iterator[dict[str, str]]:
    """Of an S3 store that lives as long as the test session."""
    with engines.s3_store() as environ:
        yield environ


@pytest.fixture(params=["local", "memory", "s3"])
def store(request: pytest.FixtureRequest, tmp_path, monkeypatch) -> ObjectStore:
    """The object store that a contract runs on, empty: every kind in turn."""
    if request.param == "local":
        (tmp_path / "store").mkdir()
        return LocalStore(tmp_path / "store")
    if request.param == "memory":
        return MemoryStore()
    for name, value in request.getfixturevalue("s3_environ").items():
        monkeypatch.setenv(name, value)
    return S3Store.from_url(f"s3://contracts/{tmp_path.name}")
