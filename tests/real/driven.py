"""A real drive, moved to Rennes, past real stations: what the flagship test sets up and records."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
from playwright.async_api import Browser, async_playwright

from content.channels.channel import ChannelDraft
from content.channels.plan import BreakEntry, ProgrammeEntry
from geotarget.place import place_id_of
from players.feed import trace as traces
from players.feed.enrol_head_unit import CodeTerms
from players.feed.head_unit import Role, Technique, Vehicle
from players.feed.trace import Point, Trace
from players.playback.events import DecisionEvent
from server import drive as driving
from server.chance import new_id
from server.wiring.house import House
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.watching import Answer, Report, Watched, now_ms
from tests.players.film import make_film
from tests.walks.service import Service, eventually, upload

TRACE = "T3_05_25_2021_1.csv"
# The drive goes 11.7 km west and 3.6 km south: from Noyal-sur-Vilaine to the south of Rennes.
START = 48.121, -1.531
FASTER = 20
AS_RECORDED_MS = 10_000
PARKED_MS = 20_000
SETTLED_MS = 2_000
SOURCE = "fuel-fr"
BREAK_SEGMENTS = 3
# Name, segments, FFmpeg's source of the picture, tone.
PROGRAMMES = (("bars", 6, "smptehdbars", 330), ("test", 5, "testsrc2", 440))
SEGMENT_ROUTE = "/segments/{asset_id}/{rendition}/{index:int}/{k:int}/{key}.m4s"


@dataclass(frozen=True)
class Booking:
    """A campaign around all stations of a brand; a card of its own, or a spot for the breaks."""

    brand: str
    cpm_micros: int
    radius_m: int
    tone_hz: int = 0

    @property
    def price_micros(self) -> int:
        return self.cpm_micros // 1000


# Both reach the whole drive, and the farther would pay double: only nearness can make the cheaper win.
SPOTS = (Booking("Leclerc", 20_000_000, 30_000, 550), Booking("TotalEnergies", 40_000_000, 30_000, 660))
CARD = Booking("Carrefour", 30_000_000, 3_000)


@dataclass
class Stage:
    """Roadcast with a channel, real places, and campaigns; by brand: campaign, spot's asset, stations."""

    service: Service
    stations: dict[str, list[dict[str, Any]]]
    channel_id: str = ""
    campaigns: dict[str, str] = field(default_factory=dict)
    assets: dict[str, str] = field(default_factory=dict)


@dataclass
class Driven:
    """What came of it. ``sent`` is what the car told and when; the rest is what was seen of it."""

    stage: Stage
    sent: list[tuple[int, Point]] = field(default_factory=list)
    complaints: int = 0
    decisions: list[DecisionEvent] = field(default_factory=list)
    refused: dict[str, httpx.Response] = field(default_factory=dict)
    served: list[tuple[int, float]] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    page_errors: list[str] = field(default_factory=list)
    report: Report | None = None

    @property
    def departed_ms(self) -> int:
        """When the first moving sample was sent."""
        return next(at_ms for at_ms, point in self.sent if point.speed_kmh > 0)

    @property
    def parked_ms(self) -> int:
        """When the car first said again that it is in Park."""
        departed_ms = self.departed_ms
        return next(at_ms for at_ms, point in self.sent if at_ms > departed_ms and point.brake)

    def moving(self) -> tuple[int, int]:
        """From two seconds after the first moving sample until Park."""
        return self.departed_ms + SETTLED_MS, self.parked_ms


def set_up(service: Service, data: Path, folder: Path) -> Stage:
    """Start ``service`` and book everything, as operator, advertiser and editor would."""
    service.start()
    service.add_accounts()
    raw = (data / "poi" / "fuel-fr" / "35.json").read_bytes()
    stations: dict[str, list[dict[str, Any]]] = {}
    for station in json.loads(raw):
        stations.setdefault(station.get("brand", ""), []).append(station)
    stage = Stage(service, stations)
    with service.client("operator") as operator, service.client("advertiser") as advertiser:
        answer = operator.post(f"/v1/places/import?format=fuel&source={SOURCE}", content=raw)
        assert answer.status_code == 200, answer.text
        creatives = []
        for booking in (*SPOTS, CARD):
            campaign_id = stage.campaigns[booking.brand] = _book(advertiser, stage, booking)
            creatives.append((campaign_id, booking, _submit(advertiser, campaign_id, booking, folder)))
        stage.channel_id = _put_on_air(service, folder)
        for campaign_id, booking, creative_id in creatives:
            creative = eventually(lambda id_=campaign_id: _in_review(advertiser, id_))
            stage.assets[booking.brand] = creative["asset_id"]
            answer = operator.post(f"/v1/creatives/{creative_id}/approve")
            assert answer.status_code == 200, answer.text
    return stage


def _book(advertiser: httpx.Client, stage: Stage, booking: Booking) -> str:
    now = datetime.now(UTC)
    order = {
        "name": booking.brand,
        "starts_at": now.isoformat(),
        "ends_at": (now + timedelta(days=1)).isoformat(),
        "budget_micros": 100_000_000,
        "cpm_micros": booking.cpm_micros,
        "radius_m": booking.radius_m,
        "place_ids": [place_id_of(SOURCE, str(one["id"])) for one in stage.stations[booking.brand]],
        "cap": {"count": 1000, "window_s": 3600},
    }
    booked = eventually(
        lambda: (answer := advertiser.post("/v1/campaigns", json=order)).status_code == 201 and answer
    )
    return booked.json()["campaign_id"]


def _submit(advertiser: httpx.Client, campaign_id: str, booking: Booking, folder: Path) -> str:
    submission = {"headline": f"{booking.brand} is near", "body": "Today."}
    if booking.tone_hz:
        path = make_film(folder / f"{booking.brand}.mkv", BREAK_SEGMENTS, "rgbtestsrc", booking.tone_hz)
        submission["upload_id"] = upload(advertiser, path)
    answer = advertiser.post(f"/v1/campaigns/{campaign_id}/creatives", json=submission)
    assert answer.status_code == 201, answer.text
    return answer.json()["creative_id"]


def _in_review(advertiser: httpx.Client, campaign_id: str) -> dict[str, Any] | None:
    creative = advertiser.get(f"/v1/campaigns/{campaign_id}").json()["creatives"][0]
    assert creative["state"] not in {"failed", "rejected"}, creative
    return creative if creative["state"] == "review" else None


def _put_on_air(service: Service, folder: Path) -> str:
    """A channel of short programmes that ``roadcast ingest`` took in, with a break after each."""
    entries: list[ProgrammeEntry | BreakEntry] = []
    for name, segments, source, tone_hz in PROGRAMMES:
        path = make_film(folder / f"{name}.mkv", segments, source, tone_hz)
        taken = service.command("ingest", str(path), "--title", name)
        assert taken.returncode == 0, taken.stderr
        programme_id = "prg_" + taken.stdout.strip().partition("_")[2]
        entries += [ProgrammeEntry(programme_id), BreakEntry(BREAK_SEGMENTS)]

    def create(house: House) -> str:
        return house.content.create_channel("test", ChannelDraft("Drive", "drive"), entries).channel_id

    return service.in_house(create)


def journey(data: Path) -> Trace:
    """The drive near Rennes: parked, at its own speed while it leaves and arrives, faster between.

    It begins with the recording's first moving sample: nothing but that may take the picture away.
    """
    points = traces.read((data / "traces" / TRACE).read_bytes()).points
    first = next(number for number, point in enumerate(points) if point.speed_kmh > 0)
    began_ms = points[first].at_ms
    moving = Trace(tuple(replace(point, at_ms=point.at_ms - began_ms) for point in points[first:]))
    return traces.parked(hurried(traces.shifted(moving, *START)), PARKED_MS, PARKED_MS)


def hurried(trace: Trace) -> Trace:
    """The same drive, ``FASTER`` but for its first and last seconds, where the switches are judged."""
    last_ms = trace.duration_ms - AS_RECORDED_MS

    def at_ms(moment_ms: int) -> int:
        hurry_ms = min(max(moment_ms - AS_RECORDED_MS, 0), last_ms - AS_RECORDED_MS)
        return moment_ms - hurry_ms + hurry_ms // FASTER

    return Trace(tuple(replace(point, at_ms=at_ms(point.at_ms)) for point in trace.points))


async def drive(stage: Stage, data: Path) -> Driven:
    """Play the journey into the car's feed while a dash plays in Chromium, and record both."""
    driven = Driven(stage)
    vehicle_id = new_id("veh")
    screen, feed = await asyncio.to_thread(stage.service.in_house, lambda house: _register(house, vehicle_id))
    url = stage.service.url
    target = driving.Target(url, await asyncio.to_thread(driving.enrol, url, feed))
    trace = journey(data)
    async with _decisions(target, vehicle_id, driven), _chromium() as browser:
        context = await browser.new_context(viewport={"width": 1280, "height": 720}, locale="en-GB")
        departed = asyncio.Event()

        def sent(point: Point) -> None:
            driven.sent.append((now_ms(), point))
            if point.speed_kmh > 0:
                departed.set()

        async with asyncio.TaskGroup() as group:
            on_the_way = group.create_task(driving.drive(target, trace, 1.0, sent))
            watched = await Watched.open(context, url, screen)
            await _look_into_the_drive(driven, watched, trace, departed)
        driven.complaints = on_the_way.result().refused
        driven.report = await watched.report()
        driven.answers, driven.page_errors = watched.answers, watched.complaints
    return driven


def _register(house: House, vehicle_id: str) -> list[str]:
    house.players.register_vehicle(Vehicle(vehicle_id, "Twizy", location_consent=True))
    return [
        house.players.issue_code(CodeTerms(vehicle_id, role=role, technique=Technique.TWO_ELEMENT))
        for role in (Role.SCREEN, Role.FEED)
    ]


@asynccontextmanager
async def _chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


@asynccontextmanager
async def _decisions(target: driving.Target, vehicle_id: str, driven: Driven) -> AsyncIterator[None]:
    """While this is entered, the server's decisions for the car are noted, as the simulator sees them."""
    bearer = {"Authorization": f"Bearer {target.credential}"}
    async with httpx.AsyncClient(base_url=target.base_url, timeout=30) as client:
        answer = await client.post("/v1/tickets", json={"purpose": "events"}, headers=bearer)
        ticket = answer.raise_for_status().json()["ticket"]

        async def listen() -> None:
            events = client.stream("GET", f"/v1/vehicles/{vehicle_id}/events?ticket={ticket}")
            async with events as stream:
                name = ""
                async for line in stream.aiter_lines():
                    key, _, value = line.partition(": ")
                    if key == "event":
                        name = value
                    elif key == "data" and name == "decision":
                        driven.decisions.append(msgspec.json.decode(value, type=DecisionEvent))

        listening = asyncio.create_task(listen())
        yield
        listening.cancel()


async def _look_into_the_drive(
    driven: Driven, watched: Watched, trace: Trace, departed: asyncio.Event
) -> None:
    """While the car moves: count what is served, and ask for what was a picture a moment ago."""
    was_served: dict[str, str] = {}
    async with httpx.AsyncClient(base_url=driven.stage.service.url, timeout=30) as client:
        await departed.wait()
        await _until_ms(driven.departed_ms + SETTLED_MS)
        driven.served.append((now_ms(), await _segments_served(client)))
        for one in watched.answers:
            if one.is_picture or "/video.m3u8" in one.url:
                was_served["segment" if one.is_picture else "playlist"] = one.url
        for what, url in was_served.items():
            driven.refused[what] = await client.get(url)
        drive_ms = trace.duration_ms - 2 * PARKED_MS
        await _until_ms(driven.departed_ms + drive_ms - AS_RECORDED_MS)
        driven.served.append((now_ms(), await _segments_served(client)))


async def _until_ms(moment_ms: int) -> None:
    await asyncio.sleep(max(0, moment_ms - now_ms()) / 1000)


async def _segments_served(client: httpx.AsyncClient) -> float:
    """How many segments of any kind the server says that it has served."""
    text = (await client.get("/metrics")).text
    wanted = f'route="{SEGMENT_ROUTE}",status="200"'
    return sum(
        float(line.rsplit(" ", 1)[1])
        for line in text.splitlines()
        if line.startswith("roadcast_http_requests_total{") and wanted in line
    )
