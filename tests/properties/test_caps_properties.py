"""No sliding window ever holds more exposures than its cap, from the first request on, under every race."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from adserver.adapters.redis_caps import RedisCaps
from adserver.booking.cap import FrequencyCap
from adserver.serving.avail import ServedBreak
from adserver.serving.frequency import Exposure


def worst_window(times: list[int], window_ms: int) -> int:
    """The most exposures that lie within any half-open window."""
    return max((sum(start <= t < start + window_ms for t in times) for start in times), default=0)


@settings(max_examples=50)
@given(
    count=st.integers(1, 4),
    gaps_ms=st.lists(st.integers(0, 40_000), min_size=1, max_size=40),
)
def test_no_window_exceeds_its_cap_and_none_is_left_unused(redis_socket, count, gaps_ms):
    window_ms = 60_000

    async def run():
        client = Redis(unix_socket_path=str(redis_socket))
        await client.flushall()
        caps, now_ms, shown = RedisCaps(client), 10**12, []
        for n, gap_ms in enumerate(gaps_ms):
            now_ms += gap_ms
            exposure = Exposure(f"fil_{n}", "li:spot", FrequencyCap(count, 60))
            _, used = await caps.look("car", f"a{n}", [exposure], now_ms)
            recent = sum(t > now_ms - window_ms for t in shown)
            assert used == {"li:spot": recent}
            stands = await caps.commit("car", ServedBreak(f"a{n}", ()), [exposure], now_ms)
            assert isinstance(stands, ServedBreak) == (recent < count)
            if isinstance(stands, ServedBreak):
                shown.append(now_ms)
        assert worst_window(shown, window_ms) <= count
        await client.aclose()

    asyncio.run(run())


@settings(max_examples=20)
@given(cap=st.integers(1, 5), requests=st.integers(1, 40))
def test_the_first_requests_race_and_exactly_the_cap_wins(redis_socket, cap, requests):
    async def run():
        clients = [Redis(unix_socket_path=str(redis_socket)) for _ in range(6)]
        await clients[0].flushall()
        exposures = [Exposure(f"fil_{n}", "li:spot", FrequencyCap(cap, 60)) for n in range(requests)]
        answers = await asyncio.gather(
            *(
                RedisCaps(clients[n % 6]).commit("car", ServedBreak(f"a{n}", ()), [exposure], 10**12)
                for n, exposure in enumerate(exposures)
            )
        )
        assert sum(isinstance(answer, ServedBreak) for answer in answers) == min(cap, requests)
        for client in clients:
            await client.aclose()

    asyncio.run(run())


def test_all_or_nothing_of_a_pod(redis_socket):
    async def run():
        client = Redis(unix_socket_path=str(redis_socket))
        await client.flushall()
        caps = RedisCaps(client)
        free = Exposure("fil_1", "free:spot", FrequencyCap(1, 60))
        full = Exposure("fil_2", "full:spot", FrequencyCap(1, 60))
        await caps.commit(
            "car", ServedBreak("a0", ()), [Exposure("fil_0", "full:spot", FrequencyCap(1, 60))], 10**12
        )
        assert await caps.commit("car", ServedBreak("a1", ()), [free, full], 10**12 + 1) == "full:spot"
        decided, used = await caps.look("car", "a1", [free, full], 10**12 + 2)
        assert decided is None
        assert used == {"free:spot": 0, "full:spot": 1}
        await client.aclose()

    asyncio.run(run())
