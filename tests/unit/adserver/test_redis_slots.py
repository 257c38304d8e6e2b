"""Every command and script of the ad server stays within one slot, as a cluster demands."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from redis.asyncio import Redis
from redis.cluster import key_slot

from adserver.adapters import redis_budgets
from adserver.adapters.redis_events import shard_keys
from adserver.billing.budget import SHARDS, shard
from adserver.booking.cap import FrequencyCap
from adserver.booking.edit_campaign import Edit
from tests.adserver.house import House, avail, card_avail
from tests.engines import free_port

SLOTS = 16_384
LUA = Path(redis_budgets.__file__).parent / "lua"


@pytest.fixture(scope="module")
def cluster_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Of a real Redis in cluster mode, alone with all slots: it refuses what names keys of several."""
    folder = tmp_path_factory.mktemp("cluster")
    port = next(
        port for port in iter(free_port, None) if port < 55_000
    )  # its bus takes the port 10,000 above
    options = {"port": port, "dir": folder, "save": "", "cluster-enabled": "yes"}
    command = [Path(sys.executable).with_name("redis-server")]
    command += [part for name, value in options.items() for part in (f"--{name}", str(value))]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    client = redis.Redis(port=port)
    until(lambda: client.ping())
    client.execute_command("CLUSTER", "ADDSLOTS", *range(SLOTS))
    until(lambda: b"cluster_state:ok" in client.execute_command("CLUSTER", "INFO", NEVER_DECODE=True))
    client.close()
    yield port
    process.terminate()
    process.wait(10)


def until(answers) -> None:
    for _ in range(600):
        try:
            if answers():
                return
        except redis.ConnectionError:
            pass
        time.sleep(0.05)
    raise AssertionError("the cluster did not come up")


@pytest.fixture
async def cluster(cluster_port):
    client = Redis(port=cluster_port)
    await client.flushall()
    yield client
    await client.aclose()


async def test_a_cluster_takes_the_whole_way_of_the_money(cluster, database, clock, new_id):
    house = House(database, cluster, clock, new_id)
    campaigns = [await house.running(name=f"C{n}", cap=FrequencyCap(3, 3600), segments=4) for n in range(3)]
    for n in range(4):
        served = await house.serve(avail(f"a{n}", clock.now()))
        for event in ("start", "notUsed"):
            for fill in served.fills[:2] if event == "start" else served.fills[2:]:
                await house.record(fill.beacon, event)
    await house.serve(card_avail("c1", clock.now()))
    await house.edit(None, campaigns[0].campaign_id, Edit(revision=1, budget_micros=90_000_000), actor="acc")
    clock.advance(700)
    assert await house.release() > 0
    await cluster.delete(f"{{b{shard(campaigns[1].line_item.line_item_id)}}}:budgets")
    found = await house.reconcile()
    assert (found.unbalanced, found.differing) == ((), ())
    assert campaigns[1].line_item.line_item_id in found.opened
    assert sum(house.ledger.spent().values()) > 0


async def test_a_cluster_would_have_refused(cluster):
    with pytest.raises(redis.exceptions.ResponseError, match="same slot"):
        await cluster.mget("{b0}:budgets", "{b1}:budgets")


@pytest.mark.parametrize("number", range(SHARDS))
def test_the_keys_of_a_shard_are_in_one_slot(number):
    assert len({key_slot(key.encode()) for key in shard_keys(number)}) == 1


def test_the_shards_are_in_slots_of_their_own():
    assert len({key_slot(shard_keys(number)[0].encode()) for number in range(SHARDS)}) == SHARDS


@pytest.mark.parametrize("script", sorted(LUA.glob("*.lua")), ids=lambda path: path.stem)
def test_a_script_touches_no_key_but_those_that_it_is_given(script):
    """Redis 6.2 does not look at that on a node that has all slots."""
    text = script.read_text()
    given = set(re.findall(r"(?<![\w.])(\w+)(?=[^=\n]*=[^=\n]*KEYS\[)", text))
    named = re.findall(r"redis\.call\('\w+', ([\w\[\]+ ]+)", text)
    assert named
    assert not [name for name in named if name not in given and not name.startswith("KEYS[")]
