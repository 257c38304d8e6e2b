"""The owner takes back, from a screen of the vehicle, that promotions may know where or how it is."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from players.feed.enrol_head_unit import RecogniseHeadUnit
from players.feed.set_consent import SetConsent, SetStateConsent
from players.web.bearer import unit_of_vehicle


def routes(
    recognise: RecogniseHeadUnit, set_consent: SetConsent, set_state_consent: SetStateConsent
) -> list[BaseRoute]:
    """``DELETE /v1/vehicles/{vehicle_id}/…-consent``; giving one is not a screen's to do."""

    async def withdraw(request: Request) -> Response:
        """Take back that promotions may know where the vehicle is.

        ---
        summary: Withdraw the consent to location
        description: |
          At once: no position is used or passed on any more, by sessions and feeds that are open too; a card
          goes, and breaks that have yet to begin forget what was chosen by place. Any head unit of the
          vehicle may.
        tags: [Head units]
        security: [{bearer: []}]
        parameters:
          - {name: vehicle_id, in: path, required: true, schema: {type: string}}
        responses:
          204: {description: It is withdrawn; again it changes nothing.}
          401: {description: credential-missing or credential-unknown}
          403: {description: "vehicle-of-other"}
        """
        unit = await unit_of_vehicle(request, recognise)
        await set_consent(unit.vehicle_id, shares_location=False)
        return Response(status_code=204)

    async def withdraw_state(request: Request) -> Response:
        """Take back that promotions may be chosen by the vehicle's state.

        ---
        summary: Withdraw the consent to the vehicle's state
        description: |
          Charge, fuel, service and odometer choose no promotion from the next decision on, in sessions that
          are open too. Any head unit of the vehicle may.
        tags: [Head units]
        security: [{bearer: []}]
        parameters:
          - {name: vehicle_id, in: path, required: true, schema: {type: string}}
        responses:
          204: {description: It is withdrawn; again it changes nothing.}
          401: {description: credential-missing or credential-unknown}
          403: {description: "vehicle-of-other"}
        """
        unit = await unit_of_vehicle(request, recognise)
        await set_state_consent(unit.vehicle_id, shares_state=False)
        return Response(status_code=204)

    return [
        Route("/v1/vehicles/{vehicle_id}/location-consent", withdraw, methods=["DELETE"]),
        Route("/v1/vehicles/{vehicle_id}/state-consent", withdraw_state, methods=["DELETE"]),
    ]
