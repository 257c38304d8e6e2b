"""Imports of extracts in Redis: they are of a day, and told by one process while another asks."""

import msgspec
from redis import Redis

from geotarget.extract import KEPT_MS, ExtractImport

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
        self._redis.set(_key(one.import_id), msgspec.json.encode(one), px=KEPT_MS)

    def find(self, import_id: str) -> ExtractImport | None:
        """See ``ports.ExtractImports.find``."""
        kept = self._redis.get(_key(import_id))
        return None if kept is None else _decode(kept)


def _key(import_id: str) -> str:
    return f"{{extract:{import_id}}}"
