"""HLS interstitials over HTTP: what the ads of a break are, and their playlists."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from content.guide.xmltv import Site
from players.playback.playlist import CONTENT_TYPE
from players.playback.pull_interstitial import PullInterstitial, Spot
from players.web.playlists import See, shown

_PRIVATE = {"Cache-Control": "no-store"}


def routes(pull: PullInterstitial, site: Site, see: See) -> list[BaseRoute]:
    """``GET /play/{channel}/{session}/breaks/{break}.json``, and the playlists that it names."""

    async def asset_list(request: Request) -> Response:
        """List the ads of a break.

        ---
        summary: An asset list (X-ASSET-LIST of an HLS interstitial)
        description: |
          For sessions that were opened with `ads: interstitials`. The ads are those that would have been
          stitched, decided once; their beacons come with the session's events. None at all is an empty
          list: the channel plays on.
        tags: [Playback]
        parameters:
          - {name: channel_id, in: path, required: true, schema: {type: string}}
          - {name: session_id, in: path, required: true, schema: {type: string}}
          - {name: break_id, in: path, required: true, schema: {type: string}}
          - {name: grant, in: query, required: true, schema: {type: string}}
        responses:
          200: {description: "{ASSETS: [{URI, DURATION}]}"}
          403: {description: "signature-invalid, grant-expired or grant-of-other-session"}
          404: {description: "break-unknown, channel-unknown or session-unknown"}
        """
        token = request.query_params.get("grant", "")
        # Players want whole addresses there, and the header Host is anybody's word.
        listed = await pull.assets(**request.path_params, token=token, base=site.base_url)
        return Response(msgspec.json.encode(listed), headers=_PRIVATE, media_type="application/json")

    async def spot_playlist(request: Request) -> Response:
        """Give a playlist of an ad of a break.

        ---
        summary: An HLS playlist of an interstitial
        description: As an item's; the same motion lock holds.
        tags: [Playback]
        parameters:
          - {name: channel_id, in: path, required: true, schema: {type: string}}
          - {name: session_id, in: path, required: true, schema: {type: string}}
          - {name: break_id, in: path, required: true, schema: {type: string}}
          - {name: fill_id, in: path, required: true, schema: {type: string}}
          - name: name
            in: path
            required: true
            schema: {enum: [multivariant, audio, video, v720, v540, v360, a128]}
          - {name: grant, in: query, required: true, schema: {type: string}}
        responses:
          200: {description: The playlist., content: {application/vnd.apple.mpegurl: {}}}
          403: {description: "video-withheld, signature-invalid, grant-expired or grant-of-other-session"}
          404: {description: "break-unknown, rendition-unknown or session-unknown"}
        """
        params = request.path_params
        spot = Spot(params["channel_id"], params["break_id"], params["fill_id"])
        session_id, name = params["session_id"], params["name"]
        pulled = await pull(spot, session_id, name, request.query_params.get("grant", ""))
        body = shown(pulled, see, spot.fill_id, session_id, name)
        return Response(body, headers=_PRIVATE, media_type=CONTENT_TYPE)

    spots = "/play/{channel_id}/{session_id}/breaks/{break_id}/{fill_id}/{name}.m3u8"
    return [
        Route("/play/{channel_id}/{session_id}/breaks/{break_id}.json", asset_list),
        Route(spots, spot_playlist),
    ]
