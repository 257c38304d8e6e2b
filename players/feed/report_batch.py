"""Walk A after a gap: what a vehicle could not tell while it was cut off, uploaded at once."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kernel.clock import Clock
from players.feed import backfill
from players.feed.acceptance import DOUBT, SAMPLES_LIMIT, Reading, Rejection
from players.feed.backfill import Batch
from players.feed.feed import Feed
from players.feed.report_vehicle_state import ReportVehicleState
from players.ports import VehicleFacts, VehicleStates


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a batch; the counts of its samples, and of the events refused as a whole.

    Args:
        current: samples that spoke of the present and were taken.
        stored: samples of the past whose value is kept.
        refused: how many were not, by reason.
    """

    events: int
    current: int
    stored: int
    refused: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ReportBatch:
    """Take a batch: it may lock, it may add facts, and it can neither unlock nor keep unlocked.

    Args:
        count: told the reason of each event or sample that is refused, but for those that ``report`` tells.
    """

    report: ReportVehicleState
    states: VehicleStates
    facts: VehicleFacts
    clock: Clock
    count: Callable[[str], None]

    async def __call__(self, feed: Feed, batch: Batch) -> Receipt:
        """Judge the present like any report, and keep what is worth keeping of the past.

        Args:
            feed: the memory of this request alone.
            batch: what came.
        """
        now_ms = self.clock.now_ms()
        feed.state = await self.states.read(feed.vehicle_id)
        current, past = backfill.parted(batch.samples, now_ms)
        codes = [str(fault) for fault in batch.faults]
        if len(current) > SAMPLES_LIMIT:
            await self.report(feed, DOUBT, may_loosen=False)
            codes += [str(Rejection.BATCH_TOO_MANY_CURRENT)] * len(current)
            current = []
        reported = await self.report(feed, current, may_loosen=False)
        held = _newer(await self.facts.read(feed.vehicle_id), feed.state.readings)
        found, refusals = backfill.newest(past, held, feed.vss_version, now_ms)
        if found:
            await self.facts.keep(feed.vehicle_id, found)
        codes += [str(one.reason) for one in refusals]
        for code in codes:
            self.count(code)
        refused = Counter([*(str(one.reason) for one in reported.refusals), *codes])
        return Receipt(batch.events, reported.accepted, len(found), dict(refused))


@dataclass(frozen=True, slots=True)
class ReadFacts:
    """What is known of a vehicle beyond whether it moves."""

    states: VehicleStates
    facts: VehicleFacts

    async def __call__(self, vehicle_id: str) -> dict[str, Reading]:
        """The newest value of each fact by path, live or uploaded."""
        state = await self.states.read(vehicle_id)
        return _newer(await self.facts.read(vehicle_id), state.readings)


def _newer(kept: Mapping[str, Reading], live: Mapping[str, Reading]) -> dict[str, Reading]:
    told = {path: one for path, one in live.items() if path in backfill.FACTS and one.value is not None}
    return {
        path: max((one[path] for one in (kept, told) if path in one), key=lambda reading: reading.vehicle_ms)
        for path in sorted(kept.keys() | told.keys())
    }
