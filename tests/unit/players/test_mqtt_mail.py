"""Messages by MQTT are handed over vehicle by vehicle, and no vehicle waits for another."""

import asyncio
from collections import Counter
from contextlib import asynccontextmanager

import aiomqtt
import pytest

from players.adapters import mqtt_mail
from players.adapters.mqtt_mail import Mail


class Ear:
    """Notes what it is handed; does not go on with a topic that is held."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, tuple[bytes, ...]]] = []
        self.held: dict[str, asyncio.Event] = {}
        self.wrong: dict[str, Exception] = {}

    async def __call__(self, topic: str, *payloads: bytes) -> None:
        self.taken.append((topic, payloads))
        if topic in self.held:
            await self.held[topic].wait()
        if topic in self.wrong:
            raise self.wrong.pop(topic)


@asynccontextmanager
async def mail_to(ear: Ear):
    counted: Counter[str] = Counter()
    async with asyncio.TaskGroup() as tasks:
        yield Mail(ear, lambda event: counted.update([event]), tasks), counted


async def turns(n: int = 10) -> None:
    for _ in range(n):
        await asyncio.sleep(0)


async def test_what_comes_meanwhile_is_taken_together_and_in_order_and_others_do_not_wait():
    ear = Ear()
    ear.held["a"] = asyncio.Event()
    async with mail_to(ear) as (mail, counted):
        mail.put("a", b"1")
        await turns()
        for payload in (b"2", b"3"):
            mail.put("a", payload)
        mail.put("b", b"1")
        await turns()
        assert ear.taken == [("a", (b"1",)), ("b", (b"1",))]
        ear.held["a"].set()
        await turns()
        mail.put("a", b"4")
    assert ear.taken[2:] == [("a", (b"2", b"3")), ("a", (b"4",))]
    assert not counted


async def test_of_too_many_the_oldest_of_the_vehicle_give_way(monkeypatch):
    monkeypatch.setattr(mqtt_mail, "VEHICLE_LIMIT", 2)
    monkeypatch.setattr(mqtt_mail, "ALL_LIMIT", 3)
    ear = Ear()
    ear.held = {"a": asyncio.Event(), "b": asyncio.Event()}
    async with mail_to(ear) as (mail, counted):
        for topic in "ab":
            mail.put(topic, b"0")
        await turns()
        for n in range(1, 5):
            mail.put("a", b"%d" % n)
        assert counted == {"dropped": 2}
        for n in range(1, 4):  # there is room for one more of all
            mail.put("b", b"%d" % n)
        assert counted == {"dropped": 4}
        for held in ear.held.values():
            held.set()
    assert ear.taken[2:] == [("a", (b"3", b"4")), ("b", (b"3",))]


async def test_what_fails_is_one_vehicles():
    ear = Ear()
    ear.wrong["a"] = RuntimeError("its state could not be written")
    async with mail_to(ear) as (mail, counted):
        mail.put("a", b"1")
        mail.put("b", b"1")
        await turns()
        mail.put("a", b"2")
    assert ear.taken == [("a", (b"1",)), ("b", (b"1",)), ("a", (b"2",))]
    assert counted == {"failed": 1}


async def test_a_lost_broker_ends_it_all():
    ear = Ear()
    ear.wrong["a"] = aiomqtt.MqttError("gone")
    ear.held["b"] = asyncio.Event()

    async def deliver() -> None:
        async with mail_to(ear) as (mail, _):
            mail.put("b", b"1")
            mail.put("a", b"1")

    with pytest.raises(ExceptionGroup) as raised:
        await deliver()
    assert raised.group_contains(aiomqtt.MqttError)
