"""Editing and removing campaigns and withdrawing creatives, as a JSON API."""

import msgspec
from starlette.authentication import requires
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from adserver.booking.arrange_creative import Arrangement
from adserver.booking.edit_campaign import Edit
from adserver.web.campaigns import Booking, sells_priorities
from adserver.web.visitor import json_response, viewer


def routes(booking: Booking) -> list[BaseRoute]:
    """What changes ``/v1/campaigns/…`` once they are booked."""

    @requires("booking")
    async def edit(request: Request) -> Response:
        """Edits a campaign.

        ---
        summary: Edit a campaign
        description: >-
          What is left out stays. revision is the campaign's as it was read. A new price holds for what is
          decided from now on; a budget cannot go below what is spent and reserved.
        tags: [Campaigns]
        security: [{session: [booking]}, {token: [booking]}]
        requestBody:
          required: true
          content: {application/json: {schema: {$ref: "#/components/schemas/Edit"}}}
        responses:
          200:
            description: the campaign afterwards
            content: {application/json: {schema: {$ref: "#/components/schemas/Campaign"}}}
          403: {description: "priority-not-allowed: only operators change it"}
          404: {description: campaign-unknown}
          409: {description: "campaign-changed or campaign-state"}
          422: {description: "budget-below-spent, campaign-already-over, place-unknown, daypart-malformed …"}
        """
        wanted = msgspec.json.decode(await request.body(), type=Edit)
        if wanted.priority is not None:
            sells_priorities(request)
        campaign_id, actor = request.path_params["campaign_id"], str(request.user.account_id)
        return json_response(await booking.edit(viewer(request), campaign_id, wanted, actor=actor))

    @requires("booking")
    async def remove(request: Request) -> Response:
        """Removes a campaign that was never shown.

        ---
        summary: Remove a campaign that was never shown
        tags: [Campaigns]
        security: [{session: [booking]}, {token: [booking]}]
        responses:
          204: {description: gone}
          404: {description: campaign-unknown}
          409: {description: campaign-served}
        """
        actor = str(request.user.account_id)
        await booking.remove(viewer(request), request.path_params["campaign_id"], actor=actor)
        return Response(status_code=204)

    @requires("booking")
    async def withdraw(request: Request) -> Response:
        """Takes a creative off the air.

        ---
        summary: Withdraw a creative
        tags: [Campaigns]
        security: [{session: [booking]}, {token: [booking]}]
        responses:
          200:
            description: the creative afterwards
            content: {application/json: {schema: {$ref: "#/components/schemas/Creative"}}}
          404: {description: campaign-unknown or creative-unknown}
          409: {description: creative-state}
        """
        found = request.path_params
        return json_response(
            await booking.withdraw(viewer(request), found["campaign_id"], found["creative_id"])
        )

    @requires("booking")
    async def arrange(request: Request) -> Response:
        """Says how often a creative is drawn, and where it stands in a sequence.

        ---
        summary: Weigh and order a creative
        description: >-
          With the campaign's rotation “weight” one of its creatives is drawn by weight, with “sequence” each
          car is shown them in the order of their positions; with “fit” weights decide among those as long.
        tags: [Campaigns]
        security: [{session: [booking]}, {token: [booking]}]
        requestBody:
          required: true
          content: {application/json: {schema: {$ref: "#/components/schemas/Arrangement"}}}
        responses:
          200:
            description: the creative afterwards
            content: {application/json: {schema: {$ref: "#/components/schemas/Creative"}}}
          404: {description: campaign-unknown or creative-unknown}
          409: {description: creative-state}
          422: {description: weight-out-of-range or position-out-of-range}
        """
        wanted = msgspec.json.decode(await request.body(), type=Arrangement)
        found = request.path_params
        return json_response(
            await booking.arrange(viewer(request), found["campaign_id"], found["creative_id"], wanted)
        )

    return [
        Route("/v1/campaigns/{campaign_id}/creatives/{creative_id}", arrange, methods=["PATCH"]),
        Route("/v1/campaigns/{campaign_id}", edit, methods=["PATCH"]),
        Route("/v1/campaigns/{campaign_id}", remove, methods=["DELETE"]),
        Route("/v1/campaigns/{campaign_id}/creatives/{creative_id}/withdraw", withdraw, methods=["POST"]),
    ]
