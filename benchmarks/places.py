"""How long it takes to find what lies near and whose circles reach here, beside others.

    python benchmarks/places.py [--places 1000000] [--circles 100000]

Beside Redis's GEOSEARCH and PostGIS, in turn, where some 100 places lie within 5 km; else beside a
scan in NumPy.

Places huddle as real ones do: towns of very different sizes over France, each a bell around its
middle. The naive scan is a haversine over all places (or circles), filtered and sorted, on a sphere.
"""

import argparse
import os
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.load import resident_kb
from benchmarks.rivals import postgis, redis_geo, with_about
from geotarget.place import Category, Place
from geotarget.reach_index import Circle, ReachIndex
from geotarget.spatial_index import PlaceIndex

QUERIES = 2_000
SCANS = 15
RADIUS_M = 5_000
KINDS = list(Category)


def clustered(rng, count):
    """``count`` points: 2,000 towns with Zipf's sizes, 0.5 to 8 km wide, and a tenth anywhere."""
    towns = np.column_stack([rng.uniform(43, 50, 2000), rng.uniform(-4, 7, 2000)])
    weights = 1 / np.arange(1, 2001) ** 0.9
    town = rng.choice(2000, count, p=weights / weights.sum())
    spread_deg = (0.5 + 7.5 * (weights / weights.max()) ** 0.5)[town] / 111
    points = towns[town] + rng.normal(0, 1, (count, 2)) * spread_deg[:, None] * [1, 1.45]
    rural = rng.random(count) < 0.1
    points[rural] = np.column_stack([rng.uniform(43, 50, rural.sum()), rng.uniform(-4, 7, rural.sum())])
    return points


def places_at(points):
    """Places of all categories at points."""
    return [
        Place(f"p{i}", "bench", str(i), "Place", "", KINDS[i % len(KINDS)], latitude, longitude)
        for i, (latitude, longitude) in enumerate(points.tolist())
    ]


def haversine_m(latitude, longitude, points_rad):
    """Great circle distances in metres, as one writes them in NumPy."""
    phi, lam = np.radians(latitude), np.radians(longitude)
    half = np.sin((points_rad[:, 0] - phi) / 2) ** 2
    half += np.cos(phi) * np.cos(points_rad[:, 0]) * np.sin((points_rad[:, 1] - lam) / 2) ** 2
    return 2 * 6_371_008.8 * np.arcsin(np.sqrt(half))


def timed(call, arguments):
    """Median and 99th percentile in µs, and the mean number found."""
    took_us, sizes = [], []
    for argument in arguments:
        start = time.perf_counter_ns()
        sizes.append(len(call(*argument)))
        took_us.append((time.perf_counter_ns() - start) / 1000)
    return np.percentile(took_us, 50), np.percentile(took_us, 99), np.mean(sizes)


def show(name, indexed, naive):
    """One line of the table."""
    p50, p99, found = indexed
    print(f"{name:42} {p50:10.0f} {p99:10.0f} {naive[0]:12.0f} {naive[0] / p50:9.0f}x {found:9.1f}")


def beside_others(index, points, cars):
    """All places within 5 km, nearest first, of each engine in turn."""
    here = with_about(index, cars, RADIUS_M, 50, 200, 500)
    print(f"all within 5 km, nearest first, at {len(here)} points with 50 to 200 of them")
    print(f"{'µs':42} {'p50':>10} {'p99':>10} {'× ours':>10} {'found':>9}")
    with redis_geo(points, RADIUS_M) as (ask_redis, server_us), postgis(points, RADIUS_M) as ask_postgis:
        asks = {
            "this index": lambda a, b: index.near(a, b, RADIUS_M, limit=1_000),
            "Redis GEOSEARCH": ask_redis,
        }
        if ask_postgis is None:
            print("PostGIS is not installed here")
        else:
            asks["PostGIS, geography with GiST"] = ask_postgis
        for ask in asks.values():
            timed(ask, here)
        server_us()
        rounds = [{name: timed(ask, here) for name, ask in asks.items()} for _ in range(3)]
        best = {name: min(one[name] for one in rounds) for name in asks}
        ours = best["this index"][0]
        for name, (p50, p99, found) in best.items():
            print(f"{name:42} {p50:10.0f} {p99:10.0f} {p50 / ours:9.1f}x {found:9.1f}")
        spent = server_us()
        print(f"{'Redis, in its own process alone (mean)':42} {spent:10.0f} {'':10} {spent / ours:9.1f}x\n")


def main():
    """Build, ask, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--places", type=int, default=1_000_000)
    parser.add_argument("--circles", type=int, default=100_000)
    options = parser.parse_args()
    rng = np.random.default_rng(1)
    points = clustered(rng, options.places)
    empty_kb = resident_kb(os.getpid())
    places = places_at(points)
    before_kb, start = resident_kb(os.getpid()), time.perf_counter()
    index = PlaceIndex(places)
    took_s = time.perf_counter() - start
    each = (resident_kb(os.getpid()) - before_kb) * 1024 / len(index)
    place = (before_kb - empty_kb) * 1024 / len(index)
    print(
        f"index of {len(index)} places built in {took_s:.1f} s: {each:.0f} bytes each, {place:.0f} a place\n"
    )

    centres = rng.choice(len(points), options.circles)
    radii = rng.choice([1000, 2000, 3000], options.circles)
    circles = [
        Circle(f"li{i % 10_000}", places[c], float(r))
        for i, (c, r) in enumerate(zip(centres, radii, strict=True))
    ]
    start = time.perf_counter()
    reach = ReachIndex(circles)
    print(f"index of {len(reach)} circles built in {time.perf_counter() - start:.1f} s\n")

    # Cars drive where places are; a car right in the largest town meets hundreds of circles.
    cars = points[rng.choice(len(points), QUERIES)] + rng.normal(0, 0.01, (QUERIES, 2))
    here = [tuple(car) for car in cars.tolist()]
    beside_others(index, points, cars)
    all_rad, centre_rad = np.radians(points), np.radians(points[centres])

    def scan_near(latitude, longitude, limit=100):
        distances = haversine_m(latitude, longitude, all_rad)
        inside = np.flatnonzero(distances <= RADIUS_M)
        return inside[np.argsort(distances[inside])][:limit]

    def scan_covering(latitude, longitude):
        return np.flatnonzero(haversine_m(latitude, longitude, centre_rad) <= radii)

    print(f"{'µs':42} {'p50':>10} {'p99':>10} {'naive p50':>12} {'ratio':>10} {'found':>9}")
    scan = timed(scan_near, here[:SCANS])
    for limit in (10, 100):
        asked = timed(lambda a, b, n=limit: index.near(a, b, RADIUS_M, limit=n), here)
        show(f"near, within 5 km, {limit} nearest", asked, scan)
    asked = timed(lambda a, b: index.near(a, b, RADIUS_M, category=Category.FUEL, limit=10), here)
    show("near, within 5 km, 10 nearest of a category", asked, scan)
    scan = timed(scan_covering, here[:SCANS])
    show("covering, all points", timed(reach.covering, here), scan)
    tens = [point for point in here if 10 <= len(reach.covering(*point)) <= 100]
    show(f"covering, points within 10-100 ({len(tens)})", timed(reach.covering, tens), scan)


if __name__ == "__main__":
    main()
