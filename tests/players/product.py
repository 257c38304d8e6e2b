"""Roadcast itself, stocked with films that can be measured, started from its command line."""

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import httpx
from websockets.sync.client import connect

from adserver.campaign import Category as AdCategory
from adserver.campaign import CreativeAction, FrequencyCap
from adserver.order import Order
from adserver.submit_creative import Submission
from content.channel import ChannelDraft
from content.programme import Category, ProgrammeDraft
from content.schedule import BreakEntry, Entry, ProgrammeEntry
from geotarget.place import place_id_of
from geotarget.place_file import FileFormat
from media.asset import Asset, AssetState
from players import signals, viss
from players.enrol_head_unit import CodeTerms
from players.head_unit import Role, Technique, Vehicle
from server.engines.borrowed import engines_running
from server.ingest import Elsewhere
from server.settings import Settings
from server.wiring.house import House, build
from tests.players.film import make_film
from tests.players.house import DRIVING, PARKED, samples

OWNER = "players-test"
HERE = 48.1110, -1.6800
CODES = {
    "two-element": CodeTerms("veh_parked", technique=Technique.TWO_ELEMENT, uses=100),
    "slate": CodeTerms("veh_parked", technique=Technique.SLATE, uses=100),
    "parked-feed": CodeTerms("veh_parked", role=Role.FEED, uses=100),
    "moving": CodeTerms("veh_moving", technique=Technique.TWO_ELEMENT, uses=100),
    "moving-feed": CodeTerms("veh_moving", role=Role.FEED, uses=100),
}
# Film, segments, FFmpeg's source of its picture, and its tone. Spots are booked, the others are programmes.
PROGRAMMES = (("bars", 9, "smptehdbars", 330), ("test", 7, "testsrc2", 440))
SPOTS = (("one", 4, "smptebars", 550), ("two", 3, "rgbtestsrc", 660))
BREAK_SEGMENTS = 7
FEED_PERIOD_S = 0.5
START_S = 60.0


@dataclass(frozen=True)
class Product:
    """The running service."""

    url: str
    log: Path

    def open(self, code: str) -> dict[str, str]:
        """A session's URLs, absolute, of a head unit that the code enrols."""
        with httpx.Client(base_url=self.url, timeout=START_S) as client:
            unit = client.post("/v1/head-units", json={"code": code}).raise_for_status().json()
            bearer = {"Authorization": f"Bearer {unit['credential']}"}
            opened = client.post("/v1/sessions", json={}, headers=bearer).raise_for_status().json()
        return {name: str(httpx.URL(self.url).join(url)) for name, url in opened["urls"].items()}

    def wait_for_picture(self) -> None:
        """Until the parked vehicle has been parked for long enough."""
        url = self.open("slate")["multivariant"]
        deadline_s = time.monotonic() + START_S
        while b"avc1" not in httpx.get(url).content:
            assert time.monotonic() < deadline_s, self.log.read_text()[-5000:]
            time.sleep(0.2)

    @contextmanager
    def driving(self, code: str, values: dict[str, str]) -> Iterator[None]:
        """While this is entered, the vehicle of the feed that ``code`` enrols reports ``values``."""
        with httpx.Client(base_url=self.url, timeout=START_S) as client:
            unit = client.post("/v1/head-units", json={"code": code}).raise_for_status().json()
        end = threading.Event()
        address = self.url.replace("http", "ws", 1) + "/v1/vehicle-state"
        located = values | {signals.LATITUDE: str(HERE[0]), signals.LONGITUDE: str(HERE[1])}
        bearer = {"Authorization": f"Bearer {unit['credential']}"}
        with connect(address, subprotocols=["VISSv2"], additional_headers=bearer) as socket:

            def report() -> None:
                while not end.wait(FEED_PERIOD_S):
                    socket.send(viss.encode_event(samples(located, _now_ms()), _now_ms()).decode())

            thread = threading.Thread(target=report)
            thread.start()
            try:
                yield
            finally:
                end.set()
                thread.join()


async def stock(settings: Settings, folder: Path) -> None:
    """Prepare the films, a channel of them with a break, two campaigns that fill it, and two vehicles."""
    with engines_running(settings):
        house = build(settings)
        try:
            await house.prepare()
            entries: list[Entry] = []
            for name, segments, source, tone_hz in PROGRAMMES:
                asset = await _film(house, make_film(folder / f"{name}.mkv", segments, source, tone_hz))
                draft = ProgrammeDraft(name, name, Category.MAGAZINE, "en")
                programme = await asyncio.to_thread(house.content.add_programme, asset.asset_id, draft)
                entries += [ProgrammeEntry(programme.programme_id), BreakEntry(BREAK_SEGMENTS)]
            await asyncio.to_thread(
                house.content.create_channel, OWNER, ChannelDraft("Measured", "measured"), entries
            )
            await asyncio.to_thread(_place, house)
            for category, (name, segments, source, tone_hz) in zip(AdCategory, SPOTS, strict=False):
                asset = await _film(house, make_film(folder / f"{name}.mkv", segments, source, tone_hz))
                await _campaign(house, name, category, asset)
            await house.after_preparation()
            booking = house.adserver.booking
            for creative in await asyncio.to_thread(booking.read.to_review):
                await booking.review(creative.creative_id, CreativeAction.APPROVE)
            await asyncio.to_thread(_vehicles, house)
        finally:
            await house.engines.close()


async def _film(house: House, path: Path) -> Asset:
    admit = replace(house.media.admit_file, queue=Elsewhere())
    asset = await admit(OWNER, path)

    async def report(permille: int) -> None:
        """Nobody looks."""

    asset = await house.media.prepare_asset(asset.asset_id, report)
    assert asset.state is AssetState.READY, asset.reasons
    return asset


def _place(house: House) -> None:
    geometry = {"type": "Point", "coordinates": [HERE[1], HERE[0]]}
    feature = {"type": "Feature", "id": "here", "geometry": geometry, "properties": {"name": "Here"}}
    body = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
    house.geotarget.import_places(body, file_format=FileFormat.GEOJSON, source="test")
    house.geotarget.index.refresh()


async def _campaign(house: House, name: str, category: AdCategory, asset: Asset) -> None:
    booking, now = house.adserver.booking, house.engines.clock.now()
    advertiser = await asyncio.to_thread(house.adserver.register_advertiser, name)
    order = Order(
        name=name,
        starts_at=now,
        ends_at=now + timedelta(days=1),
        budget_micros=10**9,
        cpm_micros=10**7,
        place_ids=(place_id_of("test", "here"),),
        category=category,
        cap=FrequencyCap(1000, 3600),
    )
    campaign = await booking.book(advertiser.advertiser_id, order)

    async def prepared(owner: str, upload_id: str) -> Asset:
        return asset

    submit = replace(booking.submit, admit=prepared)
    spot = Submission(name, name, upload_id=asset.asset_id)
    await submit(advertiser.advertiser_id, campaign.campaign_id, spot, owner=OWNER)


def _vehicles(house: House) -> None:
    for vehicle_id in sorted({terms.vehicle_id for terms in CODES.values()}):
        house.players.register_vehicle(Vehicle(vehicle_id, vehicle_id, "FR", "fr", location_consent=True))
    for code, terms in CODES.items():
        house.players.issue_code(terms, code)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


@contextmanager
def running(folder: Path) -> Iterator[Product]:
    """The service on a data folder below ``folder``, with both vehicles reporting."""
    environ = {"ROADCAST_DATA_DIR": str(folder / "data"), "ROADCAST_PORT": "0", "ROADCAST_LOG_LEVEL": "debug"}
    asyncio.run(stock(Settings.from_environ(environ), folder))
    log = folder / "server.log"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [Path(sys.executable).with_name("roadcast"), "run"],
            env={**os.environ, **environ},
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert " at http" in line, log.read_text()
            product = Product(next(word for word in line.split() if word.startswith("http")), log)
            with product.driving("parked-feed", PARKED), product.driving("moving-feed", DRIVING):
                product.wait_for_picture()
                yield product
        finally:
            process.terminate()
            process.wait(30)
            if process.stdout is not None:
                process.stdout.close()
