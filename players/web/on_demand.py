"""Playlists on demand over HTTP: partners' items, and what a channel has shown."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Protocol

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from content.channels.catch_up import ListCatchUp
from kernel.clock import Clock
from kernel.compression import GrowingGzip, gzipped, takes_gzip
from kernel.signing import Signer
from players.feed.motion_policy import Withheld
from players.playback.on_demand import Airing, Item, Source
from players.playback.playlist import CONTENT_TYPE
from players.playback.pull_item import Pulled, PullItem
from players.playback.session import Grant, open_grant
from players.web.playlists import See, refused

_PRIVATE = {"Cache-Control": "no-store"}
_PLAYLIST = {**_PRIVATE, "Vary": "Accept-Encoding"}
_ZIPPED = {**_PLAYLIST, "Content-Encoding": "gzip"}
_FASTEST = 1
"""A list that grows is sent again with each segment: it shrinks to a tenth, at any level."""

_WORTH_BYTES = 4_096
_KEPT_BYTES = 32 * 1024 * 1024
"""Lists of sound that grow, compressed: 100 kB each, where they are long."""


class Market(Protocol):
    """The market of a session."""

    async def __call__(self, grant: Grant) -> str:
        """ISO 3166-1 alpha-2; empty where the session is not known."""


def routes(
    pull: PullItem, list_catch_up: ListCatchUp, market: Market, signer: Signer, clock: Clock, see: See
) -> list[BaseRoute]:
    """``GET /play/item/…``, ``GET /play/airing/…`` and ``GET /v1/channels/{channel_id}/catch-up``."""
    playlist, document = _answers(pull, see)

    async def item_playlist(request: Request) -> Response:
        """Give a playlist of a partner's item.

        ---
        summary: An HLS playlist on demand
        description: |
          As a channel's, but listed whole and ended, and so pulled once: a player of pictures puts the
          lease of the newest `state` event on its segment requests. Ads before and within the item are
          decided once a play and stay; `EXT-X-START` says where the vehicle left it. By a player's link it
          begins at the beginning.
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
        return await playlist(request, Item(request.path_params["item_id"]))

    async def item_document(request: Request) -> Response:
        """Tell what a play of an item consists of.

        ---
        summary: What is played of an item, and where it was left
        description: |
          Content time counts no ads; playlist time does. Begins a play where the last is over, so a player
          asks before it pulls the playlists.
        tags: [Playback]
        parameters:
          - {name: item_id, in: path, required: true, schema: {type: string}}
          - {name: session_id, in: path, required: true, schema: {type: string}}
          - {name: grant, in: query, required: true, schema: {type: string}}
        responses:
          200:
            description: "{play_id, content_id, title, subtitle, kind, resume_ms, begin_ms, duration_ms,
              length_ms, breaks: [{break_id, starts_at_ms, ends_at_ms, content_at_ms, fills}]}"
          403: {description: "signature-invalid, grant-expired or grant-of-other-session"}
          404: {description: "item-unknown, item-withdrawn or session-unknown"}
        """
        return await document(request, Item(request.path_params["item_id"]))

    async def airing_playlist(request: Request) -> Response:
        """Give a playlist of what a channel has shown, or shows now, from its beginning.

        ---
        summary: An HLS playlist of a past programme
        description: As an item's. The breaks of the channel are not in it; ads of its own may be.
        tags: [Playback]
        parameters:
          - {name: airing_id, in: path, required: true, schema: {type: string}}
          - {name: session_id, in: path, required: true, schema: {type: string}}
          - name: name
            in: path
            required: true
            schema: {enum: [multivariant, audio, video, v720, v540, v360, a128]}
          - {name: grant, in: query, required: true, schema: {type: string}}
        responses:
          200: {description: The playlist., content: {application/vnd.apple.mpegurl: {}}}
          403:
            description: "not-aired-yet, catch-up-expired, catch-up-not-cleared, not-cleared-here,
              video-withheld, signature-invalid, grant-expired or grant-of-other-session"
          404: {description: "airing-unknown, rendition-unknown or session-unknown"}
        """
        return await playlist(request, Airing(request.path_params["airing_id"]))

    async def airing_document(request: Request) -> Response:
        """Tell what a play of a past programme consists of.

        ---
        summary: What is played of a past programme, and where it was left
        description: As of an item.
        tags: [Playback]
        parameters:
          - {name: airing_id, in: path, required: true, schema: {type: string}}
          - {name: session_id, in: path, required: true, schema: {type: string}}
          - {name: grant, in: query, required: true, schema: {type: string}}
        responses:
          200: {description: As of an item.}
          403:
            description: "not-aired-yet, catch-up-expired, catch-up-not-cleared, not-cleared-here,
              signature-invalid, grant-expired or grant-of-other-session"
          404: {description: "airing-unknown or session-unknown"}
        """
        return await document(request, Airing(request.path_params["airing_id"]))

    async def catch_up(request: Request) -> Response:
        """List what a channel showed and may be watched now from its beginning.

        ---
        summary: What may be started over or watched again
        description: |
          The newest airing of each programme, that on air first. Territories are those of the session's
          vehicle; without a grant, what is cleared for some countries only is left out.
        tags: [Playback]
        parameters:
          - {name: channel_id, in: path, required: true, schema: {type: string}}
          - {name: grant, in: query, schema: {type: string}}
        responses:
          200:
            description: "{channel_id, airings: [{airing_id, programme_id, title, synopsis, aired_at_ms,
              ends_at_ms, until_ms, on_air, duration_ms, poster_url}]}"
          403: {description: "signature-invalid or grant-expired"}
          404: {description: channel-unknown}
        """
        token = request.query_params.get("grant", "")
        territory = await market(open_grant(signer, token, clock.now_ms())) if token else ""
        channel_id = request.path_params["channel_id"]
        airings = await run_in_threadpool(list_catch_up, channel_id, territory)
        return _json({"channel_id": channel_id, "airings": airings})

    return [
        Route("/play/item/{item_id}/{session_id}/play.json", item_document),
        Route("/play/item/{item_id}/{session_id}/{name}.m3u8", item_playlist),
        Route("/play/airing/{airing_id}/{session_id}/play.json", airing_document),
        Route("/play/airing/{airing_id}/{session_id}/{name}.m3u8", airing_playlist),
        Route("/v1/channels/{channel_id}/catch-up", catch_up),
    ]


_Answer = Callable[[Request, Source], Awaitable[Response]]


def _answers(pull: PullItem, see: See) -> tuple[_Answer, _Answer]:
    growing = GrowingGzip(_KEPT_BYTES)

    def packed(session_id: str, name: str, pulled: Pulled) -> Pulled:
        if len(pulled.body) < _WORTH_BYTES:
            return pulled
        zipper = partial(growing, (pulled.stream, session_id, name)) if pulled.grows else gzipped
        return replace(pulled, packed=zipper(pulled.body, _FASTEST))

    async def playlist(request: Request, source: Source) -> Response:
        session_id, name = request.path_params["session_id"], request.path_params["name"]
        zips = takes_gzip(request.headers.get("accept-encoding", ""))
        pack = partial(packed, session_id, name) if zips else None
        pulled = await pull(source, session_id, name, request.query_params.get("grant", ""), pack)
        if isinstance(pulled, Withheld):
            raise refused(pulled)
        see(pulled.stream, session_id, name, pulled.body, CONTENT_TYPE)
        if pulled.packed is not None:
            return Response(pulled.packed, headers=_ZIPPED, media_type=CONTENT_TYPE)
        return Response(pulled.body, headers=_PLAYLIST, media_type=CONTENT_TYPE)

    async def document(request: Request, source: Source) -> Response:
        token = request.query_params.get("grant", "")
        return _json(await pull.document(source, request.path_params["session_id"], token))

    return playlist, document


def _json(value: object) -> Response:
    return Response(msgspec.json.encode(value), headers=_PRIVATE, media_type="application/json")
