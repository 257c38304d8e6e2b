"""What decisions said of each line item, counted by day in Redis: ``{li:<id>}:said:<day>``, for some days."""

from collections.abc import Mapping, Sequence

from redis.asyncio import Redis

from adserver.serving.heard import DAY_MS

KEPT_MS = 3 * DAY_MS


class RedisSaid:
    """Implements :class:`adserver.ports.Said`."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def add(self, counted: Mapping[tuple[int, str, str], int]) -> None:
        """See the port."""
        pipe = self._redis.pipeline(transaction=False)
        for (day, line_item_id, word), number in counted.items():
            pipe.hincrby(_key(line_item_id, day), word, number)
        for day, line_item_id in {(day, line_item_id) for day, line_item_id, _ in counted}:
            pipe.pexpire(_key(line_item_id, day), KEPT_MS)
        await pipe.execute()

    async def read(self, line_item_ids: Sequence[str], day: int) -> dict[str, dict[str, int]]:
        """See the port."""
        pipe = self._redis.pipeline(transaction=False)
        for line_item_id in line_item_ids:
            pipe.hgetall(_key(line_item_id, day - 1))
            pipe.hgetall(_key(line_item_id, day))
        found = await pipe.execute()
        summed: dict[str, dict[str, int]] = {}
        for line_item_id, before, today in zip(line_item_ids, found[::2], found[1::2], strict=True):
            words = summed.setdefault(line_item_id, {})
            for raw, number in [*before.items(), *today.items()]:
                words[raw.decode()] = words.get(raw.decode(), 0) + int(number)
        return summed


def _key(line_item_id: str, day: int) -> str:
    return f"{{li:{line_item_id}}}:said:{day}"
