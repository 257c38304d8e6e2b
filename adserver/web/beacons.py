"""Beacons: what players say of the fills that they showed."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from adserver.billing.budget import Outcome
from adserver.billing.record_event import Answer, RecordEvent, Sent
from adserver.web.visitor import json_response
from kernel.clock import to_ms
from kernel.errors import Conflict, Invalid, RoadcastError, TooLarge

BODY_LIMIT_BYTES = 256 * 1024

_SAID = {
    Outcome.BILLED: "counted",
    Outcome.NOTED: "counted",
    Outcome.REPEATED: "repeated",
    Outcome.REPLAYED: "replayed",
    Outcome.OUT_OF_ORDER: "held",
    Outcome.UNBILLED: "not-counted",
    Outcome.IMPLAUSIBLE: "refused",
    Outcome.CONTRADICTED: "refused",
}
"""What a player is told of it: nothing of money."""
_OUTCOME_HEADER = "Roadcast-Outcome"


class TrackedEvent(msgspec.Struct, frozen=True):
    """One event of a batch: the fill's beacon, the event's name, and when it happened (now, if missing)."""

    beacon: str
    event: str
    at: datetime | None = None


class EventBatch(msgspec.Struct, frozen=True):
    """Up to 200 events; ``sent_at`` is the sender's clock as it sends them, by which ``at`` is put right."""

    events: list[TrackedEvent]
    sent_at: datetime | None = None


class EventResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of an event; ``code``, ``detail`` and ``fix`` where it was refused."""

    event_id: str
    outcome: str
    code: str = ""
    detail: str = ""
    fix: str = ""


def routes(record_event: RecordEvent) -> list[BaseRoute]:
    """``POST /v1/beacons`` and ``/v1/beacons/{token}/{event}``; the sealed token is the permission."""

    async def beacon(request: Request) -> Response:
        """Reports an event of a fill; the same event again changes nothing.

        ---
        summary: Report an event of a fill
        description: >-
          Events of a spot are start (also called impression), firstQuartile, midpoint, thirdQuartile,
          complete, skip, mute, error and notUsed; of a card, card-shown and notUsed; of both, tap, navigate,
          call and coupon-saved. The event that the campaign pays for (start, or card-shown of a card;
          complete; or tap) is billed, once, and no other is. An event that comes before the one that must
          precede it is held, and counted once that one has come:
          nothing is answered that was not shown. The header Roadcast-Outcome tells counted, repeated,
          replayed, held or not-counted: kept, and counted as soon as there is a budget for it again.
        tags: [Advertising]
        parameters:
          - {name: token, in: path, required: true, description: the fill's beacon, schema: {type: string}}
          - name: event
            in: path
            required: true
            schema:
              type: string
              enum: [start, firstQuartile, midpoint, thirdQuartile, complete, skip, mute, error, notUsed,
                     card-shown, tap, navigate, call, coupon-saved, impression, first-quartile,
                     third-quartile, not-used]
        responses:
          204: {description: "Taken: counted, counted before, or held until its turn"}
          403: {description: "beacon-invalid, beacon-expired, event-too-late, traffic-ahead or traffic-robot"}
          404: {description: event-unknown}
          409: {description: "fill-contradicted: it was told not to be used, or to be stopped, or otherwise"}
          422: {description: "event-implausible: sooner than it can have been played"}
        """
        record_event.turn_away(request.headers)
        outcome = await record_event(request.path_params["token"], request.path_params["event"])
        if (refused := _refusal(outcome)) is not None:
            raise refused
        return Response(
            status_code=204, headers={"Cache-Control": "no-store", _OUTCOME_HEADER: _SAID[outcome]}
        )

    async def pixel(request: Request) -> Response:
        """Reports an event of a fill as players of VAST do: by fetching its address.

        ---
        summary: Report an event of a fill, as a pixel
        description: The same as POST; a HEAD counts nothing.
        tags: [Advertising]
        parameters:
          - {name: token, in: path, required: true, description: the fill's beacon, schema: {type: string}}
          - {name: event, in: path, required: true, description: as of POST, schema: {type: string}}
        responses:
          204: {description: as of POST}
          403: {description: "beacon-invalid, beacon-expired, event-too-late, traffic-ahead or traffic-robot"}
          404: {description: event-unknown}
          409: {description: fill-contradicted}
          422: {description: event-implausible}
        """
        if request.method == "HEAD":
            return Response(status_code=204)
        return await beacon(request)

    async def batch(request: Request) -> Response:
        """Reports events that were kept for later, or several at once; each has its own answer.

        ---
        summary: Report up to 200 events at once
        description: >-
          For players that were offline: each event has its own time, and is counted as of then. sent_at is
          the sender's clock at the moment of sending; what that clock is wrong by is made good.
        tags: [Advertising]
        requestBody:
          required: true
          content: {application/json: {schema: {$ref: "#/components/schemas/EventBatch"}}}
        responses:
          200:
            description: "one result for each event, in their order: counted, repeated, replayed, held,
              not-counted, or refused with its code. None needs to be sent again."
            content:
              application/json:
                schema:
                  type: object
                  properties: {results: {type: array, items: {$ref: "#/components/schemas/EventResult"}}}
          400: {description: malformed}
          403: {description: traffic-ahead or traffic-robot}
          413: {description: body-too-large}
          422: {description: too-many-events, or not as described}
        """
        record_event.turn_away(request.headers)
        sent = msgspec.json.decode(await _body(request), type=EventBatch)
        sent_at_ms = _ms(sent.sent_at) if sent.sent_at else None
        events = [Sent(one.beacon, one.event, _ms(one.at) if one.at else None) for one in sent.events]
        return json_response({"results": _results(await record_event.batch(events, sent_at_ms))})

    return [
        Route("/v1/beacons", batch, methods=["POST"]),
        Route("/v1/beacons/{token}/{event}", beacon, methods=["POST"]),
        Route("/v1/beacons/{token}/{event}", pixel, methods=["GET"]),
    ]


def _results(answers: Sequence[Answer]) -> list[EventResult]:
    return [_result(answer) for answer in answers]


def _result(answer: Answer) -> EventResult:
    refused = answer.refused or (_refusal(answer.outcome) if answer.outcome else None)
    if refused is not None:
        return EventResult(answer.event_id, "refused", refused.code, refused.detail, refused.fix)
    assert answer.outcome is not None
    return EventResult(answer.event_id, _SAID[answer.outcome])


def _refusal(outcome: Outcome) -> RoadcastError | None:
    if outcome is Outcome.IMPLAUSIBLE:
        fix = "Report events as they happen, by the clock of the playback."
        return Invalid("event-implausible", "The fill cannot have been played so far by then.", fix=fix)
    if outcome is Outcome.CONTRADICTED:
        fix = "Tell nothing after notUsed, and no end of a spot that was skipped or has failed."
        return Conflict("fill-contradicted", "The fill was told otherwise before.", fix=fix)
    return None


def _ms(moment: datetime) -> int:
    if moment.tzinfo is None:
        fix = "Write them as 2026-06-01T10:00:00.120Z."
        raise Invalid("time-without-zone", "Times of events need their zone.", fix=fix)
    return to_ms(moment)


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT_BYTES:
            detail = f"The body has at most {BODY_LIMIT_BYTES} bytes."
            raise TooLarge("body-too-large", detail, fix="Send fewer events at once, the oldest first.")
    return bytes(body)
