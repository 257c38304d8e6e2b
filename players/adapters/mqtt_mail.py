"""What vehicles published by MQTT, handed over vehicle by vehicle, as a WebSocket's messages are.

Those of a vehicle are taken one after the other, and all that came meanwhile together. Vehicles do not wait
for each other, so that what is written of them goes into the same commands.
"""

import logging
from asyncio import TaskGroup
from collections import deque
from collections.abc import Awaitable, Callable

import aiomqtt

VEHICLE_LIMIT = 64
"""Messages of a vehicle that wait while those before them are dealt with."""

ALL_LIMIT = 20_000

_log = logging.getLogger(__name__)


class Mail:
    """Messages by topic.

    Args:
        hear: takes a topic and what came on it, oldest first; never twice at a time for one topic.
        count: told ``dropped`` of each message that gave way to a newer one, and ``failed`` of each time that
            ``hear`` did.
        tasks: what runs it ends with.
    """

    def __init__(
        self, hear: Callable[..., Awaitable[None]], count: Callable[[str], None], tasks: TaskGroup
    ) -> None:
        self._hear = hear
        self._count = count
        self._tasks = tasks
        self._waiting: dict[str, deque[bytes]] = {}
        self._size = 0

    def put(self, topic: str, payload: bytes) -> None:
        """Take a message; where too many wait the vehicle's oldest is given up: the newest tells most."""
        waiting = self._waiting.get(topic)
        if waiting is None:
            waiting = self._waiting[topic] = deque()
            self._tasks.create_task(self._deliver(topic, waiting))
        waiting.append(payload)
        self._size += 1
        if len(waiting) > VEHICLE_LIMIT or self._size > ALL_LIMIT:
            waiting.popleft()
            self._size -= 1
            self._count("dropped")

    async def _deliver(self, topic: str, waiting: deque[bytes]) -> None:
        try:
            while waiting:
                taken = tuple(waiting)
                waiting.clear()
                self._size -= len(taken)
                await self._hand_over(topic, taken)
        finally:
            del self._waiting[topic]

    async def _hand_over(self, topic: str, taken: tuple[bytes, ...]) -> None:
        try:
            await self._hear(topic, *taken)
        except aiomqtt.MqttError:
            raise
        except Exception:
            # One vehicle's: what is not known of it counts as moving soon enough, and the others are heard.
            self._count("failed")
            _log.exception("messages of a vehicle by MQTT could not be dealt with")
