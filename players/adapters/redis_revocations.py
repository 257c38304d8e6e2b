"""Revoked head units in Redis: ``{veh:<id>}:revoked``, each with its moment, while sessions may last."""

from redis.asyncio import Redis

from players.adapters import redis_keys
from players.adapters.redis_push import LOOK
from players.feed.consent import GRACE_MS
from players.playback.session import SESSION_MS, Session, without_picture


def standing(session: Session | None, marks: bytes | None) -> Session | None:
    """The session as its head unit's revocation leaves it."""
    if marks is None or session is None:
        return session
    return without_picture(session) if session.head_unit_id in _moments(marks) else session


def any_since(marks: bytes | None, since_ms: int) -> bool:
    """Whether one was revoked since, or so shortly before that it may have been overlooked."""
    return marks is not None and max(_moments(marks).values()) + GRACE_MS > since_ms


def _moments(marks: bytes) -> dict[str, int]:
    pairs = (mark.rsplit(":", 1) for mark in marks.decode().split())
    return {head_unit_id: int(at_ms) for head_unit_id, at_ms in pairs}


class RedisRevocations:
    """Implements :class:`players.ports.Revocations`."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def mark(self, vehicle_id: str, head_unit_id: str, at_ms: int) -> None:
        """See the port; two at a time both count, as each is added to what is there."""
        key = redis_keys.revoked(vehicle_id)
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.append(key, f"{head_unit_id}:{at_ms} ")
            pipe.pexpire(key, SESSION_MS + 2 * GRACE_MS)
            await pipe.execute()
        await self._redis.publish(redis_keys.channel(vehicle_id), LOOK)
