"""A slow server keeps nobody waiting but itself."""

import asyncio
from collections import Counter

import pytest

from adserver.vast.fire_trackers import AT_ONCE, AT_ONE_SERVER, FireTrackers
from adserver.vast.ports import Call


class Waiting:
    """Calls that wait, of two servers, those of the slow one first."""

    def __init__(self, slow: int, quick: int) -> None:
        self.waiting = [Call(f"s{n}", "tap", 0, "https://slow.example/x") for n in range(slow)]
        self.waiting += [Call(f"q{n}", "tap", 0, "https://quick.example/x") for n in range(quick)]
        self.settled: list[str] = []
        self.outcomes: Counter[str] = Counter()

    def claim(self, limit, at_one_server, busy):
        number, found = Counter(busy), []
        for call in self.waiting:
            if len(found) < limit and number[call.server] < at_one_server:
                number[call.server] += 1
                found.append(call)
        self.waiting = [call for call in self.waiting if call not in found]
        return found

    def settle(self, call, outcome):
        self.settled.append(call.fill_id)
        self.outcomes[outcome] += 1


async def test_what_others_wait_for_is_told_while_one_is_slow(clock):
    calls, answer, most = Waiting(slow=20, quick=40), asyncio.Event(), Counter()
    flying = Counter()

    async def fetch(url, limit_bytes):
        server = url.partition(".")[0]
        flying[server] += 1
        most[server] = max(most[server], flying[server])
        most["all"] = max(most["all"], flying.total())
        if server == "https://slow":
            await answer.wait()
        elif not any(call.fill_id.startswith("q") for call in calls.waiting):
            answer.set()  # all others were claimed while it was slow
        flying[server] -= 1
        return b""

    assert await FireTrackers(calls, fetch, dict, clock)() == 60
    assert calls.settled[0].startswith("q")
    assert len(set(calls.settled)) == 60
    assert most["https://slow"] == AT_ONE_SERVER
    assert most["all"] <= AT_ONCE


async def test_nothing_goes_on_once_it_is_stopped(clock):
    begun, never = asyncio.Event(), asyncio.Event()
    ended = []

    async def fetch(url, limit_bytes):
        begun.set()
        try:
            await never.wait()
        except asyncio.CancelledError:
            ended.append(url)
            raise

    firing = asyncio.create_task(FireTrackers(Waiting(slow=2, quick=0), fetch, dict, clock)())
    await begun.wait()
    firing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await firing
    await asyncio.sleep(0)
    assert len(ended) == 2


async def test_one_that_breaks_is_settled_and_the_others_are_made(clock):
    calls, broken = Waiting(slow=2, quick=20), asyncio.Event()

    async def fetch(url, limit_bytes):
        if url.startswith("https://slow"):
            broken.set()
            raise ExceptionGroup("of the address", [OverflowError()])
        await broken.wait()  # under way while those break
        await asyncio.sleep(0.01)
        return b""

    assert await FireTrackers(calls, fetch, dict, clock)() == 22
    assert calls.outcomes == {"told": 20, "failed": 2}


async def test_an_outcome_that_cannot_be_noted_ends_no_other_call(clock):
    calls = Waiting(slow=1, quick=3)
    settle = calls.settle

    def broken(call, outcome):
        if call.fill_id == "s0":
            raise OSError
        settle(call, outcome)

    calls.settle = broken

    async def fetch(url, limit_bytes):
        return b""

    assert await FireTrackers(calls, fetch, dict, clock)() == 4
    assert sorted(calls.settled) == ["q0", "q1", "q2"]


async def test_what_was_begun_is_made_where_no_more_can_be_claimed(clock):
    calls, asked = Waiting(slow=2, quick=1), 0
    claim = calls.claim

    def failing(*args):
        nonlocal asked
        asked += 1
        if asked > 1:
            raise OSError("no database")
        return claim(*args)

    calls.claim = failing
    over = asyncio.Event()

    async def fetch(url, limit_bytes):
        if url.startswith("https://slow"):
            await over.wait()
        else:
            asyncio.get_running_loop().call_later(0.05, over.set)
        return b""

    with pytest.raises(OSError, match="no database"):
        await FireTrackers(calls, fetch, dict, clock)()
    assert calls.outcomes == {"told": 3}
