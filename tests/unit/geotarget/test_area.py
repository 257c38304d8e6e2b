import pytest

from geotarget.area import (
    Around,
    Border,
    Corridor,
    Disc,
    PlaceSet,
    area_id_of,
    check_shape,
    length_m,
    make_area,
)
from geotarget.place import Category, Place
from kernel.errors import Invalid

SQUARE = ((0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0), (0.0, 0.0))
HOLE = ((0.5, 0.5), (1.0, 0.5), (1.0, 1.0), (0.5, 1.0), (0.5, 0.5))
BOW_TIE = ((0.0, 0.0), (2.0, 2.0), (2.0, 0.0), (0.0, 2.0), (0.0, 0.0))
ROAD = ((0.0, 48.0), (0.1, 48.1))


def around(*points):
    return (*points, points[0])


ACROSS = Border(((around((170.0, 0.0), (-170.0, 0.0), (-170.0, 5.0), (170.0, 5.0)),),))


@pytest.mark.parametrize(
    "shape",
    [
        Disc(90, 0, 500_000),
        Border(((SQUARE, HOLE), (around((10.0, 0.0), (11.0, 0.0), (11.0, 1.0)),))),
        Border(((tuple(reversed(SQUARE)),),)),
        Border(((around((-180.0, -90.0), (-180.0, -80.0), (0.0, -70.0), (180.0, -80.0), (180.0, -90.0)),),)),
        Corridor(ROAD, 10),
        Around(PlaceSet(source="fuel-fr"), 1_000),
        Around(PlaceSet(category=Category.FUEL, brand="Avia"), 1_000),
    ],
    ids=["disc", "hole and island", "clockwise", "around a pole", "corridor", "list", "brand"],
)
def test_what_is_an_area(shape):
    check_shape(shape)


@pytest.mark.parametrize(
    ("shape", "code", "said"),
    [
        (Disc(91, 0, 10), "latitude-out-of-range", "91"),
        (Disc(48, 2, 0), "radius-out-of-range", "500 km"),
        (Disc(48, 2, float("nan")), "radius-out-of-range", "500 km"),
        (Disc(48, 2, 500_001), "radius-out-of-range", "500 km"),
        (Border(()), "area-empty", "no polygon"),
        (Border(((),)), "area-empty", "no polygon"),
        (Border(((SQUARE[:-1],),)), "area-ring-open", "begins at 0, 0"),
        (Border(((SQUARE[:2] + SQUARE[:1],),)), "area-ring-too-short", "fewer than four"),
        (Border((((),),)), "area-ring-too-short", "fewer than four"),
        (Border(((BOW_TIE,),)), "area-crosses-itself", "crosses itself at 1, 1"),
        (Border(((SQUARE, around((5.0, 5.0), (6.0, 5.0), (6.0, 6.0))),)), "area-malformed", "hole"),
        (ACROSS, "area-crosses-antimeridian", "170 to -170"),
        (Border(((around((0.0, 0.0), (181.0, 0.0), (181.0, 5.0)),),)), "longitude-out-of-range", "181"),
        (Border(((around((0.0, 0.0), (1.0, 91.0), (1.0, 5.0)),),)), "latitude-out-of-range", "91"),
        (Border((((SQUARE * 20_001),),)), "area-too-many-points", "100,000"),
        (Border((((SQUARE),),) * 5_001), "area-too-many-points", "5,000"),
        (Corridor(ROAD[:1], 100), "line-too-short", "fewer than two"),
        (Corridor(ROAD[:1] * 2, 100), "line-too-short", "fewer than two"),
        (Corridor(ROAD * 5_001, 100), "area-too-many-points", "10,000"),
        (Corridor(((0.0, 80.0), (0.0, 86.0)), 100), "line-near-pole", "85"),
        (Corridor(((179.0, 0.0), (-179.0, 0.0)), 100), "area-crosses-antimeridian", "179 to -179"),
        (Corridor(((0.0, 0.0), (40.0, 0.0)), 100), "line-too-long", "3,000 km"),
        (Corridor(ROAD, 9), "width-out-of-range", "10 m to 50 km"),
        (Corridor(ROAD, float("inf")), "width-out-of-range", "10 m to 50 km"),
        (Around(PlaceSet(), 100), "place-set-empty", "not described"),
        (Around(PlaceSet(brand="Avia"), -1), "radius-out-of-range", "500 km"),
        (Around(PlaceSet(source="Fuel FR"), 100), "source-malformed", "lower-case"),
        (Around(PlaceSet(brand="A" * 201), 100), "brand-too-long", "200"),
    ],
)  # fmt: skip
def test_what_is_none_is_refused_with_its_reason(shape, code, said):
    with pytest.raises(Invalid) as refused:
        check_shape(shape)
    assert refused.value.code == code
    assert said in refused.value.detail
    assert refused.value.fix


@pytest.mark.parametrize(
    ("source", "external_id", "name", "code"),
    [
        ("Départements", "35", "Ille-et-Vilaine", "source-malformed"),
        ("dep", "", "Ille-et-Vilaine", "external-id-missing"),
        ("dep", "3" * 201, "Ille-et-Vilaine", "external-id-too-long"),
        ("dep", "35", "  ", "name-missing"),
        ("dep", "35", "I" * 201, "name-too-long"),
        ("dep", "35", "a\nb", "text-malformed"),
    ],
)
def test_an_area_has_a_name_and_an_id(source, external_id, name, code):
    with pytest.raises(Invalid) as refused:
        make_area(source, external_id, name, Disc(48, 2, 10))
    assert refused.value.code == code


def test_its_id_says_where_it_came_from():
    area = make_area("dep", "35", "Ille-et-Vilaine", Disc(48, 2, 10))
    assert area.area_id == area_id_of("dep", "35") != area_id_of("dep", "36")
    assert (area.kind, area_id_of("dep", "35")[:4]) == ("disc", "are_")


def test_a_set_holds_what_fits_all_that_is_given():
    place = Place("p", "fuel-fr", "1", "Relais", "Élan", Category.FUEL, 48, 2)
    for given, held in [
        ({"source": "fuel-fr"}, True),
        ({"source": "fuel"}, False),
        ({"category": Category.FUEL, "brand": "elan"}, True),
        ({"category": Category.HOTEL, "brand": "Élan"}, False),
        ({"brand": "Avia"}, False),
    ]:
        assert PlaceSet(**given).holds(place) is held


def test_a_line_is_as_long_as_it_is():
    assert length_m(((0.0, 0.0), (1.0, 0.0), (1.0, 1.0))) == pytest.approx(2 * 111_000, rel=0.01)
    assert length_m(((0.0, 60.0), (1.0, 60.0))) == pytest.approx(55_800, rel=0.01)
