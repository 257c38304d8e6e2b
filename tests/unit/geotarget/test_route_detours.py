"""What a routing engine has said is told at once, and asked for beside."""

import asyncio
from collections import Counter

import pytest

from geotarget import route_detours
from geotarget.adapters.http_routing import OsrmRouting
from geotarget.breaker import FAILURES, PAUSE_MS
from geotarget.route_detours import ASKING_LIMIT, KNOWN_MS, PLACES_LIMIT, RouteDetours
from kernel.errors import Unavailable
from tests.unit.geotarget.engine import running, seconds

HERE, CELL = (48.123, -1.687), (48.12, -1.69)
PLACE, ONWARD = (48.17341, -1.66712), (48.17, -1.69)
WANTED = [(PLACE, 6_000.0)]


class Routing:
    """Answers 100 s for every way, once it is let."""

    def __init__(self):
        self.asked = []
        self.broken = False
        self.gate = asyncio.Event()
        self.gate.set()

    async def times_s(self, sources, targets):
        self.asked.append((list(sources), list(targets)))
        await self.gate.wait()
        if self.broken:
            raise Unavailable("routing-unavailable", "It is away.")
        return [[100.0] * len(targets) for _ in sources]


@pytest.fixture
def engine():
    return Routing()


@pytest.fixture
def counted():
    return Counter()


@pytest.fixture
def detours(engine, clock, counted):
    return RouteDetours(engine, clock, lambda outcome: counted.update([outcome]))


async def test_the_first_car_has_the_model_and_the_next_one_the_engine(detours, engine, counted):
    assert detours(*HERE, 0.0, WANTED) == [None]
    await detours.settled()
    assert detours(48.1249, -1.6855, 0.0, WANTED) == [100.0]
    assert engine.asked == [([CELL, PLACE], [PLACE, ONWARD])]
    assert counted == {"answered": 1}


async def test_what_is_being_asked_is_not_asked_again(detours, engine):
    engine.gate.clear()
    for _ in range(3):
        detours(*HERE, 0.0, WANTED)
        await asyncio.sleep(0)
    assert len(engine.asked) == 1
    detours(*HERE, None, WANTED)
    await asyncio.sleep(0)
    assert engine.asked[1] == ([PLACE], [CELL])
    engine.gate.set()
    await detours.settled()
    assert detours(*HERE, None, WANTED) == [200.0]


async def test_an_answer_grows_old(detours, engine, clock):
    detours(*HERE, 0.0, WANTED)
    await detours.settled()
    clock.advance(KNOWN_MS / 1000)
    assert detours(*HERE, 0.0, WANTED) == [100.0]
    clock.advance(0.001)
    assert detours(*HERE, 0.0, WANTED) == [None]
    await detours.settled()
    assert len(engine.asked) == 2


async def test_only_so_many_are_under_way_and_so_many_places_are_looked_at(detours, engine, counted):
    engine.gate.clear()
    many = [((49.0 + n / 50, -1.7), 90_000.0) for n in range(PLACES_LIMIT + 5)]
    assert detours(*HERE, 0.0, many) == [None] * len(many)
    for n in range(ASKING_LIMIT + 1):
        detours(47.0 + n, 2.0, 0.0, [((47.1 + n, 2.0), 11_000.0)])
    await asyncio.sleep(0)
    assert len(engine.asked) == ASKING_LIMIT
    assert counted == {"left": 2}
    assert len(engine.asked[0][0]) == PLACES_LIMIT + 1
    engine.gate.set()
    await detours.settled()


async def test_an_engine_that_is_away_is_left_alone_for_a_while_and_the_model_holds(
    detours, engine, clock, counted
):
    engine.broken = True
    for _ in range(FAILURES + 2):
        assert detours(*HERE, 0.0, WANTED) == [None]
        await detours.settled()
    assert len(engine.asked) == FAILURES
    assert counted == {"failed": FAILURES, "left": 2}
    engine.broken = False
    clock.advance(PAUSE_MS / 1000)
    detours(*HERE, 0.0, WANTED)
    await detours.settled()
    assert detours(*HERE, 0.0, WANTED) == [100.0]


async def test_a_place_that_is_near_is_not_asked_about(detours, engine):
    assert detours(*HERE, 0.0, [((48.13, -1.687), 800.0)]) == [None]
    assert not engine.asked


async def test_memory_has_a_limit(detours, engine, monkeypatch):
    monkeypatch.setattr(route_detours, "WAYS_LIMIT", 6)
    for n in range(4):
        detours(44.0 + n, 2.0, None, [((44.1 + n, 2.0), 11_000.0)])
        await detours.settled()
    assert len(detours._known) == 6
    assert detours(44.0, 2.0, None, [((44.1, 2.0), 11_000.0)]) == [None]
    assert detours(47.0, 2.0, None, [((47.1, 2.0), 11_000.0)]) == [200.0]
    await detours.settled()


async def test_from_a_real_server_to_minutes(clock, counted):
    with running() as server:
        detours = RouteDetours(OsrmRouting(server.url), clock, lambda outcome: counted.update([outcome]))
        detours(*HERE, 0.0, WANTED)
        await detours.settled()
        expected = seconds(CELL, PLACE) + seconds(PLACE, ONWARD) - seconds(CELL, ONWARD)
        assert detours(*HERE, 0.0, WANTED) == [pytest.approx(expected)]
        assert "48.123" not in server.asked[0]
        assert "-1.687" not in server.asked[0]
        assert counted == {"answered": 1}
