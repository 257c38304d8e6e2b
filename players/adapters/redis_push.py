"""Notices and positions over Redis pub/sub: one subscription a process, fanned out to inboxes."""

import asyncio
import logging
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import msgspec
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from adserver.serving.avail import Location
from players.adapters import redis_keys
from players.feed.vehicle_state import VehicleState
from players.ports import Notice, Positions

INBOX_LIMIT = 64
CONFIRM_LIMIT_S = 5.0
RETRY_S = 0.5
SILENT_S = 2.0
"""After so long without a message Redis is asked whether it is there, and has as long to answer."""

_CLOSING = AttributeError
"""What the client raises for a command on a connection that is being closed: its writer is gone."""

_log = logging.getLogger(__name__)
_LOST = Notice("lost")
_NOTICE = msgspec.msgpack.Decoder(Notice)


class Placed(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Where a vehicle is; None where no process may hold that any more."""

    vehicle_id: str
    location: Location | None
    at_ms: int


def placed(positions: Sequence[Placed]) -> bytes:
    """The message of positions on their channel."""
    return msgspec.msgpack.encode(positions)


LOOK = msgspec.msgpack.encode(Notice("state"))
"""The message of a vehicle of which something has changed that is not told with it."""


_PLACED = msgspec.msgpack.Decoder(list[Placed])


class QueueInbox:
    """Implements :class:`players.ports.Inbox`; when it overflows it says only that something was lost."""

    def __init__(self) -> None:
        self._waiting: deque[Notice] = deque()
        self._news: asyncio.Future[None] | None = None

    def put(self, notice: Notice) -> None:
        """Add a notice; a reader that is too slow must look for itself."""
        if len(self._waiting) >= INBOX_LIMIT:
            self._waiting.clear()
            notice = _LOST
        self._waiting.append(notice)
        if self._news is not None:
            _settle(self._news)

    async def get(self, timeout_s: float) -> Notice | None:
        """See the port; for one reader, that is awake in the next turn of the loop."""
        if not self._waiting:
            loop = asyncio.get_running_loop()
            self._news = loop.create_future()
            timer = loop.call_later(timeout_s, _settle, self._news)
            try:
                await self._news
            finally:
                timer.cancel()
                self._news = None
        return self._waiting.popleft() if self._waiting else None


def _settle(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)


class RedisPush:
    """Implements :class:`players.ports.Push`. :meth:`run` must be running wherever it is listened to.

    Args:
        positions: is told where vehicles are.
    """

    def __init__(self, redis: Redis, positions: Positions) -> None:
        self._redis = redis
        self._positions = positions
        self._inboxes: defaultdict[str, set[QueueInbox]] = defaultdict(set)
        self._confirmed: dict[str, asyncio.Event] = {}
        self._pubsub: PubSub | None = None

    async def publish(self, vehicle_id: str, notice: Notice) -> None:
        """See the port."""
        await self._redis.publish(redis_keys.channel(vehicle_id), msgspec.msgpack.encode(notice))

    def warn(self, vehicle_id: str, state: VehicleState) -> None:
        """See the port; costs next to nothing where nobody listens."""
        channel = redis_keys.channel(vehicle_id)
        if channel in self._inboxes:
            self._hand_out(channel, Notice("warning", data=state.encode()))

    @asynccontextmanager
    async def listen(self, vehicle_id: str) -> AsyncIterator[QueueInbox]:
        """See the port.

        Raises:
            TimeoutError: Redis does not confirm the subscription.
        """
        channel = redis_keys.channel(vehicle_id)
        inbox = QueueInbox()
        self._inboxes[channel].add(inbox)
        try:
            await self._subscribe(channel)
            yield inbox
        finally:
            self._inboxes[channel].discard(inbox)
            if not self._inboxes[channel]:
                del self._inboxes[channel]
                self._confirmed.pop(channel, None)
                await self._unsubscribe(channel)

    async def run(self) -> None:
        """Pass notices on until cancelled; survives the loss of Redis, and says what was missed."""
        while True:
            try:
                async with self._redis.pubsub() as pubsub:
                    await self._hear(pubsub)
            except (RedisConnectionError, RedisTimeoutError):
                _log.warning("notices are not heard; Redis does not answer")
                await asyncio.sleep(RETRY_S)

    async def _hear(self, pubsub: PubSub) -> None:
        await pubsub.subscribe(redis_keys.POSITIONS)
        # From here on who listens subscribes for itself; before, it waited for this.
        self._pubsub = pubsub
        try:
            if self._inboxes:
                await pubsub.subscribe(*self._inboxes)
            await self._pass_on(pubsub)
        finally:
            # Before it is closed: who stops listening meanwhile has nothing to say to it.
            self._pubsub = None

    async def _pass_on(self, pubsub: PubSub) -> None:
        asked = False
        while True:
            message = await pubsub.get_message(timeout=SILENT_S)
            if message is None:
                if asked:
                    # Nothing else would tell: who listens to a connection that has died hears nothing.
                    raise RedisTimeoutError("nothing is heard, not even an answer")
                await pubsub.ping()
                asked = True
                continue
            asked = False
            if message["type"] == "subscribe":
                self._confirm(message["channel"].decode("ascii", "replace"))
            elif message["type"] == "message":
                self._take(message["channel"].decode("ascii", "replace"), message["data"])

    def _take(self, channel: str, data: Any) -> None:
        try:
            if channel == redis_keys.POSITIONS:
                for one in _PLACED.decode(data):
                    if one.location is None:
                        self._positions.forget(one.vehicle_id, one.at_ms)
                    else:
                        self._positions.put(one.vehicle_id, one.location, one.at_ms)
            else:
                self._hand_out(channel, _NOTICE.decode(data))
        except msgspec.DecodeError:
            _log.warning("a message on %s is not ours", channel)

    def _hand_out(self, channel: str, notice: Notice) -> None:
        for inbox in self._inboxes.get(channel, ()):
            inbox.put(notice)

    def _confirmation(self, channel: str) -> asyncio.Event:
        return self._confirmed.setdefault(channel, asyncio.Event())

    def _confirm(self, channel: str) -> None:
        """A second confirmation means that the client has reconnected by itself: notices may be lost."""
        if self._confirmation(channel).is_set():
            self._hand_out(channel, _LOST)
        self._confirmation(channel).set()

    async def _subscribe(self, channel: str) -> None:
        """Returns once Redis has confirmed; while Redis is away, :meth:`run` will catch up."""
        confirmation = self._confirmation(channel)
        if not confirmation.is_set() and self._pubsub is not None:
            await self._pubsub.subscribe(channel)
        await asyncio.wait_for(confirmation.wait(), CONFIRM_LIMIT_S)

    async def _unsubscribe(self, channel: str) -> None:
        """Who leaves need not know that Redis is away: nothing is heard of it then, by anyone."""
        if self._pubsub is not None:
            with suppress(RedisConnectionError, RedisTimeoutError, _CLOSING):
                await self._pubsub.unsubscribe(channel)
