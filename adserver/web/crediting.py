"""What operators give back, as a JSON API and by a form on the campaign's page."""

import msgspec
from starlette.authentication import requires
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from adserver.billing.credit import CreditKind, CreditWish
from adserver.web.campaigns import Booking
from adserver.web.correcting import Show
from adserver.web.terms_form import amount, meant
from adserver.web.visitor import json_response, viewer
from kernel.errors import Conflict, Invalid

_FIELDS = ("kind", "amount", "reason", "key")


def routes(booking: Booking) -> list[BaseRoute]:
    """``/v1/campaigns/{campaign_id}/credits…``."""

    @requires("reports")
    async def listed(request: Request) -> Response:
        """Lists what was given back of a campaign.

        ---
        summary: List what was given back of a campaign
        tags: [Money]
        security: [{session: [reports]}, {token: [reports]}]
        responses:
          200:
            description: refunds and make-goods, the newest first; who gave them is told to operators alone
            content:
              application/json:
                schema:
                  type: object
                  properties: {credits: {type: array, items: {$ref: "#/components/schemas/Credit"}}}
          404: {description: campaign-unknown}
        """
        campaign_id, whose = request.path_params["campaign_id"], viewer(request)
        await run_in_threadpool(booking.read.one, whose, campaign_id)
        found = await run_in_threadpool(booking.credit.of, campaign_id)
        if whose is not None:
            found = [msgspec.structs.replace(one, actor="") for one in found]
        return json_response({"credits": found})

    @requires("operator")
    async def give(request: Request) -> Response:
        """Gives back some of what a campaign was charged.

        ---
        summary: Refund, or make good, some of what a campaign was charged
        description: >-
          A refund is credited to the advertiser. A make-good is credited, too, and raises the budget by as
          much, so that it can be delivered anew. Both are reversals of their own in the ledger; together they
          never exceed what was charged. key is yours to choose: the same again gives nothing a second time.
        tags: [Money]
        security: [{session: [operator]}]
        requestBody:
          required: true
          content: {application/json: {schema: {$ref: "#/components/schemas/CreditWish"}}}
        responses:
          200:
            description: the credit
            content: {application/json: {schema: {$ref: "#/components/schemas/Credit"}}}
          404: {description: campaign-unknown}
          409: {description: "credit-exceeds-charges, credit-differs, make-good-over or campaign-changed"}
          422: {description: "credit-key-malformed, credit-amount-missing, credit-reason-missing …"}
        """
        wish = msgspec.json.decode(await request.body(), type=CreditWish)
        found, actor = request.path_params, str(request.user.account_id)
        return json_response(await booking.credit(found["campaign_id"], found["key"], wish, actor=actor))

    at = "/v1/campaigns/{campaign_id}/credits"
    return [
        Route(at, listed, methods=["GET"]),
        Route(f"{at}/{{key}}", give, methods=["PUT"]),
    ]


def form_routes(booking: Booking, show: Show) -> list[BaseRoute]:
    """``POST /advertiser/campaigns/{campaign_id}/credits``; ``show`` answers with the page and an error."""

    @requires("operator")
    async def give(request: Request) -> Response:
        """Gives back what the form says."""
        campaign_id, actor = request.path_params["campaign_id"], str(request.user.account_id)
        data = await request.form(max_files=0, max_fields=10)
        typed = {name: str(data.get(name, ""))[:2000] for name in _FIELDS}
        try:
            await booking.credit(campaign_id, typed["key"], _wish(typed), actor=actor)
        except (Invalid, Conflict) as error:
            return await show(request, campaign_id, error, {"credit": typed})
        return RedirectResponse(f"/advertiser/campaigns/{campaign_id}#credits", 303)

    at = "/advertiser/campaigns/{campaign_id}/credits"
    return [Route(at, give, methods=["POST"], include_in_schema=False)]


def _wish(typed: dict[str, str]) -> CreditWish:
    """What was typed.

    Raises:
        Invalid: ``credit-kind-unknown``, ``amount-malformed`` or ``amount-ambiguous``.
    """
    if typed["kind"] not in {kind.value for kind in CreditKind}:
        raise Invalid("credit-kind-unknown", "Choose a refund or a make-good.")
    try:
        micros = amount(typed["amount"])
    except Invalid as error:
        fix = meant(error)
        raise Invalid(error.code, "The credit cannot be given so.", fix=fix, fields={"amount": fix}) from None
    return CreditWish(CreditKind(typed["kind"]), micros, typed["reason"])
