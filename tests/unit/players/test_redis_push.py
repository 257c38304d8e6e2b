"""Push over a real Redis: fan-out, no missed notice, overflow, and a lost connection."""

import asyncio
from contextlib import AsyncExitStack, suppress
from typing import ClassVar

import msgspec
import pytest
from redis.asyncio import Redis

from adserver.serving.avail import Location
from geotarget.area import Disc, make_area
from geotarget.area_index import AreaIndex
from geotarget.fence import State
from geotarget.fence_index import FenceIndex
from players.adapters import redis_keys, redis_push
from players.adapters.memory_positions import MemoryPositions
from players.adapters.redis_push import INBOX_LIMIT, Placed, QueueInbox, RedisPush, placed
from players.ports import Notice
from tests.redis_relay import Relay


async def test_who_listens_before_the_subscription_runs_is_caught_up(house):
    entering = asyncio.create_task(_first_notice(house))
    await asyncio.sleep(0)
    async with house.pushing():
        for _ in range(1000):
            if entering.done():
                break
            await house.push.publish("veh_1", Notice("break", "s"))
        assert await entering == Notice("break", "s")


async def _first_notice(house) -> Notice | None:
    async with house.push.listen("veh_1") as inbox:
        return await inbox.get(5)


async def test_every_listener_gets_its_vehicles_notices_in_order(house):
    listen = house.push.listen
    async with house.pushing(), listen("a") as one, listen("a") as two, listen("b") as other:
        for n in range(10):
            await house.push.publish("a", Notice("decision", data=str(n).encode()))
        for inbox in (one, two):
            assert [(await inbox.get(5)).data for _ in range(10)] == [str(n).encode() for n in range(10)]
        assert await other.get(0.01) is None


async def test_leaving_and_listening_again(house):
    async with house.pushing():
        for _ in range(20):
            async with house.push.listen("a") as inbox:
                await house.push.publish("a", Notice("state"))
                assert await inbox.get(5) == Notice("state")


async def test_leaving_while_another_arrives(house):
    async with house.pushing():

        async def visit(n: int) -> None:
            async with house.push.listen("a") as inbox:
                await house.push.publish("a", Notice("card", str(n)))
                while (notice := await inbox.get(5)) and notice.session_id != str(n):
                    assert notice.kind in {"card", "lost"}
                assert notice

        for _ in range(10):
            await asyncio.gather(*(visit(n) for n in range(5)))


async def test_a_reader_that_is_too_slow_is_told_to_look():
    inbox = QueueInbox()
    for n in range(INBOX_LIMIT + 5):
        inbox.put(Notice("decision", str(n)))
    found = [await inbox.get(0.01) for _ in range(5)]
    assert [notice.session_id for notice in found] == ["", *map(str, range(INBOX_LIMIT + 1, INBOX_LIMIT + 5))]
    assert found[0] == Notice("lost")


async def test_a_cut_connection_is_said_and_mended(house, aredis):
    async with house.pushing(), house.push.listen("a") as inbox:
        await aredis.client_kill_filter(_type="pubsub")
        assert await inbox.get(5) == Notice("lost")
        await house.push.publish("a", Notice("state"))
        assert await inbox.get(5) == Notice("state")


async def test_a_connection_that_has_died_without_a_word_is_noticed(
    aredis, redis_socket, tmp_path, monkeypatch
):
    monkeypatch.setattr(redis_push, "SILENT_S", 0.3)
    monkeypatch.setattr(redis_push, "RETRY_S", 0.01)
    relay, address = Relay(redis_socket), tmp_path / "relay.sock"
    async with (
        await asyncio.start_unix_server(relay.serve, address),
        Redis(unix_socket_path=address) as redis,
    ):
        push = RedisPush(redis, MemoryPositions())
        hearing = asyncio.create_task(push.run())
        async with push.listen("a") as inbox:
            relay.silent.update(relay.every())
            await aredis.publish("veh:a", msgspec.msgpack.encode(Notice("state")))
            # It came to nothing; who listens is told that something may have been missed.
            assert await inbox.get(30) == Notice("lost")
            await aredis.publish("veh:a", msgspec.msgpack.encode(Notice("state")))
            assert await inbox.get(30) == Notice("state")
        hearing.cancel()
        with suppress(asyncio.CancelledError):
            await hearing


async def test_quiet_is_no_reason_to_connect_again(house):
    """Redis is asked in each silence, and answers."""

    class Quiet:
        pings = 0
        heard: ClassVar[list[dict | None]] = [None, {"type": "pong", "channel": None, "data": b""}] * 3

        async def get_message(self, **_within: float) -> dict | None:
            if not self.heard:
                raise EOFError
            return self.heard.pop(0)

        async def ping(self) -> None:
            self.pings += 1

    quiet = Quiet()
    with pytest.raises(EOFError):
        await house.push._pass_on(quiet)
    assert quiet.pings == 3


async def test_what_is_not_ours_is_passed_over(house, aredis):
    async with house.pushing(), house.push.listen("a") as inbox:
        await aredis.publish("veh:a", b"\xc1")
        await aredis.publish("positions", b"\xc1")
        await house.push.publish("a", Notice("state"))
        assert await inbox.get(5) == Notice("state")


async def test_who_listens_while_the_process_ends_leaves_without_a_word(house):
    async with AsyncExitStack() as listening, house.pushing():
        await listening.enter_async_context(house.push.listen("a"))


async def test_who_leaves_as_the_connection_is_closed_does_so_without_a_word(house):
    """A connection that is being closed still is the one to speak to, and can be spoken to no more."""
    async with house.pushing():
        async with house.push.listen("a"):
            connection = house.push._pubsub.connection
            writer, connection._writer = connection._writer, None
            connection.connect_check_health = connection.connect = _nothing
        connection._writer = writer
        assert not house.push._inboxes


async def _nothing(**_how: object) -> None:
    """It seems to be connected."""


async def test_every_process_follows_a_car_through_fences_alike_though_its_connection_is_cut(aredis, clock):
    """What they remember is in their memory alone; and gone with the owner's consent."""
    area = make_area("t", "1", "Here", Disc(48.0, -1.7, 1_000))
    fences = FenceIndex([area.area_id], AreaIndex([area]))
    held = [MemoryPositions(lambda: fences) for _ in range(2)]
    pushes = [RedisPush(aredis, one) for one in held]
    hearing = [asyncio.create_task(one.run()) for one in pushes]
    now_ms = clock.now_ms()

    async def drives(latitude: float | None, after_s: float) -> None:
        """Tell it until both have heard it, and again: what comes twice changes nothing."""
        at_ms = now_ms + round(after_s * 1000)
        where = None if latitude is None else Location(latitude, -1.7)
        while any(one.get("a", at_ms) != where for one in held):
            await aredis.publish(redis_keys.POSITIONS, placed([Placed("a", where, at_ms)] * 2))
            await asyncio.sleep(0.01)

    def stays() -> list[list[tuple[State, int]]]:
        told = [one.stays("a", now_ms + 30_000) for one in held]
        return [[(stay.state, stay.since_ms - now_ms) for stay in of_one] for of_one in told]

    async with asyncio.timeout(20):
        for latitude, after_s in ((48.1, 1), (48.0, 2), (48.0001, 12)):
            await drives(latitude, after_s)
        assert stays() == [[(State.ENTERED, 2_000)]] * 2
        await aredis.client_kill_filter(_type="pubsub")
        await drives(48.1, 22)
        assert stays() == [[(State.LEFT, 22_000)]] * 2
        assert await aredis.keys() == []
        await drives(None, 23)
        assert stays() == [[], []]
    for task in hearing:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
