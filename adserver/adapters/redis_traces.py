"""Traces of decisions in Redis, for some days and never more than some, in one slot.

``{traces-2}:<id>`` holds one, packed; ``{traces-2}:newest``, and ``{traces-2}:of:<advertiser>`` for those
with a line item of its, are sorted by when they were decided. (Those of the first form, ``{traces}:…``, held
distances and are read no more; Redis drops them when their days are over.)
"""

import logging
import zlib
from typing import Any

import msgspec
from redis.asyncio import Redis

from adserver.serving.trace import Trace

KEPT_LIMIT = 2_000
OF_ONE_LIMIT = 200
_DAY_MS = 86_400_000
_NEWEST = "{traces-2}:newest"
_UNPACKED_LIMIT_BYTES = 8_000_000

_log = logging.getLogger(__name__)


class RedisTraces:
    """Implements :class:`adserver.ports.Traces`.

    Args:
        redis: where.
        kept_days: for how long.
    """

    def __init__(self, redis: Redis, kept_days: int) -> None:
        self._redis = redis
        self._kept_ms = kept_days * _DAY_MS

    async def keep(self, trace: Trace) -> None:
        """See the port."""
        packed = zlib.compress(msgspec.msgpack.encode(trace), 1)
        old_ms = trace.decided_ms - self._kept_ms
        lists = [(_NEWEST, KEPT_LIMIT)]
        lists += [(_of(one), OF_ONE_LIMIT) for one in sorted({v.advertiser_id for v in trace.verdicts})]
        pipe = self._redis.pipeline(transaction=False)
        pipe.zrange(_NEWEST, 0, -KEPT_LIMIT)
        pipe.set(_key(trace.trace_id), packed, px=self._kept_ms)
        for name, limit in lists:
            pipe.zadd(name, {trace.trace_id: trace.decided_ms})
            pipe.zremrangebyscore(name, "-inf", old_ms)
            pipe.zremrangebyrank(name, 0, -limit - 1)
            pipe.pexpire(name, self._kept_ms)
        too_many, *_ = await pipe.execute()
        surplus = [_key(one.decode()) for one in too_many if one.decode() != trace.trace_id]
        if surplus:
            await self._redis.unlink(*surplus)

    async def find(self, trace_id: str) -> Trace | None:
        """See the port."""
        return _unpacked(await self._redis.get(_key(trace_id)))

    async def newest(self, advertiser_id: str | None, limit: int) -> list[Trace]:
        """See the port."""
        name = _NEWEST if advertiser_id is None else _of(advertiser_id)
        ids: Any = await self._redis.zrevrange(name, 0, limit - 1)
        if not ids:
            return []
        found = await self._redis.mget([_key(one.decode()) for one in ids])
        return [trace for packed in found if (trace := _unpacked(packed))]


def _unpacked(packed: Any) -> Trace | None:
    """It, or None where it is gone, or was written by a version that knew other things of decisions."""
    if packed is None:
        return None
    try:
        raw = zlib.decompressobj().decompress(packed, _UNPACKED_LIMIT_BYTES)
        return msgspec.msgpack.decode(raw, type=Trace)
    except (zlib.error, msgspec.MsgspecError):
        _log.warning("the trace of a decision cannot be read")
        return None


def _key(trace_id: str) -> str:
    return f"{{traces-2}}:{trace_id}"


def _of(advertiser_id: str) -> str:
    return f"{{traces-2}}:of:{advertiser_id}"
