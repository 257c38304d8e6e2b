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
