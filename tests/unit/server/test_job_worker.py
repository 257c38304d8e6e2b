import asyncio
import threading
from types import SimpleNamespace

import pytest
from redis.asyncio import Redis
from saq import Job, Status
from saq.queue.redis import RedisQueue

from geotarget.adapters.saq_extract_queue import SaqExtractQueue
from geotarget.extract import State
from kernel.errors import Conflict, Unavailable
from media.acceptance import Hindered
from media.adapters.saq_prepare_queue import SaqPrepareQueue
from media.asset import AssetState
from server import job_worker
from server.engines.lanes import Lanes
from server.job_worker import adopt_orphans, attend, claim_name, lane_workers
from server.settings import Settings


@pytest.fixture
async def queue(aredis, redis_socket):
    found = RedisQueue(Redis(unix_socket_path=str(redis_socket)))
    yield found
    await found.disconnect()


async def take(queue, worker_id):
    """What a worker does before it is killed."""
    job = await queue.dequeue(timeout=1)
    job.worker_id, job.attempts = worker_id, job.attempts + 1
    await job.update(status=Status.ACTIVE)
    return job


async def test_a_restarted_worker_takes_up_what_it_was_doing(queue):
    await queue.enqueue("prepare_asset", key="ast_1", asset_id="ast_1", retries=3, heartbeat=60)
    await take(queue, "host-0")
    assert await adopt_orphans(queue, "host-0") == 1
    again = await queue.dequeue(timeout=1)
    assert (again.key, again.attempts, again.kwargs) == ("ast_1", 0, {"asset_id": "ast_1"})


async def test_being_killed_again_and_again_uses_up_no_retry(queue):
    await queue.enqueue("prepare_asset", key="ast_1", asset_id="ast_1", retries=3)
    for _ in range(5):
        await take(queue, "host-0")
        await adopt_orphans(queue, "host-0")
    assert (await queue.dequeue(timeout=1)).retryable


async def test_another_workers_job_is_left_alone(queue):
    await queue.enqueue("prepare_asset", key="ast_1", asset_id="ast_1")
    await take(queue, "host-1")
    assert await adopt_orphans(queue, "host-0") == 0
    assert await queue.count("queued") == 0


async def test_one_killed_between_taking_and_beginning_is_found_too(queue):
    await queue.enqueue("prepare_asset", key="ast_1", asset_id="ast_1")
    await queue.dequeue(timeout=1)
    assert await adopt_orphans(queue, "host-0") == 1
    assert await queue.count("queued") == 1


def test_workers_of_one_folder_have_names_that_come_back(tmp_path, monkeypatch):
    import os

    settings = Settings.from_environ({"ROADCAST_DATA_DIR": str(tmp_path)})
    opened = []
    real = os.open
    monkeypatch.setattr(job_worker.os, "open", lambda *args: opened.append(real(*args)) or opened[-1])
    monkeypatch.setattr(job_worker, "WORKERS_LIMIT", 2)
    first, second = claim_name(settings), claim_name(settings)
    assert first != second
    with pytest.raises(Conflict):
        claim_name(settings)
    os.close(opened[0])  # the first one is killed
    assert claim_name(settings) == first
    for descriptor in (opened[1], opened[-1]):
        os.close(descriptor)


@pytest.mark.parametrize("attempts", [1, 2])
async def test_what_the_machine_hinders_is_refused_only_after_the_retries(attempts):
    given_up = []

    class Preparing:
        async def __call__(self, asset_id, report):
            raise Hindered("media-disk-full")

        async def give_up(self, asset_id, reason):
            given_up.append((asset_id, reason))
            return SimpleNamespace(state=AssetState.FAILED)

    async def after_preparation():
        return None

    house = SimpleNamespace(
        media=SimpleNamespace(prepare_asset=Preparing()), after_preparation=after_preparation
    )
    context = {"house": house, "job": Job("prepare_asset", retries=2, attempts=attempts)}
    if attempts < 2:
        with pytest.raises(Hindered):
            await job_worker.prepare_asset(context, asset_id="ast_1")
        assert given_up == []
    else:
        await job_worker.prepare_asset(context, asset_id="ast_1")
        assert given_up == [("ast_1", "media-disk-full")]


class Running:
    """An import of an extract, which a test lets go on."""

    def __init__(self, answer):
        self.answer = answer
        self.going, self.ended, self.given_up = threading.Event(), threading.Event(), []

    def __call__(self, import_id):
        self.going.set()
        if isinstance(self.answer, Exception):
            raise self.answer
        if self.answer is None:
            assert self.ended.wait(20)
            raise Unavailable("extract-interrupted", "Reading the extract was interrupted.")
        return self.answer

    def give_up(self, import_id, refusal):
        self.given_up.append((import_id, refusal.code))
        return SimpleNamespace(state=State.REFUSED)

    def end(self):
        self.ended.set()


async def an_extract(queue, run, retries=2, import_id="ext_1"):
    await SaqExtractQueue(queue).enqueue(import_id)
    job = await queue.dequeue(timeout=1)
    assert (job.function, job.kwargs, job.retries > 1) == ("import_extract", {"import_id": import_id}, True)
    job.attempts, job.retries = 1, retries
    context = {"house": SimpleNamespace(geotarget=SimpleNamespace(run_extract=run)), "job": job}
    await job_worker.import_extract(context, **job.kwargs)


async def test_an_extract_that_is_sent_is_imported(queue):
    await an_extract(queue, Running(SimpleNamespace(state=State.DONE)))


async def test_an_extract_is_given_up_only_after_the_retries(queue):
    disturbed = Running(Unavailable("extract-interrupted", "Reading the extract was interrupted."))
    with pytest.raises(Unavailable):
        await an_extract(queue, disturbed)
    assert disturbed.given_up == []
    await an_extract(queue, disturbed, retries=1, import_id="ext_2")
    assert disturbed.given_up == [("ext_2", "extract-interrupted")]


async def test_a_worker_that_is_told_to_stop_ends_the_reading_of_an_extract(queue):
    run = Running(None)
    task = asyncio.create_task(an_extract(queue, run))
    await asyncio.to_thread(run.going.wait, 20)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert run.ended.is_set()


BY_SAQ = pytest.mark.filterwarnings("ignore:Call to deprecated setex")


class Busy:
    """A house whose films take until an extract is imported."""

    def __init__(self):
        self.imported, self.begun, self.done, self.most = asyncio.Event(), [], [], 0
        self.going, self.all_done = asyncio.Event(), asyncio.Event()
        self.loop = asyncio.get_running_loop()
        self.media = SimpleNamespace(prepare_asset=self.prepare)
        self.geotarget = SimpleNamespace(run_extract=self)
        self.films = 2

    async def prepare(self, asset_id, report):
        self.begun.append(asset_id)
        self.going.set()
        self.most = max(self.most, len(self.begun) - len(self.done))
        await self.imported.wait()
        self.done.append(asset_id)
        if len(self.done) == self.films:
            self.all_done.set()
        return SimpleNamespace(state=AssetState.READY)

    def __call__(self, import_id):
        self.loop.call_soon_threadsafe(self.imported.set)
        return SimpleNamespace(state=State.DONE)

    def end(self):
        pass

    async def after_preparation(self):
        pass


@pytest.fixture
async def lanes(aredis, redis_socket):
    found = Lanes.on(Redis(unix_socket_path=str(redis_socket)))
    yield found
    await found.close()


async def working(house, lanes):
    told = asyncio.Event()
    task = asyncio.create_task(attend(lane_workers(lanes.all, "host-0", house), told))
    await asyncio.wait(
        {asyncio.create_task(house.all_done.wait()), task}, return_when=asyncio.FIRST_COMPLETED
    )
    told.set()
    await task


@BY_SAQ
async def test_an_extract_does_not_wait_behind_a_film_and_films_wait_for_each_other(lanes):
    house = Busy()
    for asset_id in ("ast_1", "ast_2"):
        await SaqPrepareQueue(lanes.films).enqueue(asset_id)
    await SaqExtractQueue(lanes.extracts).enqueue("ext_1")
    async with asyncio.timeout(30):
        await working(house, lanes)
    assert (house.done, house.most) == (["ast_1", "ast_2"], 1)


@BY_SAQ
async def test_an_extract_that_an_earlier_version_queued_among_films_is_imported(lanes):
    house = Busy()
    house.films = 1
    await SaqExtractQueue(lanes.films).enqueue("ext_1")
    await SaqPrepareQueue(lanes.films).enqueue("ast_1")
    async with asyncio.timeout(30):
        await working(house, lanes)
    assert house.done == ["ast_1"]


@BY_SAQ
async def test_told_to_stop_it_leaves_a_film_to_who_comes_back(lanes):
    house, told = Busy(), asyncio.Event()
    await SaqPrepareQueue(lanes.films).enqueue("ast_1")
    task = asyncio.create_task(attend(lane_workers(lanes.all, "host-0", house), told))
    async with asyncio.timeout(30):
        await house.going.wait()
        told.set()
        await task
    assert house.done == []
    assert await lanes.films.count("incomplete") == 1


class Lane:
    """A worker that works until it is stopped, or fails at once."""

    def __init__(self, failure=None):
        self.failure, self.stopped = failure, asyncio.Event()

    async def start(self):
        if self.failure:
            raise self.failure
        await self.stopped.wait()

    async def stop(self):
        self.stopped.set()


async def test_where_one_lane_fails_all_end_for_the_parent_to_start_them_again():
    lanes = [Lane(), Lane(OSError("no Redis"))]
    async with asyncio.timeout(30):
        with pytest.raises(OSError, match="no Redis"):
            await attend(lanes, asyncio.Event())
    assert all(lane.stopped.is_set() for lane in lanes)
