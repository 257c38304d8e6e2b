"""Routing engines over HTTP, against a server that answers as they do."""

import json

import pytest

from geotarget.adapters.http_routing import BODY_LIMIT, OsrmRouting, ValhallaRouting, routing_at
from kernel.errors import Unavailable
from tests.unit.geotarget.engine import running, seconds

A, B, C = (48.12, -1.69), (48.17341, -1.66712), (48.17, -1.69)


@pytest.fixture
def engine():
    with running() as found:
        yield found


@pytest.mark.parametrize("name", ["osrm", "valhalla"])
async def test_a_table_is_read(engine, name):
    routing = routing_at(f"{name}+{engine.url}/")
    assert isinstance(routing, {"osrm": OsrmRouting, "valhalla": ValhallaRouting}[name])
    table = await routing.times_s([A, B], [B, C, A])
    assert table == [[seconds(a, b) for b in (B, C, A)] for a in (A, B)]
    engine.nowhere = B
    assert await routing.times_s([A, B], [C]) == [[seconds(A, C)], [None]]


async def test_each_node_is_told_once_and_no_finer_than_it_is(engine):
    await OsrmRouting(engine.url).times_s([A, B], [B, C])
    (asked,) = engine.asked
    assert asked.startswith("/table/v1/driving/-1.69000,48.12000;-1.66712,48.17341;-1.69000,48.17000?")
    assert "sources=0%3B1&destinations=1%3B2&annotations=duration" in asked


@pytest.mark.parametrize("code", ["NoSegment", "NoTable"])
async def test_where_no_road_is_there_is_no_way_and_the_engine_is_well(engine, code):
    engine.status, engine.answer = 400, json.dumps({"code": code, "message": "No."}).encode()
    assert await OsrmRouting(engine.url).times_s([A, B], [B, C]) == [[None, None], [None, None]]


@pytest.mark.parametrize(
    ("status", "answer", "why"),
    [
        (400, b'{"code": "TooBig"}', "it says TooBig"),
        (400, b'{"code": "InvalidQuery"}', "it says InvalidQuery"),
        (500, b"", "status 500"),
        (302, b"", "status 302"),
        (200, b"<html>", "cannot be read"),
        (200, b'{"code": "Ok", "durations": [[1, 2]]}', "another size"),
        (200, b'{"code": "Ok", "durations": [[1], [2]]}', "another size"),
        (200, b'{"code": "Ok", "durations": [[1, 2], [3, -4]]}', "times that are none"),
        (200, b'{"code": "Ok", "durations": [[1, 2], [3, "4"]]}', "cannot be read"),
        (200, b'{"code": "Ok"}' + b" " * BODY_LIMIT, "bytes"),
    ],
)
async def test_any_other_answer_is_none(engine, status, answer, why):
    engine.status, engine.answer = status, answer
    with pytest.raises(Unavailable, match=why) as told:
        await OsrmRouting(engine.url).times_s([A, B], [B, C])
    assert told.value.code == "routing-unavailable"


@pytest.mark.parametrize(
    "answer", [b"[]", b'{"error_code": 171}', b'{"sources_to_targets": [[{"time": 1}]]}']
)
async def test_nor_is_one_of_valhalla_that_is_no_table(engine, answer):
    engine.answer = answer
    with pytest.raises(Unavailable):
        await ValhallaRouting(engine.url).times_s([A, B], [B, C])


async def test_one_that_is_slow_or_away_is_not_waited_for(engine):
    engine.delay_s = 0.5
    with pytest.raises(Unavailable, match=r"not within 0\.05 s"):
        await OsrmRouting(engine.url, timeout_s=0.05).times_s([A], [B])
    with pytest.raises(Unavailable, match="ConnectError"):
        await OsrmRouting("http://127.0.0.1:1").times_s([A], [B])
