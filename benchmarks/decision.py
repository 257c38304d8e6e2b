"""An ad decision with 10,000 line items around 100,000 places: in process, then with its Redis round trips.

Run: ``python benchmarks/decision.py``. The yardstick is one round trip of a small command to the same Redis.
"""

import asyncio
import random
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from redis.asyncio import Redis

from adserver.adapters.redis_budgets import RedisBudgets
from adserver.adapters.redis_caps import RedisCaps
from adserver.adapters.siv_sealer import SivSealer
from adserver.booking.campaign import CampaignState, Category, Creative, CreativeState, FrequencyCap, LineItem
from adserver.serving.avail import Avail, Format, Location
from adserver.serving.decision import Usage, fill
from adserver.serving.demand import DemandIndex
from adserver.serving.offer import Offer
from adserver.serving.serve_break import ServeBreak
from geotarget.place import Category as PlaceCategory
from geotarget.place import Place
from kernel.clock import to_ms

LINE_ITEMS, PLACES, AVAILS, SERVED = 10_000, 100_000, 3_000, 600
NOW = datetime(2026, 6, 15, 10, tzinfo=UTC)
NOW_MS = to_ms(NOW)
SPOT = frozenset({Format.VIDEO, Format.AUDIO})


class Still:
    """A clock that stands."""

    def now(self) -> datetime:
        """Noon."""
        return NOW

    def now_ms(self) -> int:
        """Noon."""
        return NOW_MS


def demand(chance: random.Random) -> tuple[DemandIndex, list[Place]]:
    """Each line item around ten places of its own, 1 to 10 km, places spread as towns over France."""
    towns = [(chance.uniform(43, 50), chance.uniform(-4, 7)) for _ in range(400)]
    places = []
    for n in range(PLACES):
        latitude, longitude = chance.choice(towns)
        at = chance.gauss(latitude, 0.15), chance.gauss(longitude, 0.2)
        places.append(Place(f"plc_{n}", "bench", str(n), f"Place {n}", "", PlaceCategory.DEALER, *at))
    offers = [offer(n, places[n * 10 : n * 10 + 10], chance) for n in range(LINE_ITEMS)]
    return DemandIndex(offers, {place.place_id: place for place in places}), places


def offer(n: int, places: list[Place], chance: random.Random) -> Offer:
    """A line item with one spot of 4 to 16 segments."""
    item = LineItem(
        f"li_{n}", f"cmp_{n}", f"adv_{n}", f"Campaign {n}", NOW_MS - 1, NOW_MS + 10**9, 10**12,
        12_000_000, "EUR", chance.randint(1_000, 10_000), tuple(p.place_id for p in places),
        category=chance.choice(list(Category)), cap=FrequencyCap(6, 3600),
    )  # fmt: skip
    spot = Creative(
        f"crv_{n}", f"li_{n}", f"cmp_{n}", "adv", "Spot", SPOT, CreativeState.APPROVED, "Headline", "", 0,
        asset_id=f"ast_{n}", segments=chance.randint(4, 16),
    )  # fmt: skip
    return Offer(item, CampaignState.ACTIVE, "Advertiser", (spot,))


def avail(n: int, chance: random.Random, places: list[Place]) -> Avail:
    """A break of 16 segments for a car near some place."""
    near = chance.choice(places)
    here = Location(near.latitude + chance.uniform(-0.02, 0.02), near.longitude + chance.uniform(-0.02, 0.02))
    return Avail(f"a{n}", f"car{n % 500}", 16, SPOT, NOW, here)


def tell(name: str, took_ns: list[int], yardstick_us: float | None = None) -> float:
    """Print p50 and p99; p50 in microseconds is returned."""
    took_ns.sort()
    p50, p99 = (took_ns[int(len(took_ns) * q)] / 1000 for q in (0.5, 0.99))
    ratio = f"  {p50 / yardstick_us:5.1f}x" if yardstick_us else ""
    print(f"{name:<52} p50 {p50:8.0f} us  p99 {p99:8.0f} us{ratio}")
    return p50


def in_process(index: DemandIndex, avails: list[Avail]) -> None:
    """Lookup and pure decision."""
    lookup, decide, both, reached = [], [], [], 0
    plenty = {f"li_{n}": 10**9 for n in range(LINE_ITEMS)}
    usage = Usage(plenty, {})
    for a in avails:
        begun = time.perf_counter_ns()
        candidates = index.candidates(a.location, NOW_MS, None, a)
        found = time.perf_counter_ns()
        fill(a, candidates, usage, 0.5)
        done = time.perf_counter_ns()
        reached += len(candidates)
        lookup.append(found - begun)
        decide.append(done - found)
        both.append(done - begun)
    print(f"candidates weighed for each avail: {reached / len(avails):.1f}")
    tell("which line items reach here", lookup)
    tell("decision with its explanation", decide)
    tell("both, in process", both)


async def with_redis(index: DemandIndex, avails: list[Avail], socket: Path) -> None:
    """The whole of ServeBreak on a real Redis."""
    client = Redis(unix_socket_path=str(socket))
    budgets = RedisBudgets(client)
    for a in avails:
        for candidate in index.candidates(a.location, NOW_MS):
            await budgets.open(candidate.offer.line_item, spent_micros=0, counted=(), now_ms=NOW_MS)
    caps, sealer = RedisCaps(client), SivSealer([b"b" * 32])
    serve = ServeBreak(lambda: index, budgets, caps, sealer, Still(), lambda: 0.5, lambda *_: None)
    ping, whole, again, filled = [], [], [], 0
    for a in avails:
        begun = time.perf_counter_ns()
        await client.get("nothing")
        pinged = time.perf_counter_ns()
        served = await serve(a)
        done = time.perf_counter_ns()
        await serve(a)
        again.append(time.perf_counter_ns() - done)
        ping.append(pinged - begun)
        whole.append(done - pinged)
        filled += bool(served.fills)
    yardstick = tell("one round trip to Redis (the yardstick)", ping)
    tell("serve a break: look, decide, reserve, keep", whole, yardstick)
    tell("the same avail again", again, yardstick)
    print(f"breaks with at least one spot: {filled} of {len(avails)}")
    await client.aclose()


def main() -> None:
    """Both, side by side."""
    chance = random.Random(5)
    begun = time.perf_counter()
    index, places = demand(chance)
    print(
        f"{LINE_ITEMS:,} line items, {PLACES:,} places; snapshot built in {time.perf_counter() - begun:.1f} s"
    )
    avails = [avail(n, chance, places) for n in range(AVAILS)]
    in_process(index, avails)
    with tempfile.TemporaryDirectory() as folder:
        socket = Path(folder) / "redis.sock"
        binary = Path(sys.executable).with_name("redis-server")
        options = ["--port", "0", "--unixsocket", socket, "--dir", folder, "--save", ""]
        server = subprocess.Popen([binary, *options], stdout=subprocess.DEVNULL)
        try:
            while not socket.exists():
                time.sleep(0.01)
            asyncio.run(with_redis(index, avails[:SERVED], socket))
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
