"""The job worker: prepares media, imports extracts, posts the ledger, releases what was never shown.

One job of each lane at a time: a film and an extract at most, which two cores bear. ``python -m
server.job_worker``, or ``roadcast worker`` on any machine that reaches the engines.
"""

import asyncio
import fcntl
import hashlib
import os
import signal
import socket
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, cast

import structlog
from saq import Job, Status, Worker
from saq.queue.redis import RedisQueue

from geotarget.import_attempt import Refusal
from kernel.errors import Conflict, Unavailable
from media.acceptance import Hindered
from server import logs
from server.metrics import JOBS
from server.settings import Settings
from server.wiring.house import House, build

HEARTBEAT_EVERY_S = 5.0
SWEEP_EVERY_S = 10
CONCURRENCY = 1
"""Of each lane."""
DEQUEUE_S = 1.0
WORKERS_LIMIT = 256

log = structlog.get_logger("server.jobs")


def claim_name(settings: Settings) -> str:
    """The first name that no living worker of this machine and data folder bears.

    The same after a restart, so that a new worker knows the orphans of a killed one.
    """
    folder = settings.data_dir / "run"
    folder.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256(os.fsencode(settings.data_dir)).hexdigest()[:8]
    for number in range(WORKERS_LIMIT):
        descriptor = os.open(folder / f"worker-{number}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # held until the process ends
        except BlockingIOError:
            os.close(descriptor)
        else:
            return f"{socket.gethostname()}-{digest}-{number}"
    raise Conflict("workers-too-many", f"{WORKERS_LIMIT} workers run on {settings.data_dir} already.")


async def adopt_orphans(queue: RedisQueue, own_id: str) -> int:
    """Put back what this worker was doing when it was killed; how many jobs."""
    found = 0
    active = cast("list[bytes]", await queue.redis.lrange(queue.namespace("active"), 0, -1))
    for raw in active:
        job = await queue.job(queue.job_key_from_id(raw.decode()))
        if job is not None and (job.worker_id == own_id or job.status is Status.QUEUED):
            job.attempts = max(0, job.attempts - 1)  # it is not the job's fault
            await job.retry("its worker was killed")
            found += 1
    return found


async def prepare_asset(context: Any, *, asset_id: str) -> None:
    """Prepare one asset, with a sign of life every few seconds."""
    house: House = context["house"]
    job: Job = context["job"]
    told_s = 0.0

    async def report(_permille: int) -> None:
        nonlocal told_s
        now_s = time.monotonic()
        if now_s - told_s > HEARTBEAT_EVERY_S:
            told_s = now_s
            await job.update()

    prepare = house.media.prepare_asset
    try:
        asset = await prepare(asset_id, report)
    except Hindered as hindrance:
        if job.retryable:
            raise
        asset = await prepare.give_up(asset_id, hindrance.code)
    JOBS.labels("prepare_asset", asset.state.value).inc()
    await house.after_preparation()


async def import_extract(context: Any, *, import_id: str) -> None:
    """Import an extract of OpenStreetMap, with a sign of life every few seconds."""
    house: House = context["house"]
    job: Job = context["job"]
    run = house.geotarget.run_extract
    running = asyncio.create_task(asyncio.to_thread(run, import_id))
    running.add_done_callback(lambda task: task.cancelled() or task.exception())  # nobody may wait any more
    try:
        while not (await asyncio.wait({running}, timeout=HEARTBEAT_EVERY_S))[0]:
            await job.update()
        done = running.result()
    except Unavailable as error:
        if job.retryable:
            raise
        done = await asyncio.to_thread(run.give_up, import_id, Refusal(error.code, error.detail, error.fix))
    finally:
        run.end()  # a thread that goes on would keep this process from ending
    if done is not None:
        JOBS.labels("import_extract", done.state.value).inc()


def lane_workers(lanes: Sequence[RedisQueue], own_id: str, house: House) -> list[Worker[Any]]:
    """One for each lane; each knows every kind, as an earlier version had one lane for all."""
    workers: list[Worker[Any]] = []
    for lane in lanes:
        worker = Worker[Any](
            lane,
            [prepare_asset, import_extract],
            id=own_id,
            concurrency=CONCURRENCY,
            dequeue_timeout=DEQUEUE_S,
            timers={"schedule": 1, "worker_info": 10, "sweep": SWEEP_EVERY_S, "abort": 1},
        )
        worker.SIGNALS = []  # a process has several, and they stop together
        worker.context["house"] = house
        workers.append(worker)
    return workers


async def attend(workers: Sequence[Worker[Any]], told: asyncio.Event) -> None:
    """Let them work until told to stop, or until one of them fails."""
    waiting = asyncio.create_task(told.wait())
    working = [asyncio.create_task(worker.start()) for worker in workers]
    try:
        await asyncio.wait([waiting, *working], return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
        await asyncio.gather(*(worker.stop() for worker in workers))
        await asyncio.gather(*working)


async def work(settings: Settings) -> None:
    """Work until told to stop."""
    told = asyncio.Event()
    for signum in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signum, told.set)
    house = build(settings)
    lanes, own_id = house.engines.lanes.all, claim_name(settings)
    orphans = sum([await adopt_orphans(lane, own_id) for lane in lanes])
    log.info("worker starts", adopted=orphans)
    loops = [asyncio.create_task(loop()) for loop in house.loops()]
    try:
        await attend(lane_workers(lanes, own_id, house), told)
    finally:
        await _cancel(loops)
        await house.engines.close()


async def _cancel(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task


def main() -> int:
    """The exit code."""
    settings = Settings.from_environ(os.environ)
    logs.configure(settings.log_level)
    asyncio.run(work(settings))
    return 0


if __name__ == "__main__":
    sys.exit(main())
