import json

import pytest

from geotarget import area_file
from geotarget.area_file import read_areas
from kernel.errors import Invalid, TooLarge


def feature(external_id, coordinates=([[0, 0], [2, 0], [2, 2], [0, 0]],), name="Zone"):
    geometry = {"type": "Polygon", "coordinates": coordinates}
    return {"type": "Feature", "geometry": geometry, "properties": {"id": external_id, "name": name}}


def file_of(*features):
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def test_each_refused_feature_is_told_with_its_row_and_reason():
    bow_tie = ([[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]],)
    read = read_areas(
        file_of(feature("1"), feature("2", bow_tie), feature("1"), "no feature", feature("3")), "t"
    )
    assert [area.external_id for area in read.areas] == ["1", "3"]
    assert read.rows == 5
    assert [(one.row, one.code) for one in read.refusals] == [
        (2, "area-crosses-itself"),
        (3, "duplicate-external-id"),
        (4, "row-malformed"),
    ]
    assert read.refused == {"area-crosses-itself": 1, "duplicate-external-id": 1, "row-malformed": 1}


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"type": "Feature"}', b"\xff", b"[" * 10_000])
def test_what_is_no_collection(data):
    with pytest.raises(Invalid, match="file-malformed"):
        read_areas(data, "t")


def test_too_many_features(monkeypatch):
    monkeypatch.setattr(area_file, "AREAS_LIMIT", 1)
    with pytest.raises(TooLarge, match="too-many-rows"):
        read_areas(file_of(feature("1"), feature("2")), "t")
