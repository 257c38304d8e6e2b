"""Walk A: what the vehicle says becomes its state, and a change is pushed to its screens."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

from kernel.clock import Clock
from kernel.errors import Conflict
from players.feed import driving_state, market, motion_policy, vehicle_state
from players.feed.backfill import FACTS
from players.feed.driving_state import DrivingState
from players.feed.feed import Feed, Fix
from players.feed.market import STRICT
from players.feed.market_policy import Policies
from players.feed.note_silence import NoteSilence
from players.feed.record_switch import Cause, RecordSwitch
from players.feed.signals import AUTONOMY, POSITION_PATHS
from players.feed.vehicle_state import Refusal, Rejection, Sample, Taken, VehicleState
from players.ports import Markets, Push, VehicleStates

_ATTEMPTS = 16


@dataclass(frozen=True, slots=True)
class Reported:
    """What came of a message."""

    accepted: int
    refusals: tuple[Refusal, ...]
    state: DrivingState
    rule: str


@dataclass(frozen=True, slots=True)
class ReportVehicleState:
    """Take the samples of one message.

    Args:
        count: told the coded reason of each refused sample.
        markets: whose rules govern, where the state does not tell.
    """

    states: VehicleStates
    push: Push
    clock: Clock
    count: Callable[[str], None]
    record: RecordSwitch
    policies: Policies
    markets: Markets

    async def __call__(self, feed: Feed, samples: Sequence[Sample], *, may_loosen: bool = True) -> Reported:
        """Judge, apply and write; one round trip unless another feed of the vehicle wrote meanwhile.

        Args:
            feed: the connection's memory; its state is brought up to date.
            samples: oldest first.
            may_loosen: False where nothing may come of them that is less strict, now or later, than if
                they had not come: then they are refused instead.

        Raises:
            Conflict: ``vehicle-state-contended`` if other feeds keep writing.
        """
        now_ms = self.clock.now_ms()
        places, others = _parted(samples)
        placed, refusals = _judged(feed, places, now_ms) if feed.shares_location else _unshared(places)
        taken: list[Taken] = []
        refused: list[Refusal] = []

        def change(state: VehicleState) -> VehicleState:
            nonlocal taken, refused
            taken, refused = _judged(feed, others, now_ms)
            if not may_loosen:
                kept = _harmless(feed, state, taken, refused, now_ms)
                refused += [
                    Refusal(one.path, Rejection.BATCH_CANNOT_UNLOCK) for one in taken if one not in kept
                ]
                taken = kept
            return _applied(feed, state, taken, refused, now_ms)

        await self._update(feed, change, now_ms)
        if feed.state.readings and not feed.state.markets:
            # Afterwards: nothing that locks waits for the records. Meanwhile the strict policy governs.
            await self._govern(feed, now_ms)
        fix = feed.locate(placed)
        if fix and not await self._publish(feed, fix, now_ms):
            feed.hide()
            fix = None
        if feed.carried(fix, driving_state.stands(feed.state, now_ms)):
            await self._update(feed, lambda state: vehicle_state.carried(state, now_ms), now_ms)
        refusals += refused
        for refusal in refusals:
            self.count(refusal.reason)
        return Reported(len(placed) + len(taken), tuple(refusals), *driving_state.judge(feed.state, now_ms))

    async def _publish(self, feed: Feed, fix: Fix, now_ms: int) -> bool:
        return await self.push.publish_position(feed.vehicle_id, fix.location, now_ms, feed.opened_ms)

    async def _govern(self, feed: Feed, now_ms: int) -> None:
        known = await asyncio.to_thread(self.markets.governing, feed.vehicle_id) or (STRICT,)
        await self._update(
            feed, lambda state: state if state.markets else market.entered(state, known, now_ms), now_ms
        )

    async def _update(self, feed: Feed, change: Callable[[VehicleState], VehicleState], now_ms: int) -> None:
        """Write what ``change`` makes of the state; again from what is kept, if that is newer."""
        for _ in range(_ATTEMPTS):
            before, after = feed.state, market.settled(change(feed.state), now_ms)
            if after == before:
                return
            judged = motion_policy.grounds(self.policies, before, now_ms)
            judged_after = motion_policy.grounds(self.policies, after, now_ms)
            changed = judged != judged_after
            kept = await self.states.swap(feed.vehicle_id, before, after, announce=changed)
            feed.state = after if kept is None else kept
            if kept is None:
                await NoteSilence(self.states, self.record, self.policies).between(
                    feed.vehicle_id, before, feed.judged_as_written(before), (judged, now_ms)
                )
                feed.judged = after, (judged_after, now_ms)
                if changed and (before.markets or not after.markets):
                    self.record(feed.vehicle_id, after, Cause.REPORT, now_ms)
                if len(after.markets) < len(before.markets):
                    left = after.markets[-1]
                    await asyncio.to_thread(self.markets.settle, feed.vehicle_id, left, now_ms)
                return
        raise Conflict("vehicle-state-contended", "Several feeds keep writing this vehicle's state.")


def _applied(
    feed: Feed, state: VehicleState, taken: list[Taken], refused: list[Refusal], now_ms: int
) -> VehicleState:
    if taken:
        state = msgspec.structs.replace(state, manual_gearbox=feed.manual_gearbox)
    untimely = [one.untimely for one in refused if one.untimely]
    return vehicle_state.apply(state, taken, now_ms, driving_state.says_parked, untimely)


def _harmless(
    feed: Feed, state: VehicleState, taken: list[Taken], refused: list[Refusal], now_ms: int
) -> list[Taken]:
    """Those of ``taken`` that loosen nothing: facts, and what safety looks at where it is no less strict.

    Seats, charging and a level of automation are left out: in some market they are what permits.
    """
    facts = [one for one in taken if one.path in FACTS and one.path not in driving_state.SAFETY]
    judged = [one for one in taken if one in facts or _objects_at_most(one)]
    after = _applied(feed, state, judged, refused, now_ms)
    return judged if driving_state.never_looser(after, state, now_ms) else facts


def _objects_at_most(one: Taken) -> bool:
    if one.path == AUTONOMY:
        return str(one.reading.value).endswith("_DISENGAGING")
    return one.path in driving_state.SAFETY


def _unshared(places: Sequence[Sample]) -> tuple[list[Taken], list[Refusal]]:
    return [], [Refusal(one.path, Rejection.NOT_SHARED) for one in places]


def _parted(samples: Sequence[Sample]) -> tuple[list[Sample], list[Sample]]:
    """Positions, which every vocabulary calls alike, and the rest."""
    places = [one for one in samples if one.path in POSITION_PATHS]
    return places, [one for one in samples if one.path not in POSITION_PATHS]


def _judged(feed: Feed, samples: Sequence[Sample], now_ms: int) -> tuple[list[Taken], list[Refusal]]:
    clock = feed.clock.bounds(now_ms)
    newest, heard = feed.newest_ms(), feed.heard_ms() if clock else {}
    taken: list[Taken] = []
    refusals: list[Refusal] = []
    for sample in samples:
        judged = vehicle_state.accept(newest, sample, feed.vss_version, now_ms, clock, heard)
        if isinstance(judged, Refusal):
            refusals.append(judged)
        else:
            newest[judged.path] = judged.reading.own_ms
            heard[judged.path] = max(now_ms, judged.reading.vehicle_ms)
            taken.append(judged)
    return taken, refusals
