"""Roadcast itself, stocked with films that can be measured, started from its command line."""

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import httpx
import psutil
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from adserver.booking.campaign import Category as AdCategory
from adserver.booking.campaign import CreativeAction
from adserver.booking.cap import FrequencyCap
from adserver.booking.order import Order
from adserver.booking.submit_creative import Submission
from content.channels.channel import ChannelDraft
from content.channels.plan import BreakEntry, Entry, ProgrammeEntry
from content.library.partner_item import ItemDraft, ItemKind
from content.library.programme import Category, ProgrammeDraft
from content.library.rights import Rights
from geotarget.place import place_id_of
from geotarget.place_file import FileFormat
from media.asset import Asset, AssetState
from players.feed import signals, viss
from players.feed.enrol_head_unit import CodeTerms
from players.feed.head_unit import Role, Technique, Vehicle
from server.engines.borrowed import engines_running
from server.ingest import Elsewhere
from server.settings import Settings
from server.wiring.house import House, build
from tests.players.film import make_film, make_sound
from tests.players.house import DRIVING, PARKED, samples

OWNER = "players-test"
HERE = 48.1110, -1.6800
CODES = {
    "two-element": CodeTerms("veh_parked", technique=Technique.TWO_ELEMENT, uses=100),
    "slate": CodeTerms("veh_parked", technique=Technique.SLATE, uses=100),
    "parked-feed": CodeTerms("veh_parked", role=Role.FEED, uses=100),
    "moving": CodeTerms("veh_moving", technique=Technique.TWO_ELEMENT, uses=100),
    "moving-feed": CodeTerms("veh_moving", role=Role.FEED, uses=100),
    "leaving": CodeTerms("veh_leaving", technique=Technique.SLATE, uses=100),
    "leaving-strict": CodeTerms("veh_leaving", technique=Technique.AUDIO_ONLY, uses=100),
    "leaving-two-element": CodeTerms("veh_leaving", technique=Technique.TWO_ELEMENT, uses=100),
    "leaving-feed": CodeTerms("veh_leaving", role=Role.FEED, uses=100),
}
# Film, segments, FFmpeg's source of its picture, and its tone. Spots are booked, the others are programmes.
PROGRAMMES = (("bars", 9, "smptehdbars", 330), ("test", 7, "testsrc2", 440))
SPOTS = (("one", 4, "smptebars", 550), ("two", 3, "rgbtestsrc", 660))
BREAK_SEGMENTS = 7
ITEM_SEGMENTS = 7
# Both spots of the place nearby stand before an item.
ADS_SEGMENTS = sum(segments for _, segments, _, _ in SPOTS)
LISTED_SEGMENTS = ADS_SEGMENTS + ITEM_SEGMENTS
FEED_PERIOD_S = 0.5
START_S = 60.0


@dataclass
class Feed:
    """A vehicle that reports ``values`` twice a second, and connects again when it is cut off."""

    url: str
    credential: str
    values: Mapping[str, str]
    _end: threading.Event = field(default_factory=threading.Event)
    _changed: threading.Event = field(default_factory=threading.Event)

    def tell(self, values: Mapping[str, str]) -> None:
        """From now on report ``values``; the first report of them goes out at once."""
        self.values = values
        self._changed.set()

    def run(self) -> None:
        """Report until ended."""
        address = self.url.replace("http", "ws", 1) + "/v1/vehicle-state"
        bearer = {"Authorization": f"Bearer {self.credential}"}
        while not self._end.is_set():
            # Its pings are of chance, which Hypothesis does not suffer beside its own. What the server asks
            # is left unread; a bounded queue of it would hold up the goodbye.
            with (
                suppress(OSError, WebSocketException),
                connect(
                    address,
                    subprotocols=["VISSv2"],
                    additional_headers=bearer,
                    ping_interval=None,
                    max_queue=None,
                ) as socket,
            ):
                self._report(socket)
            self._end.wait(0.2)

    def _report(self, socket: ClientConnection) -> None:
        here = {signals.LATITUDE: str(HERE[0]), signals.LONGITUDE: str(HERE[1])}
        while not self._end.is_set():
            self._changed.clear()
            told = samples({**self.values, **here}, _now_ms())
            socket.send(viss.encode_event(told, _now_ms()).decode())
            self._changed.wait(FEED_PERIOD_S)

    def end(self) -> None:
        """Fall silent."""
        self._end.set()
        self._changed.set()


@dataclass(frozen=True)
class Stock:
    """What can be played: a channel with breaks, one without, and items by kind."""

    channel_id: str
    road_channel_id: str
    items: Mapping[ItemKind, str]


@dataclass
class Product:
    """The service: started, killed and started again at one address."""

    environ: dict[str, str]
    log: Path
    stock: Stock
    url: str = ""
    process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Returns when it serves."""
        with self.log.open("ab") as errors:
            self.process = subprocess.Popen(
                [Path(sys.executable).with_name("roadcast"), "run"],
                env={**os.environ, **self.environ},
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert " at http" in line, self.log.read_text()
        self.url = next(word for word in line.split() if word.startswith("http"))
        self.environ["ROADCAST_PORT"] = str(httpx.URL(self.url).port)

    def stop(self) -> None:
        """Ask it to end, and wait."""
        if self.process is not None and self.process.stdout is not None:
            self.process.terminate()
            self.process.wait(30)
            self.process.stdout.close()
            self.process = None

    def restart(self) -> None:
        """Stop everything and start it again."""
        self.stop()
        self.start()

    def kill_web(self) -> int:
        """``kill -9`` of every web process; how many there were."""
        assert self.process is not None
        children = psutil.Process(self.process.pid).children()
        web = [child for child in children if "server.web_worker" in child.cmdline()]
        for child in web:
            child.kill()
        return len(web)

    def open(self, code: str, channel_id: str | None = None, ads: str | None = None) -> dict[str, str]:
        """A session's URLs, absolute, of a head unit that the code enrols."""
        with httpx.Client(base_url=self.url, timeout=START_S) as client:
            unit = client.post("/v1/head-units", json={"code": code}).raise_for_status().json()
            bearer = {"Authorization": f"Bearer {unit['credential']}"}
            wish = {"channel_id": channel_id, "ads": ads}
            opened = client.post("/v1/sessions", json=wish, headers=bearer).raise_for_status().json()
        return {name: str(httpx.URL(self.url).join(url)) for name, url in opened["urls"].items()}

    def open_item(self, code: str, kind: ItemKind) -> dict[str, str]:
        """As :meth:`open`, with the playlists of the item of that kind."""
        place = f"/play/item/{self.stock.items[kind]}/"
        urls = self.open(code)
        return {name: url.replace(f"/play/{self.stock.channel_id}/", place) for name, url in urls.items()}

    def wait_for_picture(self, code: str = "slate") -> None:
        """Until the vehicle has been parked for long enough."""
        url = self.open(code)["multivariant"]
        deadline_s = time.monotonic() + START_S
        while b"avc1" not in httpx.get(url).content:
            assert time.monotonic() < deadline_s, self.log.read_text()[-5000:]
            time.sleep(0.2)

    @contextmanager
    def driving(self, code: str, values: Mapping[str, str]) -> Iterator[Feed]:
        """While this is entered, the vehicle of the feed that ``code`` enrols reports ``values``."""
        with httpx.Client(base_url=self.url, timeout=START_S) as client:
            unit = client.post("/v1/head-units", json={"code": code}).raise_for_status().json()
        feed = Feed(self.url, unit["credential"], values)
        thread = threading.Thread(target=feed.run)
        thread.start()
        try:
            yield feed
        finally:
            feed.end()
            thread.join()


async def stock(settings: Settings, folder: Path) -> Stock:
    """Prepare the films, two channels, two campaigns that fill the breaks of one, items, and vehicles."""
    with engines_running(settings):
        house = build(settings)
        try:
            await house.prepare()
            entries: list[Entry] = []
            for name, segments, source, tone_hz in PROGRAMMES:
                asset = await _film(house, make_film(folder / f"{name}.mkv", segments, source, tone_hz))
                again = Rights(catch_up_days=1)
                draft = ProgrammeDraft(name, name, Category.MAGAZINE, "en", rights=again)
                programme = await asyncio.to_thread(house.content.add_programme, asset.asset_id, draft)
                entries += [ProgrammeEntry(programme.programme_id), BreakEntry(BREAK_SEGMENTS)]
            create = house.content.create_channel
            measured = await asyncio.to_thread(create, OWNER, ChannelDraft("Measured", "measured"), entries)
            road = await asyncio.to_thread(create, OWNER, ChannelDraft("Road", "road"), entries[2:3])
            items = await _items(house, folder)
            await asyncio.to_thread(_place, house)
            for category, (name, segments, source, tone_hz) in zip(AdCategory, SPOTS, strict=False):
                asset = await _film(house, make_film(folder / f"{name}.mkv", segments, source, tone_hz))
                await _campaign(house, name, category, asset)
            await house.after_preparation()
            booking = house.adserver.booking
            for creative in await asyncio.to_thread(booking.read.to_review):
                await booking.review(creative.creative_id, CreativeAction.APPROVE)
            await asyncio.to_thread(_vehicles, house)
            return Stock(measured.channel_id, road.channel_id, items)
        finally:
            await house.engines.close()


async def _items(house: House, folder: Path) -> dict[ItemKind, str]:
    """A film, and a sound without a picture, on demand."""
    film = make_film(folder / "film.mkv", ITEM_SEGMENTS, "testsrc2", 770)
    sound = make_sound(folder / "sound.wav", ITEM_SEGMENTS, 880)
    items = {}
    for kind, path in ((ItemKind.VIDEO, film), (ItemKind.PODCAST, sound)):
        asset = await _film(house, path)
        draft = ItemDraft("Partner", path.stem, kind)
        item = await asyncio.to_thread(house.content.add_item, asset.asset_id, draft)
        items[kind] = item.item_id
    return items


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

    async def prepared(owner: str, upload_id: str, *, longest_ms: int) -> Asset:
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
    """The service on a data folder below ``folder``; one vehicle is parked, the other moves."""
    environ = {"ROADCAST_DATA_DIR": str(folder / "data"), "ROADCAST_PORT": "0", "ROADCAST_LOG_LEVEL": "debug"}
    stocked = asyncio.run(stock(Settings.from_environ(environ), folder))
    product = Product(environ, folder / "server.log", stocked)
    try:
        product.start()
        with product.driving("parked-feed", PARKED), product.driving("moving-feed", DRIVING):
            product.wait_for_picture()
            yield product
    finally:
        product.stop()
