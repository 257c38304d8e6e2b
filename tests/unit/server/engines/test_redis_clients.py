"""Commands that hiredis packs say the same as redis-py's own."""

import pytest
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.connection import Connection, SSLConnection, UnixDomainSocketConnection

from server.engines.redis_clients import client

COMMANDS = [
    ("SET", "key", b"\x00\r\n\xff" * 9_000),
    ("SET", "clé", 7, "PX", 1.5),
    ("SCRIPT LOAD", "return 1"),
    (b"CONFIG GET", b"save"),
    ("PING",),
]


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("redis://h:1/2", Connection),
        ("rediss://h", SSLConnection),
        ("unix:///s?db=3", UnixDomainSocketConnection),
    ],
)
def test_every_scheme_says_the_same(url, kind):
    ours, theirs = client(url).connection_pool, Redis.from_url(url).connection_pool
    assert issubclass(ours.connection_class, kind)
    ours_packs, theirs_packs = ours.make_connection(), theirs.make_connection()
    for one in COMMANDS:
        assert b"".join(ours_packs.pack_command(*one)) == b"".join(theirs_packs.pack_command(*one))
    assert b"".join(ours_packs.pack_commands(COMMANDS)) == b"".join(theirs_packs.pack_commands(COMMANDS))


async def test_what_it_says_is_understood(redis_socket):
    redis = client(f"unix://{redis_socket}?db=9", BlockingConnectionPool, max_connections=2, timeout=1)
    async with redis:
        assert isinstance(redis.connection_pool, BlockingConnectionPool)
        value = bytes(range(256)) * 100
        async with redis.pipeline(transaction=True) as pipe:
            pipe.flushdb().set("a", value).mget([b"a", "b"]).incrby("n", 41)
            assert (await pipe.execute())[2:] == [[value, None], 41]
        assert await redis.register_script("return ARGV[1] + 1")(args=[41]) == 42
