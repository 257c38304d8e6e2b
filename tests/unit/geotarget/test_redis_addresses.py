from itertools import pairwise

import pytest

from geotarget.adapters import redis_addresses as module
from geotarget.adapters.redis_addresses import RedisAddresses
from geotarget.address import ASKED_LIMIT, ASKED_WINDOW_S, KEPT_S, WAIT_LIMIT_S, FoundAddress, TooOften

HERE = FoundAddress("12, quai de la Prévalaye", 48.11, -1.68)


@pytest.fixture
def asked(aredis):
    return RedisAddresses(aredis, 1000, "nominatim+https://a.example")


@pytest.fixture
def slept(monkeypatch):
    """How long was waited, without waiting."""
    found = []

    async def sleep(seconds):
        found.append(seconds)

    monkeypatch.setattr(module.asyncio, "sleep", sleep)
    return found


async def test_an_answer_is_kept_by_text_language_and_provider(asked, aredis):
    await asked.keep("Quai de la Prévalaye", "fr", [HERE])
    assert await asked.find("quai de la PREVALAYE", "fr") == [HERE]
    assert await asked.find("Quai de la Prévalaye", "en") is None
    assert await asked.find("Quai", "fr") is None
    assert (
        await RedisAddresses(aredis, 0, "photon+https://b.example").find("Quai de la Prévalaye", "fr") is None
    )
    (key,) = await aredis.keys("*")
    assert b"valaye" not in key.lower()
    assert 0 < await aredis.ttl(key) <= KEPT_S


async def test_that_nothing_was_found_is_kept_too(asked):
    await asked.keep("nowhere", "fr", [])
    assert await asked.find("nowhere", "fr") == []


async def test_an_account_may_ask_only_so_often(asked):
    for _ in range(ASKED_LIMIT):
        assert await asked.count("acc_1") is None
    refused = await asked.count("acc_1")
    assert isinstance(refused, TooOften)
    assert 0 < refused.retry_s <= ASKED_WINDOW_S
    assert await asked.count("acc_2") is None


async def test_turns_follow_each_other_whoever_asks(asked, aredis, slept):
    nexts = []
    for _ in range(3):
        assert await asked.turn() is None
        nexts.append(int(await aredis.get("{address}:turn")))
    assert all(later - earlier >= 1000 for earlier, later in pairwise(nexts))
    assert len(slept) == 3
    assert all(0 <= wait <= WAIT_LIMIT_S for wait in slept)


async def test_nobody_waits_for_long(asked, aredis, slept):
    seconds, _ = await aredis.time()
    await aredis.set("{address}:turn", (seconds + 60) * 1000)
    refused = await asked.turn()
    assert WAIT_LIMIT_S < refused.retry_s <= 60
    assert slept == []


async def test_one_s_own_provider_may_be_asked_at_any_time(aredis, slept):
    own = RedisAddresses(aredis, 0, "nominatim+http://localhost")
    for _ in range(20):
        assert await own.turn() is None
    assert slept == []
