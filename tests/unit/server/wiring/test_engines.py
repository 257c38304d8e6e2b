"""Thousands of cars may report at once: their commands wait for a connection, and none is refused."""

import asyncio
import time
from contextlib import asynccontextmanager

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeout

from players.feed.acceptance import SPEED_STALE_MS
from server.engines.redis_clients import Impatient
from server.errors import problem_of
from server.settings import Settings
from server.wiring import engines as wiring
from server.wiring.engines import CONNECTIONS, WRITE_RETRIES, open_engines
from tests.redis_relay import Relay

DRY_S = 5
"""What the dash page has of sound in store."""


def opened(redis_socket, tmp_path):
    return open_engines(
        Settings.from_environ(
            {"ROADCAST_DATA_DIR": str(tmp_path), "ROADCAST_REDIS_URL": f"unix://{redis_socket}"}
        )
    )


async def test_a_write_that_hangs_is_given_up_before_what_it_tells_is_stale(redis_socket, tmp_path):
    engines = opened(redis_socket, tmp_path)
    try:
        patience_s = engines.redis_states.connection_pool.connection_kwargs["socket_timeout"]
        assert patience_s * (1 + WRITE_RETRIES) <= SPEED_STALE_MS / 1000
    finally:
        await engines.close()


@asynccontextmanager
async def relayed(redis_socket, tmp_path):
    relay, address = Relay(redis_socket), tmp_path / "relay.sock"
    async with await asyncio.start_unix_server(relay.serve, address):
        engines = opened(address, tmp_path)
        try:
            yield relay, engines.redis_reads
        finally:
            await engines.close()


async def test_a_read_of_a_redis_that_hangs_is_given_up_before_a_player_runs_dry(redis_socket, tmp_path):
    """Whether it hangs from the beginning, or while it was answering."""
    async with relayed(redis_socket, tmp_path) as (relay, reads):
        await reads.get("nothing")
        relay.all_silent = True
        for _ in range(2):
            began = time.monotonic()
            with pytest.raises((RedisTimeout, RedisConnectionError)):
                await reads.get("nothing")
            assert time.monotonic() - began < DRY_S / 2, "the quick way, and then the whole one"
        relay.all_silent = False
        assert await reads.get("nothing") is None


async def test_a_loop_that_stood_still_takes_the_answer_that_came_meanwhile(redis_socket, tmp_path):
    """Or asks again: it is not Redis that was late."""
    engines = opened(redis_socket, tmp_path)
    try:
        reads, stands_s = engines.redis_reads, 1.5 * Impatient.patience_s
        await reads.get("nothing")
        for turns in range(1, 5):
            asked = asyncio.create_task(reads.get("nothing"))
            for _ in range(turns):
                await asyncio.sleep(0)
            asyncio.get_running_loop().call_soon(time.sleep, stands_s)
            assert await asked is None
    finally:
        await engines.close()


async def test_a_read_goes_by_another_connection_where_one_hangs(redis_socket, tmp_path):
    async with relayed(redis_socket, tmp_path) as (relay, reads):
        await reads.get("nothing")
        relay.silent.update(relay.every())
        assert await reads.get("nothing") is None


async def test_more_commands_at_once_than_connections(redis_socket, tmp_path):
    engines = opened(redis_socket, tmp_path)
    try:
        counted = await asyncio.gather(*(engines.redis.incr("burst") for _ in range(10 * CONNECTIONS)))
        assert sorted(counted) == list(range(1, 10 * CONNECTIONS + 1))
    finally:
        await engines.close()


@pytest.fixture
async def taken(redis_socket, tmp_path, monkeypatch):
    """Engines of two connections, both of which wait for something that does not come."""
    monkeypatch.setattr(wiring, "CONNECTIONS", 2)
    monkeypatch.setattr(wiring, "CONNECTION_WAIT_S", 0.05)
    engines = opened(redis_socket, tmp_path)
    async with engines.redis.pipeline() as first, engines.redis.pipeline() as second:
        for pipe in (first, second):
            await pipe.watch("nothing")  # holds its connection
        yield engines
    await engines.close()


async def test_who_waits_too_long_for_a_connection_is_told_to_come_again(taken):
    with pytest.raises(RedisConnectionError) as refused:
        await taken.redis.get("nothing")
    problem = problem_of(refused.value)
    assert (problem.status, problem.code) == (503, "engine-unavailable")
    with pytest.raises(RedisConnectionError):
        async with taken.redis.pipeline() as pipe:
            await pipe.get("nothing").execute()


async def test_who_waits_for_a_connection_has_the_next_that_is_free(redis_socket, tmp_path, monkeypatch):
    monkeypatch.setattr(wiring, "CONNECTIONS", 1)
    engines = opened(redis_socket, tmp_path)
    try:
        async with engines.redis.pipeline() as pipe:
            await pipe.watch("nothing")
            waiting = asyncio.create_task(engines.redis.get("nothing"))
            await asyncio.sleep(0)
            assert not waiting.done()
        assert await waiting is None
    finally:
        await engines.close()


@pytest.mark.parametrize(
    ("name", "most", "waits"),
    [
        ("redis", 128, True),
        ("redis_reads", 64, False),
        ("redis_states", 64, False),
        ("redis_sync", 64, True),
    ],
)
async def test_no_pool_is_as_large_as_it_happens_to_be(redis_socket, tmp_path, name, most, waits):
    engines = opened(redis_socket, tmp_path)
    try:
        pool = getattr(engines, name).connection_pool
        assert (pool.max_connections, hasattr(pool, "timeout")) == (most, waits)
    finally:
        await engines.close()
