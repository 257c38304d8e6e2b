"""What a position costs a web process: held alone, and followed through fences as well.

    python benchmarks/fences.py [--fences 1000]

Cars drive at 90 km/h in straight lines, a position a second: anywhere in a country, and in a town that
has as many fences to itself. Fences are discs, borders of 24 corners and corridors, in turn.
"""

import argparse
import math
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from adserver.serving.avail import Location
from geotarget.area import Border, Corridor, Disc, make_area
from geotarget.area_index import AreaIndex
from geotarget.fence_index import FenceIndex
from players.adapters.memory_positions import MemoryPositions

CARS, SECONDS, ROUNDS = 200, 200, 3
STEP_DEG = 25 / 111_320
COUNTRY, TOWN = (43.0, 49.0, -1.0, 6.0), (48.05, 48.18, -1.78, -1.58)


def fences(rng: random.Random, count: int, box: tuple[float, ...]) -> FenceIndex:
    """As many as asked in a box, of some hundred metres each."""
    south, north, west, east = box
    areas = []
    for n in range(count):
        lat, lon = rng.uniform(south, north), rng.uniform(west, east)
        turn = [2 * math.pi * k / 24 for k in range(24)]
        ring = [(lon + 0.004 * math.cos(a), lat + 0.003 * math.sin(a)) for a in turn]
        shapes = (
            Disc(lat, lon, 300),
            Border((((*ring, ring[0]),),)),
            Corridor(((lon, lat), (lon + 0.01, lat + 0.005)), 200),
        )
        areas.append(make_area("bench", str(n), str(n), shapes[n % 3]))
    return FenceIndex([area.area_id for area in areas], AreaIndex(areas))


def whole() -> FenceIndex:
    """One border of 20,000 corners around all of the country."""
    south, north, west, east = COUNTRY
    turn = [2 * math.pi * k / 20_000 for k in range(20_000)]
    middle, half = ((west + east) / 2, (south + north) / 2), ((east - west) * 0.8, (north - south) * 0.8)
    ring = [
        (
            middle[0] + half[0] * math.cos(a),
            middle[1] + half[1] * (1 + 0.01 * math.sin(900 * a)) * math.sin(a),
        )
        for a in turn
    ]
    area = make_area("bench", "whole", "whole", Border((((*ring, ring[0]),),)))
    return FenceIndex([area.area_id], AreaIndex([area]))


def drives(rng: random.Random, box: tuple[float, ...]) -> Iterator[tuple[str, Location, int]]:
    """Positions of all cars, second by second."""
    south, north, west, east = box
    cars = [
        (f"car{n}", rng.uniform(south, north), rng.uniform(west, east), rng.uniform(0, 2 * math.pi))
        for n in range(CARS)
    ]
    for second in range(SECONDS):
        way = second * STEP_DEG
        for name, lat, lon, turn in cars:
            there = Location(lat + way * math.cos(turn), lon + 1.4 * way * math.sin(turn))
            yield name, there, second * 1000


def each_us(told: list[tuple[str, Location, int]], index: FenceIndex) -> tuple[float, int]:
    """What one position costs, at best of some rounds, and how many stays there are in the end."""
    best = math.inf
    for _ in range(ROUNDS):
        held = MemoryPositions(lambda: index)
        start = time.process_time()
        for one in told:
            held.put(*one)
        best = min(best, time.process_time() - start)
    stays = sum(len(held.stays(f"car{n}", SECONDS * 1000)) for n in range(CARS))
    return best / len(told) * 1e6, stays


def main() -> None:
    """Build, drive, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--fences", type=int, default=1_000)
    count = parser.parse_args().fences
    rng = random.Random(1)
    told = {"a country": list(drives(rng, COUNTRY)), "a town": list(drives(rng, TOWN))}
    print(f"{'µs for a position':34} {'in a country':>14} {'in a town':>12}")
    none = [each_us(told[where], FenceIndex())[0] for where in told]
    print(f"{'held, no fence is asked for':34} {none[0]:14.1f} {none[1]:12.1f}")
    begun = time.process_time()
    made = [fences(rng, count, box) for box in (COUNTRY, TOWN)]
    built_ms = (time.process_time() - begun) * 500
    found = [each_us(told[where], index) for where, index in zip(told, made, strict=True)]
    print(f"{f'with {count:,} fences there':34} {found[0][0]:14.1f} {found[1][0]:12.1f}")
    country, town = (each_us(told[where], whole())[0] for where in told)
    print(f"{'within one of 20,000 corners':34} {country:14.1f} {town:12.1f}")
    print(f"in the end {found[0][1]} and {found[1][1]} stays of {CARS} cars; built in {built_ms:.0f} ms")


if __name__ == "__main__":
    main()
