"""Playlists over HTTP."""

import re
from collections.abc import Callable
from functools import lru_cache

from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from kernel.errors import Forbidden, NotFound
from players.feed.motion_policy import Withheld
from players.playback.playlist import CONTENT_TYPE
from players.playback.pull_playlist import Channel, Poll, PullPlaylist
from players.playback.pulls import Answer, Soon
from players.web.wire import answer, token

_HEADERS = (
    (b"content-type", CONTENT_TYPE.encode()),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
)

See = Callable[[str, str, str, bytes, str], None]
"""Is shown what goes out: channel or play, session, name, body and content type. Never waits."""


def _unseen(_stream: str, _session_id: str, _name: str, _body: bytes, _content_type: str) -> None:
    """Nobody looks."""


def refused(answer: Withheld) -> Forbidden:
    """What a refusal of pictures is called outside."""
    return Forbidden(
        "video-withheld",
        f"No picture: {answer.reason} ({answer.rule}; {answer.policy}: {answer.source}).",
        fix="Play the sound; the picture returns as soon as the market's rules permit it.",
    )


def shown(pulled: bytes | Withheld, see: See, stream: str, session_id: str, name: str) -> bytes:
    """The playlist that was pulled, once it has been seen.

    Raises:
        Forbidden: ``video-withheld``.
    """
    if isinstance(pulled, Withheld):
        raise refused(pulled)
    see(stream, session_id, name, pulled, CONTENT_TYPE)
    return pulled


_TARGET = re.compile(rb"/play/([^/?%]+)/([^/?%]+)/([^/?%]+)\.m3u8\?grant=([^&%]+)")
TARGET_LIMIT_BYTES = 512
POLLS_REMEMBERED = 65_536
"""Three playlists of each of 20,000 sessions, in some 30 MB."""


class ChannelPlaylist:
    """Answers without Starlette's request and response, which cost as much as the playlist."""

    headers = _HEADERS

    def __init__(self, pull: PullPlaylist, see: See) -> None:
        self._pull, self._see = pull, see
        self._poll = lru_cache(POLLS_REMEMBERED)(self._recognise)

    def _recognise(self, target: bytes) -> Poll:
        found = _TARGET.fullmatch(target)
        if found is None:
            raise NotFound("route-unknown", "No playlist has that address.")
        channel_id, session_id, name, token = (part.decode("ascii") for part in found.groups())
        return self._pull.recognise(Channel(channel_id), session_id, name, token)

    def at_once(self, target: bytes) -> Answer | Soon:
        """The answer to a GET of ``target`` (path and query); None where a whole request is to be made.

        Whatever it fails with, a whole request fails with too, and tells of.
        """
        if len(target) > TARGET_LIMIT_BYTES:
            return None
        poll = self._poll(target)
        answer = self._pull.at_once(poll)
        if not isinstance(answer, Soon):
            return self._shown(poll, answer)
        finish = answer.finish
        return Soon(answer.values, lambda values: self._shown(poll, finish(values)))

    def _shown(self, poll: Poll, body: Answer) -> Answer:
        if body is not None:
            self._see(poll.source.channel_id, poll.grant.session_id, poll.name, body, CONTENT_TYPE)
        return body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the ASGI specification."""
        params = scope["path_params"]
        channel_id, session_id, name = params["channel_id"], params["session_id"], params["name"]
        pulled = await self._pull(Channel(channel_id), session_id, name, token(scope, "grant"))
        body = shown(pulled, self._see, channel_id, session_id, name)
        await answer(send, body if scope["method"] == "GET" else b"", len(body), _HEADERS)

    def get(self) -> None:
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


def routes(pull: PullPlaylist, see: See = _unseen) -> list[BaseRoute]:
    """``GET /play/{channel}/{session}/{name}.m3u8``."""
    return [
        Route("/play/{channel_id}/{session_id}/{name}.m3u8", ChannelPlaylist(pull, see), methods=["GET"]),
    ]
