"""Thousands of cars may report at once: their commands wait for a connection, and none is refused."""

import asyncio

from server.settings import Settings
from server.wiring.engines import CONNECTIONS, open_engines


async def test_more_commands_at_once_than_connections(redis_socket, tmp_path):
    engines = open_engines(
        Settings.from_environ(
            {"ROADCAST_DATA_DIR": str(tmp_path), "ROADCAST_REDIS_URL": f"unix://{redis_socket}"}
        )
    )
    try:
        counted = await asyncio.gather(*(engines.redis.incr("burst") for _ in range(10 * CONNECTIONS)))
        assert sorted(counted) == list(range(1, 10 * CONNECTIONS + 1))
    finally:
        await engines.close()
