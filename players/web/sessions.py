"""Opening a session, and its report."""

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from kernel.clock import Clock
from kernel.signing import Signer
from players.feed.enrol_head_unit import RecogniseHeadUnit
from players.feed.head_unit import AdOutput
from players.playback.open_session import OpenSession, ReadVehicle
from players.playback.read_report import ReadReport
from players.playback.session import open_screen_grant
from players.web.bearer import head_unit
from players.web.enrolment import body_of


class _Wish(msgspec.Struct, forbid_unknown_fields=True):
    channel_id: str | None = None
    ads: AdOutput | None = None


def routes(
    recognise: RecogniseHeadUnit,
    read_vehicle: ReadVehicle,
    open_session: OpenSession,
    read_report: ReadReport,
    signer: Signer,
    clock: Clock,
) -> list[BaseRoute]:
    """``POST /v1/sessions`` and ``GET /v1/sessions/{session_id}/report``."""

    async def open_one(request: Request) -> Response:
        """Open a playback session.

        ---
        summary: Open a session
        description: |
          The answer's URLs carry the session's grant. Without a channel the first that is offered in the
          vehicle's market plays; `offered` tells whether the channel is offered there at all. `ads` says
          how the player is given those of a break, if otherwise than its head unit was enrolled for:
          `stitched` into the playlist, or as HLS `interstitials` that it plays itself.
        tags: [Playback]
        security: [{bearer: []}]
        requestBody:
          required: true
          content:
            application/json:
              schema:
                type: object
                properties:
                  channel_id: {type: [string, "null"]}
                  ads: {enum: [stitched, interstitials, null]}
        responses:
          201:
            description: "{session_id, grant, expires_at_ms, channel_id, vehicle_id, market, urls:
              {multivariant, video, audio, events, report, tracking, vast}, segment_ms, offered}"
          401: {description: credential-missing or credential-unknown}
          403: {description: role-cannot-play}
          404: {description: channel-unknown}
        """
        unit = await head_unit(request.headers, recognise)
        wish = msgspec.json.decode(await body_of(request) or b"{}", type=_Wish)
        vehicle = await run_in_threadpool(read_vehicle, unit.vehicle_id)
        opened = await open_session(unit, vehicle, wish.channel_id, wish.ads)
        return Response(msgspec.json.encode(opened), 201, _PRIVATE, media_type="application/json")

    async def report(request: Request) -> Response:
        """Tell what the event stream would say now.

        ---
        summary: Read a session's state, breaks and card
        tags: [Playback]
        parameters:
          - {name: session_id, in: path, required: true, schema: {type: string}}
          - {name: grant, in: query, required: true, schema: {type: string}}
        responses:
          200:
            description: "{session_id, channel_id, state, breaks, card}, each as in the event stream"
          403: {description: "signature-invalid, grant-expired, grant-of-other-session or grant-only-plays"}
          404: {description: session-unknown}
        """
        session_id = request.path_params["session_id"]
        grant = open_screen_grant(signer, request.query_params.get("grant", ""), clock.now_ms(), session_id)
        seen = await read_report(grant)
        return Response(msgspec.json.encode(seen.report), headers=_PRIVATE, media_type="application/json")

    return [
        Route("/v1/sessions", open_one, methods=["POST"]),
        Route("/v1/sessions/{session_id}/report", report),
    ]


_PRIVATE = {"Cache-Control": "no-store"}
