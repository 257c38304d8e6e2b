"""What was asked of an address search, in Redis: every process asks the same provider."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
from redis.asyncio import Redis

from geotarget.address import ASKED_LIMIT, ASKED_WINDOW_S, KEPT_S, WAIT_LIMIT_S, FoundAddress, TooOften
from geotarget.place_file import fold

_TAKE_TURN = (Path(__file__).parent / "lua" / "take_turn.lua").read_text()
_TURN = "{address}:turn"
_decode = msgspec.json.Decoder(list[FoundAddress]).decode


@dataclass(frozen=True)
class RedisAddresses:
    """Implements ``ports.AddressesAsked``.

    Args:
        every_ms: how long after a question the provider may be asked the next.
        of: the provider's address: another's answers are others.
    """

    redis: Redis
    every_ms: int
    of: str

    async def find(self, text: str, language: str) -> list[FoundAddress] | None:
        """See ``ports.AddressesAsked.find``; case and accents make no difference."""
        kept = await self.redis.get(self._key(text, language))
        return None if kept is None else _decode(kept)

    async def keep(self, text: str, language: str, found: Sequence[FoundAddress]) -> None:
        """See ``ports.AddressesAsked.keep``."""
        await self.redis.set(self._key(text, language), msgspec.json.encode(found), ex=KEPT_S)

    async def count(self, account_id: str) -> TooOften | None:
        """See ``ports.AddressesAsked.count``: a fixed window for each account."""
        name = f"{{address:asked:{account_id}}}"
        async with self.redis.pipeline(transaction=True) as pipe:
            pipe.set(name, 0, ex=ASKED_WINDOW_S, nx=True)
            pipe.incr(name)
            pipe.ttl(name)
            _, count, left_s = await pipe.execute()
        return TooOften(max(int(left_s), 1)) if int(count) > ASKED_LIMIT else None

    async def turn(self) -> TooOften | None:
        """See ``ports.AddressesAsked.turn``: turns follow each other, ``every_ms`` apart."""
        if not self.every_ms:
            return None
        wait_ms = int(await self.redis.eval(_TAKE_TURN, 1, _TURN, self.every_ms, int(WAIT_LIMIT_S * 1000)))
        if wait_ms < 0:
            return TooOften(max(-wait_ms // 1000, 1))
        await asyncio.sleep(wait_ms / 1000)
        return None

    def _key(self, text: str, language: str) -> str:
        digest = hashlib.sha256("\0".join((self.of, language, fold(text))).encode()).hexdigest()[:32]
        return f"{{address:{digest}}}"
