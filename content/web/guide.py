"""What is on, for anyone who asks: now and next, days, and any stretch of time."""

from datetime import date, datetime
from hashlib import blake2b

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from content.channels.local_time import date_of
from content.guide.read_guide import COUNT_LIMIT, ReadGuide
from content.web.kept_days import FRESH_S, Asked, KeptDays
from content.web.turns import Turn, in_turn
from kernel.clock import to_ms
from kernel.errors import Invalid

_YEARS = range(1970, 2200)
_DIGITS_LIMIT, _MOMENT_LIMIT = 6, 40


def routes(read_guide: ReadGuide, turn: Turn) -> list[BaseRoute]:
    """The guide's routes; all answer from the snapshot."""
    days = KeptDays(read_guide, turn)

    async def channel_guide(request: Request) -> Response:
        """Tells what is on a channel now and next, on a day, or between two moments.

        ---
        summary: What is on a channel
        description: |
          Without `date` or `from` the airings from now on, that on air first; between airings the first
          one starts in the future. An airing lasts from its first part to its last, with the breaks in it.
          What only fills the time between programmes is no airing; `interludes` says where that lasts for more than
          six minutes. `unavailable` says why it cannot be seen in `market`; empty where it can. `replay` is null
          where it may not be started over; its `path` is completed with a session and
          a playlist's name. Answers carry an ETag.
        tags: [Content]
        parameters:
          - {name: channel_id, in: path, required: true, schema: {type: string}}
          - {name: count, in: query, description: How many airings from now on, schema: {type: integer, minimum: 1, maximum: 50, default: 2}}
          - {name: date, in: query, description: A day; "today" for the present one, schema: {type: string}}
          - {name: tz, in: query, description: IANA time zone of the day; the channel's if it is missing, schema: {type: string}}
          - {name: from, in: query, description: RFC 3339; the first moment, schema: {type: string, format: date-time}}
          - {name: to, in: query, description: RFC 3339; eight days later at most, schema: {type: string, format: date-time}}
          - {name: market, in: query, description: ISO 3166-1 country of who asks, schema: {type: string}}
        responses:
          200:
            description: "{channel_id, slug, name, logo_url, timezone, entries: [{airing_id, programme_id, title,
              subtitle, synopsis, category, advisory, for_children, language, season, episode, year,
              credits: [{role, name}], starts_at_ms, ends_at_ms, poster_url, unavailable,
              replay: {until_ms, path} or null}], interludes: [{starts_at_ms, ends_at_ms}],
              more_from_ms: where to ask on, or null}"
          304: {description: "as before (If-None-Match)"}
          404: {description: channel-unknown}
          422: {description: "count-out-of-range, count-malformed, date-malformed, moment-malformed,
            zone-unknown, market-unknown, range-empty, range-too-long or range-out-of-reach"}
        """  # noqa: E501
        query, channel_id = request.query_params, request.path_params["channel_id"]
        market = query.get("market", "")
        if "from" in query or "to" in query:
            from_ms, to_ms_ = _moment(query, "from"), _moment(query, "to")
            found = await in_turn(turn, read_guide.between, channel_id, from_ms, to_ms_, market)
        elif "date" in query or "tz" in query:
            day, zone = _day(query), query.get("tz", "")
            found = await in_turn(turn, read_guide.day, channel_id, day, zone, market)
        else:
            found = read_guide(channel_id, whole_number(query, "count", 2, COUNT_LIMIT), market)
        return _listed(request, found)

    async def whole_guide(request: Request) -> Response:
        """Tells what is on every channel now and next, or on a day.

        ---
        summary: What is on every channel
        description: |
          As for one channel; at most 1 000 airings in all, `more_from_ms` saying where each goes on. A channel
          that is not offered in `market` is left out; without `market`, each that is not offered everywhere.
          A day is listed once for all who ask for it within half a minute, and one at a time.
        tags: [Content]
        parameters:
          - {name: count, in: query, description: How many airings from now on, schema: {type: integer, minimum: 1, maximum: 50, default: 2}}
          - {name: date, in: query, description: A day; "today" for the present one, schema: {type: string}}
          - {name: tz, in: query, description: IANA time zone of the day; each channel's if it is missing, schema: {type: string}}
          - {name: market, in: query, description: ISO 3166-1 country of who asks, schema: {type: string}}
        responses:
          200: {description: "{channels: [as for one channel], the default first}"}
          304: {description: "as before (If-None-Match)"}
          422: {description: "count-out-of-range, count-malformed, date-malformed, zone-unknown, market-unknown or range-out-of-reach"}
          503: {description: "guide-busy: too many different days are being asked for at once"}
        """  # noqa: E501
        query = request.query_params
        market = query.get("market", "")
        if "date" in query or "tz" in query:
            body, fresh_s = await days(Asked(_day(query), query.get("tz", ""), market))
            return answer(request, body, "application/json", fresh_s)
        count = whole_number(query, "count", 2, COUNT_LIMIT)
        found = await run_in_threadpool(read_guide.now_everywhere, count, market)
        return _listed(request, {"channels": found})

    return [
        Route("/v1/guide", whole_guide),
        Route("/v1/channels/{channel_id}/guide", channel_guide),
    ]


def _listed(request: Request, told: object) -> Response:
    return answer(request, msgspec.json.encode(told), "application/json", FRESH_S)


def answer(request: Request, body: bytes, media_type: str, fresh_s: int) -> Response:
    """``body``, good for ``fresh_s`` seconds, or 304 to who has it (RFC 9110, 13.1.2)."""
    tag = f'"{blake2b(body, digest_size=12).hexdigest()}"'
    headers = {"ETag": tag, "Cache-Control": f"public, max-age={fresh_s}"}
    known = request.headers.get("if-none-match", "")
    if tag in {part.strip().removeprefix("W/") for part in known.split(",")}:
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=media_type)


def whole_number(query: QueryParams, name: str, otherwise: int, most: int, least: int = 1) -> int:
    """What the query says of ``name``, ``otherwise`` if nothing.

    Raises:
        Invalid: ``<name>-malformed``; the bounds of ``count`` are the verb's to hold.
    """
    text = query.get(name, str(otherwise))
    good = text.isascii() and text.isdigit() and len(text) <= _DIGITS_LIMIT
    if not good or (name != "count" and not least <= int(text) <= most):
        raise Invalid(
            f"{name}-malformed",
            f"What {name} says is not a whole number from {least} to {most}.",
            fix=f"Give a whole number from {least} to {most}.",
            fields={name: f"A whole number from {least} to {most}."},
        )
    return int(text)


def _day(query: QueryParams) -> date | None:
    text = query.get("date", "today")
    if text == "today":
        return None
    found = date_of(text)
    if found is None or found.year not in _YEARS:
        raise Invalid(
            "date-malformed",
            "The date is no day.",
            fix="Write it as 2026-06-01, or today.",
            fields={"date": "Such as 2026-06-01."},
        )
    return found


def _moment(query: QueryParams, name: str) -> int:
    """Milliseconds since 1970; a ``+`` that came as a space is forgiven."""
    text = query.get(name, "")[:_MOMENT_LIMIT].replace(" ", "+")
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is not None and found.year in _YEARS:
            return to_ms(found)
    except ValueError:
        pass
    raise Invalid(
        "moment-malformed",
        f"What {name} says is no moment with its offset.",
        fix="Write it as 2026-06-01T20:00:00+02:00, and both from and to.",
        fields={name: "Such as 2026-06-01T20:00:00Z."},
    )
