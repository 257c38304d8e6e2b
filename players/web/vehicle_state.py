"""The vehicle's feed: a WebSocket on which the server is the VISS client."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from kernel.clock import Clock
from kernel.errors import RoadcastError
from kernel.signing import Signer
from players.feed import viss
from players.feed.enrol_head_unit import RecogniseHeadUnit
from players.feed.feed import Feed
from players.feed.head_unit import must_report
from players.feed.rate import CONNECTION_PER_S, VEHICLE_PER_S, Bucket, VehicleRates
from players.feed.report_vehicle_state import ReportVehicleState
from players.feed.vehicle_state import SPEED_STALE_MS, Refusal, Rejection
from players.feed.viss import BadMessage, Event, Fault, Reply, Version
from players.playback.open_session import ReadVehicle
from players.playback.session import FEED, open_ticket
from players.web.bearer import head_unit

BAD_LIMIT = 20
POLICY_VIOLATION = 1008
"""RFC 6455, 7.4.1."""


def routes(
    recognise: RecogniseHeadUnit,
    read_vehicle: ReadVehicle,
    report: ReportVehicleState,
    signer: Signer,
    clock: Clock,
    count: Callable[[str], None],
    late: Callable[[int], None],
) -> list[BaseRoute]:
    """The WebSocket ``/v1/vehicle-state``.

    Args:
        recognise: who holds a credential.
        read_vehicle: what is known of the vehicle.
        report: takes what it says.
        signer: of tickets.
        clock: the server's.
        count: told the code of each refused message.
        late: told by how many ms a message came too late.
    """
    rates = VehicleRates()

    async def open_feed(websocket: WebSocket) -> Feed:
        token = websocket.query_params.get("ticket")
        if token is not None:
            ticket = open_ticket(signer, token, FEED, clock.now_ms())
            vehicle_id, version = ticket.vehicle_id, ticket.vss_version
        else:
            unit = await head_unit(websocket.headers, recognise)
            must_report(unit)
            vehicle_id, version = unit.vehicle_id, unit.vss_version
        opened_ms = clock.now_ms()
        vehicle = await run_in_threadpool(read_vehicle, vehicle_id)
        return Feed(vehicle_id, version, vehicle.location_consent, vehicle.manual_gearbox, opened_ms)

    async def vehicle_state(websocket: WebSocket) -> None:
        version = _negotiated(websocket.scope.get("subprotocols", ()))
        if version is None:
            await websocket.close(1002, "subprotocol-missing")
            return
        await websocket.accept(version.value)
        try:
            feed = await open_feed(websocket)
        except RoadcastError as refusal:
            await websocket.close(POLICY_VIOLATION, refusal.code)
            return
        try:
            buckets = Bucket(CONNECTION_PER_S), rates.of(feed.vehicle_id)
            await _Conversation(websocket, version, feed, report, clock, count, late, buckets).run()
        except WebSocketDisconnect:
            return

    return [WebSocketRoute("/v1/vehicle-state", vehicle_state)]


def _negotiated(offered: Sequence[str]) -> Version | None:
    known = {version.value: version for version in Version}
    return next((known[name] for name in offered if name in known), None)


@dataclass(slots=True)
class _Conversation:
    """One connected vehicle."""

    websocket: WebSocket
    version: Version
    feed: Feed
    report: ReportVehicleState
    clock: Clock
    count: Callable[[str], None]
    late: Callable[[int], None]
    buckets: Sequence[Bucket]
    _bad_in_a_row: int = 0
    _late_told: bool = False
    _places: dict[str, str] = field(default_factory=dict)
    """Request id of each subscription to a position, and its subscription id once it is known."""

    async def run(self) -> None:
        """Subscribe, then take events until the vehicle leaves, sends nothing but nonsense, or too much."""
        await self._subscribe()
        while self._bad_in_a_row <= BAD_LIMIT:
            message = await self.websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            if not all(bucket.take(self.clock.now_ms()) for bucket in self.buckets):
                await self._send(self._refused(_TOO_FAST))
                await self.websocket.close(POLICY_VIOLATION, _TOO_FAST.fault)
                return
            raw = message.get("text") or message.get("bytes") or b""
            answer, useful = await self._take(raw)
            self._bad_in_a_row = 0 if useful or not answer else self._bad_in_a_row + 1
            if answer:
                await self._send(answer)
            if self._places and not self.feed.shares_location:
                await self._unsubscribe()
        await self.websocket.close(POLICY_VIOLATION, "too-many-bad-messages")

    async def _subscribe(self) -> None:
        places = viss.LOCATION_SUBSCRIPTIONS if self.feed.shares_location else ()
        for number, (path, period_ms) in enumerate(viss.SUBSCRIPTIONS + places, 1):
            if (path, period_ms) in places:
                self._places[str(number)] = ""
            request = viss.subscribe(path, period_ms, str(number), self.version, self.feed.vss_version)
            await self._send(request)

    async def _unsubscribe(self) -> None:
        """The owner has taken the consent back: ask for no more positions, where the vehicle named them."""
        for request_id, subscription_id in self._places.items():
            if subscription_id:
                await self._send(viss.unsubscribe(subscription_id, f"{request_id}-end"))
        self._places.clear()

    async def _send(self, message: bytes) -> None:
        await self.websocket.send_text(message.decode())

    async def _take(self, raw: str | bytes) -> tuple[bytes | None, bool]:
        """The error message to answer with, if any was bad, and whether any sample was accepted."""
        try:
            event = viss.decode(raw)
        except BadMessage as problem:
            return self._refused(problem), False
        if isinstance(event, Reply):
            if event.request_id in self._places:
                self._places[event.request_id] = event.subscription_id
            return None, False
        if not event.samples:
            return None, False
        reported = await self.report(self.feed, event.samples)
        return self._complaint(event, reported.refusals), reported.accepted > 0

    def _refused(self, problem: BadMessage) -> bytes:
        self.count(problem.fault)
        return viss.error_of_message(problem, self.version, self.clock.now_ms())

    def _complaint(self, event: Event, refusals: Sequence[Refusal]) -> bytes | None:
        """What to answer: the first loud refusal, or once that what comes is too late to be used."""
        now_ms = self.clock.now_ms()
        late_ms = now_ms - event.samples[-1].vehicle_ms
        if late_ms > SPEED_STALE_MS and any(one.reason is Rejection.TOO_OLD for one in refusals):
            self.late(late_ms)
            if not self._late_told:
                self._late_told = True
                return viss.error_of_lateness(late_ms, self.version, now_ms)
        loud = [refusal for refusal in refusals if refusal.reason not in viss.QUIET]
        return viss.error_of_sample(loud[0], self.version, now_ms) if loud else None


_TOO_FAST = BadMessage(
    Fault.TOO_FAST, f"A feed sends at most {CONNECTION_PER_S} messages a second, a vehicle {VEHICLE_PER_S}."
)
