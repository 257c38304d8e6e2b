"""Enrolling a head unit, and tickets for what cannot send headers."""

from typing import Literal

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from kernel.errors import TooLarge
from players.feed.enrol_head_unit import EnrolHeadUnit, RecogniseHeadUnit
from players.playback.open_session import IssueTicket
from players.playback.session import TICKET_MS
from players.web.bearer import head_unit

BODY_LIMIT_BYTES = 4096


class _Enrolment(msgspec.Struct, forbid_unknown_fields=True):
    code: str


class _TicketWish(msgspec.Struct, forbid_unknown_fields=True):
    purpose: Literal["feed", "events"]


async def body_of(request: Request) -> bytes:
    """A small JSON body.

    Raises:
        TooLarge: ``body-too-large`` above 4096 bytes.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT_BYTES:
            raise TooLarge("body-too-large", f"The body has at most {BODY_LIMIT_BYTES} bytes.")
    return bytes(body)


def routes(enrol: EnrolHeadUnit, recognise: RecogniseHeadUnit, issue_ticket: IssueTicket) -> list[BaseRoute]:
    """``POST /v1/head-units`` and ``POST /v1/tickets``."""

    async def enrol_head_unit(request: Request) -> Response:
        """Turn an enrolment code into a head unit.

        ---
        summary: Enrol a head unit
        description: The credential is told once, here; send it as a Bearer token from then on.
        tags: [Head units]
        requestBody:
          required: true
          content:
            application/json:
              schema: {type: object, required: [code], properties: {code: {type: string, maxLength: 256}}}
        responses:
          201: {description: "{head_unit_id, vehicle_id, credential, role}"}
          403: {description: code-not-valid}
        """
        wish = msgspec.json.decode(await body_of(request), type=_Enrolment)
        enrolled = await run_in_threadpool(enrol, wish.code)
        return Response(msgspec.json.encode(enrolled), 201, _PRIVATE, media_type="application/json")

    async def ticket(request: Request) -> Response:
        """Give a ticket for a WebSocket or an event stream.

        ---
        summary: Ask for a ticket
        description: Good for 30 seconds, as ?ticket= on the vehicle's feed or its events.
        tags: [Head units]
        security: [{bearer: []}]
        requestBody:
          required: true
          content:
            application/json:
              schema: {type: object, required: [purpose], properties: {purpose: {enum: [feed, events]}}}
        responses:
          200: {description: "{ticket, expires_in_s}"}
          401: {description: credential-missing or credential-unknown}
          403: {description: "role-cannot-report: a screen asked for a feed"}
        """
        unit = await head_unit(request.headers, recognise)
        wish = msgspec.json.decode(await body_of(request), type=_TicketWish)
        issued = {"ticket": issue_ticket(unit, wish.purpose), "expires_in_s": TICKET_MS // 1000}
        return Response(msgspec.json.encode(issued), headers=_PRIVATE, media_type="application/json")

    return [
        Route("/v1/head-units", enrol_head_unit, methods=["POST"]),
        Route("/v1/tickets", ticket, methods=["POST"]),
    ]


_PRIVATE = {"Cache-Control": "no-store"}
