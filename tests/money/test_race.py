"""Sixty-four real processes race for the same budgets, breaks and beacons."""

import asyncio
import json
import os
import sys
from collections import Counter

from sqlalchemy import select

from adserver.adapters.tables import ledger_transfers, metadata
from adserver.billing.ledger import REVENUE
from server.engines.database import open_database
from tests.money.stage import CAP, ITEMS, PRICE, TOLD, Stage, most_shown, redis_server

WORKERS, BREAKS = 64, 12
BUDGET = 90 * PRICE
"""Less than is asked for, and what it is used up by is not a whole number of what one worker takes."""


async def race(socket: str, url: str, number: int) -> dict:
    """Every break is asked for by two workers, every beacon told by both; and eight of them post."""
    stage = Stage(socket, url, BUDGET)
    fills, outcomes = {}, Counter()
    for n in range(BREAKS):
        pair = number // 2
        served = await stage.serve(stage.avail(f"avl_{pair}_{n}", pair))
        fills[served.avail_id] = [fill.fill_id for fill in served.fills]
        for fill in served.fills:
            outcomes.update(outcome.value for outcome in await stage.tell(fill))
    if number % 8 == 0:
        await stage.post()
    await stage.close()
    return {"fills": fills, "outcomes": outcomes}


def run(socket: str, url: str) -> None:
    """All workers, each a process of its own; one line of JSON each."""
    gate_out, gate_in = os.pipe()
    children = []
    for number in range(WORKERS):
        out, into = os.pipe()
        if (pid := os.fork()) == 0:
            os.close(gate_in)
            os.read(gate_out, 1)  # all begin at once
            os.write(into, json.dumps(asyncio.run(race(socket, url, number))).encode() + b"\n")
            os._exit(0)
        os.close(into)
        children.append((pid, out))
    os.close(gate_in)
    for pid, out in children:
        with os.fdopen(out) as answer:
            print(answer.read(), end="")
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


async def test_sixty_four_processes(tmp_path):
    server, socket = redis_server(tmp_path)
    url = f"sqlite:///{tmp_path / 'race.db'}"
    engine = open_database(url)
    metadata.create_all(engine)
    stage = Stage(socket, url, BUDGET)
    try:
        await stage.open()
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.money.test_race", socket, url, stdout=asyncio.subprocess.PIPE
        )
        told, _ = await process.communicate()
        assert process.returncode == 0
        answers = [json.loads(line) for line in told.splitlines()]
        assert len(answers) == WORKERS
        # Whoever asks for a break gets the same answer.
        for one, other in zip(answers[::2], answers[1::2], strict=True):
            assert one["fills"] == other["fills"]
        outcomes = sum((Counter(answer["outcomes"]) for answer in answers), Counter())
        chosen = {fill for answer in answers for fills in answer["fills"].values() for fill in fills}
        # What must come before what is paid for is noted; all is told again.
        noted = outcomes["noted"]
        assert outcomes == {"billed": len(chosen), "noted": noted, "repeated": len(chosen) + noted}
        before = [len(kinds) - 1 for kinds in TOLD.values()]
        assert abs(noted - len(chosen) * sum(before) / ITEMS) <= WORKERS
        # What two held for a moment was refused to a third. Afterwards it is there, and not one more.
        most, n = ITEMS * BUDGET // PRICE, 0
        assert most - WORKERS <= len(chosen) <= most
        while (served := await stage.serve(stage.avail(f"avl_late_{n}", 1000 + n))).fills:
            n += 1
            chosen.add(served.fills[0].fill_id)
            await stage.tell(served.fills[0])
        assert len(chosen) == most
        balances = await stage.budgets.balances([item.line_item_id for item in stage.items])
        assert {
            (one.spent_micros, one.remaining_micros, one.reserved_micros) for one in balances.values()
        } == {(BUDGET, 0, 0)}
        assert 0 < await most_shown(stage) <= CAP
        await stage.post()
        assert (await stage.audit()).findings == ()
        with engine.connect() as connection:
            earned = select(ledger_transfers.c.event_id).where(ledger_transfers.c.credit == REVENUE)
            assert sorted(connection.execute(earned).scalars()) == sorted(chosen)
    finally:
        await stage.close()
        engine.dispose()
        server.end()


if __name__ == "__main__":
    run(*sys.argv[1:3])
