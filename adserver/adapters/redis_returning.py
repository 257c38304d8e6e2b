"""Sketches of cars that come back: ``{returning}:<week>:<spot or card>:<km>:<seconds>``, for two weeks."""

from collections.abc import Mapping, Sequence

from redis.asyncio import Redis

from adserver.serving.returning import SIDES_KM, TIMES_S, WEEK_MS, Came, Scale

KEPT_MS = 3 * WEEK_MS


class RedisReturning:
    """Implements :class:`adserver.serving.ports.Returning`."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def add(
        self, marks: Mapping[tuple[int, Scale], Sequence[bytes]], seen: Mapping[tuple[int, bool], int]
    ) -> None:
        """See the port."""
        pipe = self._redis.pipeline(transaction=False)
        for (week, scale), some in marks.items():
            pipe.pfadd(_sketch_key(week, scale), *some)
            pipe.pexpire(_sketch_key(week, scale), KEPT_MS)
        for (week, card), number in seen.items():
            pipe.incrby(_seen_key(week, card=card), number)
            pipe.pexpire(_seen_key(week, card=card), KEPT_MS)
        await pipe.execute()

    async def read(self, week: int) -> dict[Scale, Came]:
        """See the port."""
        scales = [Scale(card, km, s) for card in (False, True) for km in SIDES_KM for s in TIMES_S]
        pipe = self._redis.pipeline(transaction=False)
        for card in (False, True):
            pipe.get(_seen_key(week, card=card))
        for scale in scales:
            pipe.pfcount(_sketch_key(week, scale))
        spots, cards, *different = await pipe.execute()
        seen = {False: int(spots or 0), True: int(cards or 0)}
        return {
            scale: Came(seen[scale.card], int(number))
            for scale, number in zip(scales, different, strict=True)
            if number
        }


def _seen_key(week: int, *, card: bool) -> str:
    return f"{{returning}}:{week}:{'card' if card else 'spot'}"


def _sketch_key(week: int, scale: Scale) -> str:
    return f"{_seen_key(week, card=scale.card)}:{scale.side_km}:{scale.time_s}"
