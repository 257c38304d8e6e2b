import msgspec
import pytest

from geotarget import osm_borders
from geotarget.area import Border
from geotarget.area_geojson import Geometry
from geotarget.osm_borders import OsmBorder, read_borders
from kernel.errors import TooLarge

RING = [[0, 0], [2, 0], [2, 2], [0, 0]]


def border(ref="relation/1", name="Zone", rings=(RING,)):
    return OsmBorder(ref, name, Geometry("Polygon", msgspec.Raw(msgspec.json.encode(rings))))


def test_a_border_becomes_an_area():
    (area,) = read_borders([border()], "osm").areas
    assert (area.source, area.external_id, area.name) == ("osm", "relation/1", "Zone")
    assert isinstance(area.shape, Border)
    assert len(area.shape.polygons[0][0]) == 4


def test_each_refused_border_is_told_by_its_name():
    borders = [border(), OsmBorder("relation/2", "Half"), border("way/3", ""), border("way/4", rings=([],))]
    read = read_borders(borders, "osm")
    assert (read.rows, len(read.areas)) == (4, 1)
    assert [(one.ref, one.code) for one in read.refusals] == [
        ("relation/2", "geometry-incomplete"),
        ("way/3", "name-missing"),
        ("way/4", "area-ring-too-short"),
    ]


def test_too_many_points_in_all(monkeypatch):
    monkeypatch.setattr(osm_borders, "POINTS_LIMIT", 7)
    with pytest.raises(TooLarge, match="extract-too-detailed"):
        read_borders([border(), border("relation/2")], "osm")
