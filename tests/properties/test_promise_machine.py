"""The promise as it is served: whatever two processes give out of a picture is held against what was said.

A vehicle speaks over connections to either process; its messages are repeated, late, of another clock;
others forge them; processes begin anew and are asked for playlists and segments by leases old and new, also
while the vehicle drives off. What is given out is judged by a plain record of what was told, kept here.
"""

import asyncio
import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from redis.asyncio import Redis
from sqlalchemy import Engine, create_engine

from kernel.errors import Forbidden
from kernel.signing import Signer
from media.house_format import position_at
from players.feed import signals
from players.feed.feed import Feed
from players.feed.motion_policy import Withheld
from players.feed.vehicle_state import LATE_LIMIT_MS, Sample
from players.playback import lease
from players.playback.pull_playlist import Channel
from tests.conftest import SetClock
from tests.players.house import DRIVING, PARKED, PlayersHouse, samples

WORKERS = st.integers(0, 1)
PROOF_MS = 3_000
FORGER = Signer([b"f" * 32])


class Promise(RuleBasedStateMachine):
    """One vehicle with a screen, two processes, and the network between them."""

    socket = ""
    engine: Engine
    numbers = itertools.count(1)

    @initialize()
    def begin(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.redis = Redis(unix_socket_path=self.socket)
        self.run(self.redis.flushall())
        self.clock = SetClock(datetime(2026, 6, 15, 10, 0, tzinfo=UTC))
        self.signer = Signer([b"t" * 32])
        self.houses = [self.house(), self.house()]
        self.opened = self.run(self.houses[0].opened())
        self.feeds = [self.houses[0].feed(), self.houses[1].feed()]
        self.skew_ms = 0
        self.sent: list[tuple[Sample, ...]] = []
        self.leases: list[str] = []
        # What was heard and counts: (our time, vehicle time, whether it spoke of being parked).
        self.heard: list[tuple[int, int, bool]] = []

    def house(self) -> PlayersHouse:
        house = PlayersHouse(
            self.redis, self.engine, self.clock, self.signer, lambda prefix: f"{prefix}_{next(self.numbers)}"
        )
        house.lineups = self.houses[0].lineups if hasattr(self, "houses") else house.lineups
        return house

    def run(self, told):
        return self.loop.run_until_complete(told)

    def teardown(self) -> None:
        if hasattr(self, "redis"):
            self.run(self.redis.aclose())
            self.loop.close()

    # -- the vehicle ------------------------------------------------------------------------------

    @rule(ms=st.sampled_from([1, 40, 400, 1_000, 1_000, 2_999, 3_001, 9_000]))
    def time_passes(self, ms: int) -> None:
        self.clock.advance(ms / 1000)

    @rule(skew_ms=st.integers(-2_500, 1_900))
    def its_clock_is_set(self, skew_ms: int) -> None:
        self.skew_ms = skew_ms

    @rule(worker=WORKERS, parked=st.booleans())
    def it_speaks(self, worker: int, parked: bool) -> None:
        self.say(worker, samples(PARKED if parked else DRIVING, self.clock.now_ms() + self.skew_ms))

    @rule(worker=WORKERS, times=st.integers(3, 6), step_ms=st.sampled_from([700, 1_000]))
    def it_stands(self, worker: int, times: int, step_ms: int) -> None:
        for _ in range(times):
            self.clock.advance(step_ms / 1000)
            self.it_speaks(worker, parked=True)

    @precondition(lambda self: self.sent)
    @rule(worker=WORKERS, data=st.data())
    def a_message_comes_again(self, worker: int, data) -> None:
        self.say(worker, data.draw(st.sampled_from(self.sent)))

    @rule(worker=WORKERS)
    def it_connects_again(self, worker: int) -> None:
        self.feeds[worker] = self.houses[worker].feed()

    @rule(worker=WORKERS)
    def another_vehicle_says_that_it_is_parked(self, worker: int) -> None:
        other = Feed("veh_2", 6, False, opened_ms=self.clock.now_ms())
        self.run(self.houses[worker].report(other, samples(PARKED, self.clock.now_ms())))

    def say(self, worker: int, message: tuple[Sample, ...]) -> None:
        self.sent.append(message)
        self.run(self.hear(worker, message))

    async def hear(self, worker: int, message: tuple[Sample, ...]) -> None:
        reported = await self.houses[worker].report(self.feeds[worker], message)
        now_ms, parked = self.clock.now_ms(), message[0].text == PARKED[signals.SPEED]
        untimely = not parked and now_ms - message[0].vehicle_ms <= LATE_LIMIT_MS
        if reported.accepted or untimely:
            self.heard.append((now_ms, message[0].vehicle_ms, parked))

    # -- processes --------------------------------------------------------------------------------

    @rule(worker=WORKERS)
    def a_process_begins_anew(self, worker: int) -> None:
        self.houses[worker] = self.house()
        self.feeds[worker] = self.houses[worker].feed()

    # -- the screen -------------------------------------------------------------------------------

    @rule(worker=WORKERS, name=st.sampled_from(["v720", "v360", "video", "multivariant"]))
    def it_asks_for_a_playlist(self, worker: int, name: str) -> None:
        pulled = self.run(self.houses[worker].poll(Channel("ch1"), self.opened, name))
        if isinstance(pulled, Withheld):
            return
        if name == "multivariant" and b"avc1" not in pulled:
            return
        assert self.proven(), pulled
        self.leases += {
            line.partition("?lease=")[2] for line in pulled.decode().splitlines() if "?lease=" in line
        }

    @precondition(lambda self: self.leases)
    @rule(worker=WORKERS, data=st.data(), drives_off=st.booleans())
    def it_asks_for_a_segment(self, worker: int, data, drives_off: bool) -> None:
        house, token = self.houses[worker], data.draw(st.sampled_from(self.leases))
        if drives_off:
            message = samples(DRIVING, self.clock.now_ms() + self.skew_ms)
            self.sent.append(message)
            house.while_reading = lambda: self.hear(1 - worker, message)
        try:
            served = self.run(house.serve_segment(self.segment(house), token))
        except Forbidden:  # the lease has expired
            return
        finally:
            house.while_reading = None
        if not isinstance(served, Withheld):
            assert self.proven(), "a segment was served"
            assert not drives_off

    @rule(
        worker=WORKERS,
        data=st.data(),
        later_ms=st.sampled_from([1, 400, 2_900, 5_001]),
        drives_off=st.booleans(),
    )
    def it_stands_and_looks(self, worker: int, data, later_ms: int, drives_off: bool) -> None:
        """What seldom comes about by chance: it is shown the picture, and then something happens."""
        self.it_stands(worker, 5, 1_000)
        self.it_asks_for_a_playlist(1 - worker, "v720")
        self.time_passes(later_ms)
        if self.leases:
            self.it_asks_for_a_segment(worker, data, drives_off)

    @rule(worker=WORKERS)
    def somebody_forges_a_lease(self, worker: int) -> None:
        house = self.houses[worker]
        session = self.run(house.sessions.playback("veh_1", self.opened.session_id, ())).session
        forged = lease.sign(FORGER, lease.of_session(session, self.clock.now_ms()))
        for token in (forged, self.opened.grant, ""):
            with pytest.raises(Forbidden):
                self.run(house.serve_segment(self.segment(house), token))

    @rule(worker=WORKERS)
    def its_sound_always_comes(self, worker: int) -> None:
        assert self.run(self.houses[worker].pull_audio(self.opened))

    def segment(self, house: PlayersHouse):
        return house.segment("film1", "v720", 0, position_at(self.clock.now_ms()))

    # -- the record -------------------------------------------------------------------------------

    def proven(self) -> bool:
        """An unbroken run of messages that spoke of being parked, fresh, and over 3 s on both clocks."""
        now_ms = self.clock.now_ms()
        if not self.heard or now_ms - self.heard[-1][0] > PROOF_MS:
            return False
        run: list[tuple[int, int, bool]] = []
        for entry in reversed(self.heard):
            if not entry[2] or (run and run[-1][0] - entry[0] > 10_000):
                break
            run.append(entry)
        if not run:
            return False
        vehicle = [entry[1] for entry in run]
        return now_ms - run[-1][0] >= PROOF_MS and max(vehicle) - min(vehicle) >= PROOF_MS


@pytest.fixture
def machine(redis_socket: Path, tmp_path: Path) -> Iterator[type[Promise]]:
    Promise.socket = str(redis_socket)
    Promise.engine = create_engine(f"sqlite:///{tmp_path / 'promise.db'}")
    yield Promise
    Promise.engine.dispose()


@pytest.mark.timeout(600)
def test_no_picture_is_given_out_without_proof(machine):
    run_state_machine_as_test(
        machine, settings=settings(max_examples=200, stateful_step_count=50, deadline=None)
    )


def test_the_machine_does_give_out_pictures(machine):
    """Else all of the above would hold of a server that never shows anything."""
    promise = machine()
    promise.begin()
    promise.it_stands(0, 5, 1_000)
    assert promise.proven()
    promise.it_asks_for_a_playlist(1, "v720")
    assert promise.leases
    promise.teardown()
