"""Media segments over HTTP."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from media.house_format import BY_NAME, Medium
from players.feed.motion_policy import Withheld
from players.playback.ports import ReadInit
from players.playback.serve_segment import SegmentName, ServeSegment
from players.web.playlists import refused

MayGoOn = Callable[[], Awaitable[bool]]
RECALL = "roadcast.recall"
"""The extension of a server's scopes that is told of a :data:`MayGoOn` once a response was sent: while that
waits for a slow line, the server asks again and again, and ends the connection when the answer is no."""

# A picture must be asked for each time, so that the lock is asked each time.
_PICTURE = {"Cache-Control": "no-store"}
_SOUND = {"Cache-Control": "private, max-age=60"}
_INIT = {"Cache-Control": "public, max-age=31536000, immutable"}


class Picture(Response):
    """A segment that is called back where it may not be shown any more, by a server that can.

    Args:
        may_go_on: whether it may, while it is being sent.
        response: as of any.
    """

    def __init__(self, body: bytes, may_go_on: MayGoOn, **response: Any) -> None:
        super().__init__(body, **response)
        self._may_go_on = may_go_on

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the ASGI specification."""
        await super().__call__(scope, receive, send)
        recall = scope.get("extensions", {}).get(RECALL)
        if recall is not None:
            recall(self._may_go_on)


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
          A picture needs a lease, and the vehicle's state is judged again at each request, and on a slow
          line while it is sent: the connection ends where the vehicle drives off meanwhile. Sound needs
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
        token = request.query_params.get("lease", "")
        served = await serve_segment(name, token)
        if isinstance(served, Withheld):
            raise refused(served)
        kind = _type(name.rendition)
        if BY_NAME[name.rendition].medium is Medium.AUDIO:
            return Response(served, headers=_SOUND, media_type=kind)
        may_go_on = partial(serve_segment.may_go_on, name, token, serve_segment.clock.now_ms())
        return Picture(served, may_go_on, headers=_PICTURE, media_type=kind)

    return [
        Route("/segments/init/{rendition}.mp4", init),
        Route("/segments/{asset_id}/{rendition}/{index:int}/{k:int}/{key}.m4s", segment),
    ]


def _type(rendition: str) -> str:
    return "audio/mp4" if BY_NAME[rendition].medium is Medium.AUDIO else "video/mp4"
