"""The process that hears vehicles by way of the MQTT broker: ``python -m server.mqtt_worker``.

Each ``roadcast run`` with ``ROADCAST_MQTT_URL`` starts one; of all of them one holds the broker at a time.
"""

import asyncio
import os
import signal
import sys
from contextlib import suppress

from server import logs
from server.settings import Settings
from server.supervisor import await_gate


async def work(settings: Settings) -> None:
    """Hear vehicles until told to stop."""
    from server.wiring.house import build

    house = build(settings)
    await house.set_clock()
    starts = house.players.listen, house.players.hear_mqtt, house.keep_time
    tasks = [asyncio.ensure_future(start()) for start in starts]
    for each in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(each, tasks[1].cancel)
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task
        await house.engines.close()


def main() -> int:
    """The exit code."""
    settings = Settings.from_environ(os.environ)
    logs.configure(settings.log_level, beside=True)
    await_gate()
    asyncio.run(work(settings))
    return 0


if __name__ == "__main__":
    sys.exit(main())
