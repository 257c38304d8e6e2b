"""The vehicle's feed: a WebSocket on which the server is the VISS client."""

import asyncio
from collections.abc import Sequence

from starlette.concurrency import run_in_threadpool
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from kernel.errors import Forbidden, RoadcastError
from kernel.ids import NewId
from kernel.signing import Signer
from players.feed.converse import Conversation, Ears
from players.feed.enrol_head_unit import RecogniseHeadUnit
from players.feed.feed import Feed
from players.feed.head_unit import must_report
from players.feed.rate import CONNECTION_PER_S, Bucket, VehicleRates
from players.feed.viss import Version
from players.playback.open_session import ReadVehicle
from players.playback.session import FEED, open_ticket
from players.web.bearer import head_unit

POLICY_VIOLATION = 1008
"""RFC 6455, 7.4.1."""

WAITING_LIMIT = 64
"""Messages of a vehicle that wait while those before them are dealt with; the rest waits in its socket."""


def routes(
    recognise: RecogniseHeadUnit, read_vehicle: ReadVehicle, ears: Ears, signer: Signer, new_id: NewId
) -> list[BaseRoute]:
    """The WebSocket ``/v1/vehicle-state``.

    Args:
        recognise: who holds a credential.
        read_vehicle: what is known of the vehicle.
        ears: what takes what it says.
        signer: of tickets.
        new_id: makes what no recording can know.
    """
    rates = VehicleRates()

    async def open_feed(websocket: WebSocket) -> tuple[str, Feed]:
        token = websocket.query_params.get("ticket")
        if token is not None:
            ticket = open_ticket(signer, token, FEED, ears.clock.now_ms())
            unit_id, vehicle_id, version = ticket.head_unit_id, ticket.vehicle_id, ticket.vss_version
        else:
            unit = await head_unit(websocket.headers, recognise)
            must_report(unit)
            unit_id, vehicle_id, version = unit.head_unit_id, unit.vehicle_id, unit.vss_version
        opened_ms = ears.clock.now_ms()
        # A ticket says that the unit was enrolled when it was given.
        if token is not None and not await ears.enrolled(unit_id):
            raise Forbidden("credential-revoked", "This head unit's credential has been revoked.")
        vehicle = await run_in_threadpool(read_vehicle, vehicle_id)
        feed = Feed(vehicle_id, version, vehicle.location_consent, vehicle.manual_gearbox, opened_ms, unit_id)
        return unit_id, feed

    async def vehicle_state(websocket: WebSocket) -> None:
        version = _negotiated(websocket.scope.get("subprotocols", ()))
        if version is None:
            await websocket.close(1002, "subprotocol-missing")
            return
        await websocket.accept(version.value)
        try:
            unit_id, feed = await open_feed(websocket)
        except RoadcastError as refusal:
            await websocket.close(POLICY_VIOLATION, refusal.code)
            return

        async def ask(request: bytes) -> None:
            await websocket.send_text(request.decode())

        buckets = Bucket(CONNECTION_PER_S), rates.of(feed.vehicle_id)
        talk = Conversation(ears, feed, version, new_id("req"), ask, unit_id, buckets)
        try:
            await _hold(websocket, talk)
        except WebSocketDisconnect:
            return

    return [WebSocketRoute("/v1/vehicle-state", vehicle_state)]


async def _hold(websocket: WebSocket, talk: Conversation) -> None:
    """Subscribe, then take what comes until the vehicle leaves, or must."""
    await talk.subscribe()
    incoming = _Incoming(websocket)
    hearing = asyncio.create_task(incoming.hear())
    try:
        while messages := await incoming.take():
            outcome = await talk.take(*messages)
            for answer in outcome.answers:
                await websocket.send_text(answer.decode())
            if outcome.closing:
                await websocket.close(POLICY_VIOLATION, outcome.closing)
                return
        await hearing
    finally:
        hearing.cancel()


class _Incoming:
    """What the vehicle has said and nobody has taken yet; while that is much, no more is read of it."""

    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket
        self._waiting: list[str | bytes] = []
        self._ended = False
        self._news: asyncio.Future[None] | None = None
        self._room: asyncio.Future[None] | None = None

    async def hear(self) -> None:
        """Read until the vehicle leaves."""
        try:
            while (message := await self._websocket.receive())["type"] != "websocket.disconnect":
                self._waiting.append(message.get("text") or message.get("bytes") or b"")
                _settle(self._news)
                if len(self._waiting) >= WAITING_LIMIT:
                    self._room = asyncio.get_running_loop().create_future()
                    await self._room
        finally:
            self._ended = True
            _settle(self._news)

    async def take(self) -> list[str | bytes]:
        """All that has come, oldest first, once there is any; nothing once the vehicle has left."""
        if not self._waiting and not self._ended:
            self._news = asyncio.get_running_loop().create_future()
            await self._news
        taken, self._waiting = self._waiting, []
        _settle(self._room)
        return taken


def _settle(future: "asyncio.Future[None] | None") -> None:
    if future is not None and not future.done():
        future.set_result(None)


def _negotiated(offered: Sequence[str]) -> Version | None:
    known = {version.value: version for version in Version}
    return next((known[name] for name in offered if name in known), None)
