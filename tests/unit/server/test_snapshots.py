import asyncio

import pytest

from server.snapshots import Announce, AnnounceSync, KeepFresh, Snapshot


async def test_a_snapshot_is_built_when_first_wanted():
    built = []
    snapshot = Snapshot("content", lambda: built.append(1) or len(built))
    assert not built
    assert (snapshot(), snapshot()) == (1, 1)
    snapshot.refresh()
    assert snapshot() == 2


async def test_a_picture_of_the_same_is_not_taken_again():
    built, revision = [], [1]
    snapshot = Snapshot("places", lambda: built.append(1) or len(built), lambda: revision[0])
    assert snapshot() == 1
    snapshot.refresh()
    assert snapshot() == 1
    revision[0] = 2
    assert snapshot() == 1
    snapshot.refresh()
    assert snapshot() == 2


async def test_a_picture_that_failed_is_of_nothing():
    answers = iter([ZeroDivisionError(), "second", ZeroDivisionError(), "fourth"])
    revision = [1]

    def build():
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    snapshot = Snapshot("places", build, lambda: revision[0])
    with pytest.raises(ZeroDivisionError):
        snapshot()
    assert snapshot() == "second"
    revision[0] = 2
    with pytest.raises(ZeroDivisionError):
        snapshot.refresh()
    assert snapshot() == "second"
    snapshot.refresh()
    assert snapshot() == "fourth"


async def test_an_announcement_renews_its_topic_alone(aredis, redis_socket):
    import redis

    renewed = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def builder(name):
        return lambda: loop.call_soon_threadsafe(renewed.put_nowait, name)

    snapshots = [Snapshot("content", builder("content")), Snapshot("places", builder("places"))]
    keep_fresh = asyncio.create_task(KeepFresh(aredis, snapshots)())
    async with asyncio.timeout(5):
        assert {await renewed.get(), await renewed.get()} == {"content", "places"}
        await Announce(aredis)("places")
        assert await renewed.get() == "places"
        with redis.Redis(unix_socket_path=str(redis_socket)) as client:
            AnnounceSync(client)("content")
        assert await renewed.get() == "content"
    keep_fresh.cancel()


async def test_one_that_fails_stays_as_it_was(aredis):
    answers = iter(["first", ZeroDivisionError(), "third"])

    def build():
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    snapshot = Snapshot("content", build)
    keep_fresh = KeepFresh(aredis, [snapshot])
    assert snapshot() == "first"
    await keep_fresh.refresh("content")
    assert snapshot() == "first"
    await keep_fresh.refresh("content")
    assert snapshot() == "third"


async def test_one_that_failed_is_tried_again_soon(aredis):
    answers = iter(["first", ZeroDivisionError(), ZeroDivisionError(), "fourth"])
    built = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def build():
        answer = next(answers)
        loop.call_soon_threadsafe(built.put_nowait, answer)
        if isinstance(answer, Exception):
            raise answer
        return answer

    snapshot, sound = Snapshot("content", build), Snapshot("places", lambda: object())
    assert snapshot() == "first"
    keep_fresh = KeepFresh(aredis, [snapshot, sound])
    await keep_fresh.refresh("")
    steady = sound()
    await keep_fresh.retry()
    await keep_fresh.retry()
    assert (snapshot(), sound()) == ("fourth", steady)
    await keep_fresh.retry()  # nothing is owed any more
    assert built.qsize() == 4


async def test_who_keeps_fresh_tries_again_long_before_the_next_regular_renewal(aredis):
    answers = iter([ZeroDivisionError(), "second"])
    taken = asyncio.Event()
    loop = asyncio.get_running_loop()

    def build():
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        loop.call_soon_threadsafe(taken.set)
        return answer

    keep_fresh = asyncio.create_task(KeepFresh(aredis, [Snapshot("content", build)])())
    try:
        await asyncio.wait_for(taken.wait(), 10)
    finally:
        keep_fresh.cancel()
