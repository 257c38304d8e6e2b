"""Redis clients for asyncio whose commands hiredis packs: redis-py does that for threads, and here in Python.

Half of what a command costs us is to pack its arguments; one that reads for many has dozens.
"""

import asyncio
from collections.abc import Iterable
from typing import Any

import hiredis
from redis.asyncio import Redis
from redis.asyncio.connection import (
    AbstractConnection,
    Connection,
    ConnectionPool,
    SSLConnection,
    UnixDomainSocketConnection,
    parse_url,
)
from redis.exceptions import TimeoutError as RedisTimeout
from redis.typing import EncodableT


class _Packed(AbstractConnection):
    def pack_command(self, *args: EncodableT) -> list[bytes]:
        """See the base class; a name of several words is as many arguments."""
        name = args[0].split() if isinstance(args[0], (str, bytes)) else args[:1]
        return [hiredis.pack_command((*name, *args[1:]))]

    def pack_commands(self, commands: Iterable[Iterable[EncodableT]]) -> list[bytes]:
        """See the base class."""
        return [b"".join([packed for one in commands for packed in self.pack_command(*one)])]


class _Tcp(_Packed, Connection):
    pass


class _Tls(_Packed, SSLConnection):
    pass


class _Unix(_Packed, UnixDomainSocketConnection):
    pass


_KINDS: dict[type[AbstractConnection], type[AbstractConnection]] = {
    Connection: _Tcp,
    SSLConnection: _Tls,
    UnixDomainSocketConnection: _Unix,
}


class Impatient(Redis):
    """A client for what is of no use later: all tries of a command together end by :attr:`patience_s`."""

    patience_s = 1.0
    """Twice that is about a segment: what the quick way gives up is asked for once more, and told of then."""

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """See the base class.

        Raises:
            redis.TimeoutError: when the time is over.
        """
        try:
            async with asyncio.timeout(self.patience_s):
                return await super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
        except TimeoutError:
            raise RedisTimeout("Redis did not answer in time") from None


def client(
    url: str, pool: type[ConnectionPool] = ConnectionPool, kind: type[Redis] = Redis, **options: Any
) -> Redis:
    """A client by URL; the URL's own options win."""
    found: dict[str, Any] = {**options, **parse_url(url)}
    connection = found.pop("connection_class", Connection)
    return kind.from_pool(pool(connection_class=_KINDS[connection], **found))
