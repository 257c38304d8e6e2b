"""What is written beside the requests, for which nobody waits."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

EVERY_S = 1.0


async def write_for_ever(
    more: asyncio.Event, flush: Callable[[], Awaitable[None]], log: logging.Logger, failed: str
) -> None:
    """Write about a second after there is something to write.

    Args:
        more: set where there is; ``flush`` clears it.
        flush: writes what is waiting; where it fails, that is logged and the next goes on.
        log: where failures are told.
        failed: what has failed then.
    """
    while True:
        await more.wait()
        await asyncio.sleep(EVERY_S)
        try:
            await flush()
        except Exception:
            log.exception(failed)
