"""Playlists over HTTP."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from kernel.errors import Forbidden
from players.motion_policy import Withheld
from players.playlist import CONTENT_TYPE
from players.pull_playlist import Channel, Item, PullPlaylist

_HEADERS = {"Cache-Control": "no-store"}

See = Callable[[str, str, str, bytes, str], None]
"""Is shown what goes out: channel or item, session, name, body and content type. Never waits."""


def _unseen(_stream: str, _session_id: str, _name: str, _body: bytes, _content_type: str) -> None:
    """Nobody looks."""


def refused(answer: Withheld) -> Forbidden:
    """What a refusal of pictures is called outside."""
    return Forbidden(
        "video-withheld",
        f"No picture: {answer.reason} ({answer.rule}; {answer.source}).",
        fix="Play the sound; the picture returns when the vehicle is parked.",
    )


def routes(pull: PullPlaylist, see: See = _unseen) -> list[BaseRoute]:
    """``GET /play/{channel}/{session}/{name}.m3u8``, and the same for items on demand."""

    async def answer(request: Request, source: Channel | Item) -> Response:
        params = request.path_params
        token = request.query_params.get("grant", "")
        pulled = await pull(source, params["session_id"], params["name"], token)
        if isinstance(pulled, Withheld):
            raise refused(pulled)
        stream = source.item_id if isinstance(source, Item) else source.channel_id
        see(stream, params["session_id"], params["name"], pulled, CONTENT_TYPE)
        return Response(pulled, headers=_HEADERS, media_type=CONTENT_TYPE)

    async def channel_playlist(request: Request) -> Response:
        """Give a playlist of a channel.

        ---
        summary: A live HLS playlist (RFC 8216bis)
        description: |
          `multivariant` offers sound and picture while the picture is permitted, else sound alone;
          `audio` and `video` offer one of them for a player of its own; a rendition's name gives its
          media playlist. Segment URLs of pictures carry a lease of at most five seconds, renewed at
          each pull.
        tags: [Playback]
        parameters:
          - {name: channel_id, in: path, required: true, schema: {type: string}}
          - {name: session_id, in: path, required: true, schema: {type: string}}
          - name: name
            in: path
            required: true
            schema: {enum: [multivariant, audio, video, v720, v540, v360, a128]}
          - {name: grant, in: query, required: true, schema: {type: string}}
        responses:
          200: {description: The playlist., content: {application/vnd.apple.mpegurl: {}}}
          403: {description: "video-withheld, signature-invalid, grant-expired or grant-of-other-session"}
          404: {description: "channel-unknown, rendition-unknown or session-unknown"}
        """
        return await answer(request, Channel(request.path_params["channel_id"]))

    async def item_playlist(request: Request) -> Response:
        """Give a playlist of a partner's item.

        ---
        summary: An HLS playlist on demand
        description: |
          As a channel's, but listed whole and ended, and so pulled once: a player of pictures puts the
          lease of the newest `state` event on its segment requests.
        tags: [Playback]
        parameters:
          - {name: item_id, in: path, required: true, schema: {type: string}}
          - {name: session_id, in: path, required: true, schema: {type: string}}
          - name: name
            in: path
            required: true
            schema: {enum: [multivariant, audio, video, v720, v540, v360, a128]}
          - {name: grant, in: query, required: true, schema: {type: string}}
        responses:
          200: {description: The playlist., content: {application/vnd.apple.mpegurl: {}}}
          403: {description: "video-withheld, signature-invalid, grant-expired or grant-of-other-session"}
          404: {description: "item-unknown, item-withdrawn, rendition-unknown or session-unknown"}
        """
        return await answer(request, Item(request.path_params["item_id"]))

    return [
        Route("/play/item/{item_id}/{session_id}/{name}.m3u8", item_playlist),
        Route("/play/{channel_id}/{session_id}/{name}.m3u8", channel_playlist),
    ]
