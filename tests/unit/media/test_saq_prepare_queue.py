import pytest
from saq.queue.redis import RedisQueue

from media.adapters.saq_prepare_queue import SaqPrepareQueue


@pytest.fixture
async def queue(aredis):
    queue = RedisQueue(aredis, name="media-test")
    await queue.connect()
    return queue


async def test_an_asset_is_queued_once_however_often_it_is_asked_for(queue):
    prepare = SaqPrepareQueue(queue)
    for asset_id in ("ast_1", "ast_1", "ast_2"):
        await prepare.enqueue(asset_id)
    assert await queue.count("queued") == 2
    job = await queue.job("ast_1")
    assert (job.function, job.kwargs, job.heartbeat) == ("prepare_asset", {"asset_id": "ast_1"}, 60)


async def test_what_failed_is_tried_again_after_a_while(queue):
    await SaqPrepareQueue(queue).enqueue("ast_1")
    job = await queue.dequeue(timeout=1)
    assert (job.retries, job.retry_delay, job.retry_backoff) == (5, 30, 600)
    job.attempts += 1
    await job.retry("no disk")
    assert await queue.count("queued") == 0
    assert await queue.count("incomplete") == 1
