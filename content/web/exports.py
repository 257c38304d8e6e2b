"""The guide as XMLTV, for other people's guides."""

from collections.abc import AsyncIterator, Callable, Iterator

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from content.channels.lineup import Lineups
from content.guide.read_guide import checked_market
from content.guide.xmltv import Extent, Site, document
from content.web.guide import whole_number
from content.web.turns import Turn, in_turn
from kernel.clock import Clock
from kernel.compression import gzipper, takes_gzip
from kernel.errors import NotFound

DAYS_LIMIT, PAST_DAYS_LIMIT = 14, 7
_XML_FRESH_S = 600


def routes(lineups: Callable[[], Lineups], site: Site, clock: Clock, turn: Turn) -> list[BaseRoute]:
    """``/guide.xml``, and the same of one channel; from the snapshot."""

    async def whole_xmltv(request: Request) -> Response:
        """Gives the guide of the channels offered in a market as XMLTV.

        ---
        summary: The guide as XMLTV
        description: |
          Valid against xmltv.dtd, written as it is sent, compressed for who accepts gzip. Channels and programmes
          that may not be seen in `market` are not in it. Where nothing but fillers is on for more than six
          minutes between two programmes, it says Interlude.
        tags: [Content]
        parameters:
          - {name: days, in: query, description: From today on, schema: {type: integer, minimum: 1, maximum: 14, default: 3}}
          - {name: past_days, in: query, description: Before today, schema: {type: integer, minimum: 0, maximum: 7, default: 0}}
          - {name: market, in: query, description: "ISO 3166-1 country; without it, what may be seen everywhere", schema: {type: string}}
        responses:
          200: {description: The document., content: {application/xml: {}}}
          422: {description: "days-malformed, past_days-malformed or market-unknown"}
        """  # noqa: E501
        return xmltv(request)

    async def channel_xmltv(request: Request) -> Response:
        """Gives the guide of one channel as XMLTV; nothing where it is not offered.

        ---
        summary: A channel's guide as XMLTV
        tags: [Content]
        parameters:
          - {name: channel_id, in: path, required: true, schema: {type: string}}
          - {name: days, in: query, description: From today on, schema: {type: integer, minimum: 1, maximum: 14, default: 3}}
          - {name: past_days, in: query, description: Before today, schema: {type: integer, minimum: 0, maximum: 7, default: 0}}
          - {name: market, in: query, description: "ISO 3166-1 country; without it, what may be seen everywhere", schema: {type: string}}
        responses:
          200: {description: The document., content: {application/xml: {}}}
          404: {description: channel-unknown}
          422: {description: "days-malformed, past_days-malformed or market-unknown"}
        """  # noqa: E501
        channel_id = request.path_params["channel_id"]
        if channel_id not in lineups().channels:
            raise NotFound("channel-unknown", "There is no such channel.", fix="See /v1/channels.")
        return xmltv(request, channel_id)

    def xmltv(request: Request, only: str = "") -> Response:
        market = checked_market(request.query_params.get("market", ""))
        channels = [one for one in lineups().offered(market) if only in ("", one.channel_id)]
        days = whole_number(request.query_params, "days", 3, DAYS_LIMIT)
        past_days = whole_number(request.query_params, "past_days", 0, PAST_DAYS_LIMIT, least=0)
        extent = Extent(clock.now_ms(), days, past_days, market)
        headers = {"Cache-Control": f"public, max-age={_XML_FRESH_S}", "Vary": "Accept-Encoding"}
        pieces = _written(document(channels, site, extent), turn)
        if takes_gzip(request.headers.get("accept-encoding", "")):
            headers["Content-Encoding"] = "gzip"
            pieces = _zipped(pieces)
        return StreamingResponse(pieces, headers=headers, media_type="application/xml")

    return [
        Route("/guide.xml", whole_xmltv),
        Route("/v1/channels/{channel_id}/guide.xml", channel_xmltv),
    ]


async def _written(pieces: Iterator[bytes], turn: Turn) -> AsyncIterator[bytes]:
    while (piece := await in_turn(turn, next, pieces, None)) is not None:
        yield piece


async def _zipped(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    zipper = gzipper(6)
    async for piece in pieces:
        if packed := await run_in_threadpool(zipper.compress, piece):
            yield packed
    yield zipper.flush()
