from geotarget.correction import Correction, both, changes, corrected
from geotarget.place import ATTRIBUTES_LIMIT, Category, Place, place_id_of


def a_place(**attributes):
    place_id = place_id_of("test", "1")
    return Place(place_id, "test", "1", "Garage", "", Category.DEALER, 48.1, -1.6, attributes)


def test_what_is_not_named_stays_as_it_is():
    place = a_place(city="Rennes", hours="24/7")
    assert corrected(place, Correction()) == place
    moved = corrected(place, Correction(position=(0.5, 0), address={"city": "", "address": "2 rue A"}))
    assert (moved.latitude, moved.longitude, moved.name) == (0.5, 0, "Garage")
    assert moved.attributes == {"address": "2 rue A", "hours": "24/7"}


def test_only_what_differs_is_a_change():
    wanted = Correction("Garage", "Roule", Category.DEALER, (48.1, -1.6), {"city": "Bruz", "address": ""})
    assert changes(a_place(), wanted) == Correction(brand="Roule", address={"city": "Bruz"})


def test_the_later_correction_wins():
    earlier = Correction("A", position=(1, 2), address={"city": "Bruz", "address": "1"})
    assert both(earlier, Correction("B", address={"city": "Rennes"})) == Correction(
        "B", position=(1, 2), address={"city": "Rennes", "address": "1"}
    )


def test_what_is_set_by_hand_has_room():
    full = a_place(**{f"key {i}": "x" for i in range(ATTRIBUTES_LIMIT)})
    found = corrected(full, Correction(address={"city": "Bruz"})).attributes
    assert (found["city"], len(found)) == ("Bruz", ATTRIBUTES_LIMIT)
