import asyncio

from structlog.testing import capture_logs

from server.loops import Loop


async def test_a_failing_work_is_tried_again_and_told_of_once():
    done = asyncio.Event()
    calls = 0

    async def step():
        nonlocal calls
        calls += 1
        if calls <= 3:
            raise ConnectionError
        if calls == 5:
            done.set()

    with capture_logs() as lines:
        task = asyncio.create_task(Loop("post-ledger", 0.0, step)())
        await asyncio.wait_for(done.wait(), 5)
        task.cancel()
    assert [line["event"] for line in lines] == ["a regular work fails", "a regular work succeeds again"]
