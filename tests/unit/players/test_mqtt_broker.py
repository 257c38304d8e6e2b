"""A real mosquitto between the server and vehicles made by Paho."""

import asyncio
import gc
import ssl
import subprocess
from collections import Counter
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from kernel.errors import Invalid
from players.adapters import mqtt_broker
from players.adapters.mqtt_broker import Broker, MqttBroker, broker_at
from players.feed import signals
from players.feed.driving_state import DrivingState, judge
from players.feed.hold_mqtt_feeds import HoldMqttFeeds
from players.feed.viss import SUBSCRIPTIONS, Version
from tests.engines import free_port, mosquitto
from tests.players.house import DRIVING, PARKED
from tests.players.mqtt_vehicle import MqttVehicle


@pytest.fixture(autouse=True)
def _soon(monkeypatch):
    """What is waited for in seconds, in hundredths of them."""
    monkeypatch.setattr(mqtt_broker, "LOOK_EVERY_S", 0.02)
    monkeypatch.setattr(mqtt_broker, "RENEW_EVERY_S", 0.05)
    monkeypatch.setattr(mqtt_broker, "RETRY_S", (0.05,))


@asynccontextmanager
async def server(house, broker: Broker, process: str = "one"):
    """One process that would hold the broker, and what it counted."""
    counted: Counter[str] = Counter()
    link = MqttBroker(broker, house.mqtt_feeds, process, lambda event: counted.update([event]))

    def hold() -> HoldMqttFeeds:
        return HoldMqttFeeds(
            house.ears, house.units, house.read_vehicle, house.mqtt_feeds, house.signer, house.new_id,
            link.publish,
        )  # fmt: skip

    task = asyncio.create_task(link.run(hold))
    try:
        yield counted
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(look, patience_s: float = 20) -> None:
    async with asyncio.timeout(patience_s):
        while True:
            found = look()
            if await found if asyncio.iscoroutine(found) else found:
                return
            await asyncio.sleep(0.02)


def enrolled(house, vehicle_id: str = "veh_1"):
    from players.feed.enrol_head_unit import CodeTerms
    from players.feed.head_unit import Role, Vehicle

    house.register(Vehicle(vehicle_id, "A car"))
    return house.enrol(house.issue_code(CodeTerms(vehicle_id, Role.FEED)))


async def address_of(house, unit, version: Version = Version.V2):
    return await house.ask_for_mqtt(unit.head_unit_id, version, house.clock.now_ms())


async def verdict(house, vehicle_id: str = "veh_1") -> DrivingState:
    return judge(await house.states.read(vehicle_id), house.clock.now_ms())[0]


def shows(house, driving: DrivingState, vehicle_id: str = "veh_1"):
    async def look() -> bool:
        return await verdict(house, vehicle_id) is driving

    return look


async def park(house, vehicle: MqttVehicle) -> None:
    for _ in range(5):
        house.clock.advance(1)
        now_ms = house.clock.now_ms()
        vehicle.tell(PARKED)

        async def came(at_ms: int = now_ms) -> bool:
            reading = (await house.states.read("veh_1")).readings.get(signals.SELECTED_GEAR)
            return reading is not None and reading.received_ms == at_ms

        await until(came)


@pytest.mark.parametrize("version", list(Version))
async def test_a_vehicle_is_found_subscribed_to_and_heard(house, tmp_path, version):
    with mosquitto(tmp_path, free_port()) as port:
        async with server(house, Broker("127.0.0.1", port)) as counted:
            await until(lambda: counted["connected"])
            address = await address_of(house, enrolled(house), version)
            with MqttVehicle(address, port, house.clock, off_ms=-90_000) as vehicle:
                house.clock.advance(1)  # it came a little after it asked
                await until(lambda: len(vehicle.asked_for("subscribe")) == len(SUBSCRIPTIONS))
                kind = "type" if version is Version.V2 else "variant"
                assert vehicle.asked_for("subscribe")[0]["filter"][kind] == "timebased"
                await park(house, vehicle)
                assert await verdict(house) is DrivingState.PARKED
                house.clock.advance(0.5)
                vehicle.tell(DRIVING)
                await until(shows(house, DrivingState.MOVING))
    # As near as the test's clock allows, which moves on while a reply is under way.
    assert house.offsets
    assert all(-91_600 <= one <= -89_400 for one in house.offsets)


async def test_no_vehicle_writes_anothers_state(house, tmp_path):
    with mosquitto(tmp_path, free_port()) as port:
        async with server(house, Broker("127.0.0.1", port)) as counted:
            await until(lambda: counted["connected"])
            mine, others = enrolled(house), enrolled(house, "veh_2")
            address, other = await address_of(house, mine), await address_of(house, others)
            signature = address.reply_topic.rpartition("/")[2]
            with MqttVehicle(address, port, house.clock) as vehicle:
                for topic in (
                    f"roadcast/feeds/{others.head_unit_id}/{signature}",
                    f"roadcast/feeds/{others.head_unit_id}/2.AAAAAAAAAAAAAAAAAAAAAA",
                    other.reply_topic.replace("/2.", "/3."),
                    "roadcast/feeds/veh_2/2.x",
                ):
                    vehicle.tell(DRIVING, topic)
                vehicle.tell(DRIVING)
                await until(shows(house, DrivingState.MOVING))
            assert await verdict(house, "veh_2") is DrivingState.UNKNOWN
    assert house.refused["signature-invalid"] == 4


ACL = """
user roadcast
topic write +/Vehicle
topic read roadcast/feeds/#
pattern read %u/Vehicle
pattern write roadcast/feeds/%u/+
"""
"""As docs/head-units.md shows it."""


def guarded(folder: Path, users: dict[str, str]) -> tuple[str, ...]:
    acl, passwords = folder / "acl", folder / "passwords"
    acl.write_text(ACL)
    passwords.write_text("".join(f"{name}:{word}\n" for name, word in users.items()))
    subprocess.run(["mosquitto_passwd", "-U", str(passwords)], check=True)
    for path in (folder, acl, passwords):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return "allow_anonymous false", f"password_file {passwords}", f"acl_file {acl}"


async def test_the_documented_rules_of_the_broker_let_each_vehicle_reach_its_own_topics_only(house, tmp_path):
    mine, others = enrolled(house), enrolled(house, "veh_2")
    users = {"roadcast": "r", mine.head_unit_id: "m", others.head_unit_id: "o"}
    with mosquitto(tmp_path, free_port(), ["user root", *guarded(tmp_path, users)]) as port:
        async with server(house, Broker("127.0.0.1", port, "roadcast", "r")) as counted:
            await until(lambda: counted["connected"])
            address, other = await address_of(house, mine), await address_of(house, others)
            spying = MqttVehicle(address, port, house.clock, password="m")
            spying._client.on_connect = lambda client, *_: client.subscribe("+/Vehicle", 1)
            with spying, MqttVehicle(other, port, house.clock, password="o") as vehicle:
                house.clock.advance(1)
                await until(lambda: len(vehicle.asked_for("subscribe")) == len(SUBSCRIPTIONS))
                # It knows the other's secret topic, and the broker lets it write there no more than read.
                spying.tell(PARKED, other.reply_topic)
                spying.tell(PARKED)
                await until(shows(house, DrivingState.IDLING))
                assert await verdict(house, "veh_2") is DrivingState.UNKNOWN
                assert all(one["action"] == "get" or one["path"] for one in spying.asked)
                assert not [one for one in spying.asked if one in vehicle.asked]


async def test_the_broker_may_go_and_come_back(house, tmp_path):
    port = free_port()
    async with server(house, Broker("127.0.0.1", port)) as counted:
        await until(lambda: counted["lost"] == 1)  # it is not there yet
        address = await address_of(house, enrolled(house))
        for time in (1, 2):
            with mosquitto(tmp_path, port):
                await until(lambda time=time: counted["connected"] == time)
                with MqttVehicle(address, port, house.clock) as vehicle:
                    house.clock.advance(1)
                    vehicle.tell(DRIVING)
                    await until(shows(house, DrivingState.MOVING))
            house.clock.advance(60)
            await until(shows(house, DrivingState.UNKNOWN))
    assert counted["lost"] in (2, 3)


async def test_one_process_holds_the_broker_and_another_takes_over(house, tmp_path):
    with mosquitto(tmp_path, free_port()) as port:
        broker = Broker("127.0.0.1", port)
        address = await address_of(house, enrolled(house))
        with MqttVehicle(address, port, house.clock) as vehicle:
            async with server(house, broker, "two") as second:
                await until(lambda: second["connected"])
                async with server(house, broker, "one") as first:
                    house.clock.advance(1)
                    await until(lambda: len(vehicle.asked_for("subscribe")) == len(SUBSCRIPTIONS))
                    await park(house, vehicle)
                    assert not first["connected"]
                    # Each message was taken once: nothing came twice, and was refused for it.
                    assert house.refused == {}
            async with server(house, broker, "three") as third:
                await until(lambda: third["connected"])
                house.clock.advance(0.5)
                vehicle.tell(DRIVING)
                await until(shows(house, DrivingState.MOVING))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    folder.chmod(0o755)
    command = [
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
        "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
        "-keyout", folder / "key.pem", "-out", folder / "cert.pem",
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    return folder


async def test_tls_and_credentials_from_a_file(house, tmp_path, certificate):
    unit = enrolled(house)
    secret = tmp_path / "credentials"
    secret.write_text("roadcast:pass-word\n")
    users = {"roadcast": "pass-word", unit.head_unit_id: "m"}
    plain = free_port()
    options = ["user root", *_tls(certificate), *guarded(tmp_path, users), f"listener {plain} 127.0.0.1"]
    with mosquitto(tmp_path, free_port(), options) as port:
        broker = broker_at(f"mqtts://localhost:{port}", str(secret), f"{certificate}/cert.pem")
        assert broker.url == f"mqtts://localhost:{port}"
        async with server(house, broker) as counted:
            await until(lambda: counted["connected"])
            address = await address_of(house, unit)
            with MqttVehicle(address, plain, house.clock, password="m") as vehicle:
                vehicle.tell(DRIVING)
                await until(shows(house, DrivingState.MOVING))


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_broker_whose_certificate_nobody_vouches_for_is_not_spoken_to(house, tmp_path, certificate):
    options = ["user root", "allow_anonymous true", *_tls(certificate)]
    with mosquitto(tmp_path, free_port(), options) as port:
        async with server(house, broker_at(f"mqtts://localhost:{port}")) as counted:
            await until(lambda: counted["lost"])
            assert not counted["connected"]
    gc.collect()  # Paho leaves the socket of a failed handshake to the collector


def _tls(folder: Path) -> list[str]:
    files = {"cafile": "cert.pem", "certfile": "cert.pem", "keyfile": "key.pem"}
    return [f"{option} {folder / name}" for option, name in files.items()]


def test_where_a_broker_is(tmp_path):
    plain = broker_at("mqtt://me:p%40ss@broker.example")
    assert plain == Broker("broker.example", 1883, "me", "p@ss", None)
    assert plain.url == "mqtt://broker.example:1883"
    assert "p@ss" not in repr(plain)
    secure = broker_at("mqtts://[::1]:8884")
    assert (secure.host, secure.port, secure.user) == ("::1", 8884, None)
    assert isinstance(secure.tls, ssl.SSLContext)
    assert secure.url == "mqtts://[::1]:8884"


def test_a_password_may_hold_a_colon(tmp_path):
    (tmp_path / "file").write_text("me:a:b\nrest")
    assert broker_at("mqtt://you:x@broker", str(tmp_path / "file")) == Broker("broker", 1883, "me", "a:b")


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(Invalid, match="mqtt-credentials-unreadable"):
        broker_at("mqtt://broker", str(tmp_path / "none"))
    (tmp_path / "bad").write_text("nothing")
    with pytest.raises(Invalid, match="mqtt-credentials-unreadable"):
        broker_at("mqtt://broker", str(tmp_path / "bad"))
    with pytest.raises(Invalid, match="mqtt-ca-unreadable"):
        broker_at("mqtts://broker", "", str(tmp_path / "bad"))


def test_a_full_queue_gives_up_what_waited_longest():
    counted: Counter[str] = Counter()
    kind = MqttBroker(Broker("x", 1), None, "one", lambda event: counted.update([event]))._queue_type()
    queue = kind(2)
    for number in range(5):
        queue.put_nowait(number)
    assert [queue.get_nowait(), queue.get_nowait()] == [3, 4]
    assert counted == {"dropped": 3}
