"""A car that speaks by way of a broker: mosquitto, Paho in the car, and the whole service behind."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from content.channels.channel import ChannelDraft
from players.feed.mqtt_address import Address
from server.chance import SystemClock
from tests.players.house import DRIVING, PARKED
from tests.players.mqtt_vehicle import MqttVehicle
from tests.walks.service import Car, Service, eventually

TELL_EVERY_S = 0.3
SOON_S = 2.0
STALE_S = 3.0
LEASE_S = 5.0


@pytest.fixture(scope="module")
def channel_id(service: Service) -> str:
    """A channel that shows the house's black: a picture like any other."""

    def create(house) -> str:
        return house.content.create_channel("test", ChannelDraft("By broker", "by-broker")).channel_id

    return service.in_house(create)


@dataclass
class Screen:
    """What the car's screen is offered."""

    car: Car
    session: dict[str, Any]

    def offers_pictures(self) -> bool:
        answer = self.car.client.get(self.session["urls"]["multivariant"])
        assert answer.status_code == 200
        return "avc1" in answer.text

    def pictures(self) -> httpx.Response:
        return self.car.client.get(self.session["urls"]["multivariant"].replace("multivariant", "v360"))

    def segments(self) -> list[str]:
        return [line for line in self.pictures().text.splitlines() if "lease=" in line]

    def get(self, path: str) -> httpx.Response:
        return self.car.client.get(path)


@pytest.fixture
def screen(car: Car, channel_id: str) -> Screen:
    # No list names it, as nothing is on it but the house's black.
    eventually(lambda: car.client.get(f"/v1/channels/{channel_id}/guide").status_code == 200)
    return Screen(car, car.open_session(channel_id))


@pytest.fixture
def vehicle(car: Car, broker: int) -> Iterator[MqttVehicle]:
    """Paho, at the address that the service tells the car's feed."""
    headers = {"Authorization": f"Bearer {car.feed}"}
    answer = car.client.post("/v1/mqtt-address", headers=headers, json={"protocol": "VISSv3"})
    assert answer.status_code == 200, answer.text
    address = Address(**answer.json())
    assert address.broker == f"mqtt://127.0.0.1:{broker}"
    with MqttVehicle(address, broker, SystemClock()) as found:
        yield found


def telling(vehicle: MqttVehicle, values: dict[str, str], until, patience_s: float = 30) -> float:
    """Tell it again and again until something is so; how long that took."""
    began = time.monotonic()
    while not until():
        assert time.monotonic() - began < patience_s, until
        vehicle.tell(values)
        time.sleep(TELL_EVERY_S)
    return time.monotonic() - began


def test_what_a_car_says_by_the_broker_is_what_its_screen_is_given(
    car: Car, screen: Screen, vehicle: MqttVehicle
):
    market = f"/v1/vehicles/{car.vehicle_id}/market"
    as_feed = {"Authorization": f"Bearer {car.feed}"}
    assert not screen.offers_pictures()
    # It asked for its address: it is looked for, and subscribed to.
    eventually(lambda: vehicle.asked_for("subscribe"), 30)

    # Parked: the picture comes, after three seconds of it.
    assert telling(vehicle, PARKED, screen.offers_pictures) >= STALE_S - TELL_EVERY_S
    segment = screen.segments()[0]
    assert screen.get(segment).status_code == 200

    # It drives off: one message, and the same segment by the same lease is refused.
    assert telling(vehicle, DRIVING, lambda: screen.get(segment).status_code == 403) < SOON_S
    assert screen.get(segment).json()["code"] == "video-withheld"
    assert screen.pictures().json()["code"] == "video-withheld"
    assert not screen.offers_pictures()
    assert screen.get(screen.session["urls"]["audio"]).status_code == 200

    # Over a border and back while it drives: both must permit until it is parked.
    for country, waiting in (("DE", ["FR"]), ("FR", ["DE"])):
        vehicle.tell(DRIVING)
        told = car.client.put(market, headers=as_feed, json={"market": country}).json()
        assert (told["market"], told["waiting"]) == (country, waiting)
    telling(vehicle, PARKED, screen.offers_pictures)
    assert car.client.get(market, headers=as_feed).json()["waiting"] == []
    segment = screen.segments()[-1]
    assert screen.get(segment).status_code == 200

    # Silence is not "still parked".
    silent_since = time.monotonic()
    eventually(lambda: screen.get(segment).status_code == 403, LEASE_S + SOON_S)
    eventually(lambda: not screen.offers_pictures(), SOON_S)
    assert time.monotonic() - silent_since <= STALE_S + SOON_S
