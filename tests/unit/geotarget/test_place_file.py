import pytest

from geotarget import place_file
from geotarget.place import Category
from geotarget.place_file import ReadRow, RefusedRow, category_of, clean, fold, gather, make_place, number
from kernel.errors import Invalid, TooLarge


def row(number_, external_id="1", **changes):
    given = {"name": "Garage", "brand": "", "category": Category.POI, "position": (48, 2), "attributes": {}}
    return ReadRow(number_, make_place("test", external_id, **(given | changes)))


def test_every_refusal_is_counted_and_the_first_hundred_kept():
    outcomes = [RefusedRow(i, "name-missing", "") for i in range(1, 251)] + [row(251)]
    read = gather(outcomes)
    assert (read.rows, len(read.places), read.refused) == (251, 1, {"name-missing": 250})
    assert [refused.row for refused in read.refusals] == list(range(1, 101))


def test_a_second_row_of_an_id_is_refused_and_the_first_stays():
    read = gather([row(1, name="First"), row(2, name="Second")])
    assert [place.name for place in read.places] == ["First"]
    assert read.refusals[0].code == "duplicate-external-id"


def test_too_many_rows(monkeypatch):
    monkeypatch.setattr(place_file, "ROW_LIMIT", 2)
    with pytest.raises(TooLarge, match="too-many-rows"):
        gather([row(1, "1"), row(2, "2"), row(3, "3")])


def test_lost_coordinates_are_no_place_in_the_gulf_of_guinea():
    with pytest.raises(Invalid, match="position-missing"):
        row(1, position=(0.0, 0.0))
    assert row(1, position=(0.0, 9.0)).place.longitude == 9


def test_attributes_that_do_not_fit_are_left_out():
    given = {"long": "x" * 501, "empty": "  ", "k" * 65: "v"} | {f"k{i}": f" v  {i}" for i in range(40)}
    attributes = row(1, attributes=given).place.attributes
    assert len(attributes) == 32
    assert attributes["k0"] == "v 0"
    assert not {"long", "empty", "k" * 65} & set(attributes)


def test_texts_are_normalised():
    assert clean("  Ple\u0301lan \n le\tGrand ") == "Plélan le Grand"
    assert fold("Éléphant  ŒUF") == "elephant œuf"


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "position-missing"), ("48°", "coordinate-malformed"), ("1,2,3", "coordinate-malformed")],
)
def test_coordinates_that_are_none(text, code):
    with pytest.raises(Invalid) as refused:
        number(text, "latitude")
    assert refused.value.code == code


def test_coordinates_with_a_comma_and_categories_by_name():
    assert number(" 48,5 ", "latitude") == 48.5
    assert category_of(" Fuel ", Category.POI) is Category.FUEL
    assert category_of("", Category.HOTEL) is Category.HOTEL
    with pytest.raises(Invalid, match="category-unknown"):
        category_of("pub", Category.POI)
