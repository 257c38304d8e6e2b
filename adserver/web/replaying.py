"""Decisions that were kept, made again: a JSON API and pages; advertisers see their own line items."""

from typing import Any

from starlette.authentication import requires
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.templating import Jinja2Templates

from adserver.booking.read_campaigns import ReadCampaigns
from adserver.serving.replay_decision import ReplayDecision
from adserver.web.visitor import json_response, viewer
from adserver.web.wording import REFUSALS, zoned

ID_LIMIT = 64


def routes(templates: Jinja2Templates, replay: ReplayDecision, read: ReadCampaigns) -> list[BaseRoute]:
    """``/v1/decisions…`` and ``/advertiser/decisions…``."""

    @requires("reports")
    async def listed(request: Request) -> Response:
        """Lists the newest decisions that are kept.

        ---
        summary: List the newest decisions that are kept
        description: >-
          Some decisions are kept for some days with what they were made from, the car's location
          coarsened, and neither the car nor its session named. What would tell it more exactly is told by
          reason alone (untold). Each is made again to tell whether
          the same comes of it. Advertisers see those with a line item of theirs, and no more of them.
        tags: [Campaigns]
        security: [{session: [reports]}, {token: [reports]}]
        responses:
          200:
            description: the newest 30 first
            content:
              application/json:
                schema:
                  type: object
                  properties: {decisions: {type: array, items: {$ref: "#/components/schemas/Replayed"}}}
        """
        return json_response({"decisions": await replay.newest(viewer(request))})

    @requires("reports")
    async def one(request: Request) -> Response:
        """Makes a decision again.

        ---
        summary: Make a decision again from what was kept of it
        tags: [Campaigns]
        security: [{session: [reports]}, {token: [reports]}]
        responses:
          200:
            description: what was said of each line item then, and where it differs now
            content: {application/json: {schema: {$ref: "#/components/schemas/Replayed"}}}
          404: {description: decision-unknown}
        """
        return json_response(await replay(viewer(request), request.path_params["trace_id"][:ID_LIMIT]))

    return [
        Route("/v1/decisions", listed, methods=["GET"]),
        Route("/v1/decisions/{trace_id}", one, methods=["GET"]),
        *_pages(templates, replay, read),
    ]


def _pages(templates: Jinja2Templates, replay: ReplayDecision, read: ReadCampaigns) -> list[BaseRoute]:
    async def page(request: Request, name: str, context: dict[str, Any]) -> Response:
        advertiser_id = viewer(request)
        advertiser = await run_in_threadpool(read.advertiser, advertiser_id) if advertiser_id else None
        context |= {
            "zone": advertiser.timezone if advertiser else "UTC",
            "zoned": zoned,
            "refusals": REFUSALS,
        }
        headers = {"Cache-Control": "no-store"}
        return templates.TemplateResponse(request, f"adserver/{name}.html", context, headers=headers)

    @requires("reports")
    async def index(request: Request) -> Response:
        """The newest decisions that are kept."""
        return await page(request, "decisions", {"decisions": await replay.newest(viewer(request))})

    @requires("reports")
    async def one(request: Request) -> Response:
        """One of them, made again."""
        found = await replay(viewer(request), request.path_params["trace_id"][:ID_LIMIT])
        return await page(request, "decision", {"decision": found})

    at = "/advertiser/decisions"
    return [
        Route(at, index, methods=["GET"], include_in_schema=False),
        Route(f"{at}/{{trace_id}}", one, methods=["GET"], include_in_schema=False),
    ]
