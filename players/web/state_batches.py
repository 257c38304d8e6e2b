"""The vehicle's state over HTTP: batches after a gap, and what is known of it beyond whether it moves."""

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from kernel.clock import from_ms, iso_z
from kernel.errors import TooLarge
from players.feed import backfill
from players.feed.enrol_head_unit import RecogniseHeadUnit
from players.feed.feed import Feed
from players.feed.head_unit import HeadUnit, must_report
from players.feed.rate import BATCHES_PER_S, VehicleRates
from players.feed.report_batch import ReadFacts, ReportBatch
from players.feed.viss import Fault
from players.playback.open_session import ReadVehicle
from players.web.bearer import head_unit

NDJSON = "application/x-ndjson"
_PRIVATE = {"Cache-Control": "no-store"}


def routes(
    recognise: RecogniseHeadUnit, read_vehicle: ReadVehicle, report: ReportBatch, read_facts: ReadFacts
) -> list[BaseRoute]:
    """``POST`` and ``GET /v1/vehicle-state``."""
    rates = VehicleRates(BATCHES_PER_S)

    async def reporter(request: Request) -> HeadUnit:
        unit = await head_unit(request.headers, recognise)
        must_report(unit)
        return unit

    async def upload(request: Request) -> Response:
        """Take what a vehicle could not tell while it was cut off.

        ---
        summary: Upload a batch of events
        description: |
          At most 1000 subscription events with 5000 samples in 1 MiB, one upload a second. Samples that are current
          are judged like those of the feed, but a batch may only lock: it neither unlocks nor keeps unlocked. Of older ones
          the newest charge, fuel level, range, odometer and service data are kept where they are newer than what is known.
          More than 256 current samples are not judged, and lock.
          What is refused is counted by its reason, and need not be sent again.
        tags: [Head units]
        security: [{bearer: []}]
        requestBody:
          required: true
          content:
            application/json:
              schema: {type: array, maxItems: 1000, items: {type: object, description: A VISS subscription event}}
            application/x-ndjson:
              schema: {type: string, description: One VISS subscription event a line}
        responses:
          200: {description: "{events, current, stored, refused: {reason: count}}"}
          401: {description: credential-missing or credential-unknown}
          403: {description: role-cannot-report}
          413: {description: batch-too-large}
          422: {description: batch-malformed}
          429: {description: too-many-requests}
        """  # noqa: E501
        unit = await reporter(request)
        if not rates.of(unit.vehicle_id).take(report.clock.now_ms()):
            report.count(Fault.TOO_FAST)
            raise HTTPException(429, headers={"Retry-After": "1"})
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        batch = backfill.read(await _body(request), lines=kind == NDJSON)
        vehicle = await run_in_threadpool(read_vehicle, unit.vehicle_id)
        # Where it was is nobody's business any more: positions of a batch are never used.
        feed = Feed(
            unit.vehicle_id, unit.vss_version, False, vehicle.manual_gearbox, unit_id=unit.head_unit_id
        )
        receipt = await report(feed, batch)
        return Response(msgspec.json.encode(receipt), headers=_PRIVATE, media_type="application/json")

    async def facts(request: Request) -> Response:
        """Tell what is known of the head unit's own vehicle, beyond whether it moves.

        ---
        summary: Read a vehicle's charge, fuel, odometer and service data
        description: The newest of what its feed told within the hour and its batches within seven days; never a position.
        tags: [Head units]
        security: [{bearer: []}]
        responses:
          200: {description: "{signals: {path: {value, at}}}, by VSS 6 paths, in VSS 6 units"}
          401: {description: credential-missing or credential-unknown}
          403: {description: role-cannot-report}
        """  # noqa: E501
        unit = await reporter(request)
        known = await read_facts(unit.vehicle_id)
        signals = {
            path: {"value": one.value, "at": iso_z(from_ms(one.vehicle_ms))} for path, one in known.items()
        }
        return Response(
            msgspec.json.encode({"signals": signals}), headers=_PRIVATE, media_type="application/json"
        )

    return [
        Route("/v1/vehicle-state", upload, methods=["POST"]),
        Route("/v1/vehicle-state", facts, methods=["GET"]),
    ]


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > backfill.BODY_LIMIT_BYTES:
            raise TooLarge("batch-too-large", f"A batch has at most {backfill.BODY_LIMIT_BYTES} bytes.")
    return bytes(body)
