"""What the latest decision near each line item said of it, in Redis, for a week."""

from collections.abc import Mapping, Sequence

from redis.asyncio import Redis

KEPT_MS = 7 * 86_400_000


class RedisLatest:
    """Implements :class:`adserver.ports.Latest`."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def note(self, said: Mapping[str, str]) -> None:
        """See the port."""
        pipe = self._redis.pipeline(transaction=False)
        for line_item_id, word in said.items():
            pipe.set(_key(line_item_id), word, px=KEPT_MS)
        await pipe.execute()

    async def read(self, line_item_ids: Sequence[str]) -> dict[str, str]:
        """See the port."""
        pipe = self._redis.pipeline(transaction=False)
        for line_item_id in line_item_ids:
            pipe.get(_key(line_item_id))
        found = zip(line_item_ids, await pipe.execute(), strict=True)
        return {line_item_id: word.decode() for line_item_id, word in found if word}


def _key(line_item_id: str) -> str:
    return f"{{li:{line_item_id}}}:latest"
