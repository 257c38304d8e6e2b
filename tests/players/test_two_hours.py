"""Two hours of a channel, faster by the clock: every rule at every poll, one stream for who reads it."""

import random
import re
import subprocess
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from urllib.parse import urljoin

import av
import httpx
import m3u8
import pytest

from adserver.serving.avail import Location
from media.house_format import AAC_FRAMES_PER_SEGMENT, FRAMES_PER_SEGMENT, SEGMENT_MS, position_at
from players.adapters import redis_keys
from players.adapters.redis_push import Placed, placed
from players.feed import signals
from players.feed.acceptance import Reading
from players.feed.enrol_head_unit import CodeTerms
from players.feed.head_unit import Technique, Vehicle
from players.feed.vehicle_state import Agreement, VehicleState
from players.guard import reading
from players.guard.followed import Followed
from players.guard.rule import MEDIA_TYPE, Breach
from server.chance import SystemClock
from server.engines.borrowed import engines_running
from server.settings import Settings
from server.wiring.house import House, build
from tests.conftest import SetClock
from tests.players.product import HERE, Product

pytestmark = pytest.mark.timeout(600)
POSITIONS = 2 * 3600 * 1000 // SEGMENT_MS
VEHICLE = "veh_ahead"
TRACKS = {"v360": FRAMES_PER_SEGMENT, "a128": AAC_FRAMES_PER_SEGMENT}
STANDS = {
    signals.SPEED: 0.0,
    signals.SELECTED_GEAR: signals.GEAR_PARK,
    signals.PARKING_BRAKE: True,
    signals.IS_MOVING: False,
}
_ADDRESS = re.compile(r"/segments/(?P<asset>[^/]+)/")


@dataclass
class Watched:
    """What was listed in the two hours; each segment is in its track's file."""

    folder: Path
    first: int = 0
    polls: int = 0
    breaches: list[Breach] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)
    assets: dict[str, dict[int, str]] = field(default_factory=lambda: {name: {} for name in TRACKS})

    def file(self, track: str) -> Path:
        """Init and segments, one after the other."""
        return self.folder / f"{track}.mp4"


class Worker:
    """One process' application, in this one, by a clock that the test moves."""

    def __init__(self, settings: Settings, clock: SetClock) -> None:
        self.house: House = build(settings, clock)
        transport = httpx.ASGITransport(self.house.app())
        self.http = httpx.AsyncClient(transport=transport, base_url="http://test")

    async def get(self, url: str) -> bytes:
        """The body of what is at ``url``."""
        answer = await self.http.get(url)
        assert answer.status_code == 200, answer.text
        return answer.content

    async def open(self, code: str, channel_id: str) -> str:
        """The address of a new session's multivariant playlist."""
        unit = (await self.http.post("/v1/head-units", json={"code": code})).raise_for_status().json()
        bearer = {"Authorization": f"Bearer {unit['credential']}"}
        wish = {"channel_id": channel_id}
        opened = await self.http.post("/v1/sessions", json=wish, headers=bearer)
        return opened.raise_for_status().json()["urls"]["multivariant"]


async def stand(house: House, now_ms: int) -> None:
    """The vehicle has stood in Park for a while, here, and has just said so."""
    readings = {path: Reading(value, now_ms, now_ms) for path, value in STANDS.items()}
    since = Agreement(now_ms - 10_000, now_ms - 10_000)
    state = VehicleState(readings=readings, agreement=since, has_park=True, markets=("FR",))
    await house.engines.redis.set(redis_keys.state(VEHICLE), state.encode())
    here = placed([Placed(VEHICLE, Location(*HERE), now_ms)])
    await house.engines.redis.publish(redis_keys.POSITIONS, here)


async def watch(settings: Settings, channel_id: str, folder: Path) -> Watched:
    """Poll at random for two hours; half-way another process, begun just then, takes over."""
    clock = SetClock(SystemClock().now())
    seen, roll = Watched(folder, position_at(clock.now_ms())), random.Random(7)
    followed = Followed("two hours", same_numbers=True)
    async with AsyncExitStack() as stack:
        worker = Worker(settings, clock)
        await stack.enter_async_context(worker.house.running())
        worker.house.players.register_vehicle(Vehicle(VEHICLE, VEHICLE, "FR", "fr", location_consent=True))
        worker.house.players.issue_code(CodeTerms(VEHICLE, technique=Technique.TWO_ELEMENT), "ahead")
        await stand(worker.house, clock.now_ms())
        begin = await worker.open("ahead", channel_id)
        urls = media_urls(await worker.get(begin), begin)
        other = None
        for track in TRACKS:
            seen.file(track).write_bytes(await worker.get(f"/segments/init/{track}.mp4"))
        while position_at(clock.now_ms()) < seen.first + POSITIONS:
            clock.advance(roll.choice((0.4, 1.0, 1.92, 2.0, 3.84, 6.0)))
            await stand(worker.house, clock.now_ms())
            if other is None and position_at(clock.now_ms()) > seen.first + POSITIONS // 2:
                other, worker = worker, Worker(settings, clock)
                await stack.enter_async_context(worker.house.running())
            for track in TRACKS:
                body = await worker.get(urls[track])
                seen.polls += 1
                at_s = clock.now_ms() / 1000
                seen.breaches += followed.take(reading.Reading(body, MEDIA_TYPE, at_s), track)
                if other is not None and await other.get(urls[track]) != body:
                    seen.differing.append(body.decode())
                await fetch(worker, body, track, seen)
    return seen


def media_urls(body: bytes, base: str) -> dict[str, str]:
    """The media playlists that a multivariant one names, by rendition."""
    parsed = m3u8.loads(body.decode())
    uris = [one.uri for one in (*parsed.playlists, *parsed.media)]
    return {uri.partition(".")[0]: urljoin(base, uri) for uri in uris}


async def fetch(worker: Worker, body: bytes, track: str, seen: Watched) -> None:
    """Append the segments that are new."""
    parsed = m3u8.loads(body.decode())
    with seen.file(track).open("ab") as file:
        for k, segment in enumerate(parsed.segments, parsed.media_sequence):
            if k not in seen.assets[track]:
                address = _ADDRESS.search(segment.uri)
                assert address
                seen.assets[track][k] = address["asset"]
                file.write(await worker.get(segment.uri))


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def watched(product: Product, tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> Watched:
    settings = Settings.from_environ(product.environ)
    with engines_running(settings):
        return await watch(settings, product.stock.channel_id, tmp_path_factory.mktemp("two-hours"))


def test_no_rule_is_broken_at_any_poll(watched: Watched) -> None:
    assert watched.polls > 4000
    assert watched.breaches == []


def test_a_process_that_began_in_the_middle_answers_alike(watched: Watched) -> None:
    assert watched.differing == []


def test_nothing_is_missing_and_picture_and_sound_are_of_the_same_assets(watched: Watched) -> None:
    heard, shown = watched.assets["a128"], watched.assets["v360"]
    assert heard == shown
    assert sorted(heard) == list(range(min(heard), min(heard) + len(heard)))
    assert len(heard) >= POSITIONS


def test_it_was_spliced_a_hundred_times_and_ads_stood_in_its_breaks(watched: Watched) -> None:
    stood = watched.assets["a128"]
    splices = sum(1 for before, after in pairwise(sorted(stood)) if stood[before] != stood[after])
    assert splices >= 100
    # Two programmes, two spots; whatever filler there is besides.
    often = [asset for asset, count in Counter(stood.values()).items() if count > POSITIONS // 20]
    assert len(often) >= 4


@pytest.mark.parametrize("track", TRACKS)
def test_every_packet_is_where_the_grid_says(watched: Watched, track: str) -> None:
    step_s = SEGMENT_MS / 1000 / TRACKS[track]
    with av.open(str(watched.file(track))) as container:
        times = [float(p.pts * p.time_base) for p in container.demux() if p.pts is not None]
    assert len(times) == len(watched.assets[track]) * TRACKS[track]
    assert max(abs(after - before - step_s) for before, after in pairwise(times)) < 0.0001


def test_ffmpeg_reads_it_to_the_end_without_a_word(watched: Watched) -> None:
    sources = [part for track in TRACKS for part in ("-i", str(watched.file(track)))]
    # All of the sound is decoded; of the picture, which would take minutes, what stands at the key frames.
    command = ["nice", "ffmpeg", "-v", "warning", "-xerror", "-skip_frame", "nokey", *sources]
    ended = subprocess.run([*command, "-f", "null", "-"], capture_output=True, text=True, timeout=240)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_gstreamer_reads_it_to_the_end_without_an_error(watched: Watched) -> None:
    for track in TRACKS:
        pipeline = f"filesrc location={watched.file(track)} ! qtdemux ! parsebin ! fakesink sync=false"
        command = ["nice", "gst-launch-1.0", "-q", *pipeline.split()]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=240)
        assert (ended.returncode, ended.stderr) == (0, ""), ended.stderr
