"""Where a vehicle left what it played on demand: told by its screens, erased on its owner's word."""

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from kernel.clock import Clock
from kernel.signing import Signer
from players.feed.enrol_head_unit import RecogniseHeadUnit
from players.playback.keep_resume import TELLS_IN_MS, KeepResume, Told
from players.playback.session import Grant, open_screen_grant
from players.web.bearer import unit_of_vehicle
from players.web.enrolment import body_of


def routes(
    recognise: RecogniseHeadUnit, keep_resume: KeepResume, signer: Signer, clock: Clock
) -> list[BaseRoute]:
    """``/v1/sessions/{session_id}/resume`` and ``DELETE /v1/vehicles/{vehicle_id}/resume``."""

    def granted(request: Request) -> Grant:
        token = request.query_params.get("grant", "")
        return open_screen_grant(signer, token, clock.now_ms(), request.path_params["session_id"])

    async def tell(request: Request) -> Response:
        """Tell where the session is in what it plays.

        ---
        summary: Keep a resume point
        description: |
          Kept by vehicle for 90 days, whichever screen plays; the latest word counts. What is nearly at its end
          (95 %, or the last 30 s) is not gone on with. At most ten in ten seconds are taken of a session.
        tags: [Playback]
        parameters:
          - {name: session_id, in: path, required: true, schema: {type: string}}
          - {name: grant, in: query, required: true, schema: {type: string}}
        requestBody:
          required: true
          content:
            application/json:
              schema:
                type: object
                required: [position_s]
                properties:
                  item_id: {type: string, description: This or airing_id.}
                  airing_id: {type: string}
                  position_s: {type: number, minimum: 0, description: "Content time: ads do not count."}
                  ended: {type: boolean, description: It was played to its end.}
                  age_s: {type: number, minimum: 0, maximum: 86400, description: How long ago that was.}
        responses:
          204: {description: "It is kept, unless a later one is."}
          403: {description: "signature-invalid, grant-expired, grant-of-other-session, grant-only-plays, or why the airing may not be played"}
          404: {description: "item-unknown, item-withdrawn or airing-unknown"}
          422: {description: resume-invalid}
          429: {description: too-many-requests}
        """  # noqa: E501
        told = msgspec.json.decode(await body_of(request), type=Told)
        if not await keep_resume(granted(request), told):
            raise HTTPException(429, headers={"Retry-After": str(TELLS_IN_MS // 1000)})
        return Response(status_code=204)

    async def all_points(request: Request) -> Response:
        """List what the vehicle can go on with.

        ---
        summary: List the resume points
        tags: [Playback]
        parameters:
          - {name: session_id, in: path, required: true, schema: {type: string}}
          - {name: grant, in: query, required: true, schema: {type: string}}
        responses:
          200:
            description: "{points: [{content_id, item_id, airing_id, title, partner, kind, position_ms,
              duration_ms, poster_url, at_ms}]}, the latest first"
          403: {description: "signature-invalid, grant-expired, grant-of-other-session or grant-only-plays"}
        """
        points = await keep_resume.all(granted(request))
        return Response(
            msgspec.json.encode({"points": points}), headers=_PRIVATE, media_type="application/json"
        )

    async def forget(request: Request) -> Response:
        """Forget one point, so that it begins anew.

        ---
        summary: Forget a resume point
        tags: [Playback]
        parameters:
          - {name: session_id, in: path, required: true, schema: {type: string}}
          - {name: content_id, in: path, required: true, schema: {type: string}}
          - {name: grant, in: query, required: true, schema: {type: string}}
        responses:
          204: {description: It is forgotten; again it changes nothing.}
          403: {description: "signature-invalid, grant-expired, grant-of-other-session or grant-only-plays"}
        """
        await keep_resume.forget(granted(request).vehicle_id, request.path_params["content_id"])
        return Response(status_code=204)

    async def erase(request: Request) -> Response:
        """Erase all that is kept of what the vehicle played.

        ---
        summary: Erase a vehicle's resume points
        description: For the owner; any head unit of the vehicle may. They are gone at once and for good.
        tags: [Head units]
        security: [{bearer: []}]
        parameters:
          - {name: vehicle_id, in: path, required: true, schema: {type: string}}
        responses:
          204: {description: There is none any more.}
          401: {description: credential-missing or credential-unknown}
          403: {description: "vehicle-of-other"}
        """
        unit = await unit_of_vehicle(request, recognise)
        await keep_resume.forget(unit.vehicle_id)
        return Response(status_code=204)

    return [
        Route("/v1/sessions/{session_id}/resume", tell, methods=["PUT"]),
        Route("/v1/sessions/{session_id}/resume", all_points),
        Route("/v1/sessions/{session_id}/resume/{content_id}", forget, methods=["DELETE"]),
        Route("/v1/vehicles/{vehicle_id}/resume", erase, methods=["DELETE"]),
    ]


_PRIVATE = {"Cache-Control": "no-store"}
