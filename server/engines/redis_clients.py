"""Redis clients for asyncio whose commands hiredis packs: redis-py does that for threads, and here in Python.

Half of what a command costs us is to pack its arguments; one that reads for many has dozens.
"""

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


def client(url: str, pool: type[ConnectionPool] = ConnectionPool, **options: Any) -> Redis:
    """A client by URL; the URL's own options win."""
    found: dict[str, Any] = {**options, **parse_url(url)}
    kind = found.pop("connection_class", Connection)
    return Redis.from_pool(pool(connection_class=_KINDS[kind], **found))
