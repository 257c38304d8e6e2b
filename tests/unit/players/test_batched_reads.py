"""Reads of many callers in one command."""

import asyncio

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from players.adapters.batched_reads import BatchedReads
from players.adapters.batches import LATE_S


class Counted:
    """A client that counts its commands, and may fail or wait."""

    def __init__(self, redis) -> None:
        self.redis, self.commands = redis, []
        self.problem: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()

    async def mget(self, keys):
        self.commands.append(list(keys))
        gate = self.gate
        await gate.wait()
        if self.problem:
            raise self.problem
        return await self.redis.mget(keys)


async def test_each_caller_gets_its_own_values_from_one_command(aredis):
    await aredis.mset({f"k{n}": str(n) for n in range(0, 60, 2)})
    client = Counted(aredis)
    read = BatchedReads(client)
    found = await asyncio.gather(*(read([f"k{n}", f"k{n + 1}"]) for n in range(0, 60, 2)))
    assert found == [[str(n).encode(), None] for n in range(0, 60, 2)]
    assert len(client.commands) == 1


async def test_what_is_asked_meanwhile_shares_the_next_command_and_is_read_afresh(aredis):
    await aredis.set("k", "old")
    client = Counted(aredis)
    read = BatchedReads(client)
    client.gate.clear()
    first = asyncio.create_task(read(["k"]))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    later = [asyncio.create_task(read(["k"])) for _ in range(5)]
    await asyncio.sleep(0)
    await aredis.set("k", "new")
    client.gate.set()
    await first
    assert await asyncio.gather(*later) == [[b"new"]] * 5
    assert len(client.commands) == 2


async def test_a_caller_that_gives_up_takes_no_other_with_it(aredis):
    await aredis.set("k", "v")
    client = Counted(aredis)
    read = BatchedReads(client)
    client.gate.clear()
    one, other = asyncio.create_task(read(["k"])), asyncio.create_task(read(["k"]))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    one.cancel()
    client.gate.set()
    assert await other == [b"v"]
    with pytest.raises(asyncio.CancelledError):
        await one


async def test_all_learn_of_a_failure_and_the_next_is_tried(aredis):
    client = Counted(aredis)
    read = BatchedReads(client)
    client.problem = RedisConnectionError("gone")
    failed = await asyncio.gather(*(read(["k"]) for _ in range(3)), return_exceptions=True)
    assert [str(one) for one in failed] == ["gone"] * 3
    assert len({id(one) for one in failed}) == 3
    client.problem = None
    assert await read(["k"]) == [None]


async def test_a_command_that_is_late_holds_up_nobody_who_comes_after(aredis):
    await aredis.set("k", "v")
    client = Counted(aredis)
    read = BatchedReads(client)
    client.gate.clear()
    late = asyncio.create_task(read(["k"]))
    await asyncio.sleep(LATE_S * 1.5)
    held, client.gate = client.gate, asyncio.Event()
    client.gate.set()
    assert await asyncio.wait_for(read(["k"]), 1) == [b"v"]
    assert not late.done()
    held.set()
    assert await late == [b"v"]


async def test_an_exception_that_cannot_be_copied_reaches_everybody(aredis):
    client = Counted(aredis)
    read = BatchedReads(client)
    client.problem = UnicodeDecodeError("ascii", b"x", 0, 1, "bad")
    client.problem.args = ("short",)
    failed = await asyncio.gather(*(read(["k"]) for _ in range(3)), return_exceptions=True)
    assert [type(one) for one in failed] == [UnicodeDecodeError] * 3


async def test_asking_at_the_very_end_of_another_read_is_answered_too(aredis):
    await aredis.set("k", "v")
    read = BatchedReads(Counted(aredis))

    async def again_and_again() -> None:
        for _ in range(200):
            assert await read(["k"]) == [b"v"]

    await asyncio.wait_for(asyncio.gather(*(again_and_again() for _ in range(3))), 20)
