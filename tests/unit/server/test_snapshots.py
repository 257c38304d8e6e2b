import asyncio

import pytest
import redis as redis_py
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

from content.channels.channel import ChannelDraft
from content.channels.plan import Plan
from server import snapshots
from server.records import migrate
from server.settings import Settings
from server.snapshots import Announce, AnnounceSync, KeepFresh, Snapshot
from server.wiring.house import build
from tests.engines import free_port


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
    async with asyncio.timeout(60):
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


async def test_what_was_kept_is_kept_though_redis_cannot_announce_it():
    url = f"redis://127.0.0.1:{free_port()}"
    with redis_py.Redis.from_url(url, retry=Retry(NoBackoff(), 0)) as client:
        AnnounceSync(client)("content")
    async with redis_py.asyncio.Redis.from_url(url, retry=AsyncRetry(NoBackoff(), 0)) as client:
        await Announce(client)("content")


async def test_a_house_whose_redis_is_away_keeps_a_save_and_says_so(tmp_path):
    environ = {"ROADCAST_DATA_DIR": str(tmp_path), "ROADCAST_REDIS_URL": f"redis://127.0.0.1:{free_port()}"}
    house = build(Settings.from_environ(environ))
    migrate(house.engines.database)
    made = house.content.create_channel("acc_1", ChannelDraft("One", "one"), [])
    save = house.content.editing.edit_schedule.save
    assert save("acc_1", made.channel_id, 1, Plan(timezone="UTC")).version.number == 2
    await house.engines.close()


def test_a_sign_of_change_is_worth_a_picture():
    built, sign = [], [1]
    snapshot = Snapshot("content", lambda: built.append(1) or len(built), sign=lambda: sign[0])
    assert snapshot() == 1
    snapshot.look()
    assert snapshot() == 1
    sign[0] = 2
    snapshot.look()
    snapshot.look()
    assert snapshot() == 2
    snapshot.refresh()  # what was announced may show no sign
    assert snapshot() == 3


@pytest.mark.parametrize("heard", [True, False])
async def test_a_change_that_was_never_announced_is_seen_soon(aredis, monkeypatch, heard):
    """Whether announcements are heard just now or not."""
    monkeypatch.setattr(snapshots, "LOOK_S", 0.0)
    sign, taken = [1], asyncio.Queue()
    loop = asyncio.get_running_loop()

    def build():
        loop.call_soon_threadsafe(taken.put_nowait, sign[0])

    snapshot = Snapshot("content", build, sign=lambda: sign[0])
    steady = Snapshot("places", lambda: loop.call_soon_threadsafe(taken.put_nowait, "places"))
    nobody = redis_py.asyncio.Redis(port=free_port(), retry=AsyncRetry(NoBackoff(), 0))
    listening = aredis if heard else nobody
    keep_fresh = KeepFresh(listening, [snapshot, steady])
    await keep_fresh.refresh("")
    follow = asyncio.create_task(keep_fresh())
    try:
        async with asyncio.timeout(20):
            for _ in range(4 if heard else 2):
                await taken.get()
            sign[0] = 2
            assert await taken.get() == 2
    finally:
        follow.cancel()
    assert taken.empty()


async def test_a_look_leaves_what_failed_to_be_tried_again(aredis):
    answers = iter(["first", ZeroDivisionError(), "third"])

    def build():
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    snapshot = Snapshot("content", build, sign=lambda: 1)
    keep_fresh = KeepFresh(aredis, [snapshot])
    await keep_fresh.refresh("")
    await keep_fresh.refresh("")
    await keep_fresh.look()
    assert snapshot() == "first"
    await keep_fresh.retry()
    assert snapshot() == "third"
