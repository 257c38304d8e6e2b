"""A vehicle's exposures and decided avails in Redis, all in the vehicle's slot ``{veh:<subject>}``."""

from collections.abc import Sequence
from typing import Any

import msgspec
from redis.asyncio import Redis

from adserver.adapters.redis_scripts import Call, run
from adserver.serving.avail import ServedBreak
from adserver.serving.frequency import Exposure

# Longer than anybody asks for one avail again: that of a channel for as long as it stands in a window, those
# of a play on demand while it is being opened. What players keep of the answer, they keep themselves.
PLAN_TTL_MS = 3_600_000


class RedisCaps:
    """Implements :class:`adserver.ports.Caps`."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def look(
        self, subject: str, avail_id: str, exposures: Sequence[Exposure], now_ms: int
    ) -> tuple[ServedBreak | None, dict[str, int]]:
        """See the port."""
        keys = _keys(subject, avail_id, exposures)
        windows = [exposure.cap.window_s * 1000 for exposure in exposures]
        plan, *used = await self._run("look", keys, now_ms, *windows)
        if plan:
            return msgspec.msgpack.decode(plan, type=ServedBreak), {}
        return None, {exposure.counter: count for exposure, count in zip(exposures, used, strict=True)}

    async def commit(
        self, subject: str, served: ServedBreak, exposures: Sequence[Exposure], now_ms: int
    ) -> ServedBreak | str:
        """See the port."""
        keys = _keys(subject, served.avail_id, exposures)
        claims = [v for e in exposures for v in (e.fill_id, e.cap.count, e.cap.window_s * 1000)]
        plan = msgspec.msgpack.encode(served)
        word, *found = await self._run("commit", keys, plan, PLAN_TTL_MS, now_ms, *claims)
        if word == b"standing":
            return msgspec.msgpack.decode(found[0], type=ServedBreak)
        return exposures[found[0] - 1].counter if word == b"full" else served

    async def _run(self, script: str, keys: Sequence[str], *args: Any) -> Any:
        (answer,) = await run(self._redis, [Call(script, keys, args)])
        return answer


def _keys(subject: str, avail_id: str, exposures: Sequence[Exposure]) -> list[str]:
    tag = f"{{veh:{subject}}}"
    return [f"{tag}:avail:{avail_id}", *(f"{tag}:caps:{exposure.counter}" for exposure in exposures)]
