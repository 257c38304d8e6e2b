"""The tracking document over HTTP."""

import hashlib

import msgspec
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from kernel.clock import Clock
from kernel.signing import Signer
from players.playback.on_demand import Airing, Item, Source
from players.playback.read_tracking import ReadTracking
from players.playback.session import open_grant


def routes(read_tracking: ReadTracking, signer: Signer, clock: Clock) -> list[BaseRoute]:
    """``GET /v1/sessions/{session_id}/tracking``."""

    async def tracking(request: Request) -> Response:
        """Tell what to report of the ads in the breaks that are listed or near.

        ---
        summary: Read a session's tracking document
        description: |
          For players without a page of ours: poll it every 5 to 10 s (with If-None-Match), and send each
          event's beacon when playback runs through its start_time on the clock of
          EXT-X-PROGRAM-DATE-TIME. Breaks are told some 20 s before they begin, and until a minute after.
          On demand, name what is played: `play` has all breaks of it, by the same clock of its playlist.
        tags: [Playback]
        parameters:
          - {name: session_id, in: path, required: true, schema: {type: string}}
          - {name: grant, in: query, required: true, schema: {type: string}}
          - {name: item_id, in: query, required: false, schema: {type: string}}
          - {name: airing_id, in: query, required: false, schema: {type: string}}
          - {name: If-None-Match, in: header, required: false, schema: {type: string}}
        responses:
          200:
            description: "{sessionId, channelId, avails: [{availId, startTime, durationInSeconds, ads: [{adId,
              adTitle, advertiser, startTime, startOffsetInSeconds, durationInSeconds, trackingEvents:
              [{eventId, eventType, startTime, offsetInSeconds, beaconUrls}], interactionEvents}]}],
              play: {playId, avails: [as above, and startTimeInSeconds]}}"
          304: {description: nothing has changed since}
          403: {description: "signature-invalid, grant-expired or grant-of-other-session"}
          404: {description: session-unknown}
        """
        session_id = request.path_params["session_id"]
        grant = open_grant(signer, request.query_params.get("grant", ""), clock.now_ms(), session_id)
        body = msgspec.json.encode(await read_tracking(grant, _source(request.query_params)))
        etag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
        headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
        if _matches(request.headers.get("if-none-match", ""), etag):
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers, media_type="application/json")

    return [Route("/v1/sessions/{session_id}/tracking", tracking)]


def _source(params: QueryParams) -> Source | None:
    if "item_id" in params:
        return Item(params["item_id"])
    return Airing(params["airing_id"]) if "airing_id" in params else None


def _matches(wanted: str, etag: str) -> bool:
    """Whether If-None-Match names it (RFC 9110, 13.1.2: compared weakly)."""
    return wanted.strip() == "*" or etag in {one.strip().removeprefix("W/") for one in wanted.split(",")}
