"""Who asked for an MQTT address, in a Redis sorted set by time; and which process holds the broker."""

from typing import cast

from redis.asyncio import Redis

from players.adapters import redis_keys

REMEMBERED_MS = 86_400_000
OWNED_MS = 10_000
ANNOUNCED_LIMIT = 20_000


class RedisMqttFeeds:
    """Implements :class:`players.ports.MqttFeeds`."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def announce(self, topic: str, now_ms: int) -> None:
        """See the port; what is older than a day is forgotten."""
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.zadd(redis_keys.MQTT_FEEDS, {topic: now_ms})
            pipe.zremrangebyscore(redis_keys.MQTT_FEEDS, 0, now_ms - REMEMBERED_MS)
            await pipe.execute()

    async def announced(self, since_ms: int) -> dict[str, int]:
        """See the port."""
        found = await self._redis.zrangebyscore(
            redis_keys.MQTT_FEEDS, since_ms, "+inf", start=0, num=ANNOUNCED_LIMIT, withscores=True
        )
        return {topic.decode(): int(at_ms) for topic, at_ms in cast("list[tuple[bytes, float]]", found)}

    async def own(self, process: str) -> bool:
        """See the port. Where two believe it for a moment each message counts once all the same."""
        if await self._redis.set(redis_keys.MQTT_OWNER, process, nx=True, px=OWNED_MS):
            return True
        if await self._redis.get(redis_keys.MQTT_OWNER) != process.encode():
            return False
        return bool(await self._redis.pexpire(redis_keys.MQTT_OWNER, OWNED_MS))

    async def disown(self, process: str) -> None:
        """See the port."""
        if await self._redis.get(redis_keys.MQTT_OWNER) == process.encode():
            await self._redis.delete(redis_keys.MQTT_OWNER)
