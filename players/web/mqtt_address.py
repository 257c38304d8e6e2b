"""Where a head unit's feed lies at the MQTT broker."""

from collections.abc import Mapping
from typing import Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from kernel.clock import Clock
from kernel.errors import NotFound
from players.feed.enrol_head_unit import RecogniseHeadUnit
from players.feed.head_unit import must_report
from players.feed.hold_mqtt_feeds import AskForMqttAddress
from players.feed.viss import Version
from players.web.bearer import head_unit
from players.web.enrolment import body_of

_PRIVATE: Mapping[str, str] = {"Cache-Control": "no-store"}


class _Wish(msgspec.Struct, forbid_unknown_fields=True):
    protocol: Literal["VISSv2", "VISSv3"] = "VISSv2"


def routes(recognise: RecogniseHeadUnit, ask: AskForMqttAddress | None, clock: Clock) -> list[BaseRoute]:
    """``POST /v1/mqtt-address``; ``ask`` is None where there is no broker."""

    async def mqtt_address(request: Request) -> Response:
        """Tell a head unit where its feed lies, and look for it there.

        ---
        summary: Ask for the MQTT address
        description: |
          For vehicles that speak VISS by way of a broker. Ask whenever the vehicle starts, then subscribe to
          request_topic; replies and events go to reply_topic, which is secret and this head unit's alone.
        tags: [Head units]
        security: [{bearer: []}]
        requestBody:
          content:
            application/json:
              schema: {type: object, properties: {protocol: {enum: [VISSv2, VISSv3], default: VISSv2}}}
        responses:
          200: {description: "{broker, vid, request_topic, reply_topic, protocol}"}
          401: {description: credential-missing or credential-unknown}
          403: {description: role-cannot-report}
          404: {description: mqtt-not-offered}
        """
        unit = await head_unit(request.headers, recognise)
        must_report(unit)
        if ask is None:
            raise NotFound("mqtt-not-offered", "This server has no broker.", fix="Use the WebSocket.")
        body = await body_of(request)
        wish = msgspec.json.decode(body, type=_Wish) if body else _Wish()
        found = await ask(unit.head_unit_id, Version(wish.protocol), clock.now_ms())
        return Response(msgspec.json.encode(found), headers=_PRIVATE, media_type="application/json")

    return [Route("/v1/mqtt-address", mqtt_address, methods=["POST"])]
