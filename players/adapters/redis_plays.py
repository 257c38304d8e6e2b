"""Plays on demand in Redis, beside their session."""

from pathlib import Path
from typing import cast

from redis.asyncio import Redis

from players.adapters import redis_keys
from players.playback import play as plays
from players.playback.play import PLAY_MS, Play, Reach, Slowed

_LUA = Path(__file__).parent / "lua"
_KEEP = (_LUA / "keep_play.lua").read_text()
_EXTEND = (_LUA / "extend_play.lua").read_text()
_CLAIM = (_LUA / "claim_preroll.lua").read_text()
_RELEASE = (_LUA / "release_preroll.lua").read_text()


class RedisPlays:
    """Implements :class:`players.playback.ports.Plays`."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._keep = redis.register_script(_KEEP)
        self._extend = redis.register_script(_EXTEND)
        self._claim = redis.register_script(_CLAIM)
        self._release = redis.register_script(_RELEASE)

    async def latest(self, vehicle_id: str, session_id: str, source_id: str) -> tuple[Play | None, bool]:
        """See the port."""
        key = redis_keys.play(vehicle_id, session_id, source_id)
        kept, over = cast("list[bytes | None]", await self._redis.hmget(key, "play", "over"))
        return (plays.decode(kept) if kept else None), over is not None

    async def keep(self, vehicle_id: str, session_id: str, play: Play) -> tuple[Play, bool]:
        """See the port."""
        key = redis_keys.play(vehicle_id, session_id, play.source_id)
        kept = await self._keep(keys=[key], args=[play.ordinal, play.encode(), PLAY_MS])
        return (play, True) if kept is None else (plays.decode(kept), False)

    async def extend(self, vehicle_id: str, session_id: str, play: Play, reach: Reach, now_ms: int) -> Reach:
        """See the port."""
        key = redis_keys.play(vehicle_id, session_id, play.source_id)
        args = [play.ordinal, reach.segments, int(reach.ended), now_ms, int(reach.slowed is not None)]
        segments, ended, since_ms, since = await self._extend(keys=[key], args=args)
        return Reach(segments, bool(ended), Slowed(int(since_ms), int(since)) if since_ms else None)

    async def end(self, vehicle_id: str, session_id: str, source_id: str) -> None:
        """See the port; of a play that has expired nothing stays behind."""
        key = redis_keys.play(vehicle_id, session_id, source_id)
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.hset(key, "over", "1")
            pipe.pexpire(key, PLAY_MS)
            await pipe.execute()

    async def claim_preroll(self, vehicle_id: str, head_unit_id: str, play_id: str, for_ms: int) -> bool:
        """See the port."""
        key = redis_keys.preroll(vehicle_id, head_unit_id)
        return bool(await self._claim(keys=[key], args=[play_id, for_ms]))

    async def release_preroll(self, vehicle_id: str, head_unit_id: str, play_id: str) -> None:
        """See the port."""
        await self._release(keys=[redis_keys.preroll(vehicle_id, head_unit_id)], args=[play_id])

    async def may_tell(self, vehicle_id: str, session_id: str, times: int, in_ms: int) -> bool:
        """See the port."""
        key = redis_keys.resume_rate(vehicle_id, session_id)
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.set(key, 0, px=in_ms, nx=True)
            pipe.incr(key)
            _, told = await pipe.execute()
        return int(told) <= times
