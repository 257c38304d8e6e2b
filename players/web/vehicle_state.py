"""The vehicle's feed: a WebSocket on which the server is the VISS client."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from kernel.clock import Clock
from kernel.errors import RoadcastError
from kernel.signing import Signer
from players import viss
from players.enrol_head_unit import RecogniseHeadUnit
from players.feed import Feed
from players.head_unit import must_report
from players.open_session import ReadVehicle
from players.report_vehicle_state import ReportVehicleState
from players.session import FEED, open_ticket
from players.vehicle_state import Refusal
from players.viss import BadMessage, Reply, Version
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
) -> list[BaseRoute]:
    """The WebSocket ``/v1/vehicle-state``; ``count`` is told the code of each refused message."""

    async def open_feed(websocket: WebSocket) -> Feed:
        token = websocket.query_params.get("ticket")
        if token is not None:
            ticket = open_ticket(signer, token, FEED, clock.now_ms())
            vehicle_id, version = ticket.vehicle_id, ticket.vss_version
        else:
            unit = await head_unit(websocket.headers, recognise)
            must_report(unit)
            vehicle_id, version = unit.vehicle_id, unit.vss_version
        vehicle = await run_in_threadpool(read_vehicle, vehicle_id)
        return Feed(vehicle_id, version, vehicle.location_consent, vehicle.manual_gearbox)

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
            await _Conversation(websocket, version, feed, report, clock, count).run()
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
    _bad_in_a_row: int = 0

    async def run(self) -> None:
        """Subscribe, then take events until the vehicle leaves or sends nothing but nonsense."""
        wanted = viss.SUBSCRIPTIONS + (viss.LOCATION_SUBSCRIPTIONS if self.feed.shares_location else ())
        for number, (path, period_ms) in enumerate(wanted, 1):
            request = viss.subscribe(path, period_ms, str(number), self.version, self.feed.vss_version)
            await self.websocket.send_text(request.decode())
        while self._bad_in_a_row <= BAD_LIMIT:
            message = await self.websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            raw = message.get("text") or message.get("bytes") or b""
            answer, useful = await self._take(raw)
            self._bad_in_a_row = 0 if useful or not answer else self._bad_in_a_row + 1
            if answer:
                await self.websocket.send_text(answer.decode())
        await self.websocket.close(POLICY_VIOLATION, "too-many-bad-messages")

    async def _take(self, raw: str | bytes) -> tuple[bytes | None, bool]:
        """The error message to answer with, if any was bad, and whether any sample was accepted."""
        try:
            event = viss.decode(raw)
        except BadMessage as problem:
            self.count(problem.fault)
            return viss.error_of_message(problem, self.version, self.clock.now_ms()), False
        if isinstance(event, Reply) or not event.samples:
            return None, False
        reported = await self.report(self.feed, event.samples)
        loud = [refusal for refusal in reported.refusals if refusal.reason not in viss.QUIET]
        return self._complaint(loud), reported.accepted > 0

    def _complaint(self, refusals: Sequence[Refusal]) -> bytes | None:
        if not refusals:
            return None
        return viss.error_of_sample(refusals[0], self.version, self.clock.now_ms())
