"""Writing rows anew and counting changes, on every engine."""

import pytest
from sqlalchemy import select

from geotarget.adapters import revisions
from geotarget.adapters.tables import metadata, places
from geotarget.adapters.upserts import upsert

ROW = {
    "place_id": "p",
    "source": "t",
    "external_id": "1",
    "name": "Before",
    "brand": "",
    "category": "poi",
    "latitude": 48.0,
    "longitude": 2.0,
    "attributes": "{}",
    "search_text": "",
    "digest": b"d" * 16,
    "updated_ms": 1,
}


@pytest.fixture(autouse=True)
def tables(engine):
    metadata.create_all(engine)


def test_a_row_is_added_then_written_anew_but_for_what_is_kept(engine):
    with engine.begin() as connection:
        upsert(connection, places, "place_id", [ROW | {"corrections": '{"name":"By hand"}'}])
        upsert(connection, places, "place_id", [ROW | {"name": "After"}], kept=("corrections",))
        (row,) = connection.execute(select(places.c.name, places.c.corrections)).all()
    assert tuple(row) == ("After", '{"name":"By hand"}')


def test_a_number_rises_with_each_change_of_its_topic_and_not_with_one_that_failed(engine):
    with engine.begin() as connection:
        assert revisions.number(connection, "places") == 0
        revisions.raise_number(connection, "places")
        revisions.raise_number(connection, "places")
        revisions.raise_number(connection, "areas")
    with engine.connect() as connection:
        revisions.raise_number(connection, "areas")
        connection.rollback()
        assert (revisions.number(connection, "places"), revisions.number(connection, "areas")) == (2, 1)
