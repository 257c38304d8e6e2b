"""What was delivered of a campaign, by day, hour, place or creative: as JSON and as CSV."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import date

from starlette.authentication import requires
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from adserver.billing.delivery import PAGE_DEFAULT, By, Wish, as_csv
from adserver.billing.read_delivery import ReadDelivery
from adserver.web.visitor import json_response, viewer
from kernel.errors import Invalid

_KEY_LIMIT = 64
_YEARS = range(1970, 3000)
"""Whose days have a day before and after them in any zone."""


def routes(read: ReadDelivery) -> list[BaseRoute]:
    """``/v1/campaigns/{campaign_id}/delivery`` and the same as CSV."""

    @requires("reports")
    async def delivery(request: Request) -> Response:
        """Slices a campaign's delivery.

        ---
        summary: Read a campaign's delivery by day, hour, place or creative
        description: >-
          A page at a time, in the order of their keys; ask `after` what `next` says for the one that follows.
          Each event counts when it happened, however late it was told, in `zone`, or else the campaign's.
          All slices add up to what the ledger has. Places at which it was shown fewer than 10 times are told
          together, as `*`, and places over the whole campaign only.
        tags: [Campaigns]
        security: [{session: [reports]}, {token: [reports]}]
        parameters:
          - {name: by, in: query, required: false, schema: {type: string, enum: [day, hour, place, creative]}}
          - {name: from, in: query, required: false, schema: {type: string, format: date}}
          - {name: to, in: query, required: false, schema: {type: string, format: date}}
          - {name: zone, in: query, required: false, schema: {type: string}}
          - {name: after, in: query, required: false, schema: {type: string}}
          - {name: limit, in: query, required: false, schema: {type: integer, maximum: 1000, default: 200}}
        responses:
          200:
            description: a page
            content: {application/json: {schema: {$ref: "#/components/schemas/Delivery"}}}
          404: {description: campaign-unknown}
          422: {description: "slicing-unknown, timezone-unknown, places-of-days, cursor-unknown …"}
        """
        wish = wish_of(request.query_params)
        return json_response(
            await run_in_threadpool(read, viewer(request), request.path_params["campaign_id"], wish)
        )

    @requires("reports")
    async def export(request: Request) -> Response:
        """Exports a campaign's delivery.

        ---
        summary: Export a campaign's delivery by day, hour, place or creative as CSV
        description: >-
          RFC 4180, a line for each slice, all of them; columns are named as in JSON. A name that a
          spreadsheet would take for a formula has an apostrophe before it.
        tags: [Campaigns]
        security: [{session: [reports]}, {token: [reports]}]
        parameters:
          - {name: by, in: query, required: false, schema: {type: string, enum: [day, hour, place, creative]}}
          - {name: from, in: query, required: false, schema: {type: string, format: date}}
          - {name: to, in: query, required: false, schema: {type: string, format: date}}
          - {name: zone, in: query, required: false, schema: {type: string}}
        responses:
          200: {description: the slices, content: {text/csv: {}}}
          404: {description: campaign-unknown}
          422: {description: "slicing-unknown, timezone-unknown, places-of-days …"}
        """
        wish, campaign_id = wish_of(request.query_params), request.path_params["campaign_id"]
        found = await run_in_threadpool(read.whole, viewer(request), campaign_id, wish)
        name = f"{campaign_id}-{wish.by.value}.csv"
        headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}"'}
        return StreamingResponse(as_csv(found), headers=headers, media_type="text/csv")

    return [
        Route("/v1/campaigns/{campaign_id}/delivery", delivery, methods=["GET"]),
        Route("/v1/campaigns/{campaign_id}/delivery.csv", export, methods=["GET"]),
    ]


def wish_of(query: Mapping[str, str]) -> Wish:
    """What a query asks for.

    Raises:
        Invalid: ``slicing-unknown``, ``day-malformed`` or ``page-out-of-range``.
    """
    by, limit = query.get("by", By.DAY.value), query.get("limit", str(PAGE_DEFAULT))
    if by not in set(By):
        fix = f"Use one of {', '.join(By)}."
        raise Invalid("slicing-unknown", "Delivery is not told by that.", fix=fix)
    return Wish(
        by=By(by),
        first=day_of(query.get("from", "")),
        last=day_of(query.get("to", "")),
        zone=query.get("zone", ""),
        after=query.get("after", "")[:_KEY_LIMIT],
        limit=int(limit) if limit.isascii() and limit.isdigit() and len(limit) < 9 else 0,
    )


def day_of(text: str) -> date | None:
    """A day of a query; None where it names none.

    Raises:
        Invalid: ``day-malformed``.
    """
    if not text:
        return None
    with suppress(ValueError):
        found = date.fromisoformat(text)
        if found.year in _YEARS:
            return found
    raise Invalid("day-malformed", "This is no day.", fix="Write it as 2026-06-01.")
