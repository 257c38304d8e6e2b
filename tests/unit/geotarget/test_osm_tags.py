import pytest

from geotarget.osm_tags import attributes_in, brand_in, category_in, hours_in, is_gone, is_public, name_in
from geotarget.place import Category


@pytest.mark.parametrize(
    ("tags", "category"),
    [
        ({"amenity": "fuel"}, "fuel"),
        ({"amenity": "charging_station"}, "charging"),
        ({"shop": "car"}, "dealer"),
        ({"tourism": "motel"}, "hotel"),
        ({"amenity": "cafe"}, "restaurant"),
        ({"amenity": "parking"}, "parking"),
        ({"shop": "car_repair"}, None),
        ({"disused:amenity": "fuel"}, None),
        ({}, None),
    ],
)
def test_the_category(tags, category):
    assert category_in(tags) == category


@pytest.mark.parametrize(
    ("tags", "name"),
    [
        ({"name": "Relais", "brand": "Avia"}, "Relais"),
        ({"brand": "Avia;Total", "addr:city": "Rennes"}, "Avia Rennes"),
        ({"name": " ", "operator": "Ville"}, "Ville"),
        ({"addr:city": "Rennes"}, ""),
    ],
)
def test_the_name_or_whose_it_is(tags, name):
    assert name_in(tags) == name


def test_who_runs_a_charging_station_is_its_brand():
    assert brand_in({"operator": "Ty Watt"}, Category.CHARGING) == "Ty Watt"
    assert brand_in({"operator": "Ty Watt"}, Category.FUEL) == ""
    assert brand_in({"brand": "Renault;Dacia"}, Category.DEALER) == "Renault"
    assert attributes_in({"brand": "Renault;Dacia"}, Category.DEALER)["brands"] == "Renault; Dacia"


@pytest.mark.parametrize(
    ("tags", "plugs", "power_kw"),
    [
        ({"socket:type2": "4", "socket:type2:output": "22 kW"}, "Type 2", "22"),
        ({"socket:type2_combo": "2", "socket:type2_combo:output": "50 kW;150kW"}, "CCS", "150"),
        (
            {"socket:typee": "1", "socket:schuko": "1", "charging_station:output": "3700 W"},
            "E/F",
            "3.7",
        ),
        (
            {"socket:chademo": "no", "socket:type2_cable": "yes", "socket:type2:output": "7,4"},
            "Type 2",
            "7.4",
        ),
        ({"socket:type2:output": "400000 kW"}, "", ""),
        ({"socket:type2:output": "fast"}, "", ""),
    ],
)
def test_plugs_and_power_as_lists_of_charge_points_have_them(tags, plugs, power_kw):
    found = attributes_in(tags, Category.CHARGING)
    assert (found["plugs"], found["power_kw"]) == (plugs, power_kw)


def test_the_address_and_what_is_of_one_category_only():
    told = {"addr:street": "rue Hoche", "addr:housenumber": "3", "addr:postcode": "35000", "capacity": "12"}
    parking = attributes_in(told | {"fee": "no", "contact:phone": "+33 2"}, Category.PARKING)
    assert parking["address"] == "3 rue Hoche"
    assert (parking["postcode"], parking["capacity"]) == ("35000", "12")
    assert (parking["free"], parking["phone"]) == ("yes", "+33 2")
    assert "capacity" not in attributes_in(told, Category.HOTEL)
    assert attributes_in({"capacity": "6", "fee": "yes"}, Category.CHARGING)["points"] == "6"
    assert attributes_in({"fuel:e10": "yes", "fuel:octane_98": "yes"}, Category.FUEL)["fuels"] == "98, e10"


@pytest.mark.parametrize(
    ("text", "readable"), [("Mo-Fr 08:00-18:00; PH off", True), ("24/7", True), ("", True), ("9h-18h", False)]
)
def test_opening_hours_that_can_be_read(text, readable):
    assert hours_in({"opening_hours": text}) == (text, readable)


def test_where_no_driver_may_go():
    assert is_public({"access": "customers"})
    assert not is_public({"access": "private"})
    assert is_gone({"disused": "yes"})
    assert not is_gone({"abandoned": "no"})
