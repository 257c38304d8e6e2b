"""What keeps places must do, on every engine."""

import threading
import time
from dataclasses import replace

import pytest

from geotarget.adapters.sql_places import SqlPlaces
from geotarget.adapters.tables import metadata
from geotarget.correction import Correction, both, corrected
from geotarget.place import Category, Place, place_id_of
from geotarget.ports import Stored
from server.engines.database import open_database


@pytest.fixture
def places(engine):
    metadata.create_all(engine)
    return SqlPlaces(engine)


def a_place(external_id, name="Garage", source="test", category=Category.DEALER, **attributes):
    return Place(
        place_id_of(source, external_id),
        source,
        external_id,
        name,
        "Roulé",
        category,
        48.1,
        -1.68,
        attributes,
    )


def test_what_is_stored_comes_back_the_same(places):
    given = [
        a_place("1", "Œuf “à la coque” 🥚", city="Plélan", hours="24/7"),
        replace(a_place("2"), latitude=-89.99999999999999, longitude=179.99999999999997),
    ]
    assert places.store(given, 1, dry_run=False) == Stored(2, 0, 0)
    assert sorted(places.each(), key=lambda place: place.external_id) == given


def test_storing_again_changes_only_what_differs(places):
    places.store([a_place("1"), a_place("2"), a_place("3")], 1, dry_run=False)
    again = [a_place("1"), a_place("2", name="Renamed"), a_place("4"), a_place("3", source="other")]
    assert places.store(again, 2, dry_run=True) == Stored(2, 1, 1)
    assert {place.name for place in places.each()} == {"Garage"}
    assert places.store(again, 2, dry_run=False) == Stored(2, 1, 1)
    assert places.store(again, 3, dry_run=False) == Stored(0, 0, 4)
    assert sorted((place.source, place.external_id, place.name) for place in places.each()) == [
        ("other", "3", "Garage"),
        ("test", "1", "Garage"),
        ("test", "2", "Renamed"),
        ("test", "3", "Garage"),
        ("test", "4", "Garage"),
    ]


def test_nothing_to_store_is_fine(places):
    assert places.store([], 1, dry_run=False) == Stored(0, 0, 0)
    assert list(places.each()) == []
    assert places.counts() == {}


def test_counts_and_search(places):
    places.store(
        [
            a_place("1", "Éclair", city="Plélan"),
            a_place("2", "Zénith", category=Category.HOTEL),
            a_place("3", "100% garage_1"),
        ],
        1,
        dry_run=False,
    )
    assert places.counts() == {Category.DEALER: 2, Category.HOTEL: 1}

    def names(*asked):
        return [place.name for place in places.search(*asked)]

    assert names("", None, 0, 10) == ["100% garage_1", "Éclair", "Zénith"]
    assert names("ECLA", None, 0, 10) == names("plelan", None, 0, 10) == ["Éclair"]
    assert names("roule", Category.HOTEL, 0, 10) == ["Zénith"]
    assert names("%", None, 0, 10) == ["100% garage_1"]
    assert names("_", None, 0, 10) == ["100% garage_1"]
    assert names("", None, 1, 1) == ["Éclair"]


def test_a_hundred_thousand_places_in_seconds(places):
    many = [a_place(str(i), f"Garage {i}", city="Rennes") for i in range(100_000)]
    start = time.perf_counter()
    assert places.store(many, 1, dry_run=False).added == 100_000
    assert places.store(many, 2, dry_run=False).unchanged == 100_000
    assert time.perf_counter() - start < 60


def test_a_correction_outlives_imports_of_the_list(places):
    places.store([a_place("1", city="Rennes", hours="8-12")], 1, dry_run=False)
    [place] = places.each()
    correction = Correction(name="Garage Léo", position=(48.2, -1.5), address={"city": "Bruz"})
    assert places.correct(place.place_id, set_right(correction), 2) is not None
    assert places.store([a_place("1", city="Rennes", hours="8-12")], 3, dry_run=False) == Stored(0, 0, 1)
    assert places.store([a_place("1", "New", city="Rennes", hours="9-12")], 4, dry_run=False).updated == 1
    kept = places.get(place.place_id)
    assert (kept.place.name, kept.place.latitude) == ("Garage Léo", 48.2)
    assert kept.place.attributes == {"city": "Bruz", "hours": "9-12"}
    assert (kept.correction, kept.withdrawn) == (correction, False)
    assert [found.name for found in places.search("bruz", None, 0, 10)] == ["Garage Léo"]
    assert places.search("new", None, 0, 10) == []


@pytest.fixture
def places_at_once(engine):
    """With transactions as the service has them: on SQLite they begin by writing."""
    metadata.create_all(engine)
    own = engine if engine.dialect.name == "postgresql" else open_database(str(engine.url))
    yield SqlPlaces(own)
    own.dispose()


def set_right(correction):
    return lambda kept: kept._replace(place=corrected(kept.place, correction), correction=correction)


def test_a_correction_and_an_import_at_once_lose_nothing_of_either(places_at_once):
    places = places_at_once
    places.store([a_place("1", hours="8-12")], 1, dry_run=False)
    [place] = places.each()
    reading, import_done = threading.Event(), []

    def import_again():
        reading.wait(30)
        places.store([a_place("1", "New", hours="9-12")], 2, dry_run=False)
        import_done.append(True)

    def slowly(kept):
        reading.set()
        other.join(0.3)  # the import waits for the correction, or is done before it reads
        return set_right(Correction(brand="Leo"))(kept)

    other = threading.Thread(target=import_again)
    other.start()
    before, after = places.correct(place.place_id, slowly, 3)
    other.join(30)
    assert import_done
    assert (before.place.brand, after.place.brand) == ("Roulé", "Leo")
    kept = places.get(place.place_id)
    assert (kept.place.name, kept.place.brand, kept.place.attributes) == ("New", "Leo", {"hours": "9-12"})


def test_two_people_who_correct_one_place_at_once_both_do(places_at_once):
    places = places_at_once
    places.store([a_place("1")], 1, dry_run=False)
    [place] = places.each()
    wanted = [Correction(name="Garage Léo"), Correction(brand="Leo"), Correction(address={"city": "Bruz"})]

    def one(correction):
        def change(kept):
            together = both(kept.correction, correction)
            return kept._replace(place=corrected(kept.place, correction), correction=together)

        places.correct(place.place_id, change, 2)

    threads = [threading.Thread(target=one, args=[correction]) for correction in wanted]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    kept = places.get(place.place_id)
    assert (kept.place.name, kept.place.brand, kept.place.attributes) == (
        "Garage Léo",
        "Leo",
        {"city": "Bruz"},
    )
    assert kept.correction == Correction(name="Garage Léo", brand="Leo", address={"city": "Bruz"})


def test_what_a_list_says_is_gone_is_not_offered_until_a_list_has_it_again(places):
    places.store([a_place("1"), a_place("2", "Other")], 1, dry_run=False)
    gone = place_id_of("test", "1")
    assert places.store([], 2, dry_run=True, gone=[gone, "plc_unknown"]) == Stored(0, 0, 0, 1)
    assert len(list(places.each())) == 2
    before = places.revision()
    assert places.store([a_place("2", "Other")], 2, dry_run=False, gone=[gone]) == Stored(0, 0, 1, 1)
    assert places.revision() > before
    assert [place.name for place in places.each()] == ["Other"]
    assert places.get(gone).gone
    assert places.store([], 3, dry_run=False, gone=[gone]) == Stored(0, 0, 0, 0)
    assert places.store([a_place("1")], 4, dry_run=False, gone=[gone]) == Stored(0, 1, 0, 0)
    assert len(list(places.each())) == 2
    assert not places.get(gone).gone


def test_what_is_withdrawn_is_found_nowhere_until_it_is_put_back(places):
    places.store([a_place("1"), a_place("2", "Other")], 1, dry_run=False)
    gone, _ = sorted(places.each(), key=lambda place: place.external_id)
    places.withdraw(gone.place_id, 2)
    places.store([a_place("1", "Renamed")], 3, dry_run=False)
    assert [place.name for place in places.each()] == ["Other"]
    assert [place.name for place in places.search("", None, 0, 10)] == ["Other"]
    assert [place.name for place in places.search("", None, 0, 10, withdrawn=True)] == ["Renamed"]
    assert places.counts() == {Category.DEALER: 1}
    assert places.get(gone.place_id).withdrawn
    places.withdraw(gone.place_id, None)
    assert len(list(places.each())) == 2
    assert places.get("plc_none") is None
