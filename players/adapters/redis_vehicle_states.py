"""Vehicle states in Redis: ``{veh:<id>}:state``, MessagePack, without a position."""

import hashlib
import logging
from collections.abc import Sequence
from pathlib import Path

import msgspec
from redis.asyncio import Redis
from redis.exceptions import NoScriptError, RedisError

from players.adapters import redis_keys
from players.adapters.batched_reads import BatchedReads
from players.adapters.batches import Batches
from players.adapters.redis_push import LOOK, Placed, placed
from players.adapters.redis_revocations import any_since
from players.feed import vehicle_state
from players.feed.consent import GRACE_MS
from players.feed.feed import Place, Swapped
from players.feed.vehicle_state import UNKNOWN, VehicleState
from players.ports import Notice

STATE_TTL_MS = 3_600_000
"""Long after everything in it has gone stale; a vehicle that was silent so long starts afresh."""

SWITCH_TTL_MS = STATE_TTL_MS
"""Screens look within seconds; a car that is silent for long finds at its return what they recorded."""

WRITES_LIMIT = 128
"""Vehicles of a command; more would hold up the process while it reads what came of them."""

PLACES_LIMIT = 10_000
PLACES_EVERY_S = 0.04
"""Ads do not need to know sooner where a car is."""

_SWAP = (Path(__file__).parent / "lua" / "swap_state.lua").read_text()
_WRITTEN, _TOLD = Swapped(), Swapped(told=True)

_log = logging.getLogger(__name__)
_Swap = tuple[bytes | int | str, ...]
"""The keys and arguments of the script."""


class RedisVehicleStates:
    """Implements :class:`players.ports.VehicleStates`.

    Args:
        redis: for what is written. It gives up a connection that does not answer, and may then ask again: a
            command carries many vehicles, and where some hang others wait for them.
        reads: for what every segment asks.
    """

    def __init__(self, redis: Redis, reads: BatchedReads | None = None) -> None:
        self._redis = redis
        self._read = reads or BatchedReads(redis)
        self._script = redis.register_script(_SWAP)
        self._swap = Batches(self._swap_all, WRITES_LIMIT)
        self._claim = Batches(self._claim_all, WRITES_LIMIT)
        self._tell = Batches(self._tell_all, PLACES_LIMIT, PLACES_EVERY_S)

    async def read(self, vehicle_id: str) -> VehicleState:
        """See the port."""
        (kept,) = await self._read([redis_keys.state(vehicle_id)])
        return vehicle_state.decode(kept)

    async def leased(self, vehicle_id: str, since_ms: int) -> VehicleState:
        """See the port."""
        kept, marks = await self._read([redis_keys.state(vehicle_id), redis_keys.revoked(vehicle_id)])
        return UNKNOWN if any_since(marks, since_ms) else vehicle_state.decode(kept)

    async def swap(
        self,
        vehicle_id: str,
        before: VehicleState,
        after: VehicleState,
        *,
        announce: bool,
        place: Place | None = None,
    ) -> Swapped:
        """See the port; what another version of this program left counts as nothing, and is replaced."""
        written = b"" if after is before else after.encode()
        new: _Swap = (
            written,
            STATE_TTL_MS,
            redis_keys.channel(vehicle_id) if announce else "",
            msgspec.msgpack.encode(Notice("state", data=written)) if announce else b"",
            place.opened_ms - GRACE_MS if place else "",
        )
        keys = redis_keys.state(vehicle_id), redis_keys.private(vehicle_id)
        kept = await self._swap((*keys, b"" if before == UNKNOWN else before.encode(), *new))
        if kept and isinstance(kept, bytes) and before == UNKNOWN and vehicle_state.is_foreign(kept):
            kept = await self._swap((*keys, kept, *new))
        if isinstance(kept, bytes):
            return Swapped(vehicle_state.decode(kept))
        if not (kept and place):
            return _WRITTEN
        self._tell(Placed(vehicle_id, place.location, place.at_ms))
        return _TOLD

    async def _swap_all(self, asked: Sequence[_Swap]) -> list[bytes | int | Exception]:
        """The script for each, in one round trip: each has the slot of its vehicle, and fails by itself."""
        found = await self._run(asked)
        unknown = [place for place, one in enumerate(found) if isinstance(one, NoScriptError)]
        if unknown:
            await self._redis.script_load(_SWAP)
            again = await self._run([asked[place] for place in unknown])
            for place, one in zip(unknown, again, strict=True):
                found[place] = one
        return found

    async def _run(self, asked: Sequence[_Swap]) -> list[bytes | int | Exception]:
        async with self._redis.pipeline(transaction=False) as pipe:
            for one in asked:
                pipe.evalsha(self._script.sha, 2, *one)
            return await pipe.execute(raise_on_error=False)

    async def _tell_all(self, places: Sequence[Placed]) -> Sequence[None]:
        """Tell every process, as well as it goes: the next position comes soon."""
        try:
            await self._redis.publish(redis_keys.POSITIONS, placed(places))
        except RedisError as problem:
            _log.warning("positions are not told: %s", problem)
        return [None] * len(places)

    async def forget(self, vehicle_id: str) -> None:
        """See the port."""
        await self._redis.delete(redis_keys.state(vehicle_id))
        await self._redis.publish(redis_keys.channel(vehicle_id), LOOK)

    async def claim_switch(self, vehicle_id: str, state: VehicleState, rule: str) -> bool:
        """See the port."""
        mark = hashlib.blake2b(state.encode() + rule.encode(), digest_size=12).hexdigest()
        return await self._claim(redis_keys.switch(vehicle_id, mark))

    async def _claim_all(self, keys: Sequence[str]) -> list[bool]:
        """Together, as thousands fall silent at once where a network fails."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for key in keys:
                pipe.set(key, b"1", px=SWITCH_TTL_MS, nx=True)
            return [bool(claimed) for claimed in await pipe.execute()]
