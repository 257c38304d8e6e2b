import math

import pytest

from geotarget.place import Category, Place, place_id_of
from kernel.errors import Invalid


def a_place(**changes):
    content = {
        "place_id": "plc_1",
        "source": "test",
        "external_id": "1",
        "name": "Garage",
        "brand": "",
        "category": Category.DEALER,
        "latitude": 48.11,
        "longitude": -1.68,
    }
    return Place(**(content | changes))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"latitude": 91}, "latitude-out-of-range"),
        ({"latitude": math.nan}, "latitude-out-of-range"),
        ({"longitude": -180.0001}, "longitude-out-of-range"),
        ({"longitude": math.inf}, "longitude-out-of-range"),
        ({"source": "Fuel FR"}, "source-malformed"),
        ({"source": "a\n"}, "source-malformed"),
        ({"external_id": ""}, "external-id-missing"),
        ({"external_id": "x" * 201}, "external-id-too-long"),
        ({"name": "  "}, "name-missing"),
        ({"name": "x" * 201}, "name-too-long"),
        ({"brand": "x" * 201}, "brand-too-long"),
        ({"name": "a\x00b"}, "text-malformed"),
        ({"name": "a\ud800b"}, "text-malformed"),
        ({"attributes": {str(i): "" for i in range(33)}}, "attributes-too-many"),
        ({"attributes": {"k": "x" * 501}}, "attribute-too-long"),
    ],
)
def test_what_is_no_place_is_refused_with_its_reason(changes, code):
    with pytest.raises(Invalid) as refused:
        a_place(**changes)
    assert refused.value.code == code
    assert refused.value.fix


def test_the_ends_of_the_earth_are_places():
    for latitude, longitude in [(90, 180), (-90, -180), (0, 0)]:
        assert a_place(latitude=latitude, longitude=longitude).latitude == latitude


def test_an_id_tells_source_and_external_id_apart():
    assert place_id_of("a", "1") == place_id_of("a", "1")
    assert (
        len({place_id_of("a", "1"), place_id_of("a1", ""), place_id_of("b", "1"), place_id_of("a", "2")}) == 4
    )
