"""What hot paths read: immutable pictures of records, kept in memory and renewed."""

import asyncio
import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

import redis
import structlog
from anyio.to_thread import run_sync
from redis.asyncio import Redis

T = TypeVar("T")

_THRESHOLDS = (10_000, 20, 20)
"""Requests in flight are no garbage, and come and go by the thousand."""

CHANNEL = "changed"
REFRESH_S = 30.0
LOOK_S = 5.0
"""How soon a change is seen that nobody could announce: long before a saved schedule's breaks are decided."""
RETRY_S = 1.0
"""A picture that could not be taken is tried again: what was saved may be on air half a minute later."""

_UNHEARD = "a change could not be announced; it is seen at the next look"

log = structlog.get_logger("server.snapshots")


class Snapshot(Generic[T]):
    """One picture.

    Args:
        topic: the announcement that makes it stale.
        build: reads the records; runs in a thread.
        revision: of the records, cheap to ask for: a picture of the same is not taken again. Without,
            it always is.
        sign: of what cannot wait for the regular renewal, cheap to ask for: when it has changed, a picture is
            taken though nothing was announced.
    """

    def __init__(
        self,
        topic: str,
        build: Callable[[], T],
        revision: Callable[[], object] | None = None,
        sign: Callable[[], object] | None = None,
    ) -> None:
        self.topic = topic
        self._build = build
        self._revision = revision
        self._sign = sign
        self._seen: object = None
        self._taken: object = None
        self._current: T | None = None

    def __call__(self) -> T:
        """The present picture; built at once where none was yet."""
        current = self._current
        return self._renewed() if current is None else current

    def refresh(self) -> None:
        """Take a new picture, if it would differ."""
        self._renewed()

    def look(self) -> None:
        """Take a new picture, if there is a sign that it would differ."""
        if self._sign is not None and self._sign() != self._seen:
            self._renewed()

    def _renewed(self) -> T:
        # Read before: what changes while the picture is taken is seen the next time.
        revision = self._revision() if self._revision else None
        self._seen = self._sign() if self._sign else None
        if self._current is None or revision is None or revision != self._taken:
            self._current = self._build()
            self._taken = revision
        return self._current


class Fresh(Protocol):
    """What is renewed when its topic is announced."""

    @property
    def topic(self) -> str:
        """The announcement that makes it stale."""

    def refresh(self) -> None:
        """Renew it; runs in a thread."""

    def look(self) -> None:
        """Renew it, if it is known at once that it would differ; runs in a thread."""


@dataclass(frozen=True, slots=True)
class Announce:
    """Tells every process that what a topic covers has changed."""

    redis: Redis

    async def __call__(self, topic: str) -> None:
        """Tell. What is announced was kept: so this never fails, and others see it when they next look."""
        try:
            await self.redis.publish(CHANNEL, topic)
        except redis.RedisError as error:
            log.warning(_UNHEARD, topic=topic, error=str(error))


@dataclass(frozen=True, slots=True)
class AnnounceSync:
    """The same for verbs that run in threads.

    Args:
        client: a synchronous client of the same Redis.
    """

    client: "redis.Redis"

    def __call__(self, topic: str) -> None:
        """Tell."""
        try:
            self.client.publish(CHANNEL, topic)
        except redis.RedisError as error:
            log.warning(_UNHEARD, topic=topic, error=str(error))


@dataclass(frozen=True, slots=True)
class KeepFresh:
    """Renews snapshots: when their topic is announced, and regularly."""

    redis: Redis
    snapshots: Sequence[Fresh]
    _failed: list[Fresh] = field(default_factory=list, init=False)

    async def __call__(self) -> None:
        """Runs until cancelled; survives the loss of Redis."""
        while True:
            try:
                async with self.redis.pubsub() as pubsub:
                    await pubsub.subscribe(CHANNEL)
                    await self.refresh("")
                    await self._follow(pubsub)
            except (redis.ConnectionError, redis.TimeoutError):
                log.warning("announcements are not heard; Redis does not answer")
                await self.look()
                await asyncio.sleep(1)

    async def _follow(self, pubsub: Any) -> None:
        time = asyncio.get_running_loop().time
        renewed = looked = tried = time()
        while True:
            message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=RETRY_S)
            if message:
                await self.refresh(message["data"].decode("ascii", "replace"))
            if time() - renewed > REFRESH_S:
                renewed = looked = time()
                await self.refresh("")
            if time() - looked > LOOK_S:
                looked = time()
                await self.look()
            if time() - tried >= RETRY_S:
                await self.retry()
                tried = time()

    async def refresh(self, topic: str) -> None:
        """Renew the snapshots of a topic, or all for ``""``; one that fails stays as it was."""
        for snapshot in self.snapshots:
            if topic in {"", snapshot.topic}:
                await self._renew(snapshot, snapshot.refresh)

    async def look(self) -> None:
        """Renew the snapshots that show a sign of change."""
        for snapshot in self.snapshots:
            if all(one is not snapshot for one in self._failed):
                await self._renew(snapshot, snapshot.look)

    async def retry(self) -> None:
        """Renew the snapshots that could not be renewed when they were last tried."""
        for snapshot in tuple(self._failed):
            await self._renew(snapshot, snapshot.refresh)

    async def _renew(self, snapshot: Fresh, renew: Callable[[], None]) -> None:
        # By identity: what is renewed may be alike.
        self._failed[:] = [one for one in self._failed if one is not snapshot]
        try:
            await run_sync(renew)
        except Exception:
            log.exception("a snapshot could not be renewed", topic=snapshot.topic)
            self._failed.append(snapshot)


def settle_memory() -> None:
    """Take what is in memory now for lasting: the collector need not walk through it again and again.

    A full collection with some hundred thousand objects stops everything for a tenth of a second and
    more. What is settled is still freed as soon as nothing refers to it; cycles in it are not.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
