"""A channel's playlists across polls, as served: whatever editors save, and whichever worker answers.

The real verb on a real Redis: what two workers list of one session is one stream by all of the guard's rules,
though they learn of a save at different moments and may begin anew at any.
"""

import asyncio
import dataclasses
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import m3u8
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis
from sqlalchemy import create_engine

from adserver.adapters.siv_sealer import SivSealer
from content.channels.facts import Facts
from content.channels.kept_plan import kept
from content.channels.lineup import ChannelLineup, Lineups
from content.channels.plan import BreakEntry, BreakRules, Plan, ProgrammeEntry
from content.channels.schedule import ScheduleVersion, Start, effective, superseding, worth_keeping
from content.channels.takeover import take_over
from content.library.rights import Rights, Territories
from kernel.clock import to_ms
from kernel.signing import Signer
from media.house_format import EPOCH_MS, SEGMENT_MS, position_at
from players.feed.head_unit import Technique
from players.guard.followed import Followed
from players.guard.reading import Reading
from players.guard.rule import MEDIA_TYPE
from players.playback.pull_playlist import Channel, PullPlaylist
from tests.content.planned import known, loop_version
from tests.players.house import PlayersHouse, bare, poll

FACTS = known(**{f"prg_{n}": n for n in (1, 2, 5, 13, 40)}) | {
    "cued": Facts("ast_cued", 60, "cued", cues=(20, 21, 45)),
    "barred": Facts("ast_barred", 9, "barred", rights=Rights(territories=Territories(("DE",)))),
}
LATEST_MS = 8_000
"""A save is known everywhere before the breaks are decided that it may change."""

programmes = st.sampled_from(sorted(FACTS)).map(ProgrammeEntry)
pauses = st.sampled_from([1, 3, 8, 20, 40]).map(BreakEntry)
loops = st.lists(programmes | programmes | pauses, min_size=1, max_size=4).map(tuple)
rules = st.builds(BreakRules, length_s=st.sampled_from([5, 30]), at_cues=st.booleans(), between=st.booleans())
plans = st.builds(Plan, loop=loops, breaks=rules)
WORKERS = st.integers(0, 1)


@dataclass(frozen=True)
class Poll:
    """Both workers are asked for a rendition, one after the other."""

    first: int
    name: str


@dataclass(frozen=True)
class Save:
    """An editor saves; each worker learns of it after its time."""

    plan: Plan
    start: Start
    heard_ms: tuple[int, int]


@dataclass(frozen=True)
class Restart:
    """A worker begins anew, with what is saved by then."""

    worker: int


heard = st.sampled_from([0, LATEST_MS // 2, LATEST_MS])
saves = st.builds(Save, plans, st.sampled_from(Start), st.tuples(heard, heard))
deeds = saves | saves | st.builds(Restart, WORKERS)
polls = st.builds(Poll, WORKERS, st.sampled_from(["a128", "a128", "v720"]))
waits_ms = st.integers(0, 4_000) | st.integers(3_000, 15_000) | st.integers(0, 60_000)
rounds = st.lists(st.tuples(deeds, st.lists(st.tuples(waits_ms, polls), max_size=10)), min_size=1, max_size=4)


class Worker:
    """A process that answers pulls, with the lineups that it has heard of."""

    def __init__(self, house: PlayersHouse, lineups: Lineups) -> None:
        self.house, self.due = house, [(0, lineups)]
        self.begin()

    def begin(self) -> None:
        house = self.house
        self.due = self.due[-1:]
        self.due[0] = (0, self.due[0][1])
        self.pull = PullPlaylist(
            house.sessions, self.lineups, lambda: house.rates, house.plan_break,
            house.signer, house.clock, house.pull.note_listed, house.pull.policies,
        )  # fmt: skip

    def hear(self, lineups: Lineups, in_ms: int) -> None:
        self.due.append((self.house.clock.now_ms() + in_ms, lineups))

    def lineups(self) -> Lineups:
        now_ms = self.house.clock.now_ms()
        return [lineups for at_ms, lineups in self.due if at_ms <= now_ms][-1]


@dataclass
class Stage:
    """A channel that is edited, two workers, and a session that asks them."""

    house: PlayersHouse
    first: Plan
    versions: tuple[ScheduleVersion, ...] = ()
    followed: Followed = field(default_factory=lambda: Followed("ch1", same_numbers=True))
    listed: dict[str, dict[int, str]] = field(default_factory=dict)

    async def open(self) -> None:
        begin = position_at(self.house.clock.now_ms()) - 100
        version = loop_version(1, begin, (), FACTS)
        self.versions = (dataclasses.replace(version, kept=kept(self.first, FACTS)),)
        self.house.lineups = self.lineups()
        self.workers = [Worker(self.house, self.house.lineups) for _ in range(2)]
        self.opened = await self.house.opened(Technique.SLATE)

    def lineups(self) -> Lineups:
        schedule = effective("ch1", self.versions)
        return Lineups({"ch1": ChannelLineup("ch1", "One", "one", schedule, {})}, "ch1", {})

    async def ask(self, poll: Poll) -> None:
        for worker in (poll.first, 1 - poll.first):
            await self.poll(self.workers[worker].pull, poll.name)

    def do(self, deed: Save | Restart) -> None:
        if isinstance(deed, Save):
            self.save(deed)
        else:
            self.workers[deed.worker].begin()

    def save(self, deed: Save) -> None:
        now_ms, plan = self.house.clock.now_ms(), kept(deed.plan, FACTS)
        taken = take_over("ch1", effective("ch1", self.versions), plan, now_ms, deed.start)
        number = self.versions[-1].number + 1
        new = ScheduleVersion(number, taken.position, plan, "", now_ms, taken.resumption)
        self.versions = worth_keeping(superseding(self.versions, new), now_ms)
        for worker, in_ms in zip(self.workers, deed.heard_ms, strict=True):
            worker.hear(self.lineups(), in_ms)

    async def poll(self, pull: PullPlaylist, name: str) -> None:
        body = await poll(pull, Channel("ch1"), self.opened.session_id, name, self.opened.grant)
        assert isinstance(body, bytes)
        now_ms = self.house.clock.now_ms()
        assert self.followed.take(Reading(body, MEDIA_TYPE, now_ms / 1000), name) == []
        parsed = m3u8.loads(body.decode())
        assert parsed.media_sequence == position_at(now_ms) - 12
        now: dict[int, str] = {}
        for k, segment in enumerate(parsed.segments, parsed.media_sequence):
            assert to_ms(segment.program_date_time) == EPOCH_MS + k * SEGMENT_MS
            now[k] = bare(segment.uri)
            assert now[k].endswith(f"/{k}")
        assert len(now) == 12
        before = self.listed.get(name, {})
        assert all(before[k] == now[k] for k in before.keys() & now.keys())
        self.listed[name] = now


class SetClock:
    """Moved by hand."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 6, 15, 10, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def now_ms(self) -> int:
        return to_ms(self.moment)


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def house(redis_socket, tmp_path_factory, runner) -> Iterator[PlayersHouse]:
    engine = create_engine(f"sqlite:///{tmp_path_factory.mktemp('polls') / 'test.db'}")
    redis = Redis(unix_socket_path=str(redis_socket))
    numbers = itertools.count(1)
    runner.run(redis.flushall())
    signer = Signer([b"k" * 32], SivSealer([b"k" * 32]))
    yield PlayersHouse(redis, engine, SetClock(), signer, lambda prefix: f"{prefix}_{next(numbers):016d}")
    runner.run(redis.aclose())
    engine.dispose()


@settings(max_examples=100)
@given(first=plans, history=rounds)
def test_polls(house, runner, first, history):
    async def play() -> None:
        stage = Stage(house, first)
        await stage.open()
        for deed, asked in history:
            stage.do(deed)
            for wait_ms, one in asked:
                house.clock.moment += timedelta(milliseconds=wait_ms)
                await stage.ask(one)

    runner.run(play())
