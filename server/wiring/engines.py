"""The engines that every room is given."""

from contextlib import suppress
from dataclasses import dataclass

import redis as redis_py
from obstore.store import ObjectStore
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.retry import Retry as SyncRetry
from sqlalchemy import Engine

from adserver.adapters.siv_sealer import SivSealer
from kernel.clock import Clock
from kernel.ids import NewId
from kernel.signing import Signer
from server import chance
from server.engines.database import READ_ONLY, open_database
from server.engines.lanes import Lanes
from server.engines.objects import open_objects
from server.engines.redis_clients import Impatient, client
from server.settings import Settings
from server.snapshots import Announce, AnnounceSync

READ_TIMEOUT_S = 0.5
"""How long a connection may take to answer a read, before another is tried."""
WRITE_TIMEOUT_S, WRITE_RETRIES = 1.0, 2
"""How long a connection may take to say that vehicles' states are written, and how often another is tried."""
CONNECTIONS, CONNECTION_WAIT_S = 128, 5.0
"""Commands beyond so many at once wait for a connection, and for so long at most: then it is 503."""
BATCH_CONNECTIONS = 64
"""For clients whose commands speak for many: a batcher has eight on their way at most. More is a fault, and
is refused at once; to wait in line costs a command a quarter more, and every pull asks by one of these."""
JOB_CONNECTIONS, THREAD_CONNECTIONS = 32, 64


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
    lanes: Lanes
    signer: Signer
    clock: Clock
    new_id: NewId
    announce: Announce
    announce_sync: AnnounceSync

    async def close(self) -> None:
        """Let go of every connection."""
        with suppress(redis_py.ConnectionError):
            await self.lanes.close()
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
    return Engines(
        settings=settings,
        database=database,
        reads=database.execution_options(**READ_ONLY),
        redis=hot,
        redis_reads=client(
            url,
            kind=Impatient,
            max_connections=BATCH_CONNECTIONS,
            retry=retry,
            socket_timeout=READ_TIMEOUT_S,
            socket_connect_timeout=READ_TIMEOUT_S,
        ),
        redis_states=client(
            url,
            max_connections=BATCH_CONNECTIONS,
            retry=Retry(ExponentialBackoff(cap=0.2, base=0.02), WRITE_RETRIES),
            socket_timeout=WRITE_TIMEOUT_S,
            socket_connect_timeout=1,
        ),
        redis_sync=threads,
        objects=open_objects(settings.objects_url),
        lanes=Lanes.on(_of_jobs(url)),
        signer=Signer(settings.keys(), SivSealer(settings.keys())),
        clock=clock or chance.SharedClock(),
        new_id=chance.new_id,
        announce=Announce(hot),
        announce_sync=AnnounceSync(threads),
    )


def _hot(url: str, retry: Retry) -> Redis:
    """Where thousands of cars report at once, their commands wait for a connection: none is refused soon."""
    return client(
        url,
        BlockingConnectionPool,
        max_connections=CONNECTIONS,
        timeout=CONNECTION_WAIT_S,
        retry=retry,
        retry_on_error=[redis_py.ConnectionError],
        socket_connect_timeout=3,
    )


def _of_jobs(url: str) -> Redis:
    """Packed by redis-py, as whoever holds it may write names of commands of several words."""
    pool = BlockingConnectionPool.from_url(
        url, max_connections=JOB_CONNECTIONS, timeout=CONNECTION_WAIT_S, socket_connect_timeout=3
    )
    return Redis.from_pool(pool)


def _of_threads(url: str) -> redis_py.Redis:
    """It only announces, and whoever saved something waits for it."""
    pool = redis_py.BlockingConnectionPool.from_url(
        url,
        max_connections=THREAD_CONNECTIONS,
        timeout=2,
        retry=SyncRetry(ExponentialBackoff(cap=0.5, base=0.02), 2),
        socket_timeout=2,
        socket_connect_timeout=2,
    )
    return redis_py.Redis.from_pool(pool)
