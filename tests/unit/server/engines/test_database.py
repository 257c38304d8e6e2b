import threading

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, insert, select, text, update

from server.engines.database import READ_ONLY, open_database

metadata = MetaData()
counters = Table("counters", metadata, Column("n", Integer))


@pytest.fixture
def engine(tmp_path):
    found = open_database(f"sqlite:///{tmp_path / 'new' / 'test.db'}")
    metadata.create_all(found)
    with found.begin() as connection:
        connection.execute(insert(counters).values(n=0))
    yield found
    found.dispose()


def test_sane_pragmas(engine):
    with engine.connect() as connection:
        asked = {name: connection.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "foreign_keys")}
    assert asked == {"journal_mode": "wal", "foreign_keys": 1}


def test_what_was_read_is_still_true_when_it_is_written(engine):
    def count_up():
        for _ in range(25):
            with engine.begin() as connection:
                n = connection.scalar(select(counters.c.n))
                connection.execute(update(counters).values(n=n + 1))

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with engine.connect() as connection:
        assert connection.scalar(select(counters.c.n)) == 100


def test_readers_do_not_wait_for_a_writer(engine):
    reads = engine.execution_options(**READ_ONLY)
    with engine.begin() as writing:
        writing.execute(update(counters).values(n=5))
        with reads.connect() as reading:
            assert reading.scalar(select(counters.c.n)) == 0
