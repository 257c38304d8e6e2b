"""No window ever holds more exposures than its caps, from the first request on, under every race."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from adserver.adapters.redis_caps import RedisCaps
from adserver.billing.budget import Claim, Reservation
from adserver.booking.cap import FrequencyCap, Per
from adserver.serving.avail import ServedBreak
from adserver.serving.frequency import DAY_MS, Drive
from adserver.serving.kept import Commit, Log, Looked, Plan
from players.playback.session import SESSION_MS

T0_MS = 10**12
SEVERAL = st.lists(
    st.one_of(
        st.builds(FrequencyCap, st.integers(1, 4), st.integers(60, 200)),
        st.builds(FrequencyCap, st.integers(1, 9), st.just(0), st.just(Per.LIFE)),
    ),
    min_size=1,
    max_size=3,
).map(tuple)


def worst_window(times: list[int], window_ms: int) -> int:
    """The most exposures that lie within any half-open window."""
    return max((sum(start <= t < start + window_ms for t in times) for start in times), default=0)


def plan(number: int, now_ms: int, *, empty: bool = False) -> Plan:
    """One without a claim, which nothing but caps can refuse."""
    return Plan(ServedBreak(f"a{number}", (), decided_ms=now_ms), names=() if empty else ("li:spot",))


async def tried(caps: RedisCaps, number: int, several: tuple[FrequencyCap, ...], now_ms: int) -> bool:
    """Whether one more is shown, by the newest log; what came in between is looked at anew."""
    looked = await caps.look("car", f"a{number}")
    while looked.kept is None:
        log, drive = looked.log, Drive(1, 1)
        if log.seen.full(["li:spot"], {"li:spot": several}, now_ms, 1):
            return False
        seen = log.seen.and_these([("li:spot", several)], now_ms, 1)
        _, done = await caps.commit("car", Commit(plan(number, now_ms), log, seen, drive), now_ms)
        if done.ours:
            return True
        looked = Looked(done.kept, done.log)
    raise AssertionError("each is decided by one alone")


@settings(max_examples=50)
@given(several=SEVERAL, gaps_ms=st.lists(st.integers(0, 90_000), min_size=1, max_size=40))
def test_no_window_exceeds_its_cap_and_none_is_left_unused(redis_socket, several, gaps_ms):
    def room(shown: list[int], now_ms: int) -> bool:
        recent = {cap: [t for t in shown if t > now_ms - cap.window_s * 1000] for cap in several}
        return all(len(shown if cap.per is Per.LIFE else recent[cap]) < cap.count for cap in several)

    async def run():
        client = Redis(unix_socket_path=str(redis_socket))
        await client.flushall()
        caps, now_ms, shown = RedisCaps(client), T0_MS, []
        for n, gap_ms in enumerate(gaps_ms):
            now_ms += gap_ms
            taken = await tried(caps, n, several, now_ms)
            assert taken == room(shown, now_ms)
            shown += [now_ms] * taken
        for cap in several:
            most = len(shown) if cap.per is Per.LIFE else worst_window(shown, cap.window_s * 1000)
            assert most <= cap.count
        await client.aclose()

    asyncio.run(run())


@settings(max_examples=20)
@given(cap=st.integers(1, 5), requests=st.integers(1, 64))
def test_the_first_requests_race_and_exactly_the_cap_wins(redis_socket, cap, requests):
    async def run():
        clients = [Redis(unix_socket_path=str(redis_socket)) for _ in range(6)]
        await clients[0].flushall()
        answers = await asyncio.gather(
            *(tried(RedisCaps(clients[n % 6]), n, (FrequencyCap(cap, 60),), T0_MS) for n in range(requests))
        )
        assert sum(answers) == min(cap, requests)
        for client in clients:
            await client.aclose()

    asyncio.run(run())


async def test_all_or_nothing_of_a_pod(aredis):
    """What was decided by a log that is not the newest is not kept, and counts for nothing."""
    caps, log = RedisCaps(aredis), Log()
    one = log.seen.and_these([("one:spot", (FrequencyCap(1, 60),))], T0_MS, 1)
    both = one.and_these([("other:spot", (FrequencyCap(1, 60),))], T0_MS, 1)
    _, first = await caps.commit("car", Commit(plan(1, T0_MS), log, one, Drive()), T0_MS)
    _, second = await caps.commit("car", Commit(plan(2, T0_MS), log, both, Drive()), T0_MS)
    assert (first.ours, second.ours, second.kept) == (True, False, None)
    assert set(second.log.seen.by_name) == {"one:spot"}
    assert (await caps.look("car", "a2")).kept is None


async def test_an_empty_plan_gets_in_nobodys_way(aredis):
    caps, log = RedisCaps(aredis), Log()
    _, empty = await caps.commit("car", Commit(plan(1, T0_MS, empty=True), log, log.seen, Drive(5, 6)), T0_MS)
    assert empty.ours
    assert empty.kept.sure
    looked = await caps.look("car", "a2")
    assert (looked.log.version, looked.log.drive) == ("0", Drive(5, 6))
    shown = log.seen.and_these([("li:spot", (FrequencyCap(1, 60),))], T0_MS, 1)
    _, done = await caps.commit("car", Commit(plan(2, T0_MS), log, shown, Drive()), T0_MS)
    assert done.ours


@pytest.mark.parametrize("spot_first", [True, False])
async def test_two_that_begin_a_drive_at_once_are_in_one(aredis, spot_first):
    """A break and an empty card slot are asked for some ms apart, and neither knows of the other."""
    caps, once, later_ms = RedisCaps(aredis), FrequencyCap(1, per=Per.DRIVE), T0_MS + 40
    log = (await caps.look("car", "a1")).log
    spot, card = (log.drive.at(now_ms, parked=False) for now_ms in (T0_MS, later_ms))
    shown = log.seen.and_these([("li:spot", (once,))], T0_MS, spot.began_ms)
    commits = [
        Commit(plan(1, T0_MS), log, shown, spot),
        Commit(plan(2, later_ms, empty=True), log, log.seen, card),
    ]
    for commit in commits if spot_first else commits[::-1]:
        assert (await caps.commit("car", commit, later_ms))[1].ours
    log = (await caps.look("car", "a3")).log
    drive = log.drive.at(later_ms + 1, parked=False)
    assert log.seen.full(["li:spot"], {"li:spot": (once,)}, later_ms + 1, drive.began_ms)


async def test_a_plan_is_replaced_by_its_version_alone_and_never_once_it_is_sure(aredis):
    caps, log = RedisCaps(aredis), Log()
    needs = Plan(ServedBreak("a1", ()), (Reservation("fil_1", "li_1", 5),), ("li:spot",))
    shown = log.seen.and_these([("li:spot", (FrequencyCap(1, 60),))], T0_MS, 1)
    claims, first = await caps.commit("car", Commit(needs, log, shown, Drive()), T0_MS)
    assert (claims, first.ours, first.kept.sure) == ([Claim.REFUSED], True, False)
    anew = Log(log.seen, first.kept.version, Drive())
    _, other = await caps.commit("car", Commit(plan(1, T0_MS), anew, shown, Drive()), T0_MS)
    assert (other.ours, other.kept) == (False, first.kept)
    _, second = await caps.commit("car", Commit(needs, anew, log.seen, Drive(), first.kept), T0_MS)
    assert second.ours
    assert not await caps.confirm("car", first.kept), "that one is gone"
    assert await caps.confirm("car", second.kept)
    anew = Log(log.seen, second.kept.version, Drive())
    _, third = await caps.commit("car", Commit(plan(1, T0_MS), anew, shown, Drive(), second.kept), T0_MS)
    assert (third.ours, third.kept.sure, third.kept.version) == (False, True, second.kept.version)


async def test_versions_rise_over_what_is_forgotten(aredis):
    caps, log = RedisCaps(aredis), Log()
    shown = log.seen.and_these([("li:spot", (FrequencyCap(9, 60),))], T0_MS, 1)
    _, first = await caps.commit("car", Commit(plan(1, T0_MS), log, shown, Drive()), T0_MS)
    await aredis.flushall()
    _, second = await caps.commit("car", Commit(plan(1, T0_MS), log, shown, Drive()), T0_MS)
    assert int(second.kept.version) > int(first.kept.version)


async def test_what_was_shown_is_kept_as_long_as_its_longest_window(aredis):
    caps, log = RedisCaps(aredis), Log()
    shown = log.seen.and_these([("li:spot", (FrequencyCap(9, 7 * 86_400),))], T0_MS, 1)
    await caps.commit("car", Commit(plan(1, T0_MS), log, shown, Drive()), T0_MS)
    await caps.commit("car", Commit(plan(2, T0_MS, empty=True), log, log.seen, Drive()), T0_MS)
    assert 6 * 86_400 < await aredis.ttl("{veh:car}:seen") <= 7 * 86_400


async def test_what_a_removed_car_was_shown_is_forgotten(aredis):
    caps, log = RedisCaps(aredis), Log()
    shown = log.seen.and_these([("li:spot", (FrequencyCap(1, 60),))], T0_MS, 1)
    for car in ("car", "another"):
        await caps.commit(car, Commit(plan(1, T0_MS), log, shown, Drive()), T0_MS)
        await caps.forget(car if car == "car" else "nobody")
    assert (await caps.look("car", "")).log == Log()
    assert (await caps.look("another", "")).log.seen == shown


async def test_what_a_removed_car_is_still_shown_counts_and_is_forgotten_in_a_day(aredis):
    """A session that was open goes on. Who had looked before is told to look again."""
    caps, life = RedisCaps(aredis), (FrequencyCap(1, per=Per.LIFE),)
    shown = Log().seen.and_these([("li:spot", life)], T0_MS, 1)
    await caps.commit("car", Commit(plan(1, T0_MS), Log(), shown, Drive()), T0_MS)
    before = (await caps.look("car", "")).log
    await caps.forget("car")
    more = before.seen.and_these([("li:spot", life)], T0_MS, 1)
    _, late = await caps.commit("car", Commit(plan(2, T0_MS), before, more, Drive()), T0_MS)
    assert (late.ours, late.kept, late.log) == (False, None, Log())
    assert await tried(caps, 2, life, T0_MS)
    assert not await tried(caps, 3, life, T0_MS)
    assert SESSION_MS < await aredis.pttl("{veh:car}:seen") <= DAY_MS
