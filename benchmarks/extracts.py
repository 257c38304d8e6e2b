"""How long it takes to import the places of an extract of OpenStreetMap, and how much memory.

    python benchmarks/extracts.py [--nodes 1000000]

The extract is made up, in the proportions of real ones: a way for each eight nodes, few of them places, ids
as far apart as those of a region are. Beside it the way that osmium's manual begins with: all areas
assembled, the positions of all nodes kept in memory.
"""

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import osmium
from osmium.osm.mutable import Node, Relation, Way
from sqlalchemy import create_engine

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from geotarget.adapters.osmium_extracts import OsmiumExtracts
from geotarget.adapters.sql_areas import SqlAreas
from geotarget.adapters.sql_places import SqlPlaces
from geotarget.adapters.tables import metadata
from geotarget.extract import ExtractForm
from geotarget.import_areas import ImportAreas
from geotarget.import_extract import ImportExtract
from geotarget.import_places import ImportPlaces
from server.chance import SystemClock

IDS_APART = 12_000_000_000
NODES_OF_WAY = 8
MANUAL = """
import resource, sys, osmium, shapely
wanted = [("amenity", "fuel"), ("amenity", "charging_station"), ("amenity", "parking"), ("tourism", "hotel")]
found, wkb = 0, osmium.geom.WKBFactory()
for one in osmium.FileProcessor(sys.argv[1]).with_areas().with_filter(osmium.filter.TagFilter(*wanted)):
    found += 1
    if one.is_area():
        shapely.point_on_surface(shapely.from_wkb(wkb.create_multipolygon(one)))
print(found, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def make(path: Path, nodes: int) -> None:
    """An extract with so many nodes."""
    rng, apart = random.Random(1), IDS_APART // nodes
    with osmium.SimpleWriter(str(path)) as writer:
        for n in range(nodes):
            tags = {"amenity": "fuel", "name": f"Relais {n}", "brand": "Avia", "opening_hours": "24/7"}
            corner = n % NODES_OF_WAY
            if corner == 0:
                east, north = rng.uniform(-4, 7), rng.uniform(43, 50)
            askew = rng.random() / 10_000
            where = east + (corner in (1, 2)) / 2000 + askew, north + (corner in (2, 3)) / 2000 + askew
            writer.add_node(Node(id=1 + n * apart, location=where, tags=tags if n % 500 == 7 else {}))
        for w in range(nodes // NODES_OF_WAY):
            refs = [1 + (w * NODES_OF_WAY + corner) * apart for corner in (0, 1, 2, 3, 0)]
            tags = {"amenity": "parking", "name": f"P {w}"} if w % 100 == 0 else {"building": "yes"}
            writer.add_way(Way(id=1 + w * 11, nodes=refs, tags=tags if rng.random() < 0.9 else {}))
        for r in range(nodes // 20_000):
            told = {"type": "multipolygon", "tourism": "hotel", "name": f"H {r}"}
            writer.add_relation(Relation(id=r + 1, members=[("w", 1 + r * 1_101, "outer")], tags=told))


def imported(path: Path, folder: Path) -> None:
    """The whole import, twice."""
    engine = create_engine(f"sqlite:///{folder / 'bench.db'}")
    metadata.create_all(engine)
    clock = SystemClock()
    import_places = ImportPlaces(SqlPlaces(engine), clock, lambda _: None)
    import_extract = ImportExtract(
        OsmiumExtracts(), import_places, ImportAreas(SqlAreas(engine), clock, lambda _: None)
    )
    for what in ("imported", "imported again"):
        began, cpu = time.perf_counter(), children_s()
        report = import_extract.places(path, ExtractForm("osm"), lambda _: None)
        took_s, child_s = time.perf_counter() - began, children_s() - cpu
        own_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        child_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
        print(
            f"{what}: {took_s:.1f} s ({child_s:.1f} s of a processor in the child), {report.accepted} "
            f"places, {report.added} new; memory: {child_mb} MB the child, {own_mb} MB this process"
        )


def children_s() -> float:
    """Seconds of a processor that ended children took."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Make an extract, import it twice, and read it as the manual does."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--nodes", type=int, default=1_000_000)
    parser.add_argument("--make", type=Path)
    given = parser.parse_args()
    nodes = given.nodes
    if given.make:
        make(given.make, nodes)  # in a process of its own, whose memory is not counted
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "made.osm.pbf"
        subprocess.run(
            [
                sys.executable,
                "-c",
                f"import benchmarks.extracts as b; b.make(b.Path({str(path)!r}), {nodes})",
            ],
            check=True,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[1])},
        )
        print(f"{nodes:,} nodes, {path.stat().st_size / 1e6:.0f} MB; load {os.getloadavg()[0]:.0f}")
        imported(path, folder)
        began, cpu = time.perf_counter(), children_s()
        told = subprocess.run(
            [sys.executable, "-c", MANUAL, str(path)], check=True, capture_output=True, text=True
        )
        found, manual_mb = told.stdout.split()
        took_s, child_s = time.perf_counter() - began, children_s() - cpu
        spent = f"{took_s:.1f} s ({child_s:.1f} s of a processor)"
        print(f"as in the manual: {spent}, {found} found; memory: {manual_mb} MB")


if __name__ == "__main__":
    main()
