"""Servers go by the clock of the Redis that they share, however far apart their own are; never back."""

from datetime import timedelta

import structlog
from hypothesis import given
from hypothesis import strategies as st

from kernel.clock import from_ms
from server.chance import SLOWEST, SharedClock, SystemClock
from server.keep_time import LATEST, TOLD_MS, KeepTime
from server.metrics import CLOCK_AHEAD, CLOCK_BEHIND


class Off:
    """A machine's clock that is set wrong."""

    def __init__(self, ahead_ms: int) -> None:
        self.ahead_ms = ahead_ms

    def now(self):
        return SystemClock().now() + timedelta(milliseconds=self.ahead_ms)

    def now_ms(self):
        return SystemClock().now_ms() + self.ahead_ms


async def test_two_servers_whose_clocks_are_apart_judge_by_one(aredis):
    for ahead_ms in (2_000, -2_000, -86_400_000, 0):
        clock = SharedClock(Off(ahead_ms))
        asked_ms = SystemClock().now_ms()
        await KeepTime(aredis, clock)()
        took_ms = SystemClock().now_ms() - asked_ms
        assert abs(clock.behind_ms + ahead_ms) <= took_ms + 2
        before_ms = SystemClock().now_ms()
        told_ms = clock.now_ms()
        assert before_ms - took_ms - 2 <= told_ms <= SystemClock().now_ms() + took_ms + 2
        assert CLOCK_BEHIND._value.get() == clock.behind_ms / 1000


async def test_a_clock_that_agrees_is_left_alone(aredis):
    """Else time would jitter with the network."""
    clock = SharedClock()
    keep = KeepTime(aredis, clock)
    for _ in range(20):
        await keep()
    assert clock.behind_ms == 0
    assert abs(clock.now_ms() - SystemClock().now_ms()) < 1_000


class Held:
    """A machine whose time and whose steady clock a test holds in its hands; Redis' is beside it."""

    def __init__(self) -> None:
        self.ms, self.passed_ms, self.redis_ms = 1_800_000_000_000, 7_000, 1_800_000_000_000

    def now(self):
        return from_ms(self.ms)

    def now_ms(self):
        return self.ms

    def clock(self):
        return SharedClock(self, lambda: self.passed_ms / 1_000)

    def wait(self, ms):
        self.ms, self.passed_ms, self.redis_ms = self.ms + ms, self.passed_ms + ms, self.redis_ms + ms

    def measured(self, clock, took_ms=0):
        asked_ms = self.passed_ms
        self.wait(took_ms)
        clock.heed(asked_ms, self.redis_ms, self.passed_ms)
        return clock


def test_a_measurement_changes_as_little_as_it_demands():
    held = Held()
    clock, passed_ms = held.clock(), held.passed_ms
    clock.heed(passed_ms, held.ms + 2_000, passed_ms + 10)
    assert (clock.behind_ms, clock.now_ms() - held.ms) == (1_989, 1_989)
    assert clock.now() == from_ms(held.ms + 1_989)
    clock.heed(passed_ms, held.ms + 2_000, passed_ms + 400)
    assert clock.behind_ms == 1_989, "a slow answer tells less"
    clock.heed(passed_ms, held.ms + 3_000, passed_ms)
    assert clock.behind_ms == 2_999


def test_the_first_measurement_sets_it_whatever_was_told_before():
    held = Held()
    clock = held.clock()
    assert clock.now_ms() == held.ms
    held.redis_ms -= 86_400_000
    assert held.measured(clock).now_ms() == held.redis_ms + 1


def test_a_machine_that_is_set_back_is_not_believed():
    held = Held()
    clock = held.measured(held.clock())
    held.ms -= 30_000
    held.wait(2_000)
    assert clock.now_ms() == held.redis_ms
    assert held.measured(clock).now_ms() == held.redis_ms


def test_a_machine_that_leaps_ahead_may_have_slept_and_is_believed_until_it_is_measured():
    held = Held()
    clock = held.measured(held.clock())
    held.ms += 30_000
    assert clock.now_ms() == held.redis_ms + 30_000
    assert clock.line_ms() == held.redis_ms, "nobody else is told to go by it"
    assert held.measured(clock).now_ms() == held.redis_ms, "it was set, and had not slept"
    held.ms, held.redis_ms = held.ms + 40_000, held.redis_ms + 40_000
    assert clock.now_ms() == held.redis_ms
    assert abs(held.measured(clock).now_ms() - held.redis_ms) <= 1, "it had"


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("wait"), st.integers(0, 5_000)),
            st.tuples(st.just("machine"), st.integers(-(10**6), 0)),
            st.tuples(st.just("redis"), st.integers(-(10**6), 10**6)),
            st.tuples(st.just("measure"), st.integers(0, 500)),
        )
    )
)
def test_time_never_goes_back_nor_much_slower_and_is_right_in_the_end(steps):
    held = Held()
    clock = held.measured(held.clock())
    passed_ms, began_ms = held.passed_ms, clock.now_ms()
    before_ms = began_ms
    for step, ms in steps:
        if step == "wait":
            held.wait(ms)
        elif step == "machine":
            held.ms += ms
        elif step == "redis":
            held.redis_ms += ms
        else:
            held.measured(clock, ms)
        now_ms = clock.now_ms()
        assert now_ms >= before_ms
        assert now_ms - began_ms >= (held.passed_ms - passed_ms) * SLOWEST - 1
        before_ms = now_ms
    held.measured(clock)
    held.wait(round(clock.ahead_ms / (1 - SLOWEST)) + 100)
    assert abs(clock.now_ms() - held.redis_ms) <= 1


async def test_a_server_that_begins_is_not_behind_those_that_were_there(aredis):
    """Redis' clock was set back meanwhile: what they judged is not young again for it."""
    there = SharedClock()
    await KeepTime(aredis, there)()
    there.heed(there.steady_ms(), SystemClock().now_ms() + 600_000, there.steady_ms())
    await KeepTime(aredis, there)()  # as it was told before, ten minutes ahead of what Redis shows now
    latest_ms = int(await aredis.get(LATEST))
    begun = SharedClock()
    await KeepTime(aredis, begun)()
    assert begun.now_ms() >= latest_ms > SystemClock().now_ms() + 500_000
    assert begun.ahead_ms > 500_000
    assert CLOCK_AHEAD._value.get() > 500
    assert 0 < await aredis.pttl(LATEST) <= 60_000


async def test_an_operator_is_told_once_of_a_clock_that_is_far_off(aredis):
    off = Off(0)
    keep = KeepTime(aredis, SharedClock(off))
    with structlog.testing.capture_logs() as told:
        for ahead_ms in (0, 2 * TOLD_MS, 3 * TOLD_MS, 0, -2 * TOLD_MS):
            off.ahead_ms = ahead_ms
            await keep()
    assert [one["event"] for one in told] == ["this machine's clock is not that of Redis"] * 2
