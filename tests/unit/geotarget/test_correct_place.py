import pytest

from geotarget.adapters.sql_places import SqlPlaces
from geotarget.adapters.tables import metadata
from geotarget.correct_place import CorrectPlace
from geotarget.correction import Correction
from geotarget.place import Category, Place, place_id_of
from geotarget.withdraw_place import WithdrawPlace
from kernel.errors import Conflict, Invalid, NotFound

PLACE_ID = place_id_of("test", "1")


@pytest.fixture
def kept(database):
    metadata.create_all(database)
    found = SqlPlaces(database)
    place = Place(PLACE_ID, "test", "1", "Garage", "", Category.DEALER, 48.1, -1.6, {"city": "Rennes"})
    found.store([place], 1, dry_run=False)
    return found


def test_a_place_is_set_right_step_by_step_and_told_of(kept, clock):
    told = []
    correct = CorrectPlace(kept, clock, told.append)
    correct(PLACE_ID, Correction(name="  Garage   Léo ", brand="", category=Category.DEALER))
    correct(PLACE_ID, Correction(position=(48.2, -1.7)))
    correct(PLACE_ID, Correction(name="Garage Léo", address={"city": "Rennes"}))
    assert told == ["places", "places"]
    found = correct.find(PLACE_ID)
    assert (found.place.name, found.place.latitude, found.place.longitude) == ("Garage Léo", 48.2, -1.7)
    assert found.correction == Correction(name="Garage Léo", position=(48.2, -1.7))


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (Correction(name=" "), "name-missing"),
        (Correction(position=(91, 0)), "latitude-out-of-range"),
        (Correction(address={"city": "x" * 501}), "attribute-too-long"),
    ],
)
def test_what_no_place_may_be_is_refused(kept, clock, wanted, code):
    correct = CorrectPlace(kept, clock, lambda _topic: None)
    with pytest.raises(Invalid) as caught:
        correct(PLACE_ID, wanted)
    assert caught.value.code == code
    assert correct.find(PLACE_ID).correction == Correction()


def test_a_place_that_is_not_there(kept, clock):
    with pytest.raises(NotFound):
        CorrectPlace(kept, clock, lambda _topic: None)("plc_none", Correction())


def test_a_place_is_not_taken_from_under_a_campaign(kept, clock):
    told, at = [], {PLACE_ID: ["Winter", "Autumn", "Spring", "Summer"]}
    withdraw = WithdrawPlace(kept, lambda place_id: at.get(place_id, []), clock, told.append)
    with pytest.raises(Conflict) as caught:
        withdraw(PLACE_ID)
    assert caught.value.code == "place-in-use"
    assert "“Autumn”, “Spring”, “Summer”, …" in caught.value.detail
    assert not kept.get(PLACE_ID).withdrawn
    at.clear()
    withdraw(PLACE_ID)
    assert kept.get(PLACE_ID).withdrawn
    withdraw.put_back(PLACE_ID)
    assert not kept.get(PLACE_ID).withdrawn
    assert told == ["places", "places"]
