"""Withdrawn consents in Redis: ``{veh:<id>}:private``, the moment in ms, for as long as a session lasts."""

import msgspec
from redis.asyncio import Redis

from players.adapters import redis_keys
from players.adapters.redis_push import Placed, placed
from players.feed.consent import GRACE_MS
from players.playback.session import SESSION_MS
from players.ports import Notice

_LOOK = msgspec.msgpack.encode(Notice("state"))


class RedisConsents:
    """Implements :class:`players.ports.Consents`."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def withdraw(self, vehicle_id: str, at_ms: int, *, again: bool = False) -> None:
        """See the port."""
        lasts_ms = SESSION_MS + 2 * GRACE_MS
        await self._redis.set(redis_keys.private(vehicle_id), at_ms, px=lasts_ms, nx=again)
        await self._redis.publish(redis_keys.POSITIONS, placed([Placed(vehicle_id, None, at_ms)]))
        await self._redis.publish(redis_keys.channel(vehicle_id), _LOOK)
