"""What of an extract is ours, found by libosmium in a few passes over the file.

The first finds by their tags the nodes, ways and relations that are wanted; the second the ways that those
relations are made of; the last the nodes of all those ways. Only what is wanted is kept in memory: some 30
bytes a node, whatever the size of the file. libosmium keeps a bit for each id, in blocks of 2^25 ids: ids
far apart are asked for in several passes.
"""

import os
from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
import osmium
import shapely
from numpy.typing import NDArray
from osmium import filter as chosen
from osmium import osm
from osmium.osm.types import OSMEntity

from geotarget.area_geojson import Geometry
from geotarget.osm_borders import LEVELS, OsmBorder
from geotarget.osm_places import OsmElement
from geotarget.osm_tags import CATEGORIES
from geotarget.place import Category
from geotarget.ports import Progress

_Ids = NDArray[np.int64]
_Line = NDArray[np.float64]
_BLOCK_BITS = 25
_BLOCKS_AT_ONCE = 64  # 4 MiB each
_ID_LIMIT = 2**40
_TOLD_EVERY = 5_000
_DEGREE = 10_000_000
_BORDER_TOLERANCE_DEG = 0.00005
_SIMPLIFIED_AT_ONCE = 2_000
_AREA_TYPES = frozenset({"multipolygon", "boundary"})


@dataclass(slots=True)
class _Outline:
    """A way or relation that is wanted.

    Args:
        tags: as JSON, which takes less room.
        nodes: of a way.
        ways: of a relation.
    """

    ref: str
    tags: bytes
    nodes: "array[int]"
    ways: "array[int] | None" = None


def places(path: str, encoding: str, only: Collection[Category], progress: Progress) -> Iterator[OsmElement]:
    """What has the tags of those categories, with a point of it."""
    passes = _Passes(path, encoding, progress)
    wanted = [tag for tag, category in CATEGORIES.items() if not only or category in only]
    outlines: list[_Outline] = []
    for found in passes.each(osm.ALL, chosen.TagFilter(*wanted)):
        tags = {tag.k: tag.v for tag in found.tags}
        if isinstance(found, osm.Node):
            yield OsmElement(f"node/{found.id}", tags, _position_of(found.location))
        elif outline := _outline(found, tags):
            outlines.append(outline)
    decode = msgspec.json.Decoder(dict[str, str]).decode
    for outline, lines, _whole in _drawn(passes, outlines):
        yield OsmElement(outline.ref, decode(outline.tags), _point_on(lines))


def borders(path: str, encoding: str, levels: Collection[int], progress: Progress) -> Iterator[OsmBorder]:
    """Administrative borders of those levels, to some five metres."""
    passes = _Passes(path, encoding, progress)
    wanted = {str(level) for level in levels or LEVELS}
    outlines: list[_Outline] = []
    for found in passes.each(osm.WAY | osm.RELATION, chosen.TagFilter(("boundary", "administrative"))):
        tags = found.tags
        if tags.get("admin_level") not in wanted or (isinstance(found, osm.Way) and not found.is_closed()):
            continue  # an open way is a part of a relation's border
        if outline := _outline(found, {"name": tags.get("name") or ""}):
            outlines.append(outline)
    for outline, lines, whole in _drawn(passes, outlines):
        name = msgspec.json.decode(outline.tags)["name"]
        yield OsmBorder(outline.ref, name, _polygon(lines) if whole else None)


class _Passes:
    """Reads the file again and again, and tells how far it is."""

    def __init__(self, path: str, encoding: str, progress: Progress) -> None:
        self._path = os.path.realpath(path)
        self._file = osmium.io.File(path, encoding)
        self._size = max(os.path.getsize(path), 1)
        self._progress = progress
        self._done = 0
        self._told = 0
        self.expected = 3

    def each(self, entities: osm.osm_entity_bits, wanted: object) -> Iterator[OSMEntity]:
        """What passes the filter."""
        processor = osmium.FileProcessor(self._file, entities).with_filter(wanted)
        for number, found in enumerate(processor, 1):
            if number % _TOLD_EVERY == 0:
                self._tell(self._offset() / self._size)
            yield found
        self._done += 1
        self._tell(0.0)

    def _tell(self, part: float) -> None:
        permille = int(1000 * (self._done + part) / max(self.expected, self._done))
        self._told = min(max(self._told, permille), 1000)  # there may be more passes than was expected
        self._progress(self._told)

    def _offset(self) -> int:
        """How far libosmium has read the file, which it tells nobody but the kernel."""
        for name in os.listdir("/proc/self/fd"):
            try:
                if os.readlink(f"/proc/self/fd/{name}") == self._path:
                    with open(f"/proc/self/fdinfo/{name}", encoding="ascii") as told:
                        return int(told.readline().split()[1])
            except (OSError, ValueError, IndexError):
                continue
        return 0


def _outline(found: OSMEntity, tags: dict[str, str]) -> _Outline | None:
    """A way or relation; None for a relation that is no area, such as a route."""
    told = msgspec.json.encode(tags)
    if isinstance(found, osm.Way):
        return _Outline(f"way/{found.id}", told, array("q", [node.ref for node in found.nodes]))
    assert isinstance(found, osm.Relation)
    if found.tags.get("type", "") not in _AREA_TYPES:
        return None
    ways = array("q", [member.ref for member in found.members if member.type == "w"])
    return _Outline(f"relation/{found.id}", told, array("q"), ways)


def _drawn(passes: _Passes, outlines: Sequence[_Outline]) -> Iterator[tuple[_Outline, list[_Line], bool]]:
    """Each outline as lines, and whether all of its nodes are in the extract."""
    if not outlines:
        return
    parts = _ways(passes, _together(outline.ways for outline in outlines if outline.ways is not None))
    nodes = _Nodes(passes, _together([*(outline.nodes for outline in outlines), *parts.values()]))
    for outline in outlines:
        if outline.ways is None:
            pieces: list[array[int] | None] = [outline.nodes]
        else:
            pieces = [parts.get(way) for way in outline.ways]
        drawn = [nodes.line(piece) for piece in pieces if piece]
        whole = len(drawn) == len(pieces) > 0 and all(complete for _, complete in drawn)
        yield outline, [line for line, _ in drawn if len(line)], whole


def _together(many: "Iterable[array[int]]") -> _Ids:
    """All ids of some lists, each once, in order."""
    lists = [np.frombuffer(one, dtype=np.int64) for one in many if len(one)]
    if not lists:
        return np.empty(0, dtype=np.int64)
    ids = np.unique(np.concatenate(lists))
    return ids[(ids > 0) & (ids < _ID_LIMIT)]


def _spans(ids: _Ids) -> list[_Ids]:
    """Ids in parts, none of which touches more than 64 blocks."""
    _, block = np.unique(ids >> _BLOCK_BITS, return_inverse=True)
    return [
        ids[block // _BLOCKS_AT_ONCE == part]
        for part in range(-(-int(block.max(initial=-1) + 1) // _BLOCKS_AT_ONCE))
    ]


def _ways(passes: _Passes, ids: _Ids) -> "dict[int, array[int]]":
    """The nodes of ways."""
    spans = _spans(ids)
    passes.expected = 2 + len(spans)
    return {
        found.id: array("q", [node.ref for node in found.nodes])
        for span in spans
        for found in passes.each(osm.WAY, chosen.IdFilter(span.tolist()))
        if isinstance(found, osm.Way)
    }


class _Nodes:
    """Where nodes are."""

    def __init__(self, passes: _Passes, ids: _Ids) -> None:
        spans = _spans(ids)
        passes.expected += len(spans) - 1
        known, x, y = array("q"), array("i"), array("i")
        for span in spans:
            for found in passes.each(osm.NODE, chosen.IdFilter(span.tolist())):
                if isinstance(found, osm.Node) and (location := found.location).valid():
                    known.append(found.id)
                    x.append(location.x)
                    y.append(location.y)
        unsorted = np.array(known, dtype=np.int64)
        order = np.argsort(unsorted, kind="stable")
        self._ids = unsorted[order]
        self._points = (
            np.column_stack((np.array(x, dtype=np.float64), np.array(y, dtype=np.float64)))[order] / _DEGREE
        )

    def line(self, nodes: "array[int]") -> tuple[_Line, bool]:
        """Longitudes and latitudes of those nodes that are in the extract, and whether all of them are."""
        wanted = np.frombuffer(nodes, dtype=np.int64)
        if not len(self._ids):
            return np.empty((0, 2)), False
        at = np.minimum(np.searchsorted(self._ids, wanted), len(self._ids) - 1)
        there = self._ids[at] == wanted
        return self._points[at[there]], bool(there.all())


def _position_of(location: osm.Location) -> tuple[float, float] | None:
    return (location.lat, location.lon) if location.valid() else None


def _point_on(lines: Sequence[_Line]) -> tuple[float, float] | None:
    """A point inside of what lines enclose, or else on them; None where there are none."""
    drawn = [shapely.LineString(line) for line in lines if len(line) > 1]
    if not drawn:
        return next(((float(line[0][1]), float(line[0][0])) for line in lines), None)
    together = shapely.MultiLineString(drawn)
    area = shapely.build_area(together)
    point = shapely.point_on_surface(together if area.is_empty else area)
    return point.y, point.x


def _polygon(lines: Sequence[_Line]) -> Geometry | None:
    """What lines enclose; holes are what lies within an odd number of them."""
    drawn = [line for line in lines if len(line) > 1]
    area = shapely.build_area(shapely.MultiLineString([part for line in drawn for part in _simpler(line)]))
    if area.is_empty or not area.is_valid:
        area = shapely.build_area(shapely.MultiLineString(drawn))
    if area.is_empty:
        return None
    return msgspec.json.decode(shapely.to_geojson(area), type=Geometry)


def _simpler(line: _Line) -> Iterator[shapely.LineString]:
    """A way with fewer points, its ends as they are: neighbours go on sharing it.

    In parts, for shapely simplifies by recursion, which a saw of many teeth would take to its end.
    """
    for start in range(0, len(line) - 1, _SIMPLIFIED_AT_ONCE):
        part = shapely.LineString(line[start : start + _SIMPLIFIED_AT_ONCE + 1])
        yield shapely.simplify(part, _BORDER_TOLERANCE_DEG, preserve_topology=False)
