"""Traces are bounded in number and in time, and one that cannot be read is none."""

import msgspec
import pytest

from adserver.adapters import redis_traces
from adserver.adapters.redis_traces import RedisTraces
from adserver.serving.trace import Trace, Verdict
from tests.adserver.house import avail

DAY_MS = 86_400_000


@pytest.fixture
def trace(clock):
    def made(number, advertiser_id="adv_1"):
        from adserver.serving.usage import Usage

        verdict = Verdict("li_1", advertiser_id, "Garage", "Open days", reason="paused")
        kept = avail("a", clock.now())
        return Trace(f"dec_{number}", clock.now_ms() + number, "", kept, (), Usage({}, {}), 0.5, (verdict,))

    return made


async def test_what_was_kept_is_found_as_it_was(aredis, trace):
    traces = RedisTraces(aredis, 7)
    await traces.keep(trace(1))
    assert await traces.find("dec_1") == trace(1)
    assert 6 * DAY_MS < await aredis.pttl("{traces-2}:dec_1") <= 7 * DAY_MS
    assert await traces.find("dec_2") is None


async def test_only_the_newest_stay(aredis, trace, monkeypatch):
    monkeypatch.setattr(redis_traces, "KEPT_LIMIT", 5)
    monkeypatch.setattr(redis_traces, "OF_ONE_LIMIT", 3)
    traces = RedisTraces(aredis, 7)
    for number in range(9):
        await traces.keep(trace(number, "adv_1" if number % 2 else "adv_2"))
    assert [one.trace_id for one in await traces.newest(None, 30)] == [f"dec_{n}" for n in (8, 7, 6, 5, 4)]
    assert [one.trace_id for one in await traces.newest("adv_1", 30)] == ["dec_7", "dec_5"]
    kept = {key.decode() async for key in aredis.scan_iter("{traces-2}:dec_*")}
    assert kept == {f"{{traces-2}}:dec_{n}" for n in (4, 5, 6, 7, 8)}


async def test_what_is_too_old_is_forgotten_with_the_next(aredis, trace, clock):
    traces = RedisTraces(aredis, 7)
    await traces.keep(trace(1))
    clock.advance(8 * 86_400)
    await traces.keep(trace(2))
    assert await aredis.zrange("{traces-2}:newest", 0, -1) == [b"dec_2"]


async def test_what_another_version_wrote_is_passed_over(aredis, trace, clock):
    traces = RedisTraces(aredis, 7)
    await traces.keep(trace(1))
    for broken in (b"no zlib", __import__("zlib").compress(msgspec.msgpack.encode({"trace_id": "dec_1"}))):
        await aredis.set("{traces-2}:dec_1", broken)
        assert await traces.find("dec_1") is None
        assert await traces.newest(None, 5) == []
