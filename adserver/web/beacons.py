"""Beacons: what players say of the fills that they showed."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from adserver.billing.record_event import RecordEvent


def routes(record_event: RecordEvent) -> list[BaseRoute]:
    """``POST /v1/beacons/{token}/{event}``; the signed token is the permission."""

    async def beacon(request: Request) -> Response:
        """Reports an event of a fill; the same event again changes nothing.

        ---
        summary: Report an event of a fill
        description: >-
          Events of a spot are impression, first-quartile, midpoint, third-quartile, complete and tap;
          of a card, card-shown and tap. The first impression (card-shown for a card) is billed, once.
          Each of impression to complete counts only after the one before it: what comes too early is not
          counted, and may be sent again in its turn.
        tags: [Advertising]
        parameters:
          - {name: token, in: path, required: true, description: the fill's beacon, schema: {type: string}}
          - name: event
            in: path
            required: true
            schema:
              type: string
              enum: [impression, first-quartile, midpoint, third-quartile, complete, card-shown, tap]
        responses:
          204: {description: "Counted, counted before, or not counted because it came before its turn"}
          403: {description: beacon-invalid or beacon-expired}
          404: {description: event-unknown}
        """
        await record_event(request.path_params["token"], request.path_params["event"])
        return Response(status_code=204, headers={"Cache-Control": "no-store"})

    return [Route("/v1/beacons/{token}/{event}", beacon, methods=["POST"])]
