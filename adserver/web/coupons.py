"""Coupons for their advertiser: redeemed at a till, and how they go, as an API."""

from dataclasses import dataclass
from datetime import datetime

import msgspec
from starlette.authentication import requires
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from adserver.coupons.coupon import Outcome, Redemption, Standing
from adserver.coupons.read_coupons import ReadCoupons
from adserver.coupons.redeem_coupon import RedeemCoupon
from adserver.web.visitor import json_response, viewer
from kernel.clock import from_ms

TYPED_LIMIT = 100
_AGAIN_S = 900


class Redeem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A code to redeem; ``receipt`` is the number of the sale: the same again changes nothing."""

    code: str
    receipt: str = ""


class RedeemedCoupon(msgspec.Struct, frozen=True):
    """A code that was redeemed; ``repeated`` where that was before, at the same sale."""

    coupon_id: str
    title: str
    terms: str
    code: str
    redeemed_at: datetime
    repeated: bool


class CouponStanding(msgspec.Struct, frozen=True):
    """A coupon of a campaign: how many codes it has, how many vehicles have one, and what became of those."""

    coupon_id: str
    title: str
    terms: str
    valid_until: datetime
    shared_code: str
    codes: int
    saved: int
    redeemed: int
    expired: int


@dataclass(frozen=True)
class Couponing:
    """The verbs of these routes."""

    redeem: RedeemCoupon
    read: ReadCoupons


def routes(couponing: Couponing) -> list[BaseRoute]:
    """``/v1/coupons/redeem``, ``/v1/campaigns/{campaign_id}/coupons`` and the same as CSV."""

    @requires("redeem")
    async def redeem(request: Request) -> Response:
        """Redeems a code.

        ---
        summary: Redeem a coupon
        description: >-
          Once, whoever else tries at the same moment; the others are told when. The same `receipt` again
          answers as before. A code that all are given is redeemed as often as it was saved, each time with a
          receipt. At most 20 codes that are none of yours are tried by an account in a quarter of an hour.
        tags: [Campaigns]
        security: [{session: [redeem]}, {token: [redeem]}]
        requestBody:
          required: true
          content: {application/json: {schema: {$ref: "#/components/schemas/Redeem"}}}
        responses:
          200:
            description: redeemed
            content: {application/json: {schema: {$ref: "#/components/schemas/RedeemedCoupon"}}}
          403: {description: coupon-of-other}
          404: {description: coupon-unknown}
          409: {description: "coupon-redeemed (fields.redeemed_at says when) or coupon-expired"}
          422: {description: "coupon-code-malformed, receipt-missing or receipt-malformed"}
          429: {description: too-many-requests}
        """
        asked = msgspec.json.decode(await request.body(), type=Redeem)
        return json_response(await redeem_asked(couponing, request, asked))

    @requires("reports")
    async def standings(request: Request) -> Response:
        """Tells how a campaign's coupons go.

        ---
        summary: Read a campaign's coupons
        tags: [Campaigns]
        security: [{session: [reports]}, {token: [reports]}]
        responses:
          200:
            description: the oldest first
            content:
              application/json:
                schema:
                  type: object
                  properties: {coupons: {type: array, items: {$ref: "#/components/schemas/CouponStanding"}}}
          404: {description: campaign-unknown}
        """
        campaign_id = request.path_params["campaign_id"]
        found = await run_in_threadpool(couponing.read, viewer(request), campaign_id)
        return json_response({"coupons": [_standing(one) for one in found]})

    @requires("booking")
    async def export(request: Request) -> Response:
        """Exports the codes that were saved.

        ---
        summary: Export a campaign's saved codes as CSV
        description: RFC 4180, a line for each code that a vehicle has, and nothing of the vehicle.
        tags: [Campaigns]
        security: [{session: [booking]}, {token: [booking]}]
        responses:
          200: {description: the codes, content: {text/csv: {}}}
          404: {description: campaign-unknown}
        """
        campaign_id = request.path_params["campaign_id"]
        text = await run_in_threadpool(couponing.read.export, viewer(request), campaign_id)
        name = f"{campaign_id}-coupons.csv"
        headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}"'}
        return Response(text, headers=headers, media_type="text/csv")

    return [
        Route("/v1/coupons/redeem", redeem, methods=["POST"]),
        Route("/v1/campaigns/{campaign_id}/coupons", standings, methods=["GET"]),
        Route("/v1/campaigns/{campaign_id}/coupons.csv", export, methods=["GET"]),
    ]


async def redeem_asked(couponing: Couponing, request: Request, asked: Redeem) -> RedeemedCoupon:
    """What is redeemed by whoever asks, for their own organisation.

    Raises:
        HTTPException: 429 where the account has tried too many codes.
    """
    own, account = str(request.user.organisation_id), str(request.user.account_id)
    found = await couponing.redeem(own, account, asked.code[:TYPED_LIMIT], asked.receipt)
    if found is None:
        raise HTTPException(429, headers={"Retry-After": str(_AGAIN_S)})
    return _redeemed(found)


def _redeemed(found: Redemption) -> RedeemedCoupon:
    saved = found.saved
    return RedeemedCoupon(
        coupon_id=saved.coupon_id,
        title=saved.title,
        terms=saved.terms,
        code=saved.code,
        redeemed_at=from_ms(saved.redeemed_ms),
        repeated=found.outcome is Outcome.REPEATED,
    )


def _standing(one: Standing) -> CouponStanding:
    coupon = one.coupon
    return CouponStanding(
        coupon_id=coupon.coupon_id,
        title=coupon.title,
        terms=coupon.terms,
        valid_until=from_ms(coupon.valid_until_ms),
        shared_code=coupon.shared_code,
        codes=coupon.codes,
        saved=one.saved,
        redeemed=one.redeemed,
        expired=one.expired,
    )
