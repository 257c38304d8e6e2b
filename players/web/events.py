"""Server-sent events (HTML standard, 9.2): for screens and for the simulator."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from kernel.clock import Clock
from kernel.errors import Forbidden
from kernel.signing import Signer
from players.feed.watch_vehicle import WatchVehicle
from players.playback.events import Event
from players.playback.session import EVENTS, open_screen_grant, open_ticket
from players.playback.watch_session import WatchSession

_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def frame(event: Event) -> bytes:
    """An event on the wire."""
    return b"event: " + event.name.encode() + b"\ndata: " + event.data + b"\n\n"


class OpenStreams:
    """Those that a process has open. They would never end by themselves: it ends them before it stops."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self.ended = False

    def add(self, task: asyncio.Task[Any]) -> None:
        """The task of one that has begun to answer."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def end(self) -> None:
        """End all, and those that are yet to come."""
        self.ended = True
        for task in self._tasks:
            task.cancel()


class EventStream(StreamingResponse):
    """Streams events until they end, the client leaves or the process stops; then ends what makes them."""

    def __init__(self, first: Event, events: AsyncGenerator[Event, None], streams: OpenStreams) -> None:
        self._events = events
        self._streams = streams
        super().__init__(self._frames(first), headers=_HEADERS, media_type="text/event-stream")

    async def _frames(self, first: Event) -> AsyncIterator[bytes]:
        yield frame(first)
        if self._streams.ended:
            return
        self._streams.add(self._task)
        async for event in self._events:
            yield frame(event)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the ASGI specification."""
        current = asyncio.current_task()
        assert current is not None
        self._task = current
        try:
            await super().__call__(scope, receive, send)
        except asyncio.CancelledError:
            if not self._streams.ended or current.uncancel():
                raise
            await send({"type": "http.response.body", "body": b""})
        finally:
            await self._events.aclose()


def routes(
    watch_session: WatchSession,
    watch_vehicle: WatchVehicle,
    signer: Signer,
    clock: Clock,
    streams: OpenStreams,
) -> list[BaseRoute]:
    """``GET /v1/sessions/{session_id}/events`` and ``GET /v1/vehicles/{vehicle_id}/events``."""

    async def stream(events: AsyncGenerator[Event, None]) -> Response:
        """Answers only once the first event is there, so that a refusal still is a problem document."""
        return EventStream(await anext(events), events, streams)

    async def session_events(request: Request) -> Response:
        """Stream a session's events.

        ---
        summary: Follow a session
        description: |
          Events: `state` (whenever it changes, and every two seconds while pictures are permitted,
          with a fresh lease; its `day_night` is `day`, `night`, or empty while the car never said; its
          `cards`, whether still cards may stand, those beside a break's promotions too: `always`, `now`
          (no longer than the lease and the stream are alive) or `no`: take them away at once; its `place`,
          whether promotions may know where the vehicle is: where that ends, take away for good the cards that
          `play.json` told),
          `break` (its cards are empty once the owner has taken back the consent by which a place chose
          them, and while the market permits none: the promotions go on, nothing is shown
          beside them) and `card` (null when it is to go).
          First comes all that is so. When there was nothing to
          tell for ten seconds, `ping`: a stream that is silent for longer is dead and is to be opened anew.
        tags: [Playback]
        parameters:
          - {name: session_id, in: path, required: true, schema: {type: string}}
          - {name: grant, in: query, required: true, schema: {type: string}}
        responses:
          200: {description: The stream., content: {text/event-stream: {}}}
          403: {description: "signature-invalid, grant-expired, grant-of-other-session or grant-only-plays"}
          404: {description: session-unknown}
        """
        session_id = request.path_params["session_id"]
        grant = open_screen_grant(signer, request.query_params.get("grant", ""), clock.now_ms(), session_id)
        return await stream(watch_session(grant))

    async def vehicle_events(request: Request) -> Response:
        """Stream what is known of a vehicle.

        ---
        summary: Follow a vehicle
        description: |
          Events: `state` (signals with ages, no position) and `decision` (a served break or card with
          its fills and refusals).
        tags: [Head units]
        parameters:
          - {name: vehicle_id, in: path, required: true, schema: {type: string}}
          - {name: ticket, in: query, required: true, schema: {type: string}}
        responses:
          200: {description: The stream., content: {text/event-stream: {}}}
          403: {description: "signature-invalid, ticket-expired or vehicle-of-other"}
        """
        ticket = open_ticket(signer, request.query_params.get("ticket", ""), EVENTS, clock.now_ms())
        if ticket.vehicle_id != request.path_params["vehicle_id"]:
            raise Forbidden("vehicle-of-other", "The ticket belongs to another vehicle.")
        return await stream(watch_vehicle(ticket.vehicle_id))

    return [
        Route("/v1/sessions/{session_id}/events", session_events),
        Route("/v1/vehicles/{vehicle_id}/events", vehicle_events),
    ]
