"""All feeds that come by way of an MQTT broker, in one process.

MQTT does not tell that a vehicle has come: it says so itself when it asks for its address, and is then asked
what its clock shows, less and less often, until it answers. Whoever answers, and sends no events, is
subscribed to. What the broker hands over is believed for its topic's sake alone.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from kernel.errors import Forbidden, RoadcastError
from kernel.ids import NewId
from kernel.signing import Signer
from players.feed import mqtt_address
from players.feed.converse import Conversation, Ears
from players.feed.feed import Feed
from players.feed.head_unit import Vehicle, must_report
from players.feed.mqtt_address import Address
from players.feed.rate import CONNECTION_PER_S, Bucket, VehicleRates
from players.feed.viss import Version
from players.ports import HeadUnits, MqttFeeds

SILENT_MS = 10_000
"""After so long without an event a vehicle that answers is subscribed to afresh,"""

AFRESH_MS = 60_000
"""but not again so soon, unless it says that it has started."""

OVERLAP_MS = 10_000
"""By how much the clocks of our own processes may differ."""

GIVE_UP_MS = 900_000
PROBES_MS = (1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000)
FEEDS_LIMIT = 20_000
REFUSED_FOR_MS = 60_000
_REFUSED_LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class AskForMqttAddress:
    """A head unit asks where its feed lies; from then on it is looked for there."""

    feeds: MqttFeeds
    signer: Signer
    broker: str

    async def __call__(self, head_unit_id: str, version: Version, now_ms: int) -> Address:
        """The address; asking again gives the same, and has the unit looked for anew."""
        address = mqtt_address.address(self.signer, self.broker, head_unit_id, version)
        await self.feeds.announce(address.reply_topic, now_ms)
        return address


@dataclass(slots=True)
class _Held:
    talk: Conversation
    heard_ms: int
    probe_at_ms: int
    probes: int = 0
    subscribed_ms: int = -AFRESH_MS

    def silent(self, now_ms: int) -> bool:
        return not 0 <= now_ms - self.talk.event_ms < SILENT_MS


@dataclass(slots=True)
class HoldMqttFeeds:
    """Converse with every vehicle that speaks through the broker.

    Args:
        units: who is enrolled.
        read_vehicle: what is known of a vehicle.
        publish: sends a payload to a topic.
    """

    ears: Ears
    units: HeadUnits
    read_vehicle: Callable[[str], Vehicle]
    feeds: MqttFeeds
    signer: Signer
    new_id: NewId
    publish: Callable[[str, bytes], Awaitable[None]]
    _held: OrderedDict[str, _Held] = field(default_factory=OrderedDict)
    _refused: OrderedDict[str, int] = field(default_factory=OrderedDict)
    _rates: VehicleRates = field(default_factory=VehicleRates)
    _looked_ms: int = 0
    _announced: Mapping[str, int] = field(default_factory=dict)

    async def hear(self, topic: str, *payloads: bytes) -> None:
        """Take a message that came on ``topic``, or all that came since; never twice at a time for one."""
        held = await self._of(topic)
        if held is None:
            return
        outcome = await held.talk.take(*payloads)
        now_ms = self.ears.clock.now_ms()
        if outcome.closing:
            self._refuse(topic, now_ms)
            return
        held.heard_ms = now_ms
        if not held.silent(now_ms):
            held.probes = 0
        elif not 0 <= now_ms - held.subscribed_ms < AFRESH_MS:
            held.subscribed_ms = now_ms
            await held.talk.subscribe()

    async def look(self) -> None:
        """Open the feeds of those who asked for their address, and ask who is silent; about each second."""
        now_ms = self.ears.clock.now_ms()
        before, self._announced = self._announced, await self.feeds.announced(self._looked_ms - OVERLAP_MS)
        self._looked_ms = now_ms
        for topic in [topic for topic, at_ms in self._announced.items() if before.get(topic) != at_ms]:
            self._refused.pop(topic, None)
            held = await self._of(topic)
            if held is not None:
                held.heard_ms, held.probes, held.probe_at_ms = now_ms, 0, now_ms
                held.subscribed_ms = -AFRESH_MS
        for topic, held in list(self._held.items()):
            if now_ms - held.heard_ms > GIVE_UP_MS:
                del self._held[topic]
            elif held.silent(now_ms) and now_ms >= held.probe_at_ms:
                held.probe_at_ms = now_ms + PROBES_MS[min(held.probes, len(PROBES_MS) - 1)]
                held.probes += 1
                await held.talk.ask_the_time()

    async def _of(self, topic: str) -> _Held | None:
        held = self._held.get(topic)
        if held is not None:
            self._held.move_to_end(topic)
            return held
        now_ms = self.ears.clock.now_ms()
        if 0 <= now_ms - self._refused.get(topic, -REFUSED_FOR_MS) < REFUSED_FOR_MS:
            return None
        try:
            talk = await self._open(topic, now_ms)
        except RoadcastError as refusal:
            self.ears.count(refusal.code)
            self._refuse(topic, now_ms)
            return None
        if len(self._held) >= FEEDS_LIMIT:
            self._held.popitem(last=False)
        return self._held.setdefault(topic, _Held(talk, now_ms, now_ms))

    def _refuse(self, topic: str, now_ms: int) -> None:
        """Hear no more of a topic for a while: a flood must not cost a look at the records each time."""
        self._held.pop(topic, None)
        self._refused[topic] = now_ms
        if len(self._refused) > _REFUSED_LIMIT:
            self._refused.popitem(last=False)

    async def _open(self, topic: str, now_ms: int) -> Conversation:
        unit_id, version = mqtt_address.open_topic(self.signer, topic)
        unit = await asyncio.to_thread(self.units.unit, unit_id)
        if unit is None:
            raise _UNKNOWN
        must_report(unit)
        vehicle = await asyncio.to_thread(self.read_vehicle, unit.vehicle_id)
        feed = Feed(
            unit.vehicle_id,
            unit.vss_version,
            vehicle.location_consent,
            vehicle.manual_gearbox,
            now_ms,
            unit_id,
        )

        async def ask(request: bytes) -> None:
            await self.publish(mqtt_address.request_topic(unit_id), mqtt_address.envelope(topic, request))

        buckets = Bucket(CONNECTION_PER_S), self._rates.of(unit.vehicle_id)
        return Conversation(self.ears, feed, version, self.new_id("req"), ask, unit_id, buckets)


_UNKNOWN = Forbidden("credential-revoked", "There is no such head unit any more.")
