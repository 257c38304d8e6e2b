"""Ordinary players: a list of channels to subscribe to, whose addresses open sessions when played."""

from urllib.parse import quote

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from content.channels.lineup import ChannelLineup
from content.guide.listing import logo_url
from content.guide.m3u import Tuned, playlist
from content.guide.read_guide import ReadGuide
from content.guide.xmltv import Site
from kernel.errors import Invalid, NotFound
from players.feed.enrol_head_unit import RecogniseHeadUnit
from players.playback.open_session import Opened, ReadVehicle
from players.playback.tune_in import IssuePlayerLink, RecogniseLink, TuneIn
from players.web.bearer import head_unit

GROUP = "Roadcast"
REMEMBERED_DAYS = 8
_GUIDE = "/guide.xml?days=7&past_days=7"
_PRIVATE = {"Cache-Control": "no-store"}
_DIGITS_LIMIT = 12


def routes(
    recognise: RecogniseHeadUnit,
    issue_link: IssuePlayerLink,
    recognise_link: RecogniseLink,
    read_vehicle: ReadVehicle,
    tune_in: TuneIn,
    read_guide: ReadGuide,
    site: Site,
) -> list[BaseRoute]:
    """``POST /v1/player-links``, ``GET /channels.m3u``, and what the addresses in it lead to."""

    async def make_link(request: Request) -> Response:
        """Make a link for an ordinary player.

        ---
        summary: Make a link for an ordinary player
        description: |
          The answer's URL is a list of channels (extended M3U) for players that can send no header. Whoever
          has it may listen to the channels in this vehicle's name for 90 days; a picture is offered only
          if the head unit's technique is `slate`.
        tags: [Head units]
        security: [{bearer: []}]
        responses:
          201: {description: "{url, expires_at_ms}"}
          401: {description: credential-missing or credential-unknown}
          403: {description: role-cannot-play}
        """
        key, expires_at_ms = issue_link(await head_unit(request.headers, recognise))
        told = {"url": site.url(f"/channels.m3u?key={quote(key)}"), "expires_at_ms": expires_at_ms}
        return Response(msgspec.json.encode(told), 201, _PRIVATE, media_type="application/json")

    async def list_channels(request: Request) -> Response:
        """Give the channels as an extended M3U.

        ---
        summary: The channels for ordinary players (M3U)
        description: |
          For a head unit by its credential, or for a player by its link: the channels offered in the
          vehicle's market, and the address of their guide there. The addresses in it carry the link, and
          open a session when they are played.
        tags: [Playback]
        parameters:
          - {name: key, in: query, description: The player's link, schema: {type: string}}
        responses:
          200: {description: The list., content: {audio/x-mpegurl: {}}}
          401: {description: "player-link-missing, head-unit-unknown, or as for any credential"}
          403: {description: "signature-invalid, player-link-expired or role-cannot-play"}
        """
        key = request.query_params.get("key", "")
        if "authorization" in request.headers:
            unit = await head_unit(request.headers, recognise)
            key, _ = issue_link(unit)
        else:
            _, unit = await run_in_threadpool(recognise_link, key)
        vehicle = await run_in_threadpool(read_vehicle, unit.vehicle_id)
        market = vehicle.market
        offered = read_guide.lineups().offered(market)
        channels = [tuned(lineup, quote(key), market) for lineup in offered]
        listed = playlist(channels, site.url(f"{_GUIDE}&market={market}"))
        return Response(listed, headers=_PRIVATE, media_type="audio/x-mpegurl; charset=utf-8")

    async def live(request: Request) -> Response:
        """Begin to play a channel by a player's link.

        ---
        summary: A channel by a player's link
        description: Opens the link's session, or goes on with it, and leads to its playlist.
        tags: [Playback]
        parameters:
          - {name: channel_id, in: path, required: true, schema: {type: string}}
          - {name: key, in: query, required: true, schema: {type: string}}
        responses:
          302: {description: The session's playlist is at Location.}
          401: {description: player-link-missing or head-unit-unknown}
          403: {description: signature-invalid or player-link-expired}
          404: {description: channel-unknown}
        """
        opened, _ = await open_by_link(request)
        return RedirectResponse(opened.urls.multivariant, 302, headers=_PRIVATE)

    async def again(request: Request) -> Response:
        """Begin to play what a channel showed at a moment, by a player's link.

        ---
        summary: What was on a channel, by a player's link
        tags: [Playback]
        parameters:
          - {name: channel_id, in: path, required: true, schema: {type: string}}
          - {name: key, in: query, required: true, schema: {type: string}}
          - {name: utc, in: query, required: true, description: Seconds since 1970, schema: {type: integer}}
        responses:
          302: {description: The airing's playlist is at Location.}
          401: {description: player-link-missing or head-unit-unknown}
          403: {description: signature-invalid or player-link-expired}
          404: {description: "channel-unknown, or airing-unknown: nothing that may be watched again"}
          422: {description: moment-malformed or range-out-of-reach}
        """
        opened, market = await open_by_link(request)
        # XMLTV has no parts of a second: what begins within this one is meant, not what ends in it.
        at_ms = _seconds(request.query_params.get("utc", "")) * 1000
        listing = await run_in_threadpool(
            read_guide.between, request.path_params["channel_id"], at_ms, at_ms + 1000, market
        )
        path = next((entry.replay.path for entry in reversed(listing.entries) if entry.replay), "")
        if not path:
            raise NotFound(
                "airing-unknown", "Nothing that may be watched again was on then.", fix="Choose another one."
            )
        to = f"{path}/{opened.session_id}/multivariant.m3u8?grant={opened.grant}"
        return RedirectResponse(to, 302, headers=_PRIVATE)

    async def open_by_link(request: Request) -> tuple[Opened, str]:
        link, unit = await run_in_threadpool(recognise_link, request.query_params.get("key", ""))
        vehicle = await run_in_threadpool(read_vehicle, unit.vehicle_id)
        return await tune_in(link, unit, vehicle, request.path_params["channel_id"]), vehicle.market

    def tuned(lineup: ChannelLineup, key: str, market: str) -> Tuned:
        address = site.url(f"/play/{lineup.channel_id}")
        known = lineup.programmes.values()
        programmes = [one for one in known if not one.rights.territories.refusal(market)]
        days = max((one.rights.catch_up_days for one in programmes), default=0)
        spoken = {one.language for one in programmes}
        return Tuned(
            tvg_id=site.channel_id(lineup.slug),
            name=lineup.name,
            logo_url=site.url(logo_url(lineup.channel_id, lineup.logo, "png")),
            group=GROUP,
            language=spoken.pop() if len(spoken) == 1 else "",
            url=f"{address}/live.m3u8?key={key}",
            again_url=f"{address}/again.m3u8?key={key}&utc={{utc}}" if days else "",
            again_days=min(days, REMEMBERED_DAYS),
        )

    return [
        Route("/v1/player-links", make_link, methods=["POST"]),
        Route("/channels.m3u", list_channels),
        Route("/play/{channel_id}/live.m3u8", live),
        Route("/play/{channel_id}/again.m3u8", again),
    ]


def _seconds(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS_LIMIT):
        raise Invalid(
            "moment-malformed",
            "The moment is no number of seconds.",
            fix="Give whole seconds since 1970.",
            fields={"utc": "Whole seconds since 1970."},
        )
    return int(text)
