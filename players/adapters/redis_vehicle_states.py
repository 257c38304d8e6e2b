"""Vehicle states in Redis: ``{veh:<id>}:state``, MessagePack, without a position."""

import hashlib
from pathlib import Path

import msgspec
from redis.asyncio import Redis

from players.adapters import redis_keys
from players.adapters.batched_reads import BatchedReads
from players.feed import vehicle_state
from players.feed.vehicle_state import UNKNOWN, VehicleState
from players.ports import Notice

STATE_TTL_MS = 3_600_000
"""Long after everything in it has gone stale; a vehicle that was silent so long starts afresh."""

SWITCH_TTL_MS = STATE_TTL_MS
"""Screens look within seconds; a car that is silent for long finds at its return what they recorded."""

_SWAP = (Path(__file__).parent / "lua" / "swap_state.lua").read_text()
_CHANGED = msgspec.msgpack.encode(Notice("state"))


class RedisVehicleStates:
    """Implements :class:`players.ports.VehicleStates`.

    Args:
        redis: for what is written.
        reads: for what every segment asks.
    """

    def __init__(self, redis: Redis, reads: BatchedReads | None = None) -> None:
        self._redis = redis
        self._read = reads or BatchedReads(redis)
        self._swap = redis.register_script(_SWAP)

    async def read(self, vehicle_id: str) -> VehicleState:
        """See the port."""
        (kept,) = await self._read([redis_keys.state(vehicle_id)])
        return vehicle_state.decode(kept)

    async def swap(
        self, vehicle_id: str, before: VehicleState, after: VehicleState, *, announce: bool
    ) -> VehicleState | None:
        """See the port; what another version of this program left counts as nothing, and is replaced."""
        channel = redis_keys.channel(vehicle_id) if announce else ""
        new: list[bytes | int | str] = [after.encode(), STATE_TTL_MS, channel, _CHANGED]
        keys = [redis_keys.state(vehicle_id)]
        kept = await self._swap(keys=keys, args=[b"" if before == UNKNOWN else before.encode(), *new])
        if kept and before == UNKNOWN and vehicle_state.is_foreign(kept):
            kept = await self._swap(keys=keys, args=[kept, *new])
        return None if kept is None else vehicle_state.decode(kept)

    async def forget(self, vehicle_id: str) -> None:
        """See the port."""
        await self._redis.delete(redis_keys.state(vehicle_id))
        await self._redis.publish(redis_keys.channel(vehicle_id), _CHANGED)

    async def claim_switch(self, vehicle_id: str, state: VehicleState, rule: str) -> bool:
        """See the port."""
        mark = hashlib.blake2b(state.encode() + rule.encode(), digest_size=12).hexdigest()
        key = redis_keys.switch(vehicle_id, mark)
        return bool(await self._redis.set(key, b"1", px=SWITCH_TTL_MS, nx=True))
