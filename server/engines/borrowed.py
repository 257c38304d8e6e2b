"""Engines for a command: those of the running service, or its own for a while."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from kernel.errors import Conflict
from server.engines.children import stop
from server.engines.data_folder import claim, held_by_service
from server.engines.embedded_redis import EmbeddedRedis
from server.settings import Settings

GRACE_S = 8.0


@contextmanager
def engines_running(settings: Settings) -> Iterator[bool]:
    """While this is entered Redis answers; True where the service itself is running on the data folder.

    Raises:
        Conflict: ``data-folder-in-use`` where another command is: it will end its engines when it is done.
    """
    try:
        lock = claim(settings.data_dir)
    except Conflict:
        if not held_by_service(settings.data_dir):
            raise
        yield True
        return
    redis = None
    try:
        if settings.embedded_redis:
            redis = EmbeddedRedis(settings.data_dir / "redis", settings.redis_socket).start([lock])
        yield False
    finally:
        if redis is not None:
            stop(redis, GRACE_S)
        os.close(lock)
