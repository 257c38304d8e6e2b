"""Media segments over HTTP."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from media.house_format import BY_NAME, Medium
from players.feed.motion_policy import Withheld
from players.playback.ports import ReadInit
from players.playback.serve_segment import SegmentName, ServeSegment
from players.web.playlists import refused

# A picture must be asked for each time, so that the lock is asked each time.
_PICTURE = {"Cache-Control": "no-store"}
_SOUND = {"Cache-Control": "private, max-age=60"}
_INIT = {"Cache-Control": "public, max-age=31536000, immutable"}


def routes(serve_segment: ServeSegment, read_init: ReadInit) -> list[BaseRoute]:
    """``GET /segments/…``."""

    async def init(request: Request) -> Response:
        """Give the init segment of a rendition, the same for everything that is played.

        ---
        summary: An init segment (EXT-X-MAP)
        tags: [Playback]
        parameters:
          - {name: rendition, in: path, required: true, schema: {enum: [v720, v540, v360, a128]}}
        responses:
          200: {description: ftyp and moov., content: {video/mp4: {}}}
          404: {description: rendition-unknown}
        """
        rendition = request.path_params["rendition"]
        return Response(await read_init(rendition), headers=_INIT, media_type=_type(rendition))

    async def segment(request: Request) -> Response:
        """Give a segment, timed for its position on the grid.

        ---
        summary: A media segment (CMAF)
        description: |
          A picture needs a lease, and the vehicle's state is judged again at each request. Sound needs
          the session's grant, in the same parameter. The address is taken from a playlist, which makes its
          `key`: a segment that no playlist listed is served to nobody. A channel's address is good while its
          position is at most two minutes old; one of something on demand for the vehicle that it was listed
          for, until that session ends.
        tags: [Playback]
        parameters:
          - {name: asset_id, in: path, required: true, schema: {type: string}}
          - {name: rendition, in: path, required: true, schema: {enum: [v720, v540, v360, a128]}}
          - {name: index, in: path, required: true, schema: {type: integer}}
          - {name: k, in: path, required: true, schema: {type: integer}}
          - {name: key, in: path, required: true, schema: {type: string}}
          - {name: lease, in: query, required: true, schema: {type: string}}
        responses:
          200: {description: moof and mdat., content: {video/mp4: {}}}
          403:
            description: >-
              video-withheld, lease-expired, lease-missing, grant-expired, position-not-on-air, play-over or
              signature-invalid
          404: {description: "asset-unknown, rendition-unknown or segment-unknown"}
          503: {description: "store-unavailable, also when asked a second time"}
        """
        params = request.path_params
        name = SegmentName(
            params["asset_id"], params["rendition"], params["index"], params["k"], params["key"]
        )
        served = await serve_segment(name, request.query_params.get("lease", ""))
        if isinstance(served, Withheld):
            raise refused(served)
        sound = BY_NAME[name.rendition].medium is Medium.AUDIO
        return Response(served, headers=_SOUND if sound else _PICTURE, media_type=_type(name.rendition))

    return [
        Route("/segments/init/{rendition}.mp4", init),
        Route("/segments/{asset_id}/{rendition}/{index:int}/{k:int}/{key}.m4s", segment),
    ]


def _type(rendition: str) -> str:
    return "audio/mp4" if BY_NAME[rendition].medium is Medium.AUDIO else "video/mp4"
