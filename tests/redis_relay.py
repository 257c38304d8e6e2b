"""Stands between the product and a real Redis, and falls silent where a test wants it."""

import asyncio
from contextlib import suppress


class Relay:
    """Stands before Redis. Nothing of a silent connection comes through; and of a mute one, no answers."""

    def __init__(self, redis_socket) -> None:
        self.redis_socket = redis_socket
        self.connections = 0
        self.silent: set[int] = set()
        self.mute: set[int] = set()
        self.all_silent = False

    def every(self) -> range:
        """The connections that there are; not those to come."""
        return range(self.connections)

    async def serve(self, reader, writer) -> None:
        number, self.connections = self.connections, self.connections + 1
        redis_reader, redis_writer = await asyncio.open_unix_connection(self.redis_socket)

        async def answers() -> None:
            while told := await redis_reader.read(65536):
                if not (self.all_silent or number in self.silent | self.mute):
                    writer.write(told)

        answering = asyncio.create_task(answers())
        try:
            with suppress(OSError):
                while told := await reader.read(65536):
                    if not (self.all_silent or number in self.silent):
                        redis_writer.write(told)
        finally:
            answering.cancel()
            for one in (redis_writer, writer):
                one.close()
                with suppress(OSError):
                    await one.wait_closed()
