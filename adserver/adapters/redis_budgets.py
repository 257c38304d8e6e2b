"""Budgets and reservations in Redis: sixteen shards, each script within the slot of one.

A shard's keys: ``{b<n>}:budgets`` (hash: ``<line item>:budget|remaining|reserved|spent``),
``{b<n>}:claims`` (hash: fill → ``state|price|events counted|line item``, and more beside it: see the
scripts), ``{b<n>}:due`` (sorted set: when a claim expires, or is forgotten), ``{b<n>}:ledger``
(stream of recorded events) and ``{b<n>}:refused`` (stream of those that cannot be posted); beside them
``{b<n>}:reach:<line item>`` (HyperLogLog of the vehicles that were shown it, by their pseudonyms there).
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from redis.asyncio import Redis

from adserver.adapters.redis_scripts import Call, run
from adserver.billing.budget import (
    REMEMBERED_MS,
    SENT_TWICE_MS,
    SHARDS,
    Balance,
    Claim,
    Outcome,
    Reservation,
    edit_claim,
    shard,
)
from adserver.billing.impression import ANSWERS, BILLING, OUR_OWN, CountedFill, Event, EventKind, Told
from adserver.booking.campaign import LineItem

_SWEEP = 500
_REACH_KEPT_MS = 800 * 86_400_000
"""From the latest showing on: as long as the longest flight, and some weeks."""
_PARTS = ("budget", "remaining", "reserved", "spent")
_BIT = {kind: 1 << place for place, kind in enumerate(EventKind)}
_BILLED_BITS = sum(_BIT[kind] for kind in BILLING)
_EXPIRY_BITS = _BIT[EventKind.PLANNED], _BIT[EventKind.CARD_PLANNED], _BIT[EventKind.EXPIRED]
_KINDS = ",".join(EventKind)
_ANSWERS = ",".join(ANSWERS)


class RedisBudgets:
    """Implements :class:`adserver.ports.Budgets`."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def open(
        self, item: LineItem, *, spent_micros: int, counted: Iterable[CountedFill], now_ms: int
    ) -> bool:
        """See the port."""
        forget_ms = now_ms + REMEMBERED_MS
        args = (item.line_item_id, item.budget_micros, spent_micros, forget_ms, _BILLED_BITS)
        keys = _keys(shard(item.line_item_id))[:3]
        fills = [fill.fill_id for fill in counted]
        return bool(await self._run("open", keys, *args, *fills))

    async def repair(
        self, line_item_id: str, *, spent_micros: int, counted: Iterable[CountedFill], now_ms: int
    ) -> int:
        """See the port."""
        args = (line_item_id, spent_micros, now_ms + REMEMBERED_MS, _BILLED_BITS)
        fills = [part for fill in counted for part in (fill.fill_id, fill.billed_micros)]
        keys = _keys(shard(line_item_id))[:3]
        return int(await self._run("repair", keys, *args, *fills))

    async def rebudget(self, item: LineItem, revision: int) -> bool:
        """See the port."""
        keys = _keys(shard(item.line_item_id))[:3]
        held = edit_claim(item.line_item_id, revision)
        args = (item.line_item_id, item.budget_micros, revision, held)
        return bool(await self._run("rebudget", keys, *args))

    async def close(self, line_item_id: str) -> bool:
        """See the port."""
        return bool(await self._run("close", _keys(shard(line_item_id))[:1], line_item_id))

    async def balances(self, line_item_ids: Sequence[str]) -> dict[str, Balance]:
        """See the port."""
        found = await self._read(line_item_ids, _PARTS)
        return {line_item_id: Balance(*numbers) for line_item_id, numbers in found.items()}

    async def reach(self, line_item_id: str) -> int:
        """See the port."""
        return int(await self._redis.pfcount(_reach_key(line_item_id)))

    async def remaining(self, line_item_ids: Sequence[str]) -> dict[str, int]:
        """See the port."""
        found = await self._read(line_item_ids, ("remaining",))
        return {line_item_id: numbers[0] for line_item_id, numbers in found.items()}

    async def _read(self, line_item_ids: Sequence[str], parts: Sequence[str]) -> dict[str, list[int]]:
        """Some counters of line items that have them: one command a shard, one round trip in all."""
        by_shard: dict[int, list[str]] = {}
        for line_item_id in line_item_ids:
            by_shard.setdefault(shard(line_item_id), []).append(line_item_id)
        pipe = self._redis.pipeline(transaction=False)
        for number, ids in by_shard.items():
            pipe.hmget(_keys(number)[0], [f"{line_item_id}:{part}" for line_item_id in ids for part in parts])
        found = {}
        for ids, values in zip(by_shard.values(), await pipe.execute(), strict=True):
            for place, line_item_id in enumerate(ids):
                numbers = values[place * len(parts) : (place + 1) * len(parts)]
                if None not in numbers:
                    found[line_item_id] = [int(number) for number in numbers]
        return found

    async def reserve(self, claims: Sequence[Reservation], now_ms: int) -> list[Claim]:
        """See the port."""
        calls = []
        for claim in claims:
            args = (claim.line_item_id, claim.fill_id, claim.price_micros, claim.expires_ms(now_ms))
            calls.append(Call("reserve", _keys(shard(claim.line_item_id))[:3], args))
        return [Claim(claim.decode()) for claim in await run(self._redis, calls)]

    async def release(self, claims: Sequence[Reservation]) -> None:
        """See the port."""
        await run(
            self._redis,
            [Call("release", _keys(shard(claim.line_item_id))[:3], (claim.fill_id,)) for claim in claims],
        )

    async def record(self, told: Sequence[Told], now_ms: int) -> list[Outcome]:
        """See the port."""
        calls = [Call("record", _record_keys(one), _record_args(one, now_ms)) for one in told]
        return [Outcome(outcome.decode()) for outcome in await run(self._redis, calls)]

    async def expire(self, now_ms: int) -> int:
        """See the port."""
        released = 0
        for number in range(SHARDS):
            swept = _SWEEP
            while swept == _SWEEP:
                args = (now_ms, _SWEEP, now_ms + REMEMBERED_MS, *_EXPIRY_BITS)
                swept, freed = await self._run("expire", _keys(number), *args)
                released += freed
        return released

    async def events(self, limit: int) -> list[tuple[bytes, bytes, Event]]:
        """See the port."""
        streams = [_keys(number)[3] for number in range(SHARDS)]
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


def _keys(number: int) -> tuple[str, str, str, str]:
    tag = f"{{b{number}}}"
    return f"{tag}:budgets", f"{tag}:claims", f"{tag}:due", f"{tag}:ledger"


def _reach_key(line_item_id: str) -> str:
    return f"{{b{shard(line_item_id)}}}:reach:{line_item_id}"


def _record_keys(one: Told) -> tuple[str, ...]:
    line_item_id = one.beacon.line_item_id
    return (*_keys(shard(line_item_id)), _reach_key(line_item_id))


def _record_args(one: Told, now_ms: int) -> tuple[Any, ...]:
    beacon, kind = one.beacon, one.kind
    return (
        msgspec.msgpack.encode(_event(one)),
        now_ms + REMEMBERED_MS,
        int(kind is beacon.billed_by),
        0 if kind in OUR_OWN else beacon.from_ms,
        beacon.takes_ms(kind),
        beacon.needs(kind) or "",
        _KINDS,
        SENT_TWICE_MS,
        _ANSWERS,
        beacon.viewer,
        _REACH_KEPT_MS,
        *beacon.implied_by(kind),
    )


def _event(told: Told) -> Event:
    beacon = told.beacon
    return Event(
        fill_id=beacon.fill_id,
        kind=told.kind,
        line_item_id=beacon.line_item_id,
        advertiser_id=beacon.advertiser_id,
        creative_id=beacon.creative_id,
        place_id=beacon.place_id,
        cell=beacon.cell,
        at_ms=told.at_ms,
        billed_micros=beacon.price_micros,
        currency=beacon.currency,
    )
