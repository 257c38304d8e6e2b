from pathlib import Path

import pytest
from sqlalchemy import inspect
from sqlalchemy.exc import IntegrityError

from server.engines.database import open_database
from server.records import all_metadata, migrate, missing_changes
from server.settings import Settings
from server.wiring.house import build


@pytest.fixture
def engine(tmp_path):
    found = open_database(f"sqlite:///{tmp_path / 'roadcast.db'}")
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


def test_a_filled_database_of_the_first_version_is_brought_up_to_date(engine, tmp_path):
    """A demo as it was then: rebuilt tables must not take with them what refers to them."""
    migrate(engine, "0001")
    rows = (Path(__file__).parent / "filled_0001.sql").read_text().splitlines()
    with engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        for row in rows:
            connection.exec_driver_sql(row)
        read = "SELECT coalesce(sum(amount_micros), 0) FROM ledger_entries WHERE amount_micros > 0"
        earned = connection.exec_driver_sql(read).scalar()
    assert migrate(engine)[0] == "0001"
    assert missing_changes(engine) == []
    with engine.connect() as connection:
        counts = {"advertisers": 3, "campaigns": 3, "creatives": 6, "places": 4, "assets": 10}
        for table, count in counts.items():
            assert connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() == count
        with pytest.raises(IntegrityError):
            connection.exec_driver_sql("DELETE FROM advertisers")
        ledger = dict(
            connection.exec_driver_sql(
                "SELECT credit, sum(amount_micros) FROM ledger_transfers GROUP BY 1"
            ).all()
        )
        budgets = dict(connection.exec_driver_sql("SELECT line_item_id, budget_micros FROM line_items").all())
        assert ledger.pop("revenue:delivered", 0) == earned
        assert ledger == {f"budget:{item}": micros for item, micros in budgets.items() if micros}
        triggers = connection.exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).scalars()
        assert set(triggers) == {
            f"{table}_no_{word}"
            for table in ("fill_events", "ledger_transfers", "credits", "invoices", "organisation_acts")
            for word in ("update", "delete")
        }
    settings = Settings.from_environ({"ROADCAST_DATA_DIR": str(tmp_path)})
    (channel,) = build(settings).content.lineups().channels.values()
    played = {slot.programme_id for slot in channel.schedule.slots(15_000_000, 15_001_000)}
    assert len(played - {""}) == 4
