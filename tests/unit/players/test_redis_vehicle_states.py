"""Vehicle states where connections to Redis stop answering: real sockets, and a relay that falls silent."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from redis.exceptions import RedisError

from players.adapters.batches import COMMANDS_LIMIT, LATE_S, Batches
from players.adapters.redis_vehicle_states import RedisVehicleStates
from players.feed.vehicle_state import UNKNOWN, VehicleState
from server.settings import Settings
from server.wiring import engines as wiring
from tests.redis_relay import Relay

TIMEOUT_S = 0.3
WRITTEN = VehicleState(has_park=True)
NEWER = VehicleState(has_park=True, manual_gearbox=True)


@asynccontextmanager
async def _relayed(redis_socket, folder):
    relay, address = Relay(redis_socket), folder / "relay.sock"
    async with await asyncio.start_unix_server(relay.serve, address):
        settings = {"ROADCAST_DATA_DIR": str(folder), "ROADCAST_REDIS_URL": f"unix://{address}"}
        engines = wiring.open_engines(Settings.from_environ(settings))
        try:
            yield relay, RedisVehicleStates(engines.redis_states)
        finally:
            await engines.close()
            # What hangs would be complained of by whatever test comes when it is thrown away.
            hanging = [
                task
                for task in asyncio.all_tasks()
                if task.get_coro().__qualname__ == Batches._run.__qualname__
            ]
            for task in hanging:
                task.cancel()
            await asyncio.gather(*hanging, return_exceptions=True)


@pytest.fixture
async def relayed(aredis, redis_socket, tmp_path, monkeypatch):
    """A relay, and states behind it as they are wired, but sooner out of patience."""
    monkeypatch.setattr(wiring, "WRITE_TIMEOUT_S", TIMEOUT_S)
    async with _relayed(redis_socket, tmp_path) as found:
        yield found


@pytest.fixture
async def patient(aredis, redis_socket, tmp_path, monkeypatch):
    """The same, that would wait for ever."""
    monkeypatch.setattr(wiring, "WRITE_TIMEOUT_S", 1_000)
    async with _relayed(redis_socket, tmp_path) as found:
        yield found


async def _begun(states, vehicle_id: str):
    """A write on its way, which the next one finds late."""
    write = asyncio.create_task(states.swap(vehicle_id, UNKNOWN, WRITTEN, announce=False))
    await asyncio.sleep(LATE_S * 1.5)
    return write


async def test_a_command_that_hangs_holds_up_no_other_vehicle(patient):
    relay, states = patient
    await states.swap("veh_1", UNKNOWN, WRITTEN, announce=False)
    relay.silent.update(relay.every())
    hung = await _begun(states, "veh_2")
    async with asyncio.timeout(60):
        await states.swap("veh_3", UNKNOWN, WRITTEN, announce=False)
    assert not hung.done()
    hung.cancel()


async def test_a_connection_that_hangs_costs_its_own_vehicles_a_moment(relayed):
    relay, states = relayed
    await states.swap("veh_1", UNKNOWN, WRITTEN, announce=False)
    relay.silent.update(relay.every())
    async with asyncio.timeout(60):
        assert (await states.swap("veh_1", WRITTEN, NEWER, announce=False)).kept is None
    assert await states.read("veh_1") == NEWER


async def test_where_all_that_may_be_on_their_way_hang_the_others_are_written_soon(relayed):
    relay, states = relayed
    relay.all_silent = True
    hung = [await _begun(states, f"veh_{n}") for n in range(COMMANDS_LIMIT)]
    other = asyncio.create_task(states.swap("veh_other", UNKNOWN, WRITTEN, announce=False))
    await asyncio.sleep(0)
    relay.silent.update(relay.every())
    relay.all_silent = False
    async with asyncio.timeout(60):
        await other
        await asyncio.gather(*hung)
    assert await states.read("veh_other") == await states.read("veh_0") == WRITTEN


async def test_what_was_written_though_its_answer_was_lost_is_told_once(relayed, aredis):
    relay, states = relayed
    await states.swap("veh_1", UNKNOWN, WRITTEN, announce=False)
    relay.mute.update(relay.every())
    async with aredis.pubsub(ignore_subscribe_messages=True) as heard:
        await heard.subscribe("veh:veh_1", "end")
        async with asyncio.timeout(60):
            assert (await states.swap("veh_1", WRITTEN, NEWER, announce=True)).kept == NEWER
        await aredis.publish("end", b"")
        told = []
        while not told or told[-1] != b"end":
            message = await heard.get_message(timeout=10)
            told += [message["channel"]] if message else []
    assert told == [b"veh:veh_1", b"end"]


async def test_a_redis_that_answers_nothing_is_an_error_in_time(relayed):
    relay, states = relayed
    relay.all_silent = True
    with pytest.raises(RedisError):
        async with asyncio.timeout(60):
            await states.swap("veh_1", UNKNOWN, WRITTEN, announce=False)
    relay.all_silent = False
    assert await states.read("veh_1") == UNKNOWN
