"""Opportunities by hour and cell, on every database."""

from adserver.adapters import sql_supply
from adserver.adapters.sql_supply import SqlSupply
from adserver.adapters.tables import metadata
from adserver.serving.returning import Came, Scale
from adserver.serving.supply import KEPT_HOURS, Kind, Slot, Trait, TraitSlot

TABLES = [metadata.tables[name] for name in ("avail_counts", "avail_traits", "avail_returns")]


def test_counts_add_up_and_are_read_by_cell_and_by_hour(engine):
    metadata.create_all(engine, tables=TABLES)
    supply = SqlSupply(engine)
    here, there = Slot(1_000, "48.11,-1.68", "FR", Kind.CARD), Slot(1_001, "", "FR", Kind.CARD)
    supply.add({here: 2, there: 1})
    supply.add({here: 3, Slot(1_168, "48.11,-1.68", "BE", Kind.AUDIO): 7})
    found = supply.history(1_169)
    assert found.hours == 169
    assert found.cells == {
        "48.11,-1.68": {("FR", Kind.CARD): 5, ("BE", Kind.AUDIO): 7},
        "": {("FR", Kind.CARD): 1},
    }
    assert found.totals == {("FR", Kind.CARD): 6, ("BE", Kind.AUDIO): 7}
    # That hour of the week came twice.
    assert found.weekly["FR", Kind.CARD][1_000 % 168] == 2.5
    # An hour that is not over is not read.
    assert supply.history(1_001).totals == {("FR", Kind.CARD): 5}
    assert supply.history(5).hours == 0


def test_it_is_bounded_by_time_and_by_size(engine, monkeypatch):
    metadata.create_all(engine, tables=TABLES)
    supply = SqlSupply(engine)
    supply.add({Slot(hour, f"{n}", "FR", Kind.CARD): 1 for hour in range(10) for n in range(4)})
    assert supply.forget(KEPT_HOURS + 2) == 8
    monkeypatch.setattr(sql_supply, "ROWS_LIMIT", 12)
    assert supply.forget(KEPT_HOURS + 2) == 20
    assert supply.history(100).hours == 100 - 7


def test_traits_add_up_over_the_days_and_the_old_are_forgotten(engine):
    metadata.create_all(engine, tables=TABLES)
    supply = SqlSupply(engine)
    fr, de = (TraitSlot(day, "FR", Kind.CARD, Trait.LANGUAGE, word) for day, word in ((40, "fr"), (41, "de")))
    supply.add({}, {fr: 2, de: 1})
    supply.add({}, {fr: 3})
    assert supply.traits(42 * 24) == {("FR", Kind.CARD): {Trait.LANGUAGE: {"fr": 5, "de": 1}}}
    assert supply.traits(41 * 24) == {("FR", Kind.CARD): {Trait.LANGUAGE: {"fr": 5}}}
    supply.forget(41 * 24 + KEPT_HOURS)
    assert supply.traits(42 * 24) == {("FR", Kind.CARD): {Trait.LANGUAGE: {"de": 1}}}


def test_returns_are_those_of_whole_weeks_where_there_is_one(engine):
    metadata.create_all(engine, tables=TABLES)
    supply, day = SqlSupply(engine), Scale(True, 8, 86_400)
    supply.keep_returns(100, {day: Came(50, 25)})
    assert supply.returns(100 * 168 + 5).means == {day: 2.0}
    supply.keep_returns(100, {day: Came(60, 20)})
    supply.keep_returns(101, {day: Came(9, 9)})
    assert supply.returns(101 * 168 + 5).means == {day: 3.0}
    assert supply.returns(100 * 168).means == {}
    supply.forget(105 * 168)
    assert supply.returns(105 * 168).means == {day: 1.0}
