"""What anyone may ask: channels, what is on, and partner items."""

from collections.abc import Callable

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from content.channels.guide import poster_url
from content.channels.lineup import Lineups
from content.channels.read_guide import ReadGuide
from content.library.partner_item import PartnerItem
from kernel.errors import Invalid


def json_response(value: object, status: int = 200) -> Response:
    """``value`` as JSON."""
    return Response(msgspec.json.encode(value), status, media_type="application/json")


def routes(lineups: Callable[[], Lineups], read_guide: ReadGuide) -> list[BaseRoute]:
    """The public routes of ``/v1``; all answer from the snapshot."""

    async def list_channels(_request: Request) -> Response:
        """Lists the channels, the default first.

        ---
        summary: List the channels
        tags: [Content]
        responses:
          200: {description: "{default_channel_id, channels: [{channel_id, slug, name}]}"}
        """
        now = lineups()
        channels = [
            {"channel_id": c.channel_id, "slug": c.slug, "name": c.name} for c in now.channels.values()
        ]
        return json_response({"default_channel_id": now.default_channel_id, "channels": channels})

    async def guide(request: Request) -> Response:
        """Tells what is on a channel now and next.

        ---
        summary: What is on now and next
        description: During a break the first entry starts in the future.
        tags: [Content]
        parameters:
          - {name: channel_id, in: path, required: true, schema: {type: string}}
          - {name: count, in: query, description: How many showings, schema: {type: integer, minimum: 1, maximum: 50, default: 2}}
        responses:
          200: {description: "{channel_id, entries: [{programme_id, title, synopsis, category, starts_at_ms, ends_at_ms, poster_url}]}"}
          404: {description: channel-unknown}
          422: {description: count-out-of-range or count-malformed}
        """  # noqa: E501
        channel_id = request.path_params["channel_id"]
        entries = read_guide(channel_id, _count(request.query_params.get("count", "2")))
        return json_response({"channel_id": channel_id, "entries": entries})

    async def list_items(_request: Request) -> Response:
        """Lists the partner items that can be played, the newest first.

        ---
        summary: List the partner items
        tags: [Content]
        responses:
          200: {description: "{items: [{item_id, partner, title, kind, duration_ms, poster_url}]}; kind is video, music or podcast"}
        """  # noqa: E501
        return json_response({"items": [_shown(item) for item in lineups().items.values()]})

    return [
        Route("/v1/channels", list_channels),
        Route("/v1/channels/{channel_id}/guide", guide),
        Route("/v1/items", list_items),
    ]


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise Invalid(
            "count-malformed", "The count is not a whole number.", fields={"count": "A whole number."}
        )
    return int(text)


def _shown(item: PartnerItem) -> dict[str, str | int]:
    return {
        "item_id": item.item_id,
        "partner": item.partner,
        "title": item.title,
        "kind": item.kind.value,
        "duration_ms": item.duration_ms,
        "poster_url": poster_url(item.asset_id),
    }
