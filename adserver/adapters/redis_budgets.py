"""Budgets and reservations in Redis: sixteen shards, each script within the slot of one.

A shard's keys: ``{b<n>}:budgets`` (hash: ``<line item>:budget|remaining|reserved|spent``, how many were
``shown|completes|taps|redemptions``, how many claims are ``held``, the ``goal`` where it is kept to the unit,
and by its pacing ``pass|plan|plenty`` in millionths and ``paced-shown|paced-at``), ``{b<n>}:claims`` (hash:
fill → ``state|price|events counted|line item``, and more beside it: see the scripts), ``{b<n>}:due`` (sorted
set: when a claim expires, or is forgotten), ``{b<n>}:ledger`` (stream of recorded events), ``{b<n>}:refused``
(stream of those that cannot be posted) and ``{b<n>}:owing`` (set of line items of which something is owed);
beside them ``{b<n>}:reach:<line item>`` (HyperLogLog of the vehicles that were shown it, by their pseudonyms
there) and ``{b<n>}:owed:<line item>`` (sorted set of beacons that are owed, by the times of their events).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from redis.asyncio import Redis

from adserver.adapters.redis_events import (
    owed_key,
    owing_key,
    reach_key,
    record_args,
    record_keys,
    remembered_ms,
    shard_keys,
)
from adserver.adapters.redis_scripts import Call, run
from adserver.billing.budget import (
    COUNTERS,
    COUPON_REMEMBERED_MS,
    REMEMBERED_MS,
    SHARDS,
    Balance,
    Claim,
    Hold,
    Outcome,
    Pass,
    Reservation,
    Standing,
    edit_claim,
    shard,
)
from adserver.billing.impression import (
    BEACON_TTL_MS,
    SHOWN,
    Beacon,
    CountedFill,
    Event,
    EventKind,
    Told,
)
from adserver.booking.campaign import LineItem
from adserver.booking.terms import NOTHING, PPM, Delivered, GoalUnit, Pacing

_SWEEP = 500
_OWED_AT_ONCE = 100
_TURN_MS = 3_600_000
_PACE = ("pass", "plan", "plenty", "paced-shown", "paced-at")
"""As in :class:`Pass`; what was paced by an earlier version has the first two alone."""
_PARTS = ("budget", "remaining", "reserved", "spent")
_BIT = {kind: 1 << place for place, kind in enumerate(EventKind)}
_EXPIRY_BITS = (
    _BIT[EventKind.PLANNED],
    _BIT[EventKind.CARD_PLANNED],
    _BIT[EventKind.EXPIRED],
    sum(_BIT[kind] for kind in SHOWN),
    _BIT[EventKind.COUPON_SAVED],
)
_STOPPED = _BIT[EventKind.SKIP] + _BIT[EventKind.ERROR]


class RedisBudgets:
    """Implements :class:`adserver.ports.Budgets`."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def open(
        self,
        item: LineItem,
        *,
        spent_micros: int,
        counted: Iterable[CountedFill],
        now_ms: int,
        delivered: Delivered = NOTHING,
    ) -> bool:
        """See the port."""
        args = (item.line_item_id, item.budget_micros, spent_micros, *_numbers(delivered), item.exact_goal)
        keys = shard_keys(shard(item.line_item_id))[:3]
        return bool(await self._run("open", keys, *args, *_fills(counted, now_ms)))

    async def repair(
        self,
        line_item_id: str,
        *,
        spent_micros: int,
        counted: Iterable[CountedFill],
        now_ms: int,
        delivered: Delivered = NOTHING,
    ) -> int:
        """See the port."""
        args = (line_item_id, spent_micros, *_numbers(delivered))
        keys = shard_keys(shard(line_item_id))[:3]
        return int(await self._run("repair", keys, *args, *_fills(counted, now_ms)))

    async def rebudget(self, item: LineItem, revision: int) -> bool:
        """See the port."""
        keys = shard_keys(shard(item.line_item_id))[:3]
        held = edit_claim(item.line_item_id, revision)
        args = (item.line_item_id, item.budget_micros, revision, held, item.exact_goal)
        return bool(await self._run("rebudget", keys, *args))

    async def close(self, line_item_id: str) -> bool:
        """See the port."""
        return bool(await self._run("close", shard_keys(shard(line_item_id))[:1], line_item_id))

    async def balances(self, line_item_ids: Sequence[str]) -> dict[str, Balance]:
        """See the port."""
        found = await self._read([(line_item_id, _PARTS) for line_item_id in line_item_ids])
        return {
            line_item_id: Balance(*map(int, numbers))
            for line_item_id, numbers in found.items()
            if None not in numbers
        }

    async def reach(self, line_item_id: str) -> int:
        """See the port."""
        return int(await self._redis.pfcount(reach_key(line_item_id)))

    async def standing(self, items: Sequence[LineItem]) -> Standing:
        """See the port."""
        by_shard: dict[int, list[tuple[str, tuple[str, ...]]]] = {}
        for item in items:
            number, fields = _asked(item.line_item_id, item.goal.unit, item.pacing)
            by_shard.setdefault(number, []).append((item.line_item_id, fields))
        pipe = self._redis.pipeline(transaction=False)
        for number, some in by_shard.items():
            pipe.hmget(shard_keys(number)[0], [field for _, fields in some for field in fields])
        found = Standing()
        for some, values in zip(by_shard.values(), await pipe.execute(), strict=True):
            told = iter(values)
            for line_item_id, fields in some:
                _take(found, line_item_id, fields, told)
        return found

    async def delivered(self, line_item_ids: Sequence[str]) -> dict[str, Delivered]:
        """See the port."""
        wanted = [(line_item_id, ("spent", *COUNTERS.values())) for line_item_id in line_item_ids]
        found = {}
        for line_item_id, numbers in (await self._read(wanted)).items():
            spent, shown, completes, taps, redemptions = (int(number or 0) for number in numbers)
            found[line_item_id] = Delivered(spent, shown, 0, completes, taps, redemptions)
        return found

    async def pace(self, paces: Mapping[str, Pass]) -> None:
        """See the port."""
        pipe = self._redis.pipeline(transaction=False)
        for line_item_id, one in paces.items():
            parts: dict[Any, Any] = dict(zip(_PACE, msgspec.structs.astuple(one), strict=True))
            fields: dict[Any, Any] = {f"{line_item_id}:{part}": number for part, number in parts.items()}
            pipe.hset(shard_keys(shard(line_item_id))[0], mapping=fields)
        await pipe.execute()

    async def pacing_turn(self, minute: int) -> bool:
        """See the port."""
        return bool(await self._redis.set(f"pacing:{minute}", 1, nx=True, px=_TURN_MS))

    async def paces(self, line_item_ids: Sequence[str]) -> dict[str, Pass]:
        """See the port."""
        found = await self._read([(line_item_id, _PACE) for line_item_id in line_item_ids])
        return {
            line_item_id: Pass(*(int(number) for number in numbers if number is not None))
            for line_item_id, numbers in found.items()
            if None not in numbers[:2]
        }

    async def _read(self, wanted: Sequence[tuple[str, Sequence[str]]]) -> dict[str, list[Any]]:
        """Some counters of each line item, None where missing: one command a shard, one round trip in all."""
        by_shard: dict[int, list[tuple[str, Sequence[str]]]] = {}
        for one in wanted:
            by_shard.setdefault(shard(one[0]), []).append(one)
        pipe = self._redis.pipeline(transaction=False)
        for number, some in by_shard.items():
            pipe.hmget(
                shard_keys(number)[0],
                [f"{line_item_id}:{part}" for line_item_id, parts in some for part in parts],
            )
        found = {}
        for some, values in zip(by_shard.values(), await pipe.execute(), strict=True):
            place = 0
            for line_item_id, parts in some:
                found[line_item_id] = values[place : place + len(parts)]
                place += len(parts)
        return found

    async def reserve(self, claims: Sequence[Reservation], now_ms: int) -> list[Claim]:
        """See the port."""
        return [Claim(claim.decode()) for claim in await run(self._redis, reserving(claims, now_ms))]

    async def hold(self, holds: Sequence[Hold]) -> list[Claim]:
        """See the port."""
        calls = [
            Call(
                "hold",
                shard_keys(shard(one.line_item_id))[:3],
                (one.line_item_id, one.fill_id, one.price_micros, one.until_ms),
            )
            for one in holds
        ]
        return [Claim(claim.decode()) for claim in await run(self._redis, calls)]

    async def release(self, claims: Sequence[Reservation]) -> None:
        """See the port."""
        await run(
            self._redis,
            [
                Call("release", shard_keys(shard(claim.line_item_id))[:3], (claim.fill_id,))
                for claim in claims
            ],
        )

    async def record(self, told: Sequence[Told], now_ms: int) -> list[Outcome]:
        """See the port."""
        calls = [Call("record", record_keys(one), record_args(one, now_ms)) for one in told]
        return [Outcome(outcome.decode()) for outcome in await run(self._redis, calls)]

    async def owed(self, now_ms: int) -> list[Told]:
        """See the port."""
        pipe = self._redis.pipeline(transaction=False)
        for number in range(SHARDS):
            pipe.smembers(owing_key(number))
        items = [item.decode() for some in await pipe.execute() for item in some]
        calls = []
        for line_item_id in items:
            number = shard(line_item_id)
            keys = (shard_keys(number)[0], owed_key(line_item_id), owing_key(number))
            calls.append(Call("owed", keys, (line_item_id, now_ms - BEACON_TTL_MS, _OWED_AT_ONCE)))
        found = await run(self._redis, calls)
        return [
            Told(beacon, beacon.billed_by, int(at_ms))
            for some in found
            for packed, at_ms in zip(some[::2], some[1::2], strict=True)
            for beacon in [msgspec.msgpack.decode(packed, type=Beacon)]
        ]

    async def expire(self, now_ms: int) -> int:
        """See the port."""
        released = 0
        for number in range(SHARDS):
            swept = _SWEEP
            while swept == _SWEEP:
                coupons_ms = now_ms + COUPON_REMEMBERED_MS
                args = (now_ms, _SWEEP, now_ms + REMEMBERED_MS, *_EXPIRY_BITS, coupons_ms)
                swept, freed = await self._run("expire", shard_keys(number), *args)
                released += freed
        return released

    async def events(self, limit: int) -> list[tuple[bytes, bytes, Event]]:
        """See the port."""
        streams = [shard_keys(number)[3] for number in range(SHARDS)]
        pipe = self._redis.pipeline(transaction=False)
        for stream in streams:
            pipe.xlen(stream)
        waiting = [stream for stream, length in zip(streams, await pipe.execute(), strict=True) if length]
        pipe = self._redis.pipeline(transaction=False)
        for stream in waiting:
            pipe.xrange(stream, count=-(-limit // len(waiting)))
        found, unreadable = [], []
        for stream, entries in zip(waiting, await pipe.execute(), strict=True):
            for position, fields in entries:
                try:
                    event = msgspec.msgpack.decode(fields[b"e"], type=Event)
                    found.append((stream.encode(), position, event))
                except (KeyError, msgspec.MsgspecError):
                    unreadable.append((stream.encode(), position))
        if unreadable:
            await self.set_aside(unreadable)
            return found[:limit] or await self.events(limit)
        return found[:limit]

    async def posted(self, positions: Sequence[tuple[bytes, bytes]]) -> None:
        """See the port."""
        by_stream: dict[bytes, list[bytes]] = {}
        for stream, position in positions:
            by_stream.setdefault(stream, []).append(position)
        pipe = self._redis.pipeline(transaction=False)
        for stream, ids in by_stream.items():
            pipe.xdel(stream, *ids)
        await pipe.execute()

    async def set_aside(self, positions: Sequence[tuple[bytes, bytes]]) -> None:
        """See the port."""
        for stream, position in positions:
            standing: Any = await self._redis.xrange(stream, position, position)
            for _, fields in standing:
                pipe = self._redis.pipeline(transaction=True)
                pipe.xadd(stream.replace(b":ledger", b":refused"), fields)
                pipe.xdel(stream, position)
                await pipe.execute()

    async def _run(self, script: str, keys: Sequence[str], *args: Any) -> Any:
        (answer,) = await run(self._redis, [Call(script, keys, args)])
        return answer


def reserving(claims: Sequence[Reservation], now_ms: int) -> list[Call]:
    """The calls by which they are claimed."""
    calls = []
    for claim in claims:
        price, expires_ms = claim.price_micros, claim.expires_ms(now_ms)
        args = (claim.line_item_id, claim.fill_id, price, expires_ms, claim.goal, claim.unit, _STOPPED)
        calls.append(Call("reserve", shard_keys(shard(claim.line_item_id))[:3], args))
    return calls


@lru_cache(maxsize=1 << 16)
def _asked(line_item_id: str, unit: GoalUnit, pacing: Pacing) -> tuple[int, tuple[str, ...]]:
    """The shard of a line item, and what a decision wants to know of it, and no more."""
    done = () if unit is GoalUnit.SPEND else (f"{line_item_id}:{COUNTERS[unit]}",)
    passed = () if pacing is Pacing.FAST else (f"{line_item_id}:pass",)
    return shard(line_item_id), (f"{line_item_id}:remaining", *passed, *done)


def _take(found: Standing, line_item_id: str, fields: Sequence[str], told: Iterator[Any]) -> None:
    """What was told of one line item, its fields in their order."""
    for field in fields:
        number = next(told)
        if number is None:
            continue
        if field.endswith(":remaining"):
            found.remaining_micros[line_item_id] = int(number)
        elif not field.endswith(":pass"):
            found.done[line_item_id] = int(number)
        elif (passed := int(number)) < PPM:
            found.passes[line_item_id] = passed


def _numbers(delivered: Delivered) -> tuple[int, ...]:
    return tuple(delivered.of(unit) for unit in COUNTERS)


def _fills(counted: Iterable[CountedFill], now_ms: int) -> list[Any]:
    """Each as four arguments."""
    found: list[Any] = []
    for fill in counted:
        bits = sum(_BIT[kind] for kind in fill.kinds)
        found += (fill.fill_id, fill.billed_micros, bits, now_ms + remembered_ms(*fill.kinds))
    return found
