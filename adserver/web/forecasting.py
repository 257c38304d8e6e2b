"""Before booking: how much there will be to show, as JSON, and beside the form while it is filled in."""

from typing import Any

import msgspec
from starlette.authentication import requires
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.templating import Jinja2Templates

from adserver.booking.find_places import FindPlaces
from adserver.booking.forecast_campaign import ForecastCampaign
from adserver.booking.plan import Plan
from adserver.web import booking_form, terms_form
from adserver.web.booking_form import AREAS_PICKED_LIMIT, PICKED_LIMIT, Form
from adserver.web.visitor import json_response
from kernel.errors import Invalid


def routes(forecast: ForecastCampaign) -> list[BaseRoute]:
    """``POST /v1/forecast``."""

    @requires("booking")
    async def ask(request: Request) -> Response:
        """Forecasts what a campaign may be shown.

        ---
        summary: Forecast a campaign before it is booked
        description: >-
          How many opportunities there will be (`available`), for how many of
          them other campaigns are booked too (`contended`), and how many showings are left with these and the
          budget (`possible`), from what was offered in the last four weeks. Numbers have two significant
          digits. `code` says where nothing can be told: `no-history`, `few` (fewer than ten in all the
          history) or `no-targeting`.
        tags: [Campaigns]
        security: [{session: [booking]}, {token: [booking]}]
        requestBody:
          required: true
          content: {application/json: {schema: {$ref: "#/components/schemas/Plan"}}}
        responses:
          200:
            description: the forecast
            content: {application/json: {schema: {$ref: "#/components/schemas/Forecast"}}}
          422: {description: "forecast-flight, radius-out-of-range, places-too-many or areas-too-many"}
        """
        plan = msgspec.json.decode(await request.body(), type=Plan)
        return json_response(await run_in_threadpool(forecast, plan))

    return [Route("/v1/forecast", ask, methods=["POST"])]


def form_routes(
    templates: Jinja2Templates, forecast: ForecastCampaign, find_places: FindPlaces
) -> list[BaseRoute]:
    """What the form asks for while it is filled in."""

    @requires("booking")
    async def ask(request: Request) -> Response:
        data = await request.form(max_files=0, max_fields=PICKED_LIMIT + AREAS_PICKED_LIMIT + 400)
        form = booking_form.read(data)
        context = await run_in_threadpool(expect, forecast, find_places, form)
        context |= {"form": form, "terms_words": terms_form}
        headers = {"Cache-Control": "no-store"}
        return templates.TemplateResponse(request, "adserver/_forecast.html", context, headers=headers)

    return [Route("/advertiser/campaigns/new/forecast", ask, methods=["POST"], include_in_schema=False)]


def expect(forecast: ForecastCampaign, find_places: FindPlaces, form: Form) -> dict[str, Any]:
    """What the form's panel says: ``forecast``, or what is wrong with what was typed."""
    place_ids = list(form.picked)
    if form.place_set is not None:
        place_ids += find_places(form.place_set).place_ids
    plan = booking_form.plan_of(form, place_ids)
    try:
        return {"forecast": None if plan is None else forecast(plan), "forecast_error": None}
    except Invalid as error:
        return {"forecast": None, "forecast_error": error}
