"""The engines that every room is given."""

from contextlib import suppress
from dataclasses import dataclass

import redis as redis_py
from obstore.store import ObjectStore
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.retry import Retry as SyncRetry
from saq.queue.redis import RedisQueue
from sqlalchemy import Engine

from kernel.clock import Clock
from kernel.ids import NewId
from kernel.signing import Signer
from server import chance
from server.engines.database import READ_ONLY, open_database
from server.engines.objects import open_objects
from server.engines.redis_clients import Impatient, client
from server.settings import Settings
from server.snapshots import Announce, AnnounceSync

READ_TIMEOUT_S = 0.5
"""How long a connection may take to answer a read, before another is tried."""
WRITE_TIMEOUT_S, WRITE_RETRIES = 1.0, 2
"""How long a connection may take to say that vehicles' states are written, and how often another is tried."""
CONNECTIONS = 128
CONNECTION_WAIT_S = 30.0


@dataclass(frozen=True)
class Engines:
    """What the rooms' adapters are built on.

    Args:
        database: for writing; every transaction takes the write lock on SQLite.
        reads: the same pool for what only reads.
        redis: asyncio client, bytes in and out.
        redis_reads: the same for what players wait for: it gives up soon.
        redis_states: the same for the states of vehicles, each of whose commands speaks for many: one that
            hangs is given up soon, and asked again; that writes nothing twice.
        redis_sync: for verbs that run in threads.
    """

    settings: Settings
    database: Engine
    reads: Engine
    redis: Redis
    redis_reads: Redis
    redis_states: Redis
    redis_sync: redis_py.Redis
    objects: ObjectStore
    queue: RedisQueue
    signer: Signer
    clock: Clock
    new_id: NewId
    announce: Announce
    announce_sync: AnnounceSync

    async def close(self) -> None:
        """Let go of every connection."""
        with suppress(redis_py.ConnectionError):
            await self.queue.disconnect()
        await self.redis.aclose()
        await self.redis_reads.aclose()
        await self.redis_states.aclose()
        self.redis_sync.close()
        self.database.dispose()


def open_engines(settings: Settings, clock: Clock | None = None) -> Engines:
    """Connections by URL; made when first used."""
    database = open_database(settings.database_url)
    url = settings.effective_redis_url
    retry = Retry(ExponentialBackoff(cap=0.5, base=0.02), 5)
    hot, threads = _hot(url, retry), _of_threads(url)
    jobs = Redis.from_url(url, socket_connect_timeout=3)
    return Engines(
        settings=settings,
        database=database,
        reads=database.execution_options(**READ_ONLY),
        redis=hot,
        redis_reads=client(
            url,
            kind=Impatient,
            retry=retry,
            socket_timeout=READ_TIMEOUT_S,
            socket_connect_timeout=READ_TIMEOUT_S,
        ),
        redis_states=client(
            url,
            retry=Retry(ExponentialBackoff(cap=0.2, base=0.02), WRITE_RETRIES),
            socket_timeout=WRITE_TIMEOUT_S,
            socket_connect_timeout=1,
        ),
        redis_sync=threads,
        objects=open_objects(settings.objects_url),
        queue=RedisQueue(jobs),
        signer=Signer(settings.keys()),
        clock=clock or chance.SharedClock(),
        new_id=chance.new_id,
        announce=Announce(hot),
        announce_sync=AnnounceSync(threads),
    )


def _hot(url: str, retry: Retry) -> Redis:
    """Where thousands of cars report at once, their commands wait for a connection: none is refused."""
    return client(
        url,
        BlockingConnectionPool,
        max_connections=CONNECTIONS,
        timeout=CONNECTION_WAIT_S,
        retry=retry,
        retry_on_error=[redis_py.ConnectionError],
        socket_connect_timeout=3,
    )


def _of_threads(url: str) -> redis_py.Redis:
    """It only announces, and whoever saved something waits for it."""
    return redis_py.Redis.from_url(
        url,
        retry=SyncRetry(ExponentialBackoff(cap=0.5, base=0.02), 2),
        socket_timeout=2,
        socket_connect_timeout=2,
    )
