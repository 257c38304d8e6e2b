"""Imports of extracts in Redis: they are of a day, and told by one process while another asks."""

from typing import cast

import msgspec
from redis import Redis

from geotarget.extract import KEPT_MS, ExtractImport

_RECENT = "{extracts}"
_RECENT_LIMIT = 20
_decode = msgspec.json.Decoder(ExtractImport).decode


class RedisExtractImports:
    """Implements ``ports.ExtractImports``.

    Args:
        redis: a synchronous client; the verbs run in threads.
    """

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis

    def save(self, one: ExtractImport) -> None:
        """See ``ports.ExtractImports.save``."""
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.set(_key(one.import_id), msgspec.json.encode(one), px=KEPT_MS)
            pipe.zadd(_RECENT, {one.import_id: one.created_ms})
            pipe.zremrangebyrank(_RECENT, 0, -_RECENT_LIMIT - 1)
            pipe.pexpire(_RECENT, KEPT_MS)
            pipe.execute()

    def find(self, import_id: str) -> ExtractImport | None:
        """See ``ports.ExtractImports.find``."""
        kept = self._redis.get(_key(import_id))
        return None if kept is None else _decode(kept)

    def recent(self) -> list[ExtractImport]:
        """See ``ports.ExtractImports.recent``."""
        ids = cast("list[bytes]", self._redis.zrevrange(_RECENT, 0, -1))
        found = self._redis.mget([_key(one.decode()) for one in ids]) if ids else []
        return [_decode(kept) for kept in found if kept is not None]


def _key(import_id: str) -> str:
    return f"{{extract:{import_id}}}"
