"""The sample of what is served: small, bounded, beside the requests, and it finds what is wrong."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from starlette.applications import Starlette

from media.house_format import SEGMENT_MS
from players.guard import watch_served
from players.guard.record_breach import RecordBreach
from players.guard.rule import MEDIA_TYPE
from players.guard.watch_served import FOLLOW_S, SESSIONS_LIMIT, WAITING_LIMIT, Outcome, WatchServed
from players.playback import playlist
from players.web import playlists
from tests.players.house import PARKED, PlayersHouse
from tests.players.wire import browser
from tests.unit.players.guard.listed import media


class Watched:
    """A guard, and what it told."""

    def __init__(self, clock, every: int = 1) -> None:
        self.outcomes: Counter[Outcome] = Counter()
        self.rules: Counter[str] = Counter()
        self.told = asyncio.Event()
        record = RecordBreach(lambda rule: self.rules.update([rule]), clock)
        self.guard = WatchServed(every, clock, record, self._count)

    def _count(self, outcome: Outcome) -> None:
        self.outcomes[outcome] += 1
        self.told.set()

    def see(self, body: bytes, session_id: str = "ses_1", stream: str = "ch1") -> None:
        self.guard(stream, session_id, "a128", body, MEDIA_TYPE)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.guard.run())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def idle(self, seen: int) -> None:
        """Until as many samples were dealt with."""
        async with asyncio.timeout(20):
            while self.outcomes.total() < seen:
                self.told.clear()
                await self.told.wait()


@pytest.fixture
def house(aredis, database, clock, signer, new_id) -> PlayersHouse:
    return PlayersHouse(aredis, database, clock, signer, new_id)


async def test_one_in_so_many_is_taken_and_then_its_session(clock):
    watched = Watched(clock, every=5)
    async with watched.running():
        for n in range(4):
            watched.see(media(100), f"ses_{n}")
        assert not watched.guard._waiting
        watched.see(media(100), "ses_x")  # the fifth
        watched.see(media(100), "ses_y")
        clock.advance(1.9)
        watched.see(media(101), "ses_x")
        await watched.idle(2)
    assert watched.outcomes == {Outcome.CHECKED: 2}
    assert not watched.rules


async def test_however_many_are_served_so_many_are_taken_in_a_second(clock):
    watched = Watched(clock)
    watched.guard.apart_s = 0.1
    for n in range(100):
        watched.see(media(100), f"ses_{n}")
        clock.advance(0.03)
    assert list(watched.guard._sessions) == [f"ses_{n}" for n in range(0, 32, 4)]
    assert len(watched.guard._waiting) == 25


async def test_a_followed_session_is_taken_however_many_others_are_served(clock):
    watched = Watched(clock)
    watched.guard.apart_s = 0.1
    for _ in range(10):
        watched.see(media(100), "ses_followed")
        watched.see(media(100), "ses_other")
        clock.advance(0.005)
    assert [one.session_id for one in watched.guard._waiting] == ["ses_followed"] * 10


async def test_a_session_is_followed_for_a_while(clock):
    watched = Watched(clock, every=1000)
    watched.guard._pulls = 999
    async with watched.running():
        watched.see(media(100))
        clock.advance(1.9)
        watched.see(media(90))  # numbers fall
        await watched.idle(2)
        assert watched.rules == {"10-sequence-jumped": 1}
        clock.advance(FOLLOW_S)
        watched.see(media(50))
        await watched.idle(3)
        watched.see(media(40))
        assert not watched.guard._waiting
    assert watched.rules == {"10-sequence-jumped": 1}
    assert not watched.guard._sessions


def test_nothing_is_taken_where_the_guard_is_off(clock):
    watched = Watched(clock, every=0)
    watched.see(b"broken")
    assert not watched.guard._waiting
    assert not watched.outcomes


async def test_what_waits_is_bounded_and_what_is_dropped_is_counted(clock, monkeypatch):
    watched = Watched(clock)
    for n in range(WAITING_LIMIT + 10):
        watched.see(media(100), f"ses_{n}")
    assert watched.outcomes == {Outcome.DROPPED: 10}
    assert len(watched.guard._sessions) == SESSIONS_LIMIT
    monkeypatch.setattr(watch_served, "WAITING_LIMIT_BYTES", watched.guard._waiting_bytes + 10)
    watched.guard._waiting.popleft()
    watched.see(media(100))
    assert watched.outcomes == {Outcome.DROPPED: 11}
    async with watched.running():
        await watched.idle(11 + WAITING_LIMIT - 1)
    assert watched.outcomes[Outcome.CHECKED] == WAITING_LIMIT - 1


async def test_a_fault_of_the_guard_harms_nobody(clock, monkeypatch, caplog):
    watched = Watched(clock)

    def fail(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(watch_served.Followed, "take", fail)
    async with watched.running():
        watched.see(media(100))
        await watched.idle(1)
        monkeypatch.undo()
        watched.see(media(100), "ses_2")
        await watched.idle(2)
    assert watched.outcomes == {Outcome.FAILED: 1, Outcome.CHECKED: 1}


async def play(house: PlayersHouse, watched: Watched, turns: int) -> None:
    """A parked player pulls everything once a segment, over HTTP, for ``turns`` segments."""
    app = Starlette(routes=playlists.routes(house.pull, watched.guard))
    feed, opened = house.feed(), await house.opened()
    await house.park(feed)
    pulled = 0
    async with watched.running(), browser(app) as client:
        for turn in range(turns):
            names = ("v720", "v360", "a128") if turn else ("multivariant", "v720", "v360", "a128")
            for name in names:
                url = f"/play/ch1/{opened.session_id}/{name}.m3u8?grant={opened.grant}"
                (await client.get(url)).raise_for_status()
                pulled += 1
            await watched.idle(pulled)
            house.clock.advance(SEGMENT_MS / 2000)
            await house.tell(feed, PARKED)
            house.clock.advance(SEGMENT_MS / 2000)


async def test_it_stays_silent_over_normal_serving_with_breaks(house):
    watched = Watched(house.clock)
    await play(house, watched, turns=60)  # 115 s: two breaks
    assert len(house.ads.asked) >= 2
    assert watched.outcomes == {Outcome.CHECKED: 60 * 3 + 1}
    assert not watched.rules


@pytest.mark.parametrize(
    ("name", "fault", "rule"),
    [
        ("_LIVE_HEAD", playlist._LIVE_HEAD.replace("DURATION:2", "DURATION:1"), "01-extinf-over-target"),
        ("_date", lambda k: "2026-06-15T10:00:00.000Z", "05-date-missing-or-ambiguous"),
        ("CONTENT_TYPE", "text/plain", "08-content-type"),
        (
            "segment",
            lambda at, rendition, _signer: f"#EXTINF:1.92,\n/segments/{at.k // 2}/{rendition}.m4s\n",
            "05-date-missing-or-ambiguous",
        ),
    ],
)
async def test_it_finds_a_bug_of_the_renderer(house, monkeypatch, name, fault, rule):
    watched = Watched(house.clock)
    lines = playlist.segment
    lines.cache_clear()
    monkeypatch.setattr(playlists if name == "CONTENT_TYPE" else playlist, name, fault)
    try:
        await play(house, watched, turns=3)
    finally:
        lines.cache_clear()
    assert rule in watched.rules
