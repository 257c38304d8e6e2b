"""The coupons that a vehicle has: saved from a card, listed, taken away, forgotten."""

from datetime import datetime

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from adserver.coupons.coupon import SavedCoupon, over
from adserver.coupons.keep_wallet import KeepWallet
from adserver.coupons.qr import DrawQr, QrPicture
from adserver.coupons.save_coupon import SaveCoupon
from kernel.clock import Clock, from_ms, to_ms
from kernel.errors import Invalid
from kernel.signing import Signer
from players.feed.enrol_head_unit import RecogniseHeadUnit
from players.playback.session import Grant, open_screen_grant
from players.web.bearer import unit_of_vehicle
from players.web.enrolment import body_of

_PRIVATE = {"Cache-Control": "no-store"}


class SaveRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The card's beacon; ``at`` and ``sent_at`` as of events that were kept for later."""

    beacon: str
    at: datetime | None = None
    sent_at: datetime | None = None


class CouponInWallet(msgspec.Struct, frozen=True):
    """A code that the vehicle has.

    Args:
        redeemed_at: null until it is redeemed.
        qr: the code as a till's reader takes it: an SVG path of the dark modules, each 1 by 1, in a white
            square of ``size``, its quiet zone included; null for one that is worth nothing any more.
    """

    coupon_id: str
    title: str
    terms: str
    advertiser: str
    code: str
    saved_at: datetime
    expires_at: datetime
    redeemed_at: datetime | None
    qr: QrPicture | None


def routes(
    recognise: RecogniseHeadUnit,
    save: SaveCoupon,
    wallet: KeepWallet,
    draw: DrawQr,
    signer: Signer,
    clock: Clock,
) -> list[BaseRoute]:
    """``/v1/sessions/{session_id}/coupons`` and ``DELETE /v1/vehicles/{vehicle_id}/coupons``."""

    def granted(request: Request) -> Grant:
        token = request.query_params.get("grant", "")
        return open_screen_grant(signer, token, clock.now_ms(), request.path_params["session_id"])

    def shown(saved: SavedCoupon) -> CouponInWallet:
        return _in_wallet(saved, None if over(saved, clock.now_ms()) else draw(saved.code))

    async def keep(request: Request) -> Response:
        """Save the coupon of a card that this vehicle was shown.

        ---
        summary: Save a coupon
        description: |
          A vehicle has one code of a coupon: saved again, from whichever card or screen, it is the same one.
          The event `coupon-saved` of the card is counted with it, and needs not be told.
        tags: [Playback]
        parameters:
          - {name: session_id, in: path, required: true, schema: {type: string}}
          - {name: grant, in: query, required: true, schema: {type: string}}
        requestBody:
          required: true
          content: {application/json: {schema: {$ref: "#/components/schemas/SaveRequest"}}}
        responses:
          200:
            description: the code
            content: {application/json: {schema: {$ref: "#/components/schemas/CouponInWallet"}}}
          403: {description: "beacon-invalid, beacon-expired, beacon-of-other, or as of the grant"}
          404: {description: coupon-none}
          409: {description: "coupon-exhausted, coupon-expired or coupon-redeemed"}
        """
        vehicle_id = granted(request).vehicle_id
        asked = msgspec.json.decode(await body_of(request), type=SaveRequest)
        saved = await save(vehicle_id, asked.beacon, _ms(asked.at), _ms(asked.sent_at))
        return _answer(await run_in_threadpool(shown, saved))

    async def listed(request: Request) -> Response:
        """List what the vehicle has.

        ---
        summary: List saved coupons
        tags: [Playback]
        parameters:
          - {name: session_id, in: path, required: true, schema: {type: string}}
          - {name: grant, in: query, required: true, schema: {type: string}}
        responses:
          200:
            description: at most 50, the newest first
            content:
              application/json:
                schema:
                  type: object
                  properties: {coupons: {type: array, items: {$ref: "#/components/schemas/CouponInWallet"}}}
          403: {description: as of the grant}
        """
        found = await wallet.all(granted(request).vehicle_id)
        return _answer({"coupons": await run_in_threadpool(lambda: [shown(one) for one in found])})

    async def remove(request: Request) -> Response:
        """Take a coupon out of the list.

        ---
        summary: Remove a saved coupon
        tags: [Playback]
        parameters:
          - {name: session_id, in: path, required: true, schema: {type: string}}
          - {name: coupon_id, in: path, required: true, schema: {type: string}}
          - {name: grant, in: query, required: true, schema: {type: string}}
        responses:
          204: {description: It is gone; again it changes nothing.}
          403: {description: as of the grant}
        """
        await wallet.remove(granted(request).vehicle_id, request.path_params["coupon_id"])
        return Response(status_code=204)

    async def forget(request: Request) -> Response:
        """Forget which coupons the vehicle has.

        ---
        summary: Forget a vehicle's coupons
        description: For the owner; any head unit of the vehicle may. A code that was written down stays good.
        tags: [Head units]
        security: [{bearer: []}]
        parameters:
          - {name: vehicle_id, in: path, required: true, schema: {type: string}}
        responses:
          204: {description: Nobody knows of them any more.}
          401: {description: credential-missing or credential-unknown}
          403: {description: "vehicle-of-other"}
        """
        unit = await unit_of_vehicle(request, recognise)
        await run_in_threadpool(wallet.forget, unit.vehicle_id)
        return Response(status_code=204)

    return [
        Route("/v1/sessions/{session_id}/coupons", keep, methods=["POST"]),
        Route("/v1/sessions/{session_id}/coupons", listed, methods=["GET"]),
        Route("/v1/sessions/{session_id}/coupons/{coupon_id}", remove, methods=["DELETE"]),
        Route("/v1/vehicles/{vehicle_id}/coupons", forget, methods=["DELETE"]),
    ]


def _ms(moment: datetime | None) -> int | None:
    if moment is not None and moment.tzinfo is None:
        fix = "Write it as 2026-06-01T10:00:00.120Z."
        raise Invalid("time-without-zone", "The time has no zone.", fix=fix)
    return None if moment is None else to_ms(moment)


def _in_wallet(saved: SavedCoupon, qr: QrPicture | None) -> CouponInWallet:
    return CouponInWallet(
        coupon_id=saved.coupon_id,
        title=saved.title,
        terms=saved.terms,
        advertiser=saved.advertiser,
        code=saved.code,
        saved_at=from_ms(saved.saved_ms),
        expires_at=from_ms(saved.expires_ms),
        redeemed_at=from_ms(saved.redeemed_ms) if saved.redeemed_ms else None,
        qr=qr,
    )


def _answer(value: object) -> Response:
    return Response(msgspec.json.encode(value), headers=_PRIVATE, media_type="application/json")
