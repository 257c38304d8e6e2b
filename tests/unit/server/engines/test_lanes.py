"""Each kind of job waits in a lane of its own."""

from redis.asyncio import Redis

from server.engines.lanes import Lanes


async def test_what_waits_in_one_lane_is_not_in_the_other(aredis, redis_socket):
    lanes = Lanes.on(Redis(unix_socket_path=str(redis_socket)))
    try:
        await lanes.films.enqueue("prepare_asset", asset_id="ast_1")
        assert [await lane.count("queued") for lane in lanes.all] == [1, 0]
        await lanes.extracts.enqueue("import_extract", import_id="ext_1")
        assert [await lane.count("queued") for lane in lanes.all] == [1, 1]
        assert (await lanes.extracts.dequeue(timeout=1)).function == "import_extract"
        # What an earlier version queued lies where that did.
        assert lanes.films.name == "default"
    finally:
        await lanes.close()
