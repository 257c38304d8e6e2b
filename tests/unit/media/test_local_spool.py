import asyncio
import os
import signal
import sys
from contextlib import suppress

import pytest

from kernel.errors import Conflict, NotFound, TooLarge
from media.adapters.local_spool import LocalSpool

LIMIT = 100_000_000


@pytest.fixture
def spool(tmp_path):
    spool = LocalSpool(tmp_path / "spool")
    spool.create("upl_1")
    return spool


async def chunks(*parts: bytes, then: BaseException | None = None):
    for part in parts:
        yield part
    if then is not None:
        raise then


async def test_bytes_are_appended_in_order(spool):
    assert await spool.append("upl_1", 0, chunks(b"ab", b"", b"cd"), LIMIT) == 4
    assert await spool.append("upl_1", 4, chunks(b"ef"), LIMIT) == 6
    assert spool.path("upl_1").read_bytes() == b"abcdef"
    assert spool.offset("upl_1") == 6


@pytest.mark.parametrize("offset", [0, 3, 5])
async def test_only_the_present_offset_is_taken(spool, offset):
    await spool.append("upl_1", 0, chunks(b"abcd"), LIMIT)
    with pytest.raises(Conflict, match="upload-offset-wrong"):
        await spool.append("upl_1", offset, chunks(b"x"), LIMIT)
    assert spool.path("upl_1").read_bytes() == b"abcd"


async def test_more_than_promised_is_refused_and_what_came_before_stays(spool):
    with pytest.raises(TooLarge, match="upload-overrun"):
        await spool.append("upl_1", 0, chunks(b"abcd", b"efgh"), 6)
    assert spool.path("upl_1").read_bytes() == b"abcd"


@pytest.mark.parametrize("size", [3, 5_000_000])
async def test_a_connection_that_breaks_keeps_what_came(spool, size):
    with pytest.raises(ConnectionError):
        await spool.append("upl_1", 0, chunks(b"x" * size, b"yz", then=ConnectionError()), LIMIT)
    assert spool.offset("upl_1") == size + 2


async def test_a_second_writer_is_turned_away(spool):
    going, go_on = asyncio.Event(), asyncio.Event()

    async def slow():
        yield b"ab"
        going.set()
        await go_on.wait()
        yield b"cd"

    first = asyncio.create_task(spool.append("upl_1", 0, slow(), LIMIT))
    await going.wait()
    with pytest.raises(Conflict, match="upload-busy"):
        await spool.append("upl_1", 0, chunks(b"zz"), LIMIT)
    go_on.set()
    assert await first == 4
    assert spool.path("upl_1").read_bytes() == b"abcd"


@pytest.mark.parametrize("size", [10, 9_000_000])
async def test_a_request_that_is_cancelled_writes_nothing_twice(spool, size):
    going = asyncio.Event()

    async def endless():
        yield os.urandom(size)
        going.set()
        await asyncio.Event().wait()
        yield b""

    task = asyncio.create_task(spool.append("upl_1", 0, endless(), LIMIT))
    await going.wait()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert spool.offset("upl_1") == size
    assert await spool.append("upl_1", size, chunks(b"end"), LIMIT) == size + 3


KILLED_MIDWAY = """
import asyncio, os, signal, sys
from pathlib import Path
from media.adapters.local_spool import LocalSpool
async def parts():
    yield b"x" * 5_000_000
    yield b"y" * 100
    os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(LocalSpool(Path(sys.argv[1])).append("upl_1", 0, parts(), 100_000_000))
"""


async def test_what_was_flushed_survives_kill_9_and_the_lock_does_not(spool, tmp_path):
    command = (sys.executable, "-c", KILLED_MIDWAY, str(tmp_path / "spool"))
    process = await asyncio.create_subprocess_exec(*command)
    assert await process.wait() == -signal.SIGKILL
    assert spool.offset("upl_1") == 5_000_000
    assert await spool.append("upl_1", 5_000_000, chunks(b"z"), LIMIT) == 5_000_001


async def test_unknown_and_hostile_names(spool, tmp_path):
    (tmp_path / "secret").write_text("x")
    for name in ("upl_2", "../secret", "", "a" * 65, "UPL_1", "a/b"):
        with pytest.raises(NotFound, match="upload-unknown"):
            spool.offset(name)
        with pytest.raises(NotFound, match="upload-unknown"):
            await spool.append(name, 0, chunks(b"x"), LIMIT)
    spool.remove("upl_1")
    spool.remove("upl_1")
    with pytest.raises(NotFound):
        spool.offset("upl_1")
