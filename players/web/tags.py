"""Tags over HTTP: VAST and VMAP for players and stitchers of others, and what they are pointed to."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from adserver.vast import vmap
from adserver.vast.document import CONTENT_TYPE as XML
from players.playback.playlist import CONTENT_TYPE
from players.tags.answer_tag import AnswerTag
from players.tags.list_breaks import ListBreaks
from players.tags.pull_spot import PullSpot
from players.tags.tag import Tag
from players.web.playlists import See, shown

_PRIVATE = {"Cache-Control": "no-store"}
REFUSED_HEADER = "Roadcast-Refused"


def routes(answer_tag: AnswerTag, list_breaks: ListBreaks, pull_spot: PullSpot, see: See) -> list[BaseRoute]:
    """``GET /v1/vast``, ``GET /v1/vmap``, and the playlists that the former names."""

    async def vast(request: Request) -> Response:
        """Tell what stands in a break of somebody else's player.

        ---
        summary: The ads of a break, as VAST 4.2 or 3.0
        description: |
          Decided once for the pair of session and break, as our own breaks are: the same targeting, caps
          and budgets. Its trackers are the fills' beacons; an ad is billed once, by what its campaign
          pays for.
          While the vehicle moves, or nothing is known of it, the media are sound alone. Nothing to play is a
          document without an ad; the header Roadcast-Refused tells how many line items were refused for
          which reason.
        tags: [Advertising]
        parameters:
          - {name: grant, in: query, required: true, description: of a session, schema: {type: string}}
          - name: break
            in: query
            required: true
            description: the asker's name for the break, another for each; the same again gets the same answer
            schema: {type: string, pattern: "^[A-Za-z0-9_.-]{1,64}$"}
          - name: duration
            in: query
            description: "seconds at most; usually 30, never more than 300; -1 and -2 say nothing"
            schema: {type: number}
          - name: max_ads
            in: query
            description: "ads at most; never more than 16; -1 and -2 say nothing"
            schema: {type: integer}
          - {name: version, in: query, schema: {enum: ["4.2", "3.0"]}}
        responses:
          200: {description: The document., content: {application/xml: {}}}
          403: {description: "signature-invalid or grant-expired"}
          404: {description: session-unknown}
          422:
            description: "break-name-malformed, duration-malformed, duration-too-short, max-ads-malformed or
              vast-version-unknown"
        """
        tag = Tag.read(request.query_params, "break")
        answered = await answer_tag(request.query_params.get("grant", ""), tag)
        headers = _PRIVATE | ({REFUSED_HEADER: _told(answered.refused)} if answered.refused else {})
        return Response(answered.body, headers=headers, media_type=XML)

    async def breaks(request: Request) -> Response:
        """Tell somebody else's player where its breaks are and whom to ask what stands in them.

        ---
        summary: Breaks of what is played, as VMAP 1.0
        description: |
          Each break's AdTagURI is an address of GET /v1/vast: what stands in it is decided when it is asked.
        tags: [Advertising]
        parameters:
          - {name: grant, in: query, required: true, description: of a session, schema: {type: string}}
          - name: play
            in: query
            required: true
            description: the asker's name for what it plays, another each time that it is played
            schema: {type: string, pattern: "^[A-Za-z0-9_.-]{1,64}$"}
          - name: at
            in: query
            required: true
            description: "up to 40 places, parted by commas: start, end, HH:MM:SS(.mmm), n% or #m"
            schema: {type: string}
          - {name: duration, in: query, description: of each; as of GET /v1/vast, schema: {type: number}}
          - {name: max_ads, in: query, description: in each; as of GET /v1/vast, schema: {type: integer}}
          - {name: version, in: query, description: of VAST, schema: {enum: ["4.2", "3.0"]}}
        responses:
          200: {description: The document., content: {application/xml: {}}}
          403: {description: "signature-invalid or grant-expired"}
          404: {description: session-unknown}
          422:
            description: "as of GET /v1/vast, offsets-missing, offset-malformed, offset-twice or
              too-many-breaks"
        """
        params = request.query_params
        tag, offsets = Tag.read(params, "play"), vmap.offsets(params.get("at", ""))
        body = await list_breaks(params.get("grant", ""), tag, offsets)
        return Response(body, headers=_PRIVATE, media_type=XML)

    async def spot_playlist(request: Request) -> Response:
        """Give a playlist of a promotion that a tag was answered with.

        ---
        summary: An HLS playlist of a tag's MediaFile
        description: As an item's; the same motion lock holds. Its address comes with the VAST document.
        tags: [Playback]
        parameters:
          - {name: session_id, in: path, required: true, schema: {type: string}}
          - {name: spot, in: path, required: true, schema: {type: string}}
          - name: name
            in: path
            required: true
            schema: {enum: [multivariant, audio, video, v720, v540, v360, a128]}
          - {name: grant, in: query, required: true, schema: {type: string}}
        responses:
          200: {description: The playlist., content: {application/vnd.apple.mpegurl: {}}}
          403:
            description: "video-withheld, signature-invalid, grant-expired, grant-of-other-session,
              spot-of-other-session or spot-expired"
          404: {description: "rendition-unknown or session-unknown"}
        """
        params = request.path_params
        session_id, spot, name = params["session_id"], params["spot"], params["name"]
        pulled = await pull_spot(session_id, spot, name, request.query_params.get("grant", ""))
        body = shown(pulled, see, spot, session_id, name)
        return Response(body, headers=_PRIVATE, media_type=CONTENT_TYPE)

    return [
        Route("/v1/vast", vast),
        Route("/v1/vmap", breaks),
        Route("/play/spot/{session_id}/{spot}/{name}.m3u8", spot_playlist),
    ]


def _told(refused: Mapping[str, int]) -> str:
    return ", ".join(f"{reason}={count}" for reason, count in sorted(refused.items()))
