"""Withdrawn consents in Redis: ``{veh:<id>}:private``, the moments in ms, for as long as a session lasts."""

from pathlib import Path

from redis.asyncio import Redis

from players.adapters import redis_keys
from players.adapters.redis_push import LOOK, Placed, placed
from players.feed.consent import GRACE_MS
from players.playback.session import SESSION_MS

BREAKS_KEPT_MS = 2 * 3_600_000
"""Longer than the plan of a break: after that of several moments only the last matters."""

MOMENTS_LIMIT = 100

_WITHDRAW = (Path(__file__).parent / "lua" / "withdraw_consent.lua").read_text()


class RedisConsents:
    """Implements :class:`players.ports.Consents`."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._withdraw = redis.register_script(_WITHDRAW)

    async def withdraw(self, vehicle_id: str, at_ms: int, *, again: bool = False) -> None:
        """See the port; each counts by itself, as consent may have been given between them."""
        lasts_ms = SESSION_MS + 2 * GRACE_MS
        await self._withdraw(
            keys=[redis_keys.private(vehicle_id)],
            args=[at_ms, int(again), lasts_ms, BREAKS_KEPT_MS, MOMENTS_LIMIT],
        )
        await self._redis.publish(redis_keys.POSITIONS, placed([Placed(vehicle_id, None, at_ms)]))
        await self._redis.publish(redis_keys.channel(vehicle_id), LOOK)
