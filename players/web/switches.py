"""Switches of driving states: a page for operators to search, the same as JSON, and forgetting them."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from starlette.authentication import requires
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.templating import Jinja2Templates

from content.guide.read_guide import zone_of
from kernel.clock import from_ms, iso_z, to_ms
from kernel.errors import Invalid
from players.feed.enrol_head_unit import RecogniseHeadUnit
from players.feed.switch import Cursor, KeptSwitch, Sought
from players.ports import Switches
from players.web import wording
from players.web.bearer import unit_of_vehicle

PAGE = 50
PAGE_LIMIT = 500
_MARKET_LETTERS = 2
_FAR_MS = 253_402_300_800_000
_PRIVATE = {"Cache-Control": "no-store"}


class Asked(msgspec.Struct, frozen=True):
    """The query of ``GET /v1/switches``; every part may be missing."""

    vehicle: str = ""
    since_ms: int | None = None
    until_ms: int | None = None
    state: str = ""
    rule: str = ""
    cause: str = ""
    market: str = ""
    after: str = ""
    limit: int = 100

    def sought(self) -> Sought:
        """Which switches are meant.

        Raises:
            Invalid: ``switches-query-invalid``, saying which part is wrong.
        """
        for name, value, known in (
            ("state", self.state, wording.STATES),
            ("rule", self.rule, wording.RULES),
            ("cause", self.cause, wording.CAUSES),
        ):
            if value and value not in known:
                raise _wrong(name, f"Choose one of {', '.join(known)}.")
        for name, at_ms in (("since_ms", self.since_ms), ("until_ms", self.until_ms)):
            if at_ms is not None and not 0 <= at_ms < _FAR_MS:
                raise _wrong(name, "Send milliseconds since 1970.")
        if self.since_ms is not None and self.until_ms is not None and self.since_ms >= self.until_ms:
            fix = "Choose a beginning that is before the end."
            detail = "It ends before it begins: nothing can lie between."
            raise Invalid("switches-query-invalid", detail, fix=fix, fields={"until_ms": fix})
        if self.market and len(self.market) != _MARKET_LETTERS:
            raise _wrong("market", "Send an ISO 3166 country, such as FR.")
        if not 1 <= self.limit <= PAGE_LIMIT:
            raise _wrong("limit", f"Send 1 to {PAGE_LIMIT}.")
        return Sought(
            self.vehicle, self.since_ms, self.until_ms, self.state, self.rule, self.cause, self.market.upper()
        )


def _wrong(name: str, fix: str) -> Invalid:
    return Invalid("switches-query-invalid", f"“{name}” is not understood.", fix=fix, fields={name: fix})


def routes(switches: Switches, recognise: RecogniseHeadUnit, templates: Jinja2Templates) -> list[BaseRoute]:
    """``/switches`` and ``/v1/switches``, for operators; ``DELETE /v1/vehicles/{vehicle_id}/switches``."""

    @requires("operator")
    async def listed(request: Request) -> Response:
        """List switches of driving states.

        ---
        summary: Search the switches of driving states
        description: |
          For operators. Each names the rule and its legal source, the cause (a report, silence, a change of
          market), and the signals with their ages: as coarsely as the rules look at them, never a speed or a
          position. `next` is null on the last page, else what `after` is on the next one.
        tags: [Head units]
        parameters:
          - {name: vehicle, in: query, schema: {type: string}}
          - {name: since_ms, in: query, schema: {type: integer}}
          - {name: until_ms, in: query, schema: {type: integer}}
          - {name: state, in: query, schema: {enum: [parked, idling, moving, transported, unknown]}}
          - {name: rule, in: query, schema: {type: string}}
          - {name: cause, in: query, schema: {enum: [report, silence, market]}}
          - {name: market, in: query, schema: {type: string}}
          - {name: after, in: query, schema: {type: string}}
          - {name: limit, in: query, schema: {type: integer, minimum: 1, maximum: 500, default: 100}}
        responses:
          200:
            description: "{switches: [{switch_id, vehicle_id, at_ms, cause, driving_state, rule, policy,
              source, session_id, market, proven, signals: {path: {fact, age_ms}}}], next}, the latest first"
          401: {description: sign-in-required}
          403: {description: not-allowed}
          422: {description: "switches-query-invalid or cursor-malformed"}
        """
        asked = msgspec.convert(dict(request.query_params), Asked, strict=False)
        after = Cursor.read(asked.after) if asked.after else None
        page = await run_in_threadpool(switches.page, asked.sought(), after, asked.limit)
        document = {
            "switches": [_document(one) for one in page.switches],
            "next": page.next.text() if page.next else None,
        }
        return Response(msgspec.json.encode(document), headers=_PRIVATE, media_type="application/json")

    @requires("operator")
    async def shown(request: Request) -> Response:
        asked, error = request.query_params, None
        sought, after = Sought(), None
        try:
            sought = _from_form(request)
            after = Cursor.read(asked["after"]) if asked.get("after") else None
            page = await run_in_threadpool(switches.page, sought, after, PAGE)
        except Invalid as refused:
            error, page = refused, None
        context: dict[str, Any] = {
            "asked": asked,
            "some_asked": sought != Sought(),
            "rows": [_shown(one) for one in page.switches] if page else [],
            "newer": bool(after),
            "next": page.next.text() if page and page.next else "",
            "error": error,
            "wording": wording,
        }
        status = 422 if error else 200
        return templates.TemplateResponse(request, "players/switches.html", context, status, _PRIVATE)

    async def erase(request: Request) -> Response:
        """Erase all that is kept of the vehicle's switches.

        ---
        summary: Erase a vehicle's switches
        description: For the owner; any head unit of the vehicle may. They are gone at once and for good.
        tags: [Head units]
        security: [{bearer: []}]
        parameters:
          - {name: vehicle_id, in: path, required: true, schema: {type: string}}
        responses:
          204: {description: There is none any more.}
          401: {description: credential-missing or credential-unknown}
          403: {description: "vehicle-of-other"}
        """
        unit = await unit_of_vehicle(request, recognise)
        await run_in_threadpool(switches.erase, unit.vehicle_id)
        return Response(status_code=204)

    return [
        Route("/v1/switches", listed),
        Route("/v1/vehicles/{vehicle_id}/switches", erase, methods=["DELETE"]),
        Route("/switches", shown, include_in_schema=False),
    ]


def _document(one: KeptSwitch) -> dict[str, Any]:
    return {"switch_id": one.switch_id, **msgspec.to_builtins(one.switch)}


def _from_form(request: Request) -> Sought:
    asked = request.query_params
    zone = zone_of(asked.get("tz", "UTC"))
    return Asked(
        vehicle=asked.get("vehicle", "").strip(),
        since_ms=_moment(asked.get("since", ""), zone, "since"),
        until_ms=_moment(asked.get("until", ""), zone, "until"),
        state=asked.get("state", ""),
        rule=asked.get("rule", ""),
        cause=asked.get("cause", ""),
        market=asked.get("market", "").strip(),
    ).sought()


def _moment(text: str, zone: ZoneInfo, name: str) -> int | None:
    """What a browser's field for a time holds, in the reader's zone; the first where clocks show it twice."""
    if not text:
        return None
    try:
        return to_ms(datetime.fromisoformat(text).replace(tzinfo=zone))
    except (ValueError, OverflowError):
        raise _wrong(name, "Give a day and a time.") from None


def _shown(one: KeptSwitch) -> dict[str, Any]:
    moment = from_ms(one.switch.at_ms)
    signals = [
        (path.removeprefix("Vehicle."), seen.fact, seen.age_ms / 1000)
        for path, seen in sorted(one.switch.signals.items())
    ]
    return {
        "switch": one.switch,
        "iso": iso_z(moment),
        "utc": f"{moment:%Y-%m-%d %H:%M:%S} UTC",
        "signals": signals,
    }
