"""The promise as it is served: whatever two processes give out of a picture is held against what was said.

A vehicle speaks over connections to either process; its messages are repeated, late, broken, of another
clock; others forge them; it crosses borders; head units are revoked; processes begin anew, and their clocks
are apart. Screens of every kind ask for playlists of a channel, an item, an ad in a break's place or of a
tag, and for segments by leases old and new, also while the vehicle drives off. What is given out is judged
by a plain record of what was told (:mod:`tests.players.promised`).
"""

import asyncio
import itertools
import json
import logging
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

import pytest
import uvloop
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)
from msgspec.structs import replace
from redis.asyncio import Redis
from sqlalchemy import Engine, create_engine, delete, event, update

from adserver.adapters.siv_sealer import SivSealer
from adserver.vast.document import Version
from kernel.clock import from_ms, iso_z
from kernel.errors import Forbidden, NotFound
from kernel.signing import Signer
from media.house_format import position_at
from media.timeline import SlotKind
from players.adapters.tables import market_changes, vehicles
from players.feed import signals, viss
from players.feed.acceptance import Sample
from players.feed.feed import Feed
from players.feed.head_unit import AdOutput, HeadUnit, Technique, Zone
from players.feed.motion_policy import Withheld
from players.playback import lease
from players.playback.on_demand import Item
from players.playback.player_link import as_any_player
from players.playback.pull_interstitial import Spot
from players.playback.pull_playlist import Channel
from players.playback.serve_segment import SegmentName
from players.playback.session import Scope, open_grant
from players.tags.tag import Tag
from tests.conftest import SetClock
from tests.players.house import PARKED, PlayersHouse, lineups, samples
from tests.players.promised import BORNE_MS, LEASE_MS, MARKETS, Car, Record, Screen

STEPS = 100_000
WORKERS = st.integers(0, 1)
WHICH = st.integers(0, 10_000)
FORGER = Signer([b"f" * 32], SivSealer([b"f" * 32]))
SURFACES = ("channel", "channel", "item", "interstitial", "tag", "report")
DECIDED = ("channel", "channel", "item", "interstitial", "tag")
"""What asks the ad server on its way."""

NAMES = ("v720", "video", "multivariant")
SEGMENT = re.compile(r"/segments/(\w[^/]*)/(\w+)/(\d+)/(\d+)/([^/]+)\.m4s\?lease=(\S+)")
SPOT = re.compile(r"/play/spot/[^/]+/([^/]+)/(\w+)\.m3u8\?grant=([^\]<&\s]+)")


@dataclass(frozen=True)
class Apart:
    """A server's clock, as far from ours as it is."""

    ours: SetClock
    ahead_ms: int

    def now(self) -> datetime:
        return from_ms(self.now_ms())

    def now_ms(self) -> int:
        return self.ours.now_ms() + self.ahead_ms


class Promise(RuleBasedStateMachine):
    """One vehicle with its screens, two processes, and the network between them."""

    loop: uvloop.Loop
    redis: Redis
    engine: Engine
    unit: HeadUnit
    steps = 0
    shown: ClassVar[Counter[str]] = Counter()
    """How often a picture was given out, by what it was asked of."""

    raced: ClassVar[Counter[str]] = Counter()
    """How often a picture was due when its ads began to be chosen, and no more when they had been."""

    @initialize(ahead_ms=st.sampled_from([0, 0, 0, 300, -900]), market=st.sampled_from(MARKETS))
    def begin(self, ahead_ms: int = 0, market: str = "FR") -> None:
        self.clock = SetClock(datetime(2026, 6, 15, 10, 0, tzinfo=UTC))
        self.clocks = [Apart(self.clock, 0), Apart(self.clock, ahead_ms)]
        self.signer = Signer([b"t" * 32], SivSealer([b"t" * 32]))
        self.lineups = lineups(position_at(self.clock.now_ms()), 6, 8)
        with self.engine.begin() as connection:
            connection.execute(delete(market_changes))
            connection.execute(update(vehicles).values(market=market))
        self.run(self.redis.flushall())
        self.numbers = itertools.count(1)
        self.houses = [self.house(0), self.house(1)]
        self.record = Record(abs(ahead_ms), markets=[market])
        self.screens = self.run(self.opened())
        self.feeds = [house.feed() for house in self.houses]
        self.car, self.skew_ms = Car(), 0
        self.sent: list[tuple[Sample, ...]] = []
        # Whose it is, what for, by which token, and since when.
        self.leases: list[tuple[Screen, SegmentName, str, int]] = []

    def house(self, worker: int) -> PlayersHouse:
        house = PlayersHouse(
            self.redis,
            self.engine,
            self.clocks[worker],
            self.signer,
            lambda prefix: f"{prefix}_{next(self.numbers)}",
            tables=False,
        )
        house.lineups = self.lineups
        return house

    async def opened(self) -> list[Screen]:
        kinds = (
            {"built_in": True},
            {"technique": Technique.SLATE},
            {"ads": AdOutput.INTERSTITIALS},
            {"zone": Zone.REAR},
            {"zone": Zone.PASSENGER, "shielded": True},
            {"zone": Zone.PASSENGER, "technique": Technique.SLATE},
        )
        units = [
            (replace(self.unit, head_unit_id=f"hu_{n}", **kind), Scope.SCREEN) for n, kind in enumerate(kinds)
        ]
        # What a link makes of a rear screen, with a picture and without.
        links = [{"technique": Technique.SLATE, "zone": Zone.REAR, "shielded": True}, {"zone": Zone.REAR}]
        units += [
            (replace(self.unit, head_unit_id=f"hu_l{n}", **kind), Scope.PLAY) for n, kind in enumerate(links)
        ]
        house, vehicle = self.houses[0], self.houses[0].read_vehicle("veh_1")
        found = []
        for unit, scope in units:
            playing = as_any_player(unit) if scope is Scope.PLAY else unit
            opened = await house.open_session(playing, vehicle, scope=scope)
            found.append(Screen(unit, scope, unit.ads, opened))
        return found

    def run(self, told):
        return self.loop.run_until_complete(told)

    @property
    def now_ms(self) -> int:
        return self.clock.now_ms()

    # -- the vehicle ------------------------------------------------------------------------------

    @rule(ms=st.sampled_from([1, 40, 400, 1_000, 1_000, 2_999, 3_001, 9_000]))
    def time_passes(self, ms: int) -> None:
        self.clock.advance(ms / 1000)

    @rule(skew_ms=st.integers(-2_500, 1_900))
    def its_clock_is_set(self, skew_ms: int) -> None:
        self.skew_ms = skew_ms

    @rule(
        level=st.sampled_from(["SAE_0", "SAE_3", "SAE_3", "SAE_3_DISENGAGING"]),
        ignition=st.sampled_from(["OFF", "ON"]),
        seat=st.sampled_from(["OCCUPIED", "EMPTY"]),
    )
    def it_changes(self, level: str, ignition: str, seat: str) -> None:
        self.car = Car(level, ignition, seat)

    @rule(worker=WORKERS, parked=st.booleans())
    def it_speaks(self, worker: int, parked: bool) -> None:
        self.run(self.say(worker, self.said(parked)))

    @rule(
        worker=WORKERS, times=st.integers(3, 6), step_ms=st.sampled_from([700, 1_000]), parked=st.booleans()
    )
    def it_goes_on(self, worker: int, times: int, step_ms: int, parked: bool) -> None:
        self.run(self.keep_saying(worker, times, step_ms, parked=parked))

    @rule(worker=WORKERS, which=WHICH)
    def a_message_comes_again(self, worker: int, which: int) -> None:
        if self.sent:  # no precondition: what is read when it drives off is left to chance
            self.run(self.say(worker, self.sent[which % len(self.sent)]))

    @rule(worker=WORKERS, parked=st.booleans(), broken=st.booleans())
    def it_speaks_after_a_gap_or_brokenly(self, worker: int, parked: bool, broken: bool) -> None:
        """An upload may only lock, and so may what is readable of a message that is broken in one place."""
        message = self.said(parked)
        if broken:
            message = self.salvaged(message)
        self.run(self.say(worker, message, may_loosen=False))

    @rule(worker=WORKERS, process_too=st.booleans())
    def it_connects_again(self, worker: int, process_too: bool) -> None:
        if process_too:
            self.houses[worker] = self.house(worker)
        self.feeds[worker] = self.houses[worker].feed()

    @rule(worker=WORKERS)
    def another_vehicle_says_that_it_is_parked(self, worker: int) -> None:
        other = Feed("veh_2", 6, False, opened_ms=self.now_ms)
        self.run(self.houses[worker].report(other, samples(PARKED, self.now_ms)))

    @rule(worker=WORKERS, market=st.sampled_from((*MARKETS, *MARKETS, "", "", "")))
    def it_crosses_a_border(self, worker: int, market: str) -> None:
        if not market:
            return
        self.run(self.houses[worker].change_market("veh_1", market, "hu_1"))
        self.record.enter(self.now_ms, market)

    def said(self, parked: bool) -> tuple[Sample, ...]:
        return self.car.says(parked, self.now_ms + self.skew_ms)

    def salvaged(self, message: tuple[Sample, ...]) -> tuple[Sample, ...]:
        stamp = iso_z(from_ms(message[0].vehicle_ms))
        data = [{"path": one.path, "dp": {"value": one.text, "ts": stamp}} for one in message]
        raw = json.dumps({"action": "subscription", "data": [*data, {"path": signals.FUEL, "dp": {"ts": 0}}]})
        with pytest.raises(viss.BadMessage) as refused:
            viss.decode(raw)
        return refused.value.salvaged[: len(message)]

    async def keep_saying(self, worker: int, times: int, step_ms: int, *, parked: bool) -> None:
        for _ in range(times):
            self.clock.advance(step_ms / 1000)
            await self.say(worker, self.said(parked))

    async def say(self, worker: int, message: tuple[Sample, ...], *, may_loosen: bool = True) -> None:
        Promise.steps += 1
        self.sent.append(message)
        house = self.houses[worker]
        reported = await house.report(self.feeds[worker], message, may_loosen=may_loosen)
        refused = {one.path for one in reported.refusals}
        accepted = {one.path for one in message} - refused if may_loosen else set()
        self.record.hear(self.now_ms, house.clock.now_ms(), message, accepted)

    # -- head units -----------------------------------------------------------------------------

    @rule(worker=WORKERS, which=WHICH)
    def a_head_unit_is_revoked(self, worker: int, which: int) -> None:
        screen = self.screens[which % len(self.screens)]
        if which % 5 == 0 and screen.revoked_ms is None:  # seldom: the others are to be seen
            at_ms = self.clocks[worker].now_ms()
            told = self.houses[worker].revoke.revocations.mark("veh_1", screen.unit.head_unit_id, at_ms)
            self.run(told)
            screen.revoked_ms = self.now_ms

    # -- screens ----------------------------------------------------------------------------------

    @rule(
        worker=WORKERS, surface=st.sampled_from(SURFACES), which=WHICH, later_ms=st.sampled_from([0, 1, 400])
    )
    def all_ask(self, worker: int, surface: str, which: int, later_ms: int) -> None:
        self.clock.advance(later_ms / 1000)
        self.run(self.ask_all(worker, surface, which))

    @rule(
        worker=WORKERS,
        times=st.integers(3, 6),
        surface=st.sampled_from(SURFACES),
        which=WHICH,
        parked=st.sampled_from([True, True, True, False]),
        later_ms=st.sampled_from([0, 40, 2_900, 5_001]),
        drives_off=st.booleans(),
    )
    def it_goes_on_and_all_look(
        self,
        worker: int,
        times: int,
        surface: str,
        which: int,
        parked: bool,
        later_ms: int,
        drives_off: bool,
    ) -> None:
        """What seldom comes about by chance: it stands for long enough, and then something happens."""

        async def look() -> None:
            await self.keep_saying(worker, times, 1_000, parked=parked)
            await self.ask_all(1 - worker, surface, which)
            self.clock.advance(later_ms / 1000)
            await self.fetch_newest(worker, drives_off=drives_off)

        self.run(look())

    @rule(
        worker=WORKERS,
        surface=st.sampled_from(SURFACES),
        which=WHICH,
        parked=st.booleans(),
        back_ms=st.integers(0, 4_000),
        later_ms=st.sampled_from([1, 400, 2_900, 3_001]),
        speaks=st.booleans(),
    )
    def it_takes_all_back_as_its_clock_is_put_right(
        self, worker: int, surface: str, which: int, parked: bool, back_ms: int, later_ms: int, speaks: bool
    ) -> None:
        """Whatever permitted a picture ends, in a message that does not rise, or in silence."""

        async def look() -> None:
            self.car = Car("SAE_3", "OFF", "OCCUPIED")
            await self.keep_saying(worker, 4, 1_000, parked=parked)
            await self.ask_all(1 - worker, surface, which)
            self.clock.advance(later_ms / 1000)
            self.skew_ms -= back_ms
            self.car = Car("SAE_3_DISENGAGING" if not parked else "SAE_0", "ON", "EMPTY")
            if speaks:
                await self.say(worker, self.said(parked))
            await self.fetch_newest(worker)
            await self.ask_all(worker, surface, which)

        self.run(look())

    @rule(worker=WORKERS, surface=st.sampled_from(DECIDED), which=WHICH, parked=st.booleans())
    def it_drives_off_while_ads_are_chosen(self, worker: int, surface: str, which: int, parked: bool) -> None:
        """A screen that has just begun has no ads yet: what was true as it asked is true no more."""
        screen, house = self.screens[which % len(self.screens)], self.houses[1 - worker]

        async def look() -> None:
            self.car = Car("SAE_3", "OFF", "OCCUPIED")
            await self.keep_saying(worker, 4, 1_000, parked=parked)
            playing = as_any_player(screen.unit) if screen.scope is Scope.PLAY else screen.unit
            screen.opened = await house.open_session(playing, house.read_vehicle("veh_1"), scope=screen.scope)
            self.clock.advance(0.001)
            self.car = Car("SAE_3_DISENGAGING", "ON", "EMPTY")
            message = self.said(parked=False)

            async def drive_off() -> None:
                house.ads.meanwhile = None
                was_lawful = self.record.lawful(screen, self.now_ms)
                await self.say(worker, message)
                Promise.raced[surface] += was_lawful and not self.record.lawful(screen, self.now_ms)

            house.ads.meanwhile = drive_off
            await self.ask(1 - worker, screen, surface, NAMES[which % 2])
            house.ads.meanwhile = None

        if screen.revoked_ms is None:
            self.run(look())

    async def ask_all(self, worker: int, surface: str, which: int) -> None:
        """Every screen at once; some by what they hand to players of others, which one is drawn."""
        asked = (
            self.ask(worker, screen, surface, NAMES[(which + n) % len(NAMES)], narrow=bool(which >> n & 1))
            for n, screen in enumerate(self.screens)
        )
        await asyncio.gather(*asked)

    async def ask(
        self, worker: int, screen: Screen, surface: str, name: str, *, narrow: bool = False
    ) -> None:
        """Ask for a playlist, by the screen's grant or by the narrower one that it hands to players."""
        token = screen.opened.grant
        if narrow and surface != "report":
            token, screen = screen.opened.urls.vast.partition("grant=")[2], screen.handed_on
        Promise.steps += 1
        try:
            body = await getattr(self, f"_{surface}")(self.houses[worker], screen, name, token)
        except NotFound as gone:
            if gone.code != "break-unknown":  # the session joined in its midst
                raise
            return
        self.judge(screen.handed_on if surface == "tag" else screen, surface, name, body)

    def judge(self, screen: Screen, surface: str, name: str, body: bytes | None) -> None:
        """Nothing that holds a picture, or the key to one, goes to a screen that may have none."""
        if body is None or (name == "multivariant" and b"avc1" not in body):
            return
        found = [SEGMENT.search(body.decode())]
        lawful = self.record.lawful(screen, self.now_ms)
        if screen.slate and surface == "channel" and name != "video" and not lawful:
            assert found[0]
            assert screen.declared.technique is Technique.SLATE
        else:
            assert lawful, (screen, surface, name)
            Promise.shown[surface] += 1
        for one in found:
            if one:
                asset, rendition, index, k, key, token = one.groups()
                named = SegmentName(asset, rendition, int(index), int(k), key)
                self.leases.append((screen, named, token, self.now_ms))

    async def _channel(self, house: PlayersHouse, screen: Screen, name: str, token: str) -> bytes | None:
        opened = replace(screen.opened, grant=token)
        return _body(await house.poll(Channel("ch1"), opened, name))

    async def _item(self, house: PlayersHouse, screen: Screen, name: str, token: str) -> bytes | None:
        pulled = await house.pull_item(Item("it1"), screen.opened.session_id, name, token)
        return None if isinstance(pulled, Withheld) else pulled.body

    async def _interstitial(self, house: PlayersHouse, screen: Screen, name: str, token: str) -> bytes | None:
        now, session_id = position_at(house.clock.now_ms()), screen.opened.session_id
        slots = self.lineups.channels["ch1"].schedule.slots(now, now + 8)
        break_id = next(slot.slot_id for slot in slots if slot.kind is SlotKind.BREAK)
        listed = await house.pull_interstitial.assets("ch1", session_id, break_id, token, "")
        if not listed.assets:  # it had been listed as filler
            return None
        fill_id = listed.assets[0].uri.split("/")[-2]
        return _body(await house.pull_interstitial(Spot("ch1", break_id, fill_id), session_id, name, token))

    async def _tag(self, house: PlayersHouse, screen: Screen, name: str, token: str) -> bytes | None:
        tag = Tag(f"b{self.now_ms // 60_000}", 8, 1, Version.V4_2)
        # It names a playlist, which is judged when it is pulled, after the move that the choice of ads hides.
        was_lawful = self.record.lawful(screen, self.now_ms)
        answer = (await house.answer_tag(token, tag)).body.decode()
        found = SPOT.search(answer)
        assert found, answer
        spot, offer, grant = found.groups()
        assert was_lawful or offer != "multivariant"
        return _body(await house.pull_spot(screen.opened.session_id, spot, name, grant))

    async def _report(self, house: PlayersHouse, screen: Screen, _name: str, token: str) -> bytes | None:
        grant = open_grant(house.signer, screen.opened.grant, house.clock.now_ms())
        state = (await house.read_report(grant)).report.state
        assert bool(state.lease) == state.video.permitted
        listed = house.segment("clip", "v720", 0, 0)
        uri = f"/segments/clip/v720/0/0/{listed.key}.m4s?lease={state.lease}"
        return uri.encode() if state.lease else None

    # -- segments ---------------------------------------------------------------------------------

    @rule(worker=WORKERS, which=WHICH, drives_off=st.booleans())
    def it_fetches(self, worker: int, which: int, drives_off: bool) -> None:
        if self.leases:
            chosen = self.leases[which % len(self.leases)]
            self.run(self.fetch(worker, *chosen, drives_off=drives_off))

    @rule(worker=WORKERS, later_ms=st.sampled_from([0, 40, 400, 2_900, 5_001]))
    def all_fetch(self, worker: int, later_ms: int) -> None:
        self.clock.advance(later_ms / 1000)
        self.run(self.fetch_newest(worker))

    async def fetch_newest(self, worker: int, *, drives_off: bool = False) -> None:
        newest = self.leases[-len(self.screens) :]
        if drives_off and newest:
            await self.fetch(worker, *newest.pop(), drives_off=True)
        await asyncio.gather(*(self.fetch(worker, *one) for one in newest))

    async def fetch(
        self,
        worker: int,
        screen: Screen,
        name: SegmentName,
        token: str,
        since_ms: int,
        *,
        drives_off: bool = False,
    ) -> None:
        Promise.steps += 1
        house = self.houses[worker]
        if drives_off:
            message = self.said(parked=False)
            house.while_reading = lambda: self.say(1 - worker, message)
        try:
            served = await house.serve_segment(name, token)
        except Forbidden:  # the lease has expired, or the channel is elsewhere
            return
        finally:
            house.while_reading = None
        if isinstance(served, Withheld) or served.startswith(b"slate/"):
            return
        age_ms, revoked_ms = self.now_ms - since_ms - self.record.apart_ms, screen.revoked_ms
        borne = f":{Technique.SLATE}:" in token
        assert age_ms < (BORNE_MS if borne else LEASE_MS), (screen, name, token)
        if revoked_ms is not None:
            assert not borne
            assert self.now_ms - revoked_ms < LEASE_MS + self.record.apart_ms, "a revoked screen"
            screen = Screen(screen.unit, screen.scope, screen.ads, screen.opened)
        assert self.record.lawful(screen, self.now_ms), (screen, name)
        Promise.shown["segment"] += 1

    @rule(worker=WORKERS, which=WHICH)
    def somebody_forges_a_lease(self, worker: int, which: int) -> None:
        house, screen = self.houses[worker], self.screens[which % len(self.screens)]
        session_id, now_ms = screen.opened.session_id, house.clock.now_ms()
        session = self.run(house.sessions.playback("veh_1", session_id, ())).session
        forged = lease.sign(FORGER, lease.of_session(session, now_ms))
        name = house.segment("film1", "v720", 0, position_at(now_ms))
        for token in (forged, screen.opened.grant, ""):
            with pytest.raises(Forbidden):
                self.run(house.serve_segment(name, token))

    @rule(worker=WORKERS, which=WHICH)
    def sound_always_comes(self, worker: int, which: int) -> None:
        screen = self.screens[which % len(self.screens)]
        Promise.steps += 1
        assert self.run(self.houses[worker].pull_audio(screen.opened))


def _body(answer: bytes | Withheld) -> bytes | None:
    return None if isinstance(answer, Withheld) else answer


@pytest.fixture
def machine(redis_socket: Path, tmp_path: Path) -> Iterator[type[Promise]]:
    Promise.loop = uvloop.new_event_loop()
    Promise.redis = Redis(unix_socket_path=str(redis_socket))
    Promise.engine = create_engine(f"sqlite:///{tmp_path / 'promise.db'}")
    for pragma in ("synchronous=OFF", "journal_mode=WAL"):
        event.listen(Promise.engine, "connect", lambda made, _, said=pragma: made.execute(f"PRAGMA {said}"))
    clock = SetClock(datetime(2026, 6, 15, 10, 0, tzinfo=UTC))
    house = PlayersHouse(
        Promise.redis,
        Promise.engine,
        clock,
        Signer([b"t" * 32], SivSealer([b"t" * 32])),
        lambda prefix: f"{prefix}_0",
    )
    Promise.unit, _ = house.unit()
    Promise.steps, Promise.shown, Promise.raced = 0, Counter(), Counter()
    logging.disable(logging.INFO)  # each switch leaves a record
    yield Promise
    logging.disable(logging.NOTSET)
    Promise.loop.run_until_complete(Promise.redis.aclose())
    Promise.loop.close()
    Promise.engine.dispose()


def seldom(machine):
    """Whether chance let the car drive off in the middle of some decision too seldom."""
    return min(machine.raced[surface] for surface in DECIDED) <= 20


@pytest.mark.timeout(600)
def test_no_picture_is_given_out_without_proof_in_a_hundred_thousand_steps(machine):
    """A step is a message that one of the processes is told, or an answer of theirs that is judged.

    What broke it once is tried first from then on; it is long to be made shorter.
    """
    while machine.steps < STEPS or (seldom(machine) and machine.steps < 3 * STEPS):
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=120,
                stateful_step_count=100,
                phases=[Phase.reuse, Phase.generate],
            ),
        )
    assert min(machine.shown[surface] for surface in (*SURFACES, "segment")) > 100, machine.shown
    assert not seldom(machine), machine.raced


def test_the_machine_does_give_out_pictures(machine):
    """Else all of the above would hold of a server that never shows anything."""
    promise = machine()
    promise.begin()
    promise.it_goes_on(0, 5, 1_000, parked=True)
    for surface in SURFACES:
        for screen in promise.screens:
            promise.run(promise.ask(1, screen, surface, "v720"))
        assert machine.shown[surface], surface
    promise.all_fetch(0, 0)
    assert machine.shown["segment"]
