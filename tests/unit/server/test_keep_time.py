"""Servers go by the clock of the Redis that they share, however far apart their own are."""

from datetime import timedelta

import structlog

from kernel.clock import from_ms
from server.chance import SharedClock, SystemClock
from server.keep_time import TOLD_MS, KeepTime
from server.metrics import CLOCK_BEHIND


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


class Fixed:
    now_value_ms = 1_800_000_000_000

    def now(self):
        return from_ms(self.now_value_ms)

    def now_ms(self):
        return self.now_value_ms


def test_a_measurement_changes_as_little_as_it_demands():
    clock = SharedClock(Fixed())
    now_ms = clock.now_ms()
    clock.heed(now_ms, now_ms + 2_000, now_ms + 10)
    assert (clock.behind_ms, clock.now_ms() - now_ms) == (1_989, 1_989)
    assert clock.now() == from_ms(now_ms + 1_989)
    clock.heed(now_ms, now_ms + 2_000, now_ms + 400)
    assert clock.behind_ms == 1_989, "a slow answer tells less"
    clock.heed(now_ms, now_ms, now_ms)
    assert clock.behind_ms == 1


async def test_an_operator_is_told_once_of_a_clock_that_is_far_off(aredis):
    off = Off(0)
    keep = KeepTime(aredis, SharedClock(off))
    with structlog.testing.capture_logs() as told:
        for ahead_ms in (0, 2 * TOLD_MS, 3 * TOLD_MS, 0, -2 * TOLD_MS):
            off.ahead_ms = ahead_ms
            await keep()
    assert len(told) == 2
