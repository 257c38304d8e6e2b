import pytest
from sqlalchemy import inspect

from server.engines.database import open_database
from server.records import all_metadata, migrate, missing_changes


@pytest.fixture
def engine(tmp_path):
    found = open_database(f"sqlite:///{tmp_path / 'records.db'}")
    yield found
    found.dispose()


def test_the_migrations_make_what_the_rooms_declare(engine):
    migrate(engine)
    assert missing_changes(engine) == []
    migrate(engine)


def test_no_two_rooms_have_a_table_of_one_name():
    names = [table for metadata in all_metadata() for table in metadata.tables]
    assert len(names) == len(set(names))
    assert {"accounts", "assets", "channels", "places", "campaigns", "vehicles"} <= set(names)


def test_what_is_missing_is_told(engine):
    assert missing_changes(engine)
    assert not inspect(engine).get_table_names()
