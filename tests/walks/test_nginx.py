"""Segments behind the nginx of ``deploy/``: from its cache, and each request judged without asking."""

import asyncio
import re
import socket
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
import uvicorn
from prometheus_client import REGISTRY

from adserver.adapters.siv_sealer import SivSealer
from kernel.signing import Signer
from media.house_format import EPOCH_MS, LADDER, SEGMENT_MS, Medium, position_at
from players.feed.head_unit import Mount, Technique, Zone
from players.feed.vehicle_state import UNKNOWN
from players.playback import lease, segment_key, session
from players.playback.lease import LEASE_MS, SLATE_GRACE_MS, Lease
from players.playback.on_demand import ON_DEMAND_LIMIT
from players.playback.segment_key import Holder
from players.playback.serve_segment import AHEAD_SEGMENTS, HELD_SEGMENTS, SLATE
from players.playback.session import Session
from server.chance import SystemClock
from server.cli_nginx import write_keys
from server.playback_protocol import protocol_with
from tests import proxy
from tests.players.house import DRIVING, PlayersHouse, standing, told
from tests.players.wire import application
from tests.proxy import Proxy, proxying

pytestmark = pytest.mark.skipif(not proxy.INSTALLED, reason=proxy.WHY)

CALLED_BACK = "roadcast_pictures_called_back_total"
SEGMENT_BYTES = 8_000_000
OLD, NEW = b"o" * 32, b"n" * 32
VEHICLE = "veh_1"
TWO, SLATES = Technique.TWO_ELEMENT, Technique.SLATE


class NoPolls:
    """Nothing is answered the short way."""

    headers = ()

    def __call__(self, target: bytes) -> None:
        return None

    def answered(self, took_s: float) -> None:
        raise AssertionError


@dataclass
class Edge:
    """nginx before a room of players, whose application counts what it is asked."""

    proxy: Proxy
    house: PlayersHouse
    signer: Signer
    client: httpx.AsyncClient
    keys: Path
    k: int
    leave: Callable[[], Awaitable[None]]
    """Ends what is behind nginx."""
    asked: Counter[str] = field(default_factory=Counter)

    def path(self, rendition: str = "v720", k: int | None = None, signer: Signer | None = None) -> str:
        return segment_key.address(signer or self.signer, "film", rendition, 3, self.k if k is None else k)

    def lease(self, technique: Technique = TWO, left_ms: int = LEASE_MS, signer: Signer | None = None) -> str:
        until = self.house.clock.now_ms() + left_ms
        return lease.sign(signer or self.signer, Lease(VEHICLE, Mount(Zone.DRIVER), technique, until))

    def grant(self, left_ms: int = 60_000) -> str:
        now_ms = self.house.clock.now_ms()
        opened = Session(
            "ses_1", VEHICLE, "hu_1", "ch1", Zone.DRIVER, TWO, "FR", "fr", False, now_ms, now_ms + left_ms
        )
        return session.sign_grant(self.signer, opened)

    async def get(self, path: str, token: str, **how) -> httpx.Response:
        query = {"lease": token} if token else None
        return await self.client.request(how.pop("method", "GET"), path, params=query, **how)

    async def park(self) -> None:
        await self._state(standing(self.house.clock.now_ms()))

    async def drive(self) -> None:
        await self._state(told(UNKNOWN, DRIVING, self.house.clock.now_ms()))

    async def _state(self, state) -> None:
        kept = await self.house.states.read(VEHICLE)
        assert (await self.house.states.swap(VEHICLE, kept, state, announce=False)).kept is None


@pytest.fixture
async def edge(aredis, database, new_id, tmp_path) -> AsyncIterator[Edge]:
    signer = Signer([OLD], SivSealer([OLD]))
    house = PlayersHouse(aredis, database, SystemClock(), signer, new_id)
    app, asked = application(house), Counter()

    async def counted(scope, receive, send) -> None:
        if scope["type"] == "http":
            asked[scope["path"]] += 1
        await app(scope, receive, send)

    port, keys = proxy.free_port(), tmp_path / "keys.json"
    write_keys(keys, signer.edge_keys)
    config = uvicorn.Config(
        counted, port=port, http=protocol_with(NoPolls()), log_config=None, lifespan="off"
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())

    async def leave() -> None:
        server.should_exit = True
        await serving

    with proxying(tmp_path, keys, f"127.0.0.1:{port}") as running:
        async with httpx.AsyncClient(base_url=running.url) as client:
            now = position_at(house.clock.now_ms())
            found = Edge(running, house, signer, client, keys, now, leave, asked)
            await found.park()
            yield found
    await leave()


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def cached(edge: Edge, rendition: str = "v720", k: int | None = None) -> str:
    """The address of a segment that the cache holds, by a parked car's request."""
    path = edge.path(rendition, k)
    answer = await edge.get(path, edge.lease())
    assert (answer.status_code, answer.headers["x-cache"]) == (200, "MISS"), answer.text
    edge.asked.clear()
    return path


async def test_a_picture_comes_from_the_cache_on_a_lease_of_anybody_who_is_parked(edge):
    path = await cached(edge)
    for _ in range(3):
        answer = await edge.get(path, edge.lease(left_ms=4_000))
        assert (answer.status_code, answer.text) == (200, f"film/v720/3/{edge.k}")
        assert (answer.headers["x-cache"], answer.headers["cache-control"]) == ("HIT", "no-store")
        assert answer.headers["content-type"] == "video/mp4"
    assert not edge.asked


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_what_is_wrong_with_a_lease_is_refused_before_anyone_is_asked(edge, method):
    path = await cached(edge)
    good = edge.lease()
    payload, _, signature = good.rpartition(".")
    foreign = Signer([NEW], SivSealer([NEW]))
    wrong = {
        "": "lease-missing",
        edge.lease(left_ms=0): "lease-expired",
        edge.lease(left_ms=-1): "lease-expired",
        edge.lease(SLATES, -SLATE_GRACE_MS): "lease-expired",
        edge.lease(left_ms=LEASE_MS + 5_000): "lease-not-yet-good",
        edge.lease(signer=foreign): "signature-invalid",
        f"{payload}.{signature[:-1]}{'A' if signature[-1] != 'A' else 'Q'}": "signature-invalid",
        f"veh_2:{payload.partition(':')[2]}.{signature}": "signature-invalid",
        f"{payload}0.{signature}": "signature-invalid",
        good.replace("two-element", "slate"): "signature-invalid",
        edge.grant(): "signature-invalid",
        f"{payload}.": "signature-invalid",
        payload: "signature-invalid",
        "x" * 5_000: "signature-invalid",
        edge.signer.sign("video-lease", payload): "signature-invalid",
    }
    for token, code in wrong.items():
        answer = await edge.get(path, token, method=method)
        assert answer.status_code == 403, token
        assert answer.headers["content-type"] == "application/problem+json"
        if method == "GET":
            assert answer.json()["code"] == code, token
    assert not edge.asked


async def test_two_leases_in_one_request_are_none(edge):
    path = await cached(edge)
    answer = await edge.client.get(f"{path}?lease={edge.lease()}&lease={edge.lease(left_ms=-1)}")
    assert code_of(answer) == (403, "lease-missing")


async def test_a_lease_ends_where_the_segment_is_cached(edge):
    """A car that has moved off is served by what was cached until its lease ends, and no longer."""
    path, token = await cached(edge), edge.lease(left_ms=1_500)
    await edge.drive()
    assert (await edge.get(path, token)).status_code == 200
    while (answer := await edge.get(path, token)).status_code == 200:
        assert edge.house.clock.now_ms() < int(token.partition(".")[0].rpartition(":")[2]) + 1_000
        await asyncio.sleep(0.02)
    assert code_of(answer) == (403, "lease-expired")
    assert not edge.asked


async def test_what_is_not_cached_is_judged_by_the_present_state(edge):
    await edge.drive()
    path = edge.path()
    assert code_of(await edge.get(path, edge.lease())) == (403, "video-withheld")
    await edge.park()
    answer = await edge.get(path, edge.lease())
    assert (answer.status_code, answer.headers["x-cache"]) == (200, "MISS")


async def test_a_slate_player_is_never_served_from_the_cache_whatever_its_lease(edge):
    """It holds fresh leases while it drives: only the application knows whether it gets black."""
    path = await cached(edge)
    await edge.drive()
    for left_ms in (LEASE_MS, -1, -SLATE_GRACE_MS + 5_000):
        answer = await edge.get(path, edge.lease(SLATES, left_ms))
        assert (answer.status_code, answer.text) == (200, f"{SLATE}/v720/0/{edge.k}")
    assert edge.asked[path] == 3
    await edge.park()
    assert (await edge.get(path, edge.lease(SLATES))).text == f"film/v720/3/{edge.k}"
    assert (await edge.get(path, edge.lease(Technique.AUDIO_ONLY))).status_code == 403
    assert edge.asked[path] == 5


async def test_black_is_not_kept_for_those_who_may_see(edge):
    await edge.drive()
    path = edge.path()
    assert (await edge.get(path, edge.lease(SLATES))).text.startswith(SLATE)
    await edge.park()
    answer = await edge.get(path, edge.lease())
    assert (answer.text, answer.headers["x-cache"]) == (f"film/v720/3/{edge.k}", "MISS")


@pytest.mark.parametrize("rendition", [one.name for one in LADDER if one.medium is Medium.VIDEO])
async def test_every_rendition_of_pictures_wants_a_lease(edge, rendition):
    path = await cached(edge, rendition)
    assert code_of(await edge.get(path, edge.grant())) == (403, "signature-invalid")
    assert (await edge.get(path, edge.lease())).headers["x-cache"] == "HIT"


async def test_sound_comes_from_the_cache_on_a_grant_however_the_car_moves(edge):
    path = edge.path("a128")
    await edge.drive()
    assert (await edge.get(path, edge.grant())).headers["x-cache"] == "MISS"
    assert (await edge.get(path, edge.grant())).headers["x-cache"] == "HIT"
    edge.asked.clear()
    assert code_of(await edge.get(path, edge.grant(left_ms=0))) == (403, "grant-expired")
    assert code_of(await edge.get(path, edge.lease())) == (403, "signature-invalid")
    assert code_of(await edge.get(path, "")) == (403, "signature-invalid")
    assert not edge.asked


async def test_each_place_on_the_grid_is_cached_by_itself_and_by_its_own_key(edge):
    await cached(edge)
    other = await cached(edge, k=edge.k + 1)
    assert (await edge.get(other, edge.lease())).text == f"film/v720/3/{edge.k + 1}"
    forged = await edge.get(edge.path(signer=Signer([NEW])), edge.lease())
    assert code_of(forged) == (403, "signature-invalid")
    assert not edge.asked


async def test_a_range_is_cut_from_what_is_cached(edge):
    path = edge.path()
    for expected in ("MISS", "HIT"):
        answer = await edge.get(path, edge.lease(), headers={"Range": "bytes=5-8"})
        assert (answer.status_code, answer.text) == (206, "v720"), expected
        assert answer.headers["x-cache"] == expected
    assert (await edge.get(path, edge.lease())).text == f"film/v720/3/{edge.k}"
    late = await edge.get(path, edge.lease(left_ms=0), headers={"Range": "bytes=5-8"})
    assert code_of(late) == (403, "lease-expired")
    assert sum(edge.asked.values()) == 1


async def test_a_head_tells_what_a_get_would_bring(edge):
    path = edge.path()
    for expected in ("MISS", "HIT"):
        answer = await edge.get(path, edge.lease(), method="HEAD")
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["content-length"] == str(len(f"film/v720/3/{edge.k}"))
        assert answer.headers["x-cache"] == expected


async def test_keys_are_rotated_without_a_refusal(edge):
    """New keys are known to nginx before anything is signed by them, old ones until nothing is."""
    path = await cached(edge)
    both = Signer([NEW, OLD], SivSealer([NEW, OLD]))
    assert code_of(await edge.get(path, edge.lease(signer=both))) == (403, "signature-invalid")
    write_keys(edge.keys, both.edge_keys)
    edge.proxy.reload()
    for signer in (edge.signer, both):
        assert (await edge.get(path, edge.lease(signer=signer))).headers["x-cache"] == "HIT"
    write_keys(edge.keys, Signer([NEW]).edge_keys)
    edge.proxy.reload()
    assert code_of(await edge.get(path, edge.lease())) == (403, "signature-invalid")
    assert not edge.asked


async def test_what_is_on_demand_is_asked_each_time_because_it_may_be_withdrawn(edge):
    holder = Holder(VEHICLE, edge.house.clock.now_ms() + 60_000)
    path = segment_key.address(edge.signer, "film", "v720", 3, ON_DEMAND_LIMIT - 1, holder)
    for _ in range(2):
        assert (await edge.get(path, edge.lease())).status_code == 200
    assert edge.asked[path] == 2


async def test_what_is_over_or_to_come_is_refused_though_it_is_cached(edge):
    """Who kept an address has no use for it when rights, territories or an editor have taken it away."""
    for rendition, token in (("a128", edge.grant), ("v720", edge.lease)):
        for k in (0, 5, ON_DEMAND_LIMIT, edge.k - HELD_SEGMENTS - 1, edge.k + AHEAD_SEGMENTS + 60):
            answer = await edge.get(edge.path(rendition, k), token())
            assert code_of(answer) == (403, "position-not-on-air"), k
    assert not edge.asked
    for k in (edge.k - HELD_SEGMENTS + 30, edge.k + AHEAD_SEGMENTS):
        path = await cached(edge, k=k)
        assert (await edge.get(path, edge.lease())).headers["x-cache"] == "HIT"


async def test_nginx_knows_the_grid_and_the_limits():
    told = dict(re.findall(r"^const (\w+) = ([\d_]+);", (proxy.DEPLOY / "roadcast.js").read_text(), re.M))
    known = {name: int(told[name].replace("_", "")) for name in told}
    assert known == {
        "EPOCH_MS": EPOCH_MS,
        "SEGMENT_MS": SEGMENT_MS,
        "HELD_SEGMENTS": HELD_SEGMENTS,
        "AHEAD_SEGMENTS": AHEAD_SEGMENTS,
        "LEASE_MS": LEASE_MS,
        "SLATE_GRACE_MS": SLATE_GRACE_MS,
        "CLOCK_MS": known["CLOCK_MS"],
    }


async def test_what_waited_for_another_is_judged_as_it_goes(edge):
    """The second waits for the first, whose answer is slow, and its lease ends meanwhile: it gets nothing."""
    first_reads = asyncio.Event()

    async def slowly() -> None:
        first_reads.set()
        await asyncio.sleep(1.6)

    edge.house.while_reading = slowly
    path = edge.path()
    first = asyncio.create_task(edge.get(path, edge.lease()))
    await first_reads.wait()
    with pytest.raises(httpx.RemoteProtocolError):
        await edge.get(path, edge.lease(left_ms=1_000))
    assert (await first).status_code == 200
    assert edge.asked[path] == 1


def heavy(edge: Edge) -> int:
    """Have segments weigh what no buffer holds; how much that is."""

    async def read_segment(asset_id: str, rendition: str, index: int, k: int) -> bytes:
        return bytes(SEGMENT_BYTES)

    object.__setattr__(edge.house.serve_segment, "read_segment", read_segment)
    return SEGMENT_BYTES


@asynccontextmanager
async def slow(edge: Edge, path: str, token: str) -> AsyncIterator[socket.socket]:
    """A line whose other end asks for a segment, and takes little at a time."""
    loop, url = asyncio.get_running_loop(), httpx.URL(edge.proxy.url)
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
        line.setblocking(False)
        await loop.sock_connect(line, (url.host, url.port))
        request = f"GET {path}?lease={token} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"
        await loop.sock_sendall(line, request.encode())
        assert (await asyncio.wait_for(loop.sock_recv(line, 64), 10)).startswith(b"HTTP/1.1 200")
        yield line


async def rest(line: socket.socket) -> int:
    """How many bytes still come."""
    came, loop = 0, asyncio.get_running_loop()
    async with asyncio.timeout(20):
        with suppress(ConnectionError):
            while read := len(await loop.sock_recv(line, 65_536)):
                came += read
    return came


async def test_from_the_cache_a_picture_that_nobody_takes_is_cut_off_and_sound_never(edge):
    size = heavy(edge)
    picture, sound = edge.path("v720"), edge.path("a128")
    for path, token in ((picture, edge.lease()), (sound, edge.grant())):
        assert len((await edge.get(path, token)).content) == size
    async with (
        slow(edge, picture, edge.lease()) as seen,
        slow(edge, sound, edge.grant()) as heard,
        asyncio.timeout(30),
    ):
        ended: list[str] = []
        while not ended:  # nginx tells nobody but its log
            await asyncio.sleep(0.05)
            lines = edge.proxy.logged()["roadcast.log"].splitlines()
            ended = [line for line in lines if f" 200 {size} " not in line]
        assert [line.split('"')[1] for line in ended] == [f"GET {picture}"]
        assert await rest(seen) < size / 2
        assert await rest(heard) >= size
    assert sum(edge.asked.values()) == 2


async def test_what_is_asked_each_time_is_called_back_through_nginx(edge):
    """It takes in no more than the line takes, so that Roadcast has what it may still keep."""
    size, before = heavy(edge), REGISTRY.get_sample_value(CALLED_BACK)
    holder = Holder(VEHICLE, edge.house.clock.now_ms() + 60_000)
    path = segment_key.address(edge.signer, "film", "v720", 3, ON_DEMAND_LIMIT - 1, holder)
    async with slow(edge, path, edge.lease()) as line:
        await edge.drive()
        async with asyncio.timeout(10):
            while REGISTRY.get_sample_value(CALLED_BACK) == before:  # noqa: ASYNC110 (nobody tells)
                await asyncio.sleep(0.02)
        assert await rest(line) < size / 2


async def test_no_log_tells_a_grant_or_a_lease_whatever_becomes_of_a_request(edge):
    """Whoever reads the logs may not watch, nor show a driving car's screen as parked."""
    path, leases, grant = await cached(edge), [], edge.grant()

    def lease_now() -> str:
        leases.append(edge.lease())
        return leases[-1]

    await edge.get(path, lease_now())
    await edge.get("/play/ch1/ses_1/v720.m3u8?grant=" + grant, "")
    await edge.get(path, edge.lease(left_ms=0))

    await edge.leave()
    assert (await edge.get(edge.path(k=edge.k - 2), lease_now())).status_code == 502
    assert (await edge.get(f"/play/ch1/ses_1/a128.m3u8?grant={grant}", "")).status_code == 502
    logs = edge.proxy.logged()
    assert {"roadcast.log", "roadcast-error.log"} <= logs.keys()
    written = "".join(logs.values())
    assert path in written
    assert '"502"' in written
    for secret in (*leases, grant, "lease=", "grant="):
        assert secret not in written


async def test_other_spellings_of_an_address_are_not_the_cached_one(edge):
    path = await cached(edge)
    for other in (
        path.replace("film", "%66ilm"),
        path.replace("/film/", "//film/"),
        path.replace("/3/", "/03/"),
    ):
        answer = await edge.get(other, edge.lease())
        assert "x-cache" not in answer.headers, other
        late = await edge.get(other, edge.lease(left_ms=0))
        assert late.status_code in {403, 404}, other


async def test_an_init_is_for_everybody_and_cached(edge):
    for _ in range(2):
        answer = await edge.client.get("/segments/init/v720.mp4")
        assert (answer.status_code, answer.text) == (200, "init v720")
    assert edge.asked["/segments/init/v720.mp4"] == 1
