"""A way to the service through a tunnel: it can be cut as a road cuts it, and nobody is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit


class Tunnel:
    """Forwards connections.

    What was open when it is cut stays so for ever and carries nothing any more, as when a modem has got
    another address; what is opened meanwhile waits for the end of the tunnel.
    """

    def __init__(self, upstream: str) -> None:
        parts = urlsplit(upstream)
        self._host, self._port = parts.hostname, parts.port
        self._cuts = 0
        self._clear = asyncio.Event()
        self._clear.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.url = ""

    def enter(self) -> None:
        """From now on nothing comes through."""
        self._cuts += 1
        self._clear.clear()

    def leave(self) -> None:
        """New connections come through again."""
        self._clear.set()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until either side ends it."""
        await self._clear.wait()
        cuts = self._cuts
        from_server, to_server = await asyncio.open_connection(self._host, self._port)
        ways = [self._pump(reader, to_server, cuts), self._pump(from_server, writer, cuts)]
        self._tasks |= {asyncio.create_task(one) for one in ways}

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, cuts: int) -> None:
        try:
            while data := await reader.read(65_536):
                if cuts != self._cuts:
                    await asyncio.Event().wait()
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    def end(self) -> None:
        """Close everything."""
        for one in self._tasks:
            one.cancel()


@asynccontextmanager
async def tunnel(upstream: str) -> AsyncIterator[Tunnel]:
    """A tunnel before ``upstream`` while this is entered; clear at first."""
    found = Tunnel(upstream)
    server = await asyncio.start_server(found.carry, "127.0.0.1", 0)
    found.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield found
    finally:
        server.close()
        found.end()
