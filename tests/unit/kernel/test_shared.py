"""One piece of work for all who ask at once, and nobody's going away is another's loss."""

import asyncio

import pytest

from kernel.shared import Shared


class Work:
    """Waits until it is let go."""

    def __init__(self) -> None:
        self.begun = 0
        self.began, self.go = asyncio.Event(), asyncio.Event()
        self.failure: Exception | None = None

    async def __call__(self) -> int:
        self.begun += 1
        number = self.begun
        self.began.set()
        await self.go.wait()
        if self.failure:
            raise self.failure
        return number


async def asked(shared: Shared[str, int], work: Work, times: int = 5) -> list[asyncio.Task[int]]:
    asking = [asyncio.create_task(shared("key", work)) for _ in range(times)]
    await work.began.wait()
    return asking


async def test_all_who_ask_at_once_are_given_the_same():
    shared, work = Shared[str, int](), Work()
    asking = await asked(shared, work)
    other = asyncio.create_task(shared("other", work))
    work.go.set()
    assert await asyncio.gather(*asking) == [1] * 5
    assert (await other, work.begun, len(shared)) == (2, 2, 0)


@pytest.mark.parametrize("gone", [0, 3])
async def test_who_goes_away_takes_nobodys_with_them(gone):
    shared, work = Shared[str, int](), Work()
    asking = await asked(shared, work)
    leaving = asking.pop(gone)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    work.go.set()
    assert await asyncio.gather(*asking) == [1] * 4


async def test_what_failed_is_tried_anew_for_who_asks_next():
    shared, work = Shared[str, int](), Work()
    asking = await asked(shared, work, 2)
    work.failure = OSError("gone")
    work.go.set()
    assert [type(one) for one in await asyncio.gather(*asking, return_exceptions=True)] == [OSError] * 2
    work.failure = None
    assert await shared("key", work) == 2
