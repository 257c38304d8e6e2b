"""The child process on files of each kind, whole, broken and hostile."""

import struct
import zlib

import msgspec
import numpy as np
import pytest
import shapely
from osmium.osm.mutable import Node, Relation, Way

from geotarget.adapters import osmium_child, osmium_passes
from geotarget.adapters.osmium_extracts import TOO_HEAVY, OsmiumExtracts
from geotarget.extract import HEAD_BYTES, encoding_of
from geotarget.place import Category
from kernel.errors import Invalid, TooLarge, Unavailable
from tests.geotarget.extracts import borders, corners, town, write


def nobody(_permille):
    return None


def read(path, *only):
    return {one.ref: one for one in OsmiumExtracts().places(path, only, nobody)}


@pytest.mark.parametrize("name", ["t.osm.pbf", "t.osm", "t.osm.gz", "t.osm.bz2"])
def test_nodes_ways_and_relations_of_every_encoding(tmp_path, name):
    path = write(tmp_path / name, town())
    found = read(path.rename(tmp_path / "whatever"))
    assert set(found) == {f"node/{n}" for n in range(100, 104)} | {"way/200", "way/201", "relation/300"}
    assert found["node/100"].tags["name"] == "Relais du Canal"
    assert found["node/100"].position == pytest.approx((48.11, -1.68))
    latitude, longitude = found["way/200"].position
    assert 48.10 < latitude < 48.11
    assert -1.60 < longitude < -1.59
    latitude, longitude = found["relation/300"].position  # in the building, not in its yard
    assert not (48.105 < latitude < 48.115 and -1.685 < longitude < -1.675)
    assert 48.10 <= latitude <= 48.12
    assert found["way/201"].position is None


def test_only_some_categories_are_looked_for(tmp_path):
    path = write(tmp_path / "t.osm.pbf", town())
    assert set(read(path, Category.HOTEL, Category.DEALER)) == {"node/103", "way/201", "relation/300"}


def test_an_order_that_nobody_promised(tmp_path):
    path = write(tmp_path / "t.osm", reversed(town()))
    assert read(path)["relation/300"].position is not None


def test_outlines_that_are_lines_points_or_incomplete(tmp_path):
    told = {"amenity": "parking", "name": "P"}
    path = write(
        tmp_path / "t.osm.pbf",
        [
            *corners(),
            Way(id=1, nodes=[1, 2], tags=told),
            Way(id=2, nodes=[1, 999], tags=told),
            Way(id=3, nodes=[], tags=told),
            Relation(id=4, members=[("w", 77, "outer")], tags=told | {"type": "multipolygon"}),
            Relation(id=5, members=[("w", 1, "")], tags=told | {"type": "site"}),
        ],
    )
    found = read(path)
    assert found["way/1"].position == pytest.approx((48.10, -1.68), abs=0.02)
    assert found["way/2"].position == pytest.approx((48.10, -1.69))
    assert found["way/3"].position is None
    assert found["relation/4"].position is None
    assert "relation/5" not in found


def test_borders_with_holes_and_islands(tmp_path):
    path = write(tmp_path / "t.osm.pbf", borders())
    found = {one.ref: one for one in OsmiumExtracts().borders(path, (), nobody)}
    assert set(found) == {"way/402", "way/403", "relation/500", "relation/501", "relation/502"}
    region = found["relation/500"]
    assert region.name == "Bretagne"
    assert region.geometry.type == "MultiPolygon"
    shape = shapely.from_geojson(
        b'{"type": "MultiPolygon", "coordinates": %s}' % bytes(region.geometry.coordinates)
    )
    assert shape.covers(shapely.Point(-1.688, 48.102))
    assert not shape.covers(shapely.Point(-1.68, 48.11))
    assert shape.covers(shapely.Point(-1.595, 48.105))
    assert found["relation/501"].geometry is None  # the rest of it lies beyond the extract
    only = [one.ref for one in OsmiumExtracts().borders(path, (8,), nobody)]
    assert only == ["relation/502"]


def test_ids_far_apart_are_asked_for_in_several_passes(tmp_path, monkeypatch):
    far = [(n + 1) * 2**33 for n in range(5)]
    nodes = [Node(id=one, location=(-1.6 + n / 1000, 48.1 + (n % 2) / 1000)) for n, one in enumerate(far)]
    way = Way(id=1, nodes=[*far, far[0]], tags={"amenity": "fuel", "name": "F"})
    path = write(tmp_path / "t.osm.pbf", [*nodes, way])
    monkeypatch.setattr(osmium_passes, "_BLOCKS_AT_ONCE", 2)
    told = []
    (one,) = osmium_passes.places(str(path), "pbf", (), told.append)
    assert one.position is not None
    assert len(told) == 1 + 3  # five ids, of which each has a block of its own
    assert told == sorted(told)
    assert told[-1] == 1000


def block(kind, data):
    """A block of a PBF (https://wiki.openstreetmap.org/wiki/PBF_Format) with whatever is in it."""
    packed = zlib.compress(data)
    blob = b"\x10" + varint(len(data)) + b"\x1a" + varint(len(packed)) + packed
    header = b"\n" + varint(len(kind)) + kind + b"\x18" + varint(len(blob))
    return struct.pack(">I", len(header)) + header + blob


def varint(number):
    found = b""
    while number > 127:
        found += bytes([number & 127 | 128])
        number >>= 7
    return found + bytes([number])


HEADER = block(b"OSMHeader", b"\x22\x0eOsmSchema-V0.6")
WAY = b"<way id='1'><tag k='amenity' v='fuel'/><tag k='name' v='F'/><nd ref='%d'/><nd ref='%d'/></way>"
BOMB = b'<!DOCTYPE osm [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'


@pytest.mark.parametrize(
    "data",
    [
        b"<osm version='0.6'><node id='1' lat='48' lon='2'>",
        b"<osm version='0.6'><node id='1' lat='north' lon='2'/></osm>",
        b"<osm version='0.5'></osm>",
        b"<?xml version='1.0'?>" + BOMB + b"<osm version='0.6'><node id='1' lat='48' lon='2'/></osm>",
        HEADER[:40],
        HEADER + b"\xff\xff\xff\xff",
        HEADER + block(b"OSMData", b"\xff" * 1000),
        HEADER + block(b"OSMData", b"\x12\x04\x0a\x02\xff\xff"),
        b"BZh91AY&SY nonsense",
    ],
)
def test_what_is_broken_is_refused_with_what_is_wrong(tmp_path, data):
    path = tmp_path / "t"
    path.write_bytes(data)
    encoding = encoding_of(data[:HEAD_BYTES])
    assert encoding is not None
    *_, last = osmium_child.told(["places", str(path), encoding], nobody)  # in this process: it is faster
    assert last.fault
    assert last.fault != TOO_HEAVY


def test_a_fault_is_told_as_a_refusal_with_a_sentence(tmp_path):
    path = tmp_path / "t"
    path.write_bytes(b"<osm version='0.5'></osm>")
    with pytest.raises(Invalid, match="file-malformed") as refused:
        read(path)
    assert refused.value.detail.startswith("The extract cannot be read: ")
    path.write_bytes(b"\x1f\x8b")
    with pytest.raises(Invalid, match="format-unknown"):
        read(path)


def test_a_whole_extract_without_its_end(tmp_path):
    path = write(tmp_path / "t.osm.pbf", town())
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(Invalid, match="file-malformed"):
        read(path)


def test_ids_that_no_map_has_are_not_looked_for(tmp_path):
    path = tmp_path / "t.osm"
    path.write_bytes(b"<osm version='0.6'>" + WAY % (2**62, -(2**62)) + b"</osm>")
    assert read(path)["way/1"].position is None


def test_what_takes_too_long_is_ended(tmp_path):
    path = write(tmp_path / "t.osm.pbf", town())
    with pytest.raises(TooLarge, match="extract-too-heavy"):
        list(OsmiumExtracts(limit_s=0.0).places(path, (), nobody))


def test_what_is_ended_from_outside_may_be_tried_again(tmp_path):
    path = write(tmp_path / "t.osm.pbf", town())
    extracts = OsmiumExtracts()
    elements = extracts.places(path, (), lambda _permille: extracts.end())
    with pytest.raises(Unavailable, match="extract-interrupted"):
        list(elements)


def test_a_border_like_a_saw_does_not_end_the_reading_of_the_others():
    teeth = 40_000
    saw = np.array([(n * 0.0005, n % 2 * 5.0) for n in range(teeth)])
    back = np.array([saw[-1], (saw[-1][0], -1.0), (0.0, -1.0), saw[0]])
    geometry = osmium_passes._polygon([saw, back])
    assert geometry is not None
    assert geometry.type == "Polygon"


def test_neighbours_keep_the_border_that_they_share_however_it_is_simplified():
    shared = np.array([(0.00003 * (n % 2), n / 1000) for n in range(500)])
    west = np.array([shared[-1], (-1.0, 0.4), shared[0]])
    east = np.array([shared[-1], (1.0, 0.2), shared[0]])
    left, right = (
        shapely.from_geojson(msgspec.json.encode(osmium_passes._polygon([shared, side])))
        for side in (west, east)
    )
    assert shapely.get_num_coordinates(left) < 20
    assert left.touches(right)
