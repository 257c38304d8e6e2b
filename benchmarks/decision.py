"""An ad decision with 10,000 line items around 1,000,000 places: in process, then with its Redis round trips.

Run: ``python benchmarks/decision.py``. In process three demands are decided in turn: 10,000 line items around
100,000 places, as many around ten times the places, and ten times as many around the former. In both larger
ones some ten times as many line items reach a car. Every third line item is held to half of its chances. The
yardstick for Redis is one round trip to it.
"""

import asyncio
import gc
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from redis.asyncio import Redis

from adserver.adapters.redis_budgets import RedisBudgets
from adserver.adapters.redis_caps import RedisCaps
from adserver.adapters.siv_sealer import SivSealer
from adserver.billing.budget import Standing
from adserver.booking.campaign import CampaignState, Category, Creative, CreativeState, LineItem
from adserver.booking.cap import FrequencyCap
from adserver.serving.avail import Avail, Format, Location
from adserver.serving.decision import fill
from adserver.serving.demand import DemandIndex
from adserver.serving.keep_standings import KeepStandings
from adserver.serving.offer import Offer
from adserver.serving.serve_break import ServeBreak
from geotarget.place import Category as PlaceCategory
from geotarget.place import Place
from kernel.clock import to_ms

AVAILS, SERVED, ROUNDS = 1_000, 300, 3
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


@dataclass(frozen=True)
class World:
    """A demand, and where its places are."""

    index: DemandIndex
    places: list[Place]
    line_items: int


def world(line_items: int, places: int, each: int) -> World:
    """Each line item around ``each`` places, 1 to 10 km, in 400 towns over France."""
    chance = random.Random(5)
    towns = [(chance.uniform(43, 50), chance.uniform(-4, 7)) for _ in range(400)]
    spots = []
    for n in range(places):
        latitude, longitude = chance.choice(towns)
        at = chance.gauss(latitude, 0.15), chance.gauss(longitude, 0.2)
        spots.append(Place(f"plc_{n}", "bench", str(n), f"Place {n}", "", PlaceCategory.DEALER, *at))
    offers = [
        offer(n, [spots[(n * each + k) % places] for k in range(each)], chance) for n in range(line_items)
    ]
    return World(DemandIndex(offers, {place.place_id: place for place in spots}), spots, line_items)


def offer(n: int, places: list[Place], chance: random.Random) -> Offer:
    """A line item with one spot of 4 to 16 segments."""
    item = LineItem(
        f"li_{n}", f"cmp_{n}", f"adv_{n}", f"Campaign {n}", NOW_MS - 1, NOW_MS + 10**9, 10**12,
        chance.randint(40, 400) * 100_000, "EUR", chance.randint(1_000, 10_000),
        tuple(p.place_id for p in places),
        category=chance.choice(list(Category)), caps=(FrequencyCap(6, 3600),),
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


def in_process(worlds: dict[str, World]) -> None:
    """Lookup and pure decision, of each demand in turn."""
    chance = random.Random(6)
    avails = {name: [avail(n, chance, one.places) for n in range(AVAILS)] for name, one in worlds.items()}
    for one in worlds.values():
        items = one.index.standings.items
        plenty = {item.line_item_id: 10**9 for item in items}
        one.index.standings.take(
            items, Standing(plenty, {}, {f"li_{n}": 500_000 for n in range(0, len(items), 3)})
        )
    gc.collect()
    gc.freeze()  # as the service does with its snapshots
    took: dict[str, list[list[int]]] = {name: [[], [], [], [], []] for name in worlds}
    weighed = dict.fromkeys(worlds, 0)
    for _ in range(ROUNDS):
        for name, one in worlds.items():
            lookup, read, decide, both, busy = took[name]
            for a in avails[name]:
                roll = chance.random()
                spent, begun = time.thread_time_ns(), time.perf_counter_ns()
                candidates, rows, entries = one.index.weigh(a.location, NOW_MS, None, a, roll)
                found = time.perf_counter_ns()
                usage = one.index.standings.usage(rows)
                told = time.perf_counter_ns()
                fill(a, candidates, usage, roll, entries)
                done = time.perf_counter_ns()
                busy.append(time.thread_time_ns() - spent)
                weighed[name] += len(candidates)
                lookup.append(found - begun)
                read.append(told - found)
                decide.append(done - told)
                both.append(done - begun)
    base = None
    for name, one in worlds.items():
        print(f"{name}: {weighed[name] / ROUNDS / AVAILS:.1f} weighed of {len(one.index):,}")
        lookup, read, decide, both, busy = took[name]
        tell("  which line items reach here and can serve", lookup)
        tell("  what counters say of those", read)
        tell("  decision with its explanation", decide)
        tell("  all of it, in process", both)
        spent_us = tell("  all of it, the processor's time", busy, base)
        base = base or spent_us


async def with_redis(index: DemandIndex, avails: list[Avail], socket: Path) -> None:
    """The whole of ServeBreak on a real Redis."""
    client = Redis(unix_socket_path=str(socket))
    budgets = RedisBudgets(client)
    for a in avails:
        for candidate in index.candidates(a.location, NOW_MS):
            await budgets.open(candidate.offer.line_item, spent_micros=0, counted=(), now_ms=NOW_MS)
    caps, sealer = RedisCaps(client), SivSealer([b"b" * 32])
    standings = KeepStandings(budgets)
    serve = ServeBreak(lambda: index, standings, budgets, caps, sealer, Still(), lambda: 0.5, lambda *_: None)
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
    spent = time.thread_time_ns()
    await standings.refresh()
    read_us = (time.thread_time_ns() - spent) / 1000 / len(index)
    yardstick = tell("one round trip to Redis (the yardstick)", ping)
    tell("serve a break: look, decide, reserve, keep", whole, yardstick)
    tell("the same avail again", again, yardstick)
    print(f"breaks with at least one spot: {filled} of {len(avails)}")
    print(f"how all stand, read anew: {read_us:.1f} us of the processor's time for each line item")
    await client.aclose()


def main() -> None:
    """Both, side by side."""
    sizes = {
        "10,000 line items, 100,000 places": (10_000, 100_000, 10),
        "10,000 line items, 1,000,000 places": (10_000, 1_000_000, 100),
        "100,000 line items, 100,000 places": (100_000, 100_000, 10),
    }
    worlds = {}
    for name, size in sizes.items():
        begun = time.perf_counter()
        worlds[name] = world(*size)
        print(f"{name}: made, with their snapshot, in {time.perf_counter() - begun:.1f} s")
    in_process(worlds)
    chosen = worlds["10,000 line items, 1,000,000 places"]
    chance = random.Random(7)
    avails = [avail(n, chance, chosen.places) for n in range(SERVED)]
    with tempfile.TemporaryDirectory() as folder:
        socket = Path(folder) / "redis.sock"
        binary = Path(sys.executable).with_name("redis-server")
        options = ["--port", "0", "--unixsocket", socket, "--dir", folder, "--save", ""]
        server = subprocess.Popen([binary, *options], stdout=subprocess.DEVNULL)
        try:
            while not socket.exists():
                time.sleep(0.01)
            asyncio.run(with_redis(chosen.index, avails, socket))
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
