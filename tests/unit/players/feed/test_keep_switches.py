"""Switches into real SQL, beside everything else."""

import asyncio
import threading
from collections import Counter
from contextlib import suppress

import pytest

from players.adapters.sql_head_units import SqlHeadUnits
from players.adapters.sql_switches import SqlSwitches
from players.adapters.tables import metadata
from players.feed import keep_switches
from players.feed.head_unit import Vehicle
from players.feed.keep_switches import DAY_MS, KeepSwitches
from players.feed.switch import Sought, Switch


class Hindered:
    """The records, which do not answer while ``broken``; ``holding`` makes them wait."""

    def __init__(self, switches: SqlSwitches) -> None:
        self.switches, self.broken, self.sizes = switches, False, []
        self.holding, self.asked = threading.Event(), threading.Event()
        self.holding.set()

    def add(self, batch):
        self.asked.set()
        assert self.holding.wait(60)
        if self.broken:
            raise OSError("no records")
        self.sizes.append(len(batch))
        return self.switches.add(batch)

    def __getattr__(self, name):
        return getattr(self.switches, name)


@pytest.fixture
def records(database, clock) -> Hindered:
    metadata.create_all(database)
    SqlHeadUnits(database).put_vehicle(Vehicle("veh_1", "A car"), clock.now_ms())
    return Hindered(SqlSwitches(database))


@pytest.fixture
def outcomes() -> Counter[str]:
    return Counter()


@pytest.fixture
def keep(records, new_id, clock, outcomes) -> KeepSwitches:
    return KeepSwitches(records, new_id, clock, 30, lambda outcome, n: outcomes.update({outcome: n}))


def switched(at_ms: int, vehicle_id: str = "veh_1") -> Switch:
    return Switch(vehicle_id, at_ms, "report", "moving", "is-moving", "FR", "a law")


def kept(records) -> list[int]:
    return [one.switch.at_ms for one in records.page(Sought(), None, 1_000).switches]


async def running(keep: KeepSwitches, until) -> None:
    """While ``keep`` runs, until something is so."""
    task = asyncio.create_task(keep.run())
    for _ in range(500):
        if until():
            break
        await asyncio.sleep(0.01)
    assert until()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_what_is_handed_over_is_written_in_batches(keep, records, outcomes, monkeypatch):
    monkeypatch.setattr(keep_switches, "BATCH", 4)
    for at_ms in range(10):
        keep(switched(at_ms))
    assert not records.sizes
    await running(keep, lambda: outcomes["kept"] == 10)
    assert records.sizes == [4, 4, 2]
    assert kept(records) == list(range(9, -1, -1))


async def test_what_cannot_be_written_waits_and_is_written_once(keep, records, outcomes, monkeypatch):
    monkeypatch.setattr(keep_switches, "GATHER_S", 0)
    monkeypatch.setattr(keep_switches, "_RETRY_S", 0.01)
    records.broken = True
    keep(switched(1))
    await running(keep, records.asked.is_set)
    assert not outcomes
    records.broken = False
    keep(switched(2))
    await running(keep, lambda: outcomes["kept"] == 2)
    assert kept(records) == [2, 1]


async def test_handing_over_never_waits_and_too_much_is_dropped_and_counted(
    keep, records, outcomes, monkeypatch
):
    monkeypatch.setattr(keep_switches, "GATHER_S", 0)
    monkeypatch.setattr(keep_switches, "WAITING_LIMIT", 3)
    records.holding.clear()
    keep(switched(0))
    task = asyncio.create_task(keep.run())
    assert await asyncio.to_thread(records.asked.wait, 60)
    for at_ms in range(1, 6):
        keep(switched(at_ms))
    assert outcomes == {"dropped": 2}
    records.holding.set()
    await asyncio.sleep(0)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    async with asyncio.timeout(60):
        while kept(records)[:3] != [3, 2, 1]:  # noqa: ASYNC110 (a thread may still be writing)
            await asyncio.sleep(0.01)


async def test_what_is_left_at_the_end_is_written(keep, records):
    task = asyncio.create_task(keep.run())
    await asyncio.sleep(0)
    keep(switched(1))
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert kept(records) == [1]


async def test_nothing_is_kept_of_a_vehicle_that_is_gone(keep, records, outcomes):
    keep(switched(1))
    keep(switched(2, "veh_gone"))
    await keep.flush()
    assert outcomes == {"kept": 1, "unkept": 1}
    assert kept(records) == [1]


async def test_what_is_too_old_is_forgotten(keep, records, clock):
    limit_ms = clock.now_ms() - 30 * DAY_MS
    for at_ms in (limit_ms - 1, limit_ms, clock.now_ms()):
        keep(switched(at_ms))
    await keep.flush()
    assert keep.expire() == 1
    assert kept(records) == [clock.now_ms(), limit_ms]
