"""Which market's rules govern a vehicle, read and changed by its own feed or an operator."""

import msgspec
from starlette.authentication import has_required_scope
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from players.feed.change_market import ChangeMarket, Governed
from players.feed.enrol_head_unit import RecogniseHeadUnit
from players.feed.head_unit import must_report
from players.web.bearer import unit_of_vehicle
from players.web.enrolment import body_of


class _Wish(msgspec.Struct, forbid_unknown_fields=True):
    market: str


def routes(recognise: RecogniseHeadUnit, change_market: ChangeMarket) -> list[BaseRoute]:
    """``GET`` and ``PUT /v1/vehicles/{vehicle_id}/market``."""

    async def caller(request: Request) -> str:
        """Who asks: a head unit of the vehicle that may report, or an operator who is signed in."""
        if "authorization" not in request.headers and has_required_scope(request, ["operator"]):
            return str(request.user.identity)
        unit = await unit_of_vehicle(request, recognise)
        must_report(unit)
        return unit.head_unit_id

    async def read(request: Request) -> Response:
        """Tell which market's rules govern a vehicle.

        ---
        summary: Read a vehicle's market
        description: |
          `waiting` are the markets that the vehicle has left, but was not parked since: they govern beside
          the newest, and all must permit. `changes` is the record, newest first.
        tags: [Head units]
        security: [{bearer: []}, {session: [operator]}]
        parameters:
          - {name: vehicle_id, in: path, required: true, schema: {type: string}}
        responses:
          200: {description: "{market, waiting, policy, source, changes}, each {before, after, by, at_ms, …}"}
          401: {description: credential-missing or credential-unknown}
          403: {description: "vehicle-of-other, or role-cannot-report"}
          404: {description: vehicle-unknown}
        """
        await caller(request)
        return _json(await change_market.read(request.path_params["vehicle_id"]))

    async def change(request: Request) -> Response:
        """Govern a vehicle by another market's rules.

        ---
        summary: Change a vehicle's market
        description: |
          For the vehicle's feed as it crosses a border, or an operator. A stricter market counts at once; a
          looser one when the vehicle is next proven to be parked, and until then both must permit. A market
          without a policy is governed by the strict one. It is kept who changed it.
        tags: [Head units]
        security: [{bearer: []}, {session: [operator]}]
        parameters:
          - {name: vehicle_id, in: path, required: true, schema: {type: string}}
        requestBody:
          required: true
          content:
            application/json:
              schema:
                type: object
                required: [market]
                properties: {market: {type: string, pattern: "^[A-Z]{2}$", description: ISO 3166 country}}
        responses:
          200: {description: "As on reading; the same market again changes nothing."}
          401: {description: credential-missing or credential-unknown}
          403: {description: "vehicle-of-other, or role-cannot-report"}
          404: {description: vehicle-unknown}
          409: {description: "vehicle-state-contended: feeds keep writing; say it again"}
          422: {description: market-unknown}
        """
        by = await caller(request)
        wish = msgspec.json.decode(await body_of(request), type=_Wish)
        return _json(await change_market(request.path_params["vehicle_id"], wish.market, by))

    path = "/v1/vehicles/{vehicle_id}/market"
    return [Route(path, read, methods=["GET"]), Route(path, change, methods=["PUT"])]


def _json(governed: Governed) -> Response:
    headers = {"Cache-Control": "no-store"}
    return Response(msgspec.json.encode(governed), headers=headers, media_type="application/json")
