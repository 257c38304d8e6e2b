"""What anyone may ask: channels and partner items."""

from collections.abc import Callable

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from content.channels.guide import poster_url
from content.channels.lineup import Lineups
from content.guide.listing import logo_url
from content.guide.read_guide import checked_market
from content.library.partner_item import PartnerItem


def json_response(value: object, status: int = 200) -> Response:
    """``value`` as JSON."""
    return Response(msgspec.json.encode(value), status, media_type="application/json")


def routes(lineups: Callable[[], Lineups]) -> list[BaseRoute]:
    """The public routes of ``/v1``; all answer from the snapshot."""

    async def list_channels(request: Request) -> Response:
        """Lists the channels offered in a market, the default first.

        ---
        summary: List the channels
        description: Without `market`, those offered everywhere. A session's answer tells its own market.
        tags: [Content]
        parameters:
          - {name: market, in: query, description: ISO 3166-1 country of who asks, schema: {type: string}}
        responses:
          200: {description: "{default_channel_id: empty where there is none,
            channels: [{channel_id, slug, name, logo_url}]}"}
          422: {description: market-unknown}
        """
        offered = lineups().offered(checked_market(request.query_params.get("market", "")))
        channels = [
            {
                "channel_id": c.channel_id,
                "slug": c.slug,
                "name": c.name,
                "logo_url": logo_url(c.channel_id, c.logo),
            }
            for c in offered
        ]
        default = offered[0].channel_id if offered else ""
        return json_response({"default_channel_id": default, "channels": channels})

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
        Route("/v1/items", list_items),
    ]


def _shown(item: PartnerItem) -> dict[str, str | int]:
    return {
        "item_id": item.item_id,
        "partner": item.partner,
        "title": item.title,
        "kind": item.kind.value,
        "duration_ms": item.duration_ms,
        "poster_url": poster_url(item.asset_id),
    }
