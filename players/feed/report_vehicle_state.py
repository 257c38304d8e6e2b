"""Walk A: what the vehicle says becomes its state, and a change is pushed to its screens."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import msgspec

from kernel.clock import Clock
from kernel.errors import Conflict
from players.feed import acceptance, driving_state, market, motion_policy, strictness, vehicle_state
from players.feed.acceptance import Reading, Refusal, Rejection, Sample, Taken
from players.feed.backfill import FACTS
from players.feed.driving_state import SAFETY
from players.feed.feed import Feed, Fix, Judged, Place
from players.feed.market import STRICT
from players.feed.market_policy import Policies
from players.feed.note_silence import NoteSilence
from players.feed.record_switch import Cause, RecordSwitch
from players.feed.signals import AUTONOMY, POSITION_PATHS
from players.feed.vehicle_state import VehicleState
from players.ports import Markets, VehicleStates

_ATTEMPTS = 16


@dataclass(frozen=True, slots=True)
class Reported:
    """What came of a message."""

    accepted: int
    refusals: tuple[Refusal, ...]


def _nobody_listens(_vehicle_id: str, _state: VehicleState) -> None:
    """There is no screen here to warn."""


@dataclass(frozen=True, slots=True)
class ReportVehicleState:
    """Take the samples of a message, or of all that came since the last.

    Args:
        count: told the coded reason of each refused sample.
        markets: told when a vehicle has left those before its newest.
        governing: whose rules govern, where the state does not tell.
        warn: told of each state that is judged otherwise than the one before, ahead of its being written.
    """

    states: VehicleStates
    clock: Clock
    count: Callable[[str], None]
    record: RecordSwitch
    policies: Policies
    markets: Markets
    governing: Callable[[str], Awaitable[tuple[str, ...]]]
    warn: Callable[[str, VehicleState], None] = _nobody_listens

    async def __call__(self, feed: Feed, samples: Sequence[Sample], *, may_loosen: bool = True) -> Reported:
        """Take one message; as :meth:`all_of`."""
        (reported,) = await self.all_of(feed, [samples], may_loosen=may_loosen)
        return reported

    async def all_of(
        self, feed: Feed, messages: Sequence[Sequence[Sample]], *, may_loosen: bool = True
    ) -> list[Reported]:
        """Judge and apply one message after the other, and write once.

        One round trip unless another feed of the vehicle wrote meanwhile.

        Args:
            feed: the connection's memory; its state is brought up to date.
            messages: in the order in which they came; the samples of each oldest first.
            may_loosen: False where nothing may come of them that is less strict, now or later, than if
                they had not come: then they are refused instead.

        Raises:
            Conflict: ``vehicle-state-contended`` if other feeds keep writing.
        """
        now_ms = self.clock.now_ms()
        heard = [_Heard.of(feed, samples, now_ms) for samples in messages]

        def change(state: VehicleState) -> VehicleState:
            for one in heard:
                state = one.applied(feed, state, now_ms, may_loosen=may_loosen)
            return state

        fix = next((one.fix for one in reversed(heard) if one.fix), None)
        place = Place(fix.location, now_ms, feed.opened_ms) if fix else None
        if not await self._update(feed, change, now_ms, place, lambda: any(one.objects for one in heard)):
            feed.hide()
        if feed.state.readings and not feed.state.markets:
            # Afterwards: nothing that locks waits for the records. Meanwhile nothing is shown.
            await self._govern(feed, now_ms)
        carried = [feed.carried(one.fix, one.stands) for one in heard]
        if any(carried):
            await self._update(feed, lambda state: vehicle_state.carried(state, now_ms), now_ms)
        for one in heard:
            for refusal in one.refusals:
                self.count(refusal.reason)
        return [one.reported() for one in heard]

    async def _govern(self, feed: Feed, now_ms: int) -> None:
        known = await self.governing(feed.vehicle_id) or (STRICT,)
        await self._update(
            feed, lambda state: state if state.markets else market.entered(state, known, now_ms), now_ms
        )

    async def _update(
        self,
        feed: Feed,
        change: Callable[[VehicleState], VehicleState],
        now_ms: int,
        place: Place | None = None,
        objects: Callable[[], bool] = lambda: False,
    ) -> bool:
        """Write what ``change`` makes of the state; again from what is kept, if that is newer.

        Args:
            feed: whose memory of the state is brought up to date.
            change: what was heard, applied.
            now_ms: when.
            place: where the vehicle is, to be told with it.
            objects: whether ``change``, as it was applied last, holds what contradicts a parked state and
                leaves no other trace: it is asked of what is kept, not of what the feed remembers.

        Returns:
            False where ``place`` was not told, because the owner has taken back the consent.
        """
        read = False
        for _ in range(_ATTEMPTS):
            before, after = feed.state, market.settled(change(feed.state), now_ms)
            if after == before:
                if not read and objects():
                    feed.state, read = await self.states.read(feed.vehicle_id), True
                    continue
                after = before
                if place is None:
                    return True
            judged = motion_policy.grounds(self.policies, before, now_ms)
            judged_after = motion_policy.grounds(self.policies, after, now_ms)
            announce = judged != judged_after or before.day_night != after.day_night
            if announce:
                # A screen beside us goes dark now, however long the store may take.
                self.warn(feed.vehicle_id, after)
            swapped = await self.states.swap(feed.vehicle_id, before, after, announce=announce, place=place)
            # An answer that was lost on its way is asked for again, and finds what it wrote itself.
            if swapped.kept is None or swapped.kept == after:
                if after is not before:
                    feed.state = after
                    await self._note(feed, before, (judged, now_ms), (judged_after, now_ms))
                return place is None or swapped.told or swapped.kept is not None
            feed.state = swapped.kept
        raise Conflict("vehicle-state-contended", "Several feeds keep writing this vehicle's state.")

    async def _note(self, feed: Feed, before: VehicleState, judged: Judged, judged_after: Judged) -> None:
        """Leave the records of what has switched from ``before`` to the feed's state."""
        after, now_ms = feed.state, judged_after[1]
        written = feed.judged_as_written(before)
        if written is None or written[0] != judged[0]:
            note = NoteSilence(self.states, self.record, self.policies)
            await note.between(feed.vehicle_id, before, written, judged)
        feed.judged = after, judged_after
        if judged[0] != judged_after[0] and (before.markets or not after.markets):
            self.record(feed.vehicle_id, after, Cause.REPORT, now_ms)
        if len(after.markets) < len(before.markets):
            await asyncio.to_thread(self.markets.settle, feed.vehicle_id, after.markets[-1], now_ms)


@dataclass(slots=True)
class _Heard:
    """A message, judged: its positions once, the rest again whenever another feed was faster."""

    places: int
    unplaced: list[Refusal]
    fix: Fix | None
    others: Sequence[Sample]
    taken: Sequence[Taken] = ()
    refused: Sequence[Refusal] = ()
    stands: bool = False

    @classmethod
    def of(cls, feed: Feed, samples: Sequence[Sample], now_ms: int) -> Self:
        places = [one for one in samples if one.path in POSITION_PATHS]
        if not places:
            return cls(0, [], None, samples)
        others = [one for one in samples if one.path not in POSITION_PATHS]
        if not feed.shares_location:
            return cls(0, [Refusal(one.path, Rejection.NOT_SHARED) for one in places], None, others)
        placed, refusals = _judged(feed, places, feed.positions, now_ms)
        return cls(len(placed), refusals, feed.locate(placed), others)

    def applied(self, feed: Feed, state: VehicleState, now_ms: int, *, may_loosen: bool) -> VehicleState:
        taken, refused = _judged(feed, self.others, state.told_by(feed.unit_id), now_ms)
        if not may_loosen:
            kept = _harmless(feed, state, taken, refused, now_ms)
            left = [one for one in taken if one not in kept]
            # What is left out, as it would loosen something later, may still object now.
            refused += [Refusal(one.path, Rejection.BATCH_CANNOT_UNLOCK, untimely=one) for one in left]
            taken = kept
        state = _applied(feed, state, taken, refused, now_ms)
        self.taken, self.refused, self.stands = taken, refused, driving_state.stands(state, now_ms)
        return state

    @property
    def objects(self) -> bool:
        """It holds what only its time was wrong of."""
        return any(one.untimely for one in self.refused)

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        return (*self.unplaced, *self.refused)

    def reported(self) -> Reported:
        unread = sum(one.unknown is not None for one in self.refused)
        return Reported(self.places + len(self.taken) - unread, self.refusals)


def _applied(
    feed: Feed, state: VehicleState, taken: list[Taken], refused: list[Refusal], now_ms: int
) -> VehicleState:
    if taken and state.manual_gearbox is not feed.manual_gearbox:
        state = msgspec.structs.replace(state, manual_gearbox=feed.manual_gearbox)
    untimely = [one.untimely for one in refused if one.untimely]
    return vehicle_state.apply(state, taken, now_ms, driving_state.says_parked, untimely, feed.unit_id)


def _harmless(
    feed: Feed, state: VehicleState, taken: list[Taken], refused: list[Refusal], now_ms: int
) -> list[Taken]:
    """Those of ``taken`` that loosen nothing: facts, and what safety looks at where it is no less strict.

    Seats, charging and a level of automation are left out: in some market they are what permits. That any
    of these is not known never does.
    """
    kept = [one for one in taken if _unknown(one) or (one.path in FACTS and one.path not in SAFETY)]
    judged = [one for one in taken if one in kept or _objects_at_most(one)]
    after = _applied(feed, state, judged, refused, now_ms)
    return judged if driving_state.never_looser(after, state, now_ms) else kept


def _unknown(one: Taken) -> bool:
    return one.reading.value is None and one.path in strictness.RANKS


def _objects_at_most(one: Taken) -> bool:
    if one.path == AUTONOMY:
        return str(one.reading.value).endswith("_DISENGAGING")
    return one.path in SAFETY


def _judged(
    feed: Feed, samples: Sequence[Sample], newest: Mapping[str, Reading], now_ms: int
) -> tuple[list[Taken], list[Refusal]]:
    clock, newest = feed.clock.bounds(now_ms), dict(newest)
    taken: list[Taken] = []
    refusals: list[Refusal] = []
    for sample in samples:
        judged = acceptance.accept(newest, sample, feed.vss_version, now_ms, clock)
        found = judged.unknown if isinstance(judged, Refusal) else judged
        if isinstance(judged, Refusal):
            refusals.append(judged)
        if found is not None:
            newest[found.path] = found.reading
            taken.append(found)
    return taken, refusals
