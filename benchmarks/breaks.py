"""Breaks decided over HTTP, against a bare Starlette handler that makes as many round trips to Redis.

Run: ``python benchmarks/breaks.py``. One web process on one core answers three addresses in turn: a break is
decided, reserved and kept, for a new car each time; the same commands are sent to the same Redis without a
decision (those of one break, whatever the car); and as many round trips of a small command are made. Rates
are for each second of the web process's time; what Redis spends is its own.
"""

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import asynccontextmanager, contextmanager
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import msgspec
from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from adserver.adapters.redis_budgets import RedisBudgets
from adserver.adapters.redis_caps import RedisCaps
from adserver.adapters.siv_sealer import SivSealer
from adserver.serving.keep_standings import KeepStandings
from adserver.serving.serve_break import ServeBreak
from benchmarks import decision, load

LINE_ITEMS, PLACES, EACH = 10_000, 100_000, 10
AVAILS, ROUNDS = 400, 3
CALLS: tuple[str, ...] = ("look", "commit")


class Recording:
    """What a decision asks of the counters, written down by the name of the call."""

    def __init__(self, made, told):
        self._made, self._told = made, told

    def __getattr__(self, name):
        call = getattr(self._made, name)

        async def recorded(*args):
            if name in CALLS:
                self._told.append((call, args))
            return await call(*args)

        return recorded


async def prepared(client):
    """The demand with its budgets opened, and places to ask from."""
    world = decision.world(LINE_ITEMS, PLACES, EACH)
    budgets, chance = RedisBudgets(client), decision.random.Random(7)
    avails = [decision.avail(n, chance, world.places) for n in range(AVAILS)]
    near = {
        candidate.offer.line_item.line_item_id: candidate.offer.line_item
        for a in avails
        for candidate in world.index.candidates(a.location, decision.NOW_MS)
    }
    for item in near.values():
        await budgets.open(item, spent_micros=0, counted=(), now_ms=decision.NOW_MS)
    return world.index, avails


def application(redis_socket):
    """The three addresses."""
    client = Redis(unix_socket_path=redis_socket)
    number, state = count(), {}

    def serving(budgets, caps):
        sealer, index = SivSealer([b"b" * 32]), state["index"]
        clock = decision.Still()
        standings = state["standings"]
        return ServeBreak(
            lambda: index, standings, budgets, caps, sealer, clock, lambda: 0.5, lambda *_: None
        )

    @asynccontextmanager
    async def begin(_app):
        state["index"], state["avails"] = await prepared(client)
        budgets, caps = RedisBudgets(client), RedisCaps(client)
        state["standings"] = KeepStandings(budgets)
        state["serve"], told = serving(budgets, caps), []
        decided = await serving(Recording(budgets, told), Recording(caps, told))(fresh())
        by_name = {call.__name__: (call, args) for call, args in told}
        state["calls"] = [by_name[name] for name in CALLS]
        state["body"] = msgspec.json.encode(decided)
        decision.gc.collect()
        decision.gc.freeze()
        yield

    def fresh():
        n = next(number)
        avail = state["avails"][n % AVAILS]
        return msgspec.structs.replace(avail, avail_id=f"a{n}", subject=f"car{n}")

    async def decide(_request):
        return Response(msgspec.json.encode(await state["serve"](fresh())), media_type="application/json")

    async def same(_request):
        car = f"same{next(number)}"
        for call, (_, *args) in state["calls"]:
            await call(car, *args)
        return Response(state["body"], media_type="application/json")

    async def small(_request):
        for _ in CALLS:
            await client.get("nothing")
        return Response(state["body"], media_type="application/json")

    routes = [Route("/decide", decide), Route("/same", same), Route("/small", small)]
    return Starlette(routes=routes, lifespan=begin)


def serve(fd, redis_socket):
    """One web process on one core, until it is told to stop."""
    import uvicorn

    from server.web_worker import configuration

    os.sched_setaffinity(0, {0})
    uvicorn.Server(configuration(application(redis_socket))).run(sockets=[socket.socket(fileno=fd)])


@contextmanager
def running(folder):
    """A Redis, and the web process: its port and pid."""
    at = Path(folder) / "redis.sock"
    binary = Path(sys.executable).with_name("redis-server")
    options = ["--port", "0", "--unixsocket", at, "--dir", folder, "--save", ""]
    redis = subprocess.Popen([binary, *options], stdout=subprocess.DEVNULL)
    while not at.exists():
        time.sleep(0.01)
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    port = listener.getsockname()[1]
    command = [sys.executable, __file__, str(listener.fileno()), str(at)]
    web = subprocess.Popen(command, pass_fds=[listener.fileno()])
    listener.close()
    try:
        assert web.poll() is None
        yield port, web.pid
    finally:
        for process in (web, redis):
            process.terminate()
            process.wait(20)


def main():
    """Rounds in turn, the best of each."""
    os.sched_setaffinity(0, {os.cpu_count() - 1})
    names = {
        "/small": "bare handler, as many round trips of a small command",
        "/same": "bare handler, the same commands of one break",
        "/decide": "a break decided, reserved and kept",
    }
    best = {}
    load.CONNECTIONS, load.ROUND_S, load.WARM_S = 32, 3.0, 20.0
    with tempfile.TemporaryDirectory() as folder, running(folder) as (port, pid):
        for _ in range(ROUNDS):
            for path in names:
                seen = asyncio.run(load.load(port, [path.encode()] * load.CONNECTIONS, pid))
                if path not in best or seen.rate > best[path].rate:
                    best[path] = seen
    bare = best["/small"].rate
    print(f"{'':54} {'a second':>10} {'x bare':>8} {'p99 ms':>8}")
    for path, name in names.items():
        one = best[path]
        print(f"{name:54} {one.rate:10.0f} {one.rate / bare:7.2f}x {one.percentile_ms(0.99):8.1f}")
    against = best["/decide"].rate / best["/same"].rate
    print(f"{'decided against the same commands':54} {'':10} {against:7.2f}x")


if __name__ == "__main__":
    if len(sys.argv) == 3:
        serve(int(sys.argv[1]), sys.argv[2])
    else:
        main()
