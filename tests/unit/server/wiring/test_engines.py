"""Thousands of cars may report at once: their commands wait for a connection, and none is refused."""

import asyncio

from players.feed.acceptance import SPEED_STALE_MS
from server.settings import Settings
from server.wiring.engines import CONNECTIONS, WRITE_RETRIES, open_engines


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


async def test_more_commands_at_once_than_connections(redis_socket, tmp_path):
    engines = opened(redis_socket, tmp_path)
    try:
        counted = await asyncio.gather(*(engines.redis.incr("burst") for _ in range(10 * CONNECTIONS)))
        assert sorted(counted) == list(range(1, 10 * CONNECTIONS + 1))
    finally:
        await engines.close()
