"""A vehicle as Paho makes it: it answers VISS requests by way of a broker, and says what a test wants."""

import json
import queue
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from kernel.clock import from_ms, iso_z
from players.feed.mqtt_address import Address
from players.feed.viss import encode_event
from tests.players.house import samples


class MqttVehicle:
    """Connected while it is entered.

    Args:
        address: where its feed lies.
        clock: of the vehicle, which may be off.
        off_ms: by how much.
    """

    def __init__(self, address: Address, port: int, clock, off_ms: int = 0, password: str = "") -> None:
        self.address, self.port, self.clock, self.off_ms = address, port, clock, off_ms
        self.asked: list[dict[str, Any]] = []
        self._subscribed: queue.Queue[bool] = queue.Queue()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv311)
        if password:
            self._client.username_pw_set(address.vid, password)
        self._client.on_connect = lambda client, *_: client.subscribe(address.request_topic, 1)
        self._client.on_subscribe = lambda *_: self._subscribed.put(True)
        self._client.on_message = lambda _client, _data, message: self._hear(message.payload)
        self._client.reconnect_delay_set(1, 1)

    def __enter__(self) -> "MqttVehicle":
        self._client.connect("127.0.0.1", self.port)
        self._client.loop_start()
        assert self._subscribed.get(timeout=10)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def asked_for(self, action: str) -> list[dict[str, Any]]:
        return [one for one in self.asked if one["action"] == action]

    def tell(self, values: dict[str, str], topic: str = "") -> None:
        """An event, by the vehicle's clock."""
        now_ms = self.clock.now_ms() + self.off_ms
        self.say(encode_event(samples(values, now_ms), now_ms), topic)

    def say(self, payload: bytes, topic: str = "") -> None:
        self._client.publish(topic or self.address.reply_topic, payload, qos=1)

    def _hear(self, payload: bytes) -> None:
        told = json.loads(payload)
        assert told["topic"] == self.address.reply_topic
        request = json.loads(told["request"])
        self.asked.append(request)
        ts = iso_z(from_ms(self.clock.now_ms() + self.off_ms))
        answer = {"action": request["action"], "requestId": request["requestId"], "ts": ts}
        if request["action"] == "get":
            answer["data"] = {"path": request["path"], "dp": {"value": "0", "ts": ts}}
        else:
            answer["subscriptionId"] = str(len(self.asked))
        self.say(json.dumps(answer).encode())
