"""Nothing precise is kept: after a day of driving, no log, table, key or file tells where a car was.

Three cars drive real traces, moved to where no other number lies, as fast as their feeds may tell; they
hear breaks, are shown cards, ask for VAST, and report what they saw. Others say the same wrongly, and
Redis is killed on the way.
"""

import asyncio
import json
import re
import struct
import zlib
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import redis
from sqlalchemy import create_engine
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from geotarget.coarsen import cell
from kernel.clock import from_ms, iso_z
from kernel.errors import RoadcastError
from players.feed import signals, trace
from players.feed.acceptance import Sample
from players.feed.enrol_head_unit import CodeTerms
from players.feed.head_unit import Role, Technique, Vehicle
from players.feed.viss import encode_event
from server import drive as driving
from server.chance import SystemClock, new_id
from server.demo.films import SPOTS
from server.demo.render import render
from server.settings import Settings
from tests.real.precision import FLOATS, Trail, commands_in, files_of, geohash, rows_of, values_of
from tests.walks.service import Service, eventually
from tests.walks.service import upload as uploaded
from tests.walks.test_campaign import approve, import_places, place, short_channel

pytestmark = pytest.mark.timeout(300)
IQALUIT = 63.75, -68.52
"""On whole hundredths, as all places here are; no second of a minute is as large as these."""
TRACES = ("T3_05_25_2021_1.csv", "T3_05_25_2021_2.csv", "T3_05_31_2021.csv")
STARTS = ((63.7412345, -68.5098765), (63.7698713, -68.4612349), (63.7256781, -68.6123457))
POINTS, FASTER = 360, 60.0
PARKED_MS = 270_000
"""4.5 s as it is played: a card is offered to a car that stands."""
KILLED_AFTER_S = 7.0
VIN = "WVWZZZ1JZXW000042"
AGAIN_S = 0.4
DRIVES_LIMIT = 5
"""On a busy machine once may not be enough."""
SHOWN = ("spot", "card", "vast")
BEACON = re.compile(r"/v1/beacons/([\w.~-]+)/")
PAGED = (".db", ".db-wal")
"""Their rows are read as such; what was deleted, and the metrics, as pages."""
GRANT = re.compile(r"grant=[^&\s\]]+")


@dataclass
class Car:
    """One of them, and all that the service answered it."""

    vehicle_id: str
    screen: str
    feed: str
    drive: trace.Trace
    sent: list[trace.Point] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    for_others: list[str] = field(default_factory=list)
    shown: Counter[str] = field(default_factory=Counter)
    codes: Counter[int] = field(default_factory=Counter)
    over: bool = False


@dataclass
class Day:
    """What came of it: the cars, and all that was kept, by the name of where."""

    cars: list[Car]
    kept: dict[str, bytes]
    log: bytes

    @property
    def trail(self) -> Trail:
        return Trail([(point.latitude, point.longitude) for car in self.cars for point in car.drive.points])


@pytest.fixture(scope="module")
def day(real_data, tmp_path_factory) -> Day:
    """Once for all that is asked of it."""
    folder = tmp_path_factory.mktemp("day")
    service = Service(folder / "data", folder / "log.txt")
    service.environ["ROADCAST_LOG_LEVEL"] = "debug"
    drives = [
        trace.parked(trace.shifted(part(real_data / "traces" / name), *start), PARKED_MS, 0)
        for name, start in zip(TRACES, STARTS, strict=True)
    ]
    try:
        service.start()
        channel_id = set_up(service, folder)
        cars = enrolled(service, drives)
        asyncio.run(driven(service, cars, channel_id))
        told = Settings.from_environ(service.environ)
        with redis.Redis.from_url(told.effective_redis_url) as client:
            kept = dict(values_of(client))
        service.stop()
        engine = create_engine(told.database_url)
        kept |= dict(rows_of(engine))
        engine.dispose()
        kept |= {name: data for name, data in files_of(told.data_dir) if "objects/" not in name}
        yield Day(cars, kept, service.log.read_bytes())
    finally:
        service.close()


def part(path: Path) -> trace.Trace:
    """The beginning of a recording."""
    return trace.Trace(trace.read(path.read_bytes()).points[:POINTS])


def set_up(service: Service, folder: Path) -> str:
    """A spot and a card around one place, and a channel whose breaks have room for them."""
    service.add_accounts()
    films = {}
    for name, recipe in (("programme", SPOTS[0]), ("spot", SPOTS[1])):
        films[name] = folder / f"{name}.mp4"
        render(replace(recipe, segments=2), films[name])
    with service.client("operator") as operator, service.client("advertiser") as advertiser:
        near = import_places(operator, [place("near", 0.0, IQALUIT), place("far", 1.0, IQALUIT)])
        booked = [
            book(advertiser, near, {"upload_id": uploaded(advertiser, films["spot"])}),
            book(advertiser, near, {}),
        ]
        channel_id = short_channel(service, films, "precise")
        for campaign_id, creative_id in booked:
            approve(operator, advertiser, campaign_id, creative_id)
    return channel_id


def book(advertiser: httpx.Client, place_id: str, film: dict[str, str]) -> tuple[str, str]:
    """A campaign that reaches all of the drives, and its creative."""
    now = datetime.now(UTC)
    order = {
        "name": "Test drives",
        "starts_at": now.isoformat(),
        "ends_at": (now + timedelta(days=1)).isoformat(),
        "budget_micros": 100_000_000,
        "cpm_micros": 25_000_000,
        "radius_m": 50_000,
        "place_ids": [place_id],
        "approach": {"ahead": False},
        "cap": {"count": 1000, "window_s": 3600},
    }
    booked = eventually(
        lambda: (answer := advertiser.post("/v1/campaigns", json=order)).status_code == 201 and answer
    )
    campaign_id = booked.json()["campaign_id"]
    submission = {"headline": "Come and try it", "body": "Today.", **film}
    added = advertiser.post(f"/v1/campaigns/{campaign_id}/creatives", json=submission)
    assert added.status_code == 201, added.text
    return campaign_id, added.json()["creative_id"]


def enrolled(service: Service, drives: list[trace.Trace]) -> list[Car]:
    """A car for each drive, whose owner agreed to be located."""
    ids = [new_id("veh") for _ in drives]

    def register(house) -> list[list[str]]:
        codes = []
        for vehicle_id in ids:
            house.players.register_vehicle(Vehicle(vehicle_id, "Precise", location_consent=True))
            terms = [
                CodeTerms(vehicle_id, role=role, technique=Technique.TWO_ELEMENT)
                for role in (Role.SCREEN, Role.FEED)
            ]
            codes.append([house.players.issue_code(one) for one in terms])
        return codes

    found = service.in_house(register)
    return [
        Car(vehicle_id, *(driving.enrol(service.url, code) for code in codes), drive)
        for vehicle_id, codes, drive in zip(ids, found, drives, strict=True)
    ]


async def driven(service: Service, cars: list[Car], channel_id: str) -> None:
    """All of them at once; Redis is killed on the way, and comes back."""

    async def accident() -> None:
        await asyncio.sleep(KILLED_AFTER_S)
        service.child("redis-server").kill()

    async with asyncio.TaskGroup() as group:
        for car in cars:
            group.create_task(watch(service.url, car, channel_id))
            group.create_task(misreport(service.url, car))
        group.create_task(accident())
        for _ in range(DRIVES_LIMIT):
            await asyncio.gather(*(drive(service.url, car) for car in cars))
            if all(shown(cars)[what] for what in SHOWN):
                break
        for car in cars:
            car.over = True
    async with httpx.AsyncClient(base_url=service.url, timeout=30) as client:
        for car in cars:
            await look(client, car, await opened(client, car, channel_id), "last")


def shown(cars: list[Car]) -> Counter[str]:
    """How often something of each kind was there."""
    return sum((car.shown for car in cars), Counter())


async def drive(url: str, car: Car) -> None:
    """To its end, though the feed is lost where Redis is."""
    target, left = driving.Target(url, car.feed), car.drive
    while len(left.points) > 1:
        with suppress(RoadcastError):
            await driving.drive(target, left, FASTER, car.sent.append)
            return
        await asyncio.sleep(AGAIN_S)
        at_ms = car.sent[-1].at_ms if car.sent else -1
        rest = [point for point in left.points if point.at_ms > at_ms] or left.points[-1:]
        left = trace.Trace(tuple(replace(point, at_ms=point.at_ms - rest[0].at_ms) for point in rest))


async def watch(url: str, car: Car, channel_id: str) -> None:
    """As screens and players of others do, over and over."""
    names = count()
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        session = await opened(client, car, channel_id)
        async with asyncio.TaskGroup() as group:
            listening = group.create_task(listen(client, car, session))
            while not car.over:
                with suppress(httpx.HTTPError, ValueError, LookupError):  # where Redis is gone
                    await look(client, car, session, f"b{next(names)}")
                await asyncio.sleep(AGAIN_S)
            listening.cancel()


async def opened(client: httpx.AsyncClient, car: Car, channel_id: str) -> dict[str, Any]:
    """A session, as soon as there can be one."""
    while True:
        answer = await client.post(
            "/v1/sessions", headers={"Authorization": f"Bearer {car.screen}"}, json={"channel_id": channel_id}
        )
        if answer.status_code == 201:
            return answer.json()
        await asyncio.sleep(AGAIN_S)


async def listen(client: httpx.AsyncClient, car: Car, session: dict[str, Any]) -> None:
    """The session's events: by them it is shown cards."""
    while True:
        with suppress(httpx.HTTPError):
            async with client.stream("GET", session["urls"]["events"]) as stream:
                async for line in stream.aiter_lines():
                    car.answers.append(line)
        await asyncio.sleep(AGAIN_S)


async def look(client: httpx.AsyncClient, car: Car, session: dict[str, Any], name: str) -> None:
    """Once at everything, and report what is there to be reported."""
    urls = session["urls"]
    pages = [
        (await asked(client, car, address)).text
        for address in (urls["audio"].replace("audio.m3u8", "a128.m3u8"), urls["tracking"], urls["report"])
    ]
    here = car.sent[-1] if car.sent else car.drive.points[0]
    where = f"lat={here.latitude}&lon={here.longitude}&ll={here.latitude},{here.longitude}"
    for tag in (
        f"{urls['vast']}&break={name}&duration=20",
        f"{urls['vast']}&break={name}&duration={here.latitude}x",
    ):
        answer = await asked(client, car, f"{tag}&{where}")
        if answer.status_code == 200:
            car.for_others.append(answer.text)
            car.shown["vast"] += answer.text.count("<Ad ")
    vmap = f"{urls['vast'].replace('/vast', '/vmap')}&content={name}&duration=900&every=300"
    car.for_others.append((await asked(client, car, vmap)).text)
    await asked(client, car, f"/v1/nowhere/{here.latitude}/{here.longitude}")
    for token in set(BEACON.findall(pages[1] + "".join(car.for_others[-2:]))):
        await asked(client, car, f"/v1/beacons/{token}/start?{where}")
    report = json.loads(pages[2])
    car.answers += pages
    told = [("spot", fill) for one in report.get("breaks", ()) for fill in one["fills"]]
    told += [("card", card)] if (card := report.get("card")) else []
    for what, fill in told:
        car.shown[what] += 1
        event = "start" if what == "spot" else "card-shown"
        await asked(client, car, f"/v1/beacons/{fill['beacon']}/{event}")


async def asked(client: httpx.AsyncClient, car: Car, address: str) -> httpx.Response:
    answer = await client.get(address)
    car.codes[answer.status_code] += 1
    return answer


async def misreport(url: str, car: Car) -> None:
    """What a broken feed says: of where it is, in every wrong way."""
    headers = {"Authorization": f"Bearer {car.feed}"}
    clock = SystemClock()
    async with httpx.AsyncClient(base_url=url, timeout=30, headers=headers) as client:
        while not car.over:
            for point in car.drive.points[::40]:
                if car.over:
                    break
                now_ms = clock.now_ms()
                messages = wrong(point, now_ms)
                with suppress(OSError, WebSocketException):
                    async with connect(
                        url.replace("http", "ws") + "/v1/vehicle-state",
                        subprotocols=["VISSv3"],
                        additional_headers=headers,
                    ) as feed:
                        for message in messages:
                            await feed.send(message)
                        await asyncio.sleep(0)
                with suppress(httpx.HTTPError):
                    past = encode_event(trace.samples(point, now_ms - 60_000), now_ms).decode()
                    for body in (f"[{past}]", f"[{past},{messages[-1]}", messages[-1]):
                        answer = await client.post("/v1/vehicle-state", content=body)
                        car.codes[answer.status_code] += 1
                await asyncio.sleep(AGAIN_S)


def wrong(point: trace.Point, now_ms: int) -> list[str]:
    """Out of range, unreadable, of no known path, and no message at all."""
    told = (
        (signals.LATITUDE, str(point.longitude * 2)),
        (signals.LATITUDE, f"{point.latitude}N"),
        (signals.LONGITUDE, f"{point.longitude},{point.latitude}"),
        (signals.HEADING, str(point.latitude * 10)),
        ("Vehicle.CurrentLocation.Where", f"{point.latitude} {point.longitude}"),
        ("Vehicle.VehicleIdentification.VIN", VIN),
        (signals.FIX_TIME, f"{point.latitude}"),
    )
    found = [encode_event((Sample(path, text, now_ms),), now_ms).decode() for path, text in told]
    stamp = iso_z(from_ms(now_ms))
    found.append(
        json.dumps({"action": "set", "path": signals.LATITUDE, "value": str(point.latitude), "ts": stamp})
    )
    return [*found, f'{{"action":"subscription","latitude":{point.latitude},"longitude":{point.longitude}']


def test_the_day_was_full(day):
    sent = sum(len(car.sent) for car in day.cars)
    codes = sum((car.codes for car in day.cars), Counter())
    assert sent > 300, sent
    assert all(shown(day.cars)[what] for what in SHOWN), shown(day.cars)
    assert {200, 204, 404, 422} <= set(codes), codes
    cells = {cell(point.latitude, point.longitude).encode() for car in day.cars for point in car.drive.points}
    assert any(one in day.kept["table fill_events"] for one in cells)
    assert b"debug" in day.log


def test_nothing_that_is_kept_tells_where_a_car_was(day):
    trail = day.trail
    found = {name: trail.found_in(data, *(FLOATS,) * name.endswith(PAGED)) for name, data in day.kept.items()}
    assert {name: told for name, told in found.items() if told} == {}


def test_nothing_that_is_logged_does(day):
    assert day.trail.found_in(day.log, ()) == []


def test_nothing_that_screens_and_players_are_told_does(day):
    trail = day.trail
    for car in day.cars:
        assert trail.found_in("\n".join(car.answers + car.for_others).encode(), ()) == []


def test_who_drives_leaves_under_another_name(day):
    """Neither what others are given nor the books of the money know a vehicle by its name."""
    money = (
        "table fill_events",
        "table ledger_transfers",
        "table tracker_calls",
        "table avail_counts",
        "key {b",
    )
    kept = b"".join(data for name, data in day.kept.items() if name.startswith(money))
    assert kept
    for car in day.cars:
        assert car.vehicle_id.encode() not in kept
        # Who asks shows the right that the car gave it, and is told of it again; nothing else names the car.
        assert not any(car.vehicle_id in GRANT.sub("", text) for text in car.for_others)
    everything = day.log + b"".join(day.kept.values())
    assert VIN.encode() not in everything
    assert not any(secret.encode() in everything for car in day.cars for secret in (car.screen, car.feed))


HERE = STARTS[0]
PLANTED = {
    "decimal": f"lat {HERE[0]}".encode(),
    "one alone, rounded": b'{"longitude":-68.5099}',
    "three decimals": b"63.741",
    "with its side": b"63.741N",
    "millionths": json.dumps([int(part * 1e6) for part in HERE]).encode(),
    "E7": f"{round(HERE[0] * 1e7)};{round(HERE[1] * 1e7)}".encode(),
    "msgpack": b"\x93" + msgspec.msgpack.encode(list(HERE)),
    "msgpack, as numbers": msgspec.msgpack.encode({"a": round(HERE[0] * 1e7), "o": round(HERE[1] * 1e7)}),
    "doubles": b"x" + struct.pack("<dd", *HERE),
    "floats": b"abc" + struct.pack("<ff", *HERE),
    "network floats": struct.pack(">ff", *HERE),
    "geohash": geohash(*HERE, 8).encode(),
}
COARSE = {
    "cell": cell(*HERE).encode(),
    "hundredths": b"63.75 -68.52 63.750",
    "cell as doubles": struct.pack("<dd", 63.74, -68.52),
    "cell as floats": struct.pack("<ff", 63.74, -68.52),
    "other numbers": b"took 1.7412 at 2026-06-15T10:00:63.741Z, 637412345 bytes",
    "coarse geohash": geohash(*HERE, 6).encode(),
}


@pytest.mark.parametrize("form", PLANTED)
def test_what_is_planted_is_found(form):
    trail = Trail([(HERE[0] - 0.02, HERE[1] - 0.05), HERE, (HERE[0] + 0.02, HERE[1] + 0.05)])
    assert trail.found_in(b"some text before " + PLANTED[form] + b" and after")


@pytest.mark.parametrize("form", COARSE)
def test_what_is_coarse_may_be_kept(form):
    trail = Trail([(HERE[0] - 0.02, HERE[1] - 0.05), HERE, (HERE[0] + 0.02, HERE[1] + 0.05)])
    assert trail.found_in(b"some text before " + COARSE[form] + b" and after") == []


def test_every_engine_is_looked_into(redis_socket, database, tmp_path):
    """A secret in each kind of key, a row and a file: all are found again."""
    secret = str(HERE[0])
    with redis.Redis(unix_socket_path=str(redis_socket)) as client:
        client.flushall()
        client.set("string", secret)
        client.set("packed", zlib.compress(b"a" + secret.encode() * 2, 1) + b"and more")
        client.hset("hash", "field", secret)
        client.xadd("stream", {"e": msgspec.msgpack.encode(HERE)})
        client.sadd("set", secret)
        client.rpush("list", secret)
        client.zadd("sorted", {secret: 1})
        client.geoadd("geo", (HERE[1], HERE[0], "car"))
        numbers = [round(part * 1e7) for part in HERE]
        client.set("map", msgspec.msgpack.encode({"told": {"a": numbers[0], "o": numbers[1:]}}))
        client.set(f"key:{secret}", "")
        kept = dict(values_of(client))
        client.flushall()
    with database.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE text (a TEXT)")
        connection.exec_driver_sql("INSERT INTO text VALUES (?)", (secret,))
        connection.exec_driver_sql("CREATE TABLE blob (a BLOB)")
        connection.exec_driver_sql("INSERT INTO blob VALUES (?)", (struct.pack("<dd", *HERE),))
    kept |= dict(rows_of(database))
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "some.bin").write_bytes(struct.pack(">dd", *HERE))
    kept |= dict(files_of(tmp_path / "below"))
    trail = Trail([(HERE[0] - 0.02, HERE[1] - 0.05), HERE, (HERE[0] + 0.02, HERE[1] + 0.05)])
    assert len(kept) == 13
    assert [name for name, data in kept.items() if not trail.found_in(data)] == []


HISTORY = b"".join(
    b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$%d\r\n%s\r\n" % (len(value), value)
    for value in (
        str(HERE[0]).encode(),
        zlib.compress(b"a" + str(HERE[0]).encode() * 2, 1),
        msgspec.msgpack.encode({"at": HERE}),
        struct.pack("<ii", *(round(part * 1e7) for part in HERE)),
    )
)


@pytest.mark.parametrize("snapshot", [b"", b"REDIS0009\xfa\xc3and more\xff12345678"])
def test_every_command_that_redis_wrote_down_is_read(snapshot):
    """Though another followed it, and whatever Redis packed before."""
    trail = Trail([(HERE[0] - 0.02, HERE[1] - 0.05), HERE, (HERE[0] + 0.02, HERE[1] + 0.05)])
    commands = HISTORY.split(b"*3")[1:]
    for command in commands:
        log = snapshot + b"*1\r\n$5\r\nMULTI\r\n" + b"*3" + command + b"*1\r\n$4\r\nEXEC\r\n"
        assert trail.found_in(commands_in(log)), command
    with pytest.raises(ValueError, match="no command"):
        commands_in(b"*1\r\n$5\r\nMULTI\r\nand no more")
