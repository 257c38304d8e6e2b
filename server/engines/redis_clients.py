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
    """A client for what is of no use later: all tries of a command together end by :attr:`patience_s`.

    It is counted in turns of the loop's own clock: where the loop itself stood still, which is no fault of
    Redis, that costs one of them, and the answer that came meanwhile is still taken.
    """

    patience_s, turns = 1.0, 4
    """Twice that is about a segment: what the quick way gives up is asked for once more, and told of then."""

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """See the base class.

        Raises:
            redis.TimeoutError: when the time is over.
        """
        loop, turn_s = asyncio.get_running_loop(), self.patience_s / self.turns
        left, timer = self.turns, loop.call_later(turn_s, lambda: turn())

        def turn() -> None:
            nonlocal left, timer
            left -= 1
            if left:
                timer = loop.call_later(turn_s, turn)
            else:
                deadline.reschedule(loop.time())

        try:
            async with asyncio.timeout(None) as deadline:
                return await super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
        except TimeoutError:
            raise RedisTimeout("Redis did not answer in time") from None
        finally:
            timer.cancel()


def client(
    url: str, pool: type[ConnectionPool] = ConnectionPool, kind: type[Redis] = Redis, **options: Any
) -> Redis:
    """A client by URL; the URL's own options win."""
    found: dict[str, Any] = {**options, **parse_url(url)}
    connection = found.pop("connection_class", Connection)
    return kind.from_pool(pool(connection_class=_KINDS[connection], **found))
