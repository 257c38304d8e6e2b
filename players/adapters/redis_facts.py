"""What vehicles uploaded after gaps, in Redis: ``{veh:<id>}:facts``, by path ``<ms>|<MessagePack>``."""

from collections.abc import Mapping
from pathlib import Path
from typing import cast

import msgspec
from redis.asyncio import Redis

from players.adapters import redis_keys
from players.feed.acceptance import Reading

FACTS_TTL_MS = 7 * 86_400_000
"""As long as how full it was may still interest anyone."""

_KEEP = (Path(__file__).parent / "lua" / "keep_facts.lua").read_text()
_READING = msgspec.msgpack.Decoder(Reading)


class RedisFacts:
    """Implements :class:`players.ports.VehicleFacts`."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._keep = redis.register_script(_KEEP)

    async def read(self, vehicle_id: str) -> dict[str, Reading]:
        """See the port; what another version of this program left counts as nothing."""
        kept = cast("dict[bytes, bytes]", await self._redis.hgetall(redis_keys.facts(vehicle_id)))
        found: dict[str, Reading] = {}
        for path, text in kept.items():
            try:
                found[path.decode()] = _READING.decode(text.partition(b"|")[2])
            except msgspec.DecodeError:
                continue
        return found

    async def keep(self, vehicle_id: str, facts: Mapping[str, Reading]) -> None:
        """See the port."""
        told = [
            part
            for path, one in facts.items()
            for part in (path, one.vehicle_ms, b"%d|%b" % (one.vehicle_ms, msgspec.msgpack.encode(one)))
        ]
        await self._keep(keys=[redis_keys.facts(vehicle_id)], args=[FACTS_TTL_MS, *told])

    async def forget(self, vehicle_id: str) -> None:
        """See the port."""
        await self._redis.delete(redis_keys.facts(vehicle_id))
