"""A channel's logo: given by editors, shown to anyone."""

import re
from collections.abc import Callable

from starlette.authentication import requires
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from content.channels.change_logo import ChangeLogo
from content.channels.channel import logo_key
from content.channels.lineup import Lineups
from content.guide import logo
from content.guide.listing import logo_url
from content.ports import Pictures
from content.web.guide import answer
from content.web.public import json_response
from kernel.errors import NotFound

_NAME = re.compile(r"[0-9a-f]{28}")
_FRESH_S = 3600
_FOREVER_S = 365 * 86_400


def routes(lineups: Callable[[], Lineups], change: ChangeLogo) -> list[BaseRoute]:
    """``logo.svg`` and ``logo.png`` of channels from the snapshot, and how editors change them."""
    return [_shown_route(lineups, change.pictures), *_editing_routes(change)]


def _shown_route(lineups: Callable[[], Lineups], pictures: Pictures) -> BaseRoute:
    async def channel_logo(request: Request) -> Response:
        """Gives a channel's logo.

        ---
        summary: A channel's logo
        description: One of its own is a PNG; logo.svg leads there. By the address in the guide it may be kept for ever.
        tags: [Content]
        parameters:
          - {name: channel_id, in: path, required: true, schema: {type: string}}
          - {name: form, in: path, required: true, schema: {enum: [svg, png]}}
        responses:
          200: {description: A square., content: {image/svg+xml: {}, image/png: {}}}
          302: {description: to the logo of its own}
          404: {description: channel-unknown or logo-unknown}
        """  # noqa: E501
        shown, form = lineups().channels.get(request.path_params["channel_id"]), request.path_params["form"]
        if shown is None:
            raise NotFound("channel-unknown", "There is no such channel.", fix="See /v1/channels.")
        if form not in {"svg", "png"}:
            raise NotFound("logo-unknown", "A logo is an SVG or a PNG.", fix="Ask for logo.svg or logo.png.")
        if form == "svg" and shown.logo:
            headers = {"Cache-Control": f"public, max-age={_FRESH_S}"}
            return RedirectResponse(logo_url(shown.channel_id, shown.logo), 302, headers)
        if form == "svg":
            drawing = logo.svg(shown.channel_id, shown.name).encode()
            return answer(request, drawing, "image/svg+xml", _FRESH_S)
        # An address names its picture for ever, also to a process that has not yet heard of it.
        named = request.query_params.get("v", "")
        wanted = named if _NAME.fullmatch(named) else shown.logo
        if own := await picture(shown.channel_id, wanted):
            return answer(request, own, "image/png", _FOREVER_S if named == wanted else _FRESH_S)
        drawn = await run_in_threadpool(logo.png, shown.channel_id, shown.name)
        return answer(request, drawn, "image/png", 0 if named else _FRESH_S)

    async def picture(channel_id: str, name: str) -> bytes | None:
        """The channel's picture of that name; None if there is none (any more)."""
        if not name:
            return None
        try:
            return await pictures.get(logo_key(channel_id, name))
        except NotFound:
            return None

    return Route("/v1/channels/{channel_id}/logo.{form}", channel_logo)


def _editing_routes(change: ChangeLogo) -> list[BaseRoute]:
    @requires("editor")
    async def put_logo(request: Request) -> Response:
        """Gives a channel a logo of its own.

        ---
        summary: Give a channel its logo
        description: PNG, JPEG or WebP, at most 2 MB and 4096 pixels a side; kept as a PNG of 256 x 256.
        tags: [Editing]
        parameters:
          - {name: channel_id, in: path, required: true, schema: {type: string}}
        requestBody:
          required: true
          content: {image/png: {}, image/jpeg: {}, image/webp: {}}
        responses:
          200: {description: The channel}
          404: {description: channel-unknown}
          422: {description: "logo-too-large, logo-unreadable or logo-too-wide"}
        """
        account_id, channel_id = request.user.account_id, request.path_params["channel_id"]
        return json_response(await change(account_id, channel_id, await request.body()))

    @requires("editor")
    async def drop_logo(request: Request) -> Response:
        """Gives a channel the generated logo again.

        ---
        summary: Take a channel's logo away
        tags: [Editing]
        parameters:
          - {name: channel_id, in: path, required: true, schema: {type: string}}
        responses:
          200: {description: The channel}
          404: {description: channel-unknown}
        """
        return json_response(await change.remove(request.user.account_id, request.path_params["channel_id"]))

    return [
        Route("/v1/channels/{channel_id}/logo", put_logo, methods=["PUT"]),
        Route("/v1/channels/{channel_id}/logo", drop_logo, methods=["DELETE"]),
    ]
